//! Changes that consumers are given once more, as a new generation: over stops, kills and what nobody can do.

use std::collections::BTreeSet;

use super::*;
use crate::support::jobs;

/// Has a generation begin: the execution, and its group.
fn begin(client: &mut Client, line: &str) -> (String, String) {
    let execution = ask(client, line).get("execution").unwrap().text().to_owned();
    let group = format!("mail.{}", execution.rsplit_once('-').unwrap().1);
    // One that goes on has the number of the first.
    (execution, group)
}

fn state_of(client: &mut Client, execution: &str) -> (String, Value) {
    let told = ask(client, &format!("JOB GET {execution}"));
    (jobs::state(&told).to_owned(), told)
}

fn becomes(client: &mut Client, execution: &str, state: &str) -> Value {
    let mut last = None;
    eventually(&format!("{execution} is {state}"), || {
        let (is, told) = state_of(client, execution);
        last = Some(told);
        is == state
    });
    last.unwrap()
}

/// Reads from a generation until it has given something.
fn comes(client: &mut Client, group: &str, count: usize) -> Vec<String> {
    let (line, mut came) = (format!("XREADGROUP GROUP {group} ben COUNT {count} STREAMS feed:hall >"), None);
    eventually("the generation gives something", || {
        let reply = Value::of(&client.bytes(&line));
        came = (!reply.is_error()).then(|| given(&reply)).filter(|ids| !ids.is_empty());
        came.is_some()
    });
    came.unwrap()
}

fn ack(client: &mut Client, group: &str, ids: &[String]) -> Value {
    ask(client, &format!("XACK feed:hall {group} {}", ids.join(" ")))
}

fn is_paused(client: &mut Client, group: &str) {
    eventually("it gives nothing", || {
        ask(client, &format!("GROUP INFO feed:hall {group}")).get("state").unwrap().text() == "paused"
    });
    assert_eq!(read(client, &format!("XREADGROUP GROUP {group} ben STREAMS feed:hall >")), [""; 0]);
}

#[test]
fn a_generation_is_given_once_more_over_a_kill_while_the_old_one_stays() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    let next = sell(&mut client, 0, 5);
    ask(&mut client, "GROUP CREATE feed:hall mail 0 DELIVERIES 2 BACKOFF 60 60 PAUSE 100 1000 olaf mails");
    let all = read(&mut client, "XREADGROUP GROUP mail ann STREAMS feed:hall >");
    assert_eq!(versions(&all), [1, 2, 3, 4, 5, 6]);
    ack(&mut client, "mail", &all);
    let (first, group) = begin(&mut client, "JOB RUN replay-group g1 olaf lost feed:hall mail");
    let came = comes(&mut client, &group, 2);
    assert_eq!(came, all[..2]);
    let info = ask(&mut client, &format!("GROUP INFO feed:hall {group}"));
    let texts = ["generation_of", "until"].map(|name| info.get(name).unwrap().text().to_owned());
    assert_eq!((texts, info.integer("lag")), (["mail".to_owned(), all[5].clone()], 4));
    // It holds up no other job, and what comes now is not its.
    let other = jobs::done(&mut client, "JOB RUN verify-log v1 olaf why");
    assert_eq!((jobs::state(&other), &*state_of(&mut client, &first).0), ("SUCCESS", "RUNNING"));
    sell(&mut client, next, 2);
    ack(&mut client, &group, &came[..1]);

    server.kill();
    server = Server::start(directory.path());
    let mut client = server.client();
    assert_eq!(becomes(&mut client, &first, "FAILED").get("error_code").unwrap().text(), "HF-BAT-001");
    is_paused(&mut client, &group);
    let second = begin(&mut client, &format!("JOB RESUME {first} g2 olaf on")).0;
    let mut rest = BTreeSet::new();
    while rest.len() < 5 {
        let came = comes(&mut client, &group, 10);
        rest.extend(came);
    }
    assert_eq!(rest.into_iter().collect::<Vec<_>>(), all[1..], "what was not done comes again, and no more");
    ack(&mut client, &group, &all[1..]);
    let told = becomes(&mut client, &second, "SUCCESS");
    assert_eq!((told.integer("is_active"), told.integer("done"), told.integer("of")), (1, 6, 6));
    let over = client.ask(&format!("XREADGROUP GROUP {group} ben BLOCK 0 STREAMS feed:hall >"));
    assert!(over.starts_with("-NOGROUP HF-INP-043 "), "{over}");
    let old = ask(&mut client, "GROUP INFO feed:hall mail");
    assert_eq!((old.integer("lag"), old.integer("pending")), (2, 0), "the old group is where it was");

    // What nobody can do makes it fail, and is seen to. Then its result counts, and that before does not.
    let (third, group) =
        begin(&mut client, &format!("JOB RUN replay-group g3 olaf more feed:hall mail - {}", all[5]));
    let came = comes(&mut client, &group, 10);
    ack(&mut client, &group, &came[1..]);
    let mut told = None;
    eventually("the entry has had all its tries", || {
        read(&mut client, &format!("XREADGROUP GROUP {group} ben STREAMS feed:hall >"));
        let (state, is) = state_of(&mut client, &third);
        told = Some(is);
        state == "FAILED"
    });
    assert_eq!(told.unwrap().get("error_code").unwrap().text(), "HF-BAT-003");
    ask(&mut client, &format!("GROUP DROP feed:hall {group} olaf byhand ALL"));
    let fourth = begin(&mut client, &format!("JOB RESUME {third} g4 olaf on")).0;
    becomes(&mut client, &fourth, "SUCCESS");
    assert_eq!(state_of(&mut client, &second).1.integer("is_active"), 1, "it is of another part");
}

