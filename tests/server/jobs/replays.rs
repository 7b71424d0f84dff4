//! Replays of a part of what happened: some versions, a stretch of time, one order, one payment.

use crate::support::jobs::{done, state};
use crate::support::reply::Value;
use crate::support::{Client, HALL, Server, TempDir};

/// Sells to three buyers and in two events: one order that is cancelled, one payment, one hold. The version of `gala` then.
fn sold(client: &mut Client) -> u64 {
    client.create("gala", HALL);
    client.create("ball", HALL);
    for line in [
        "HOLD gala h1 bob 600000 SEATS A-1-1",
        "CONFIRM gala c1 order-1 2",
        "HOLD gala h2 ann 600000 SEATS A-1-2",
        "PAYMENT TRY gala t1 pay-2 0 4",
        "HOLD ball h1 bob 600000 SEATS A-1-1",
        "PAYMENT SUCCEED gala s1 pay-2",
        "CANCEL gala x1 order-1 why",
        "HOLD gala h3 joe 600000 SEATS A-1-3",
        "CANCEL gala x2 pay-2 why",
    ] {
        assert!(!client.ask(line).starts_with('-'), "{line}");
    }
    Value::of(&client.bytes("EVENT INFO gala")).integer("version")
}

/// What was replayed: event, version and kind of each record that was meant.
fn meant(client: &mut Client, key: &str, scope: &str) -> Vec<(String, u64, String)> {
    let told = done(client, &format!("JOB RUN replay {key} olga why {scope}"));
    assert_eq!(state(&told), "SUCCESS", "{scope}: {told:?}");
    let figures = told.get("figures").unwrap();
    assert_eq!(figures.integer("mismatches"), 0);
    let execution = told.get("execution").unwrap().text().to_owned();
    let results = Value::of(&client.bytes(&format!("JOB RESULTS {execution}")));
    if figures.integer("meant") == 0 {
        assert!(results.is_error(), "{scope}: {results:?}");
        return Vec::new();
    }
    let results = results.texts("results");
    assert_eq!(results.len() as u64, figures.integer("meant"), "{scope}");
    let read = |line: &String| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| line[field].as_str().unwrap().to_owned();
        assert!(
            text("digest").len() == 16 && line["lsn"].as_u64() > Some(0) && line["at"].as_u64() > Some(0)
        );
        (text("event"), line["version"].as_u64().unwrap(), text("kind"))
    };
    results.iter().map(read).collect()
}

/// As the feed tells of an event: version and kind of each change.
fn feed(client: &mut Client, event: &str) -> Vec<(String, u64, String)> {
    let page = Value::of(&client.bytes(&format!("FEED {event} 1 COUNT 100")));
    let entry = |entry: &Value| {
        let fields = entry.list();
        (event.to_owned(), fields[0].number(), fields[2].text().to_owned())
    };
    page.list().iter().map(entry).collect()
}

#[test]
fn a_replay_tells_of_what_its_scope_touches_and_of_nothing_else() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    let newest = sold(&mut client);
    let all = feed(&mut client, "gala");
    assert_eq!(all.last().map(|(_, version, _)| *version), Some(newest));
    let kinds = |kinds: &[&str]| -> Vec<_> {
        all.iter().filter(|(.., kind)| kinds.contains(&&**kind)).cloned().collect()
    };
    // By versions, to the very first and the very last.
    for (first, last) in [(1, 1), (2, 4), (1, newest), (newest, newest)] {
        let expected: Vec<_> =
            all.iter().filter(|(_, version, _)| (first..=last).contains(version)).cloned().collect();
        let scope = format!("EVENT gala VERSION {first} {last}");
        assert_eq!(meant(&mut client, &format!("v{first}-{last}"), &scope), expected);
    }
    // An order, and a payment with the order that it has bought.
    let order = meant(&mut client, "o1", "ORDER gala order-1");
    assert_eq!(order.iter().map(|(.., kind)| &**kind).collect::<Vec<_>>(), ["sold", "cancelled"]);
    let payment = meant(&mut client, "p1", "PAYMENT gala pay-2");
    let mut expected = kinds(&["paying", "payment_succeeded", "cancelled"]);
    expected.retain(|one| !order.contains(one));
    assert_eq!((payment.len(), &payment), (3, &expected));
    // All of the time, over both events; none of it.
    let ball = feed(&mut client, "ball");
    let everything = meant(&mut client, "t1", "FROM 0 TO 99999999999999");
    let mut expected = [all.clone(), ball].concat();
    let mut sorted = everything.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    assert_eq!(meant(&mut client, "t2", "FROM 0 TO 1"), []);
    // The time of one record, with those of the same millisecond.
    let at = |version: u64, client: &mut Client| {
        Value::of(&client.bytes(&format!("FEED gala {version} COUNT 1"))).list()[0].list()[1].number()
    };
    let last = at(newest, &mut client);
    let behind = meant(&mut client, "t3", &format!("FROM {last} TO {}", last + 1));
    assert!(behind.contains(all.last().unwrap()), "{behind:?}");
    assert!(!behind.contains(&all[0]) || at(1, &mut client) == last);
}

#[test]
fn what_is_no_scope_is_refused_and_what_is_not_kept_is_said() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    let newest = sold(&mut client);
    for (line, code) in [
        ("EVENT gala VERSION 1", "-INVALID HF-BAT-014"),
        ("EVENT gala VERSION a b", "-INVALID HF-BAT-014"),
        ("EVENT gala VERSION 0 3", "-INVALID HF-INP-003"),
        ("EVENT gala VERSION 3 2", "-INVALID HF-INP-003"),
        ("FROM 5 TO 5", "-INVALID HF-INP-003"),
        ("FROM yesterday TO now", "-INVALID HF-BAT-014"),
        ("FROM 5", "-INVALID HF-BAT-014"),
        ("ORDER gala", "-INVALID HF-BAT-014"),
        ("ORDER none order-1", "-NOEVENT HF-INP-020"),
        ("PAYMENT none pay-1", "-NOEVENT HF-INP-020"),
    ] {
        for asked in ["JOB PLAN replay", "JOB RUN replay k olga why"] {
            let told = client.ask(&format!("{asked} {line}"));
            assert!(told.starts_with(code), "{asked} {line}: {told}");
        }
    }
    // A check of states is not about a part of what led to them.
    assert!(client.ask("JOB PLAN check-invariants FROM 1 TO 2").starts_with("-INVALID HF-BAT-014"));
    for (key, scope, says) in [
        ("k1", "ORDER gala nobody", "nothing that is kept of the log is about the order nobody"),
        ("k2", "PAYMENT ball pay-2", "nothing that is kept of the log is about the payment pay-2"),
        ("k3", &*format!("EVENT gala VERSION 2 {}", newest + 1), "of the versions 2 to"),
    ] {
        let told = done(&mut client, &format!("JOB RUN replay {key} olga why {scope}"));
        assert_eq!(
            (state(&told), told.get("error_code").unwrap().text()),
            ("FAILED", "HF-INP-040"),
            "{scope}"
        );
        assert!(told.get("message").unwrap().text().contains(says), "{told:?}");
    }
    let plan = Value::of(&client.bytes("JOB PLAN replay PAYMENT gala pay-2"));
    assert!(plan.texts("steps")[0].starts_with("what happened to the payment pay-2 of the event gala from"));
}