#[test]
fn a_generation_of_one_order_is_stopped_and_goes_on() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("hall", HALL);
    for (order, seat) in [("one", "A-1-1"), ("two", "A-1-2")] {
        let held = ask(&mut client, &format!("HOLD hall h-{order} bob 0 SEATS {seat}")).integer("hold");
        ask(&mut client, &format!("CONFIRM hall c-{order} {order} {held}"));
    }
    ask(&mut client, "XGROUP CREATE feed:hall mail $");
    for (bad, word) in [
        ("feed:hall", "-INVALID HF-BAT-014 "),
        ("hall mail", "-INVALID HF-BAT-014 "),
        ("feed:hall mail ORDER", "-INVALID HF-BAT-014 "),
        ("feed:hall mail 9-9 1-1", "-INVALID HF-INP-003 "),
        ("feed:hall nobody", "-NOGROUP HF-INP-043 "),
    ] {
        let refused = client.ask(&format!("JOB PLAN replay-group {bad}"));
        assert!(refused.starts_with(word), "{bad}: {refused}");
    }
    let none = jobs::done(&mut client, "JOB RUN replay-group g0 olaf why feed:hall mail 1-1 2-2");
    assert_eq!((jobs::state(&none), none.get("error_code").unwrap().text()), ("FAILED", "HF-INP-040"));
    let (first, group) = begin(&mut client, "JOB RUN replay-group g1 olaf lost feed:hall mail order two");
    let came = comes(&mut client, &group, 10);
    assert_eq!(versions(&came), [5], "it was held under no name");
    ask(&mut client, &format!("JOB STOP {first} g2 olaf wait"));
    becomes(&mut client, &first, "STOPPED");
    is_paused(&mut client, &group);
    let second = begin(&mut client, &format!("JOB RESUME {first} g3 olaf on")).0;
    ack(&mut client, &group, &came);
    let told = becomes(&mut client, &second, "SUCCESS");
    assert_eq!(told.get("resumes").unwrap().text(), first);
    let page = ask(&mut client, &format!("JOB RESULTS {second}"));
    assert_eq!(page.integer("lines"), 1);
    eventually("it stands in the audit", || {
        let lines = ask(&mut client, "AUDIT SHOW COUNT 50").list()[1].list().to_vec();
        let has = |act: &str| lines.iter().any(|line| line.get("act").unwrap().text() == act);
        ["group.generate", "group.pause", "group.resume", "group.destroy"].into_iter().all(has)
    });
}
