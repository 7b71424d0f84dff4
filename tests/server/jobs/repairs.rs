//! `compensate`: what a mistake took is given back, each thing once, through a stop and a kill.

use super::*;
use crate::support::eventually;

/// A hall with so many orders of one place, named `o1` and so on.
fn hall(client: &mut Client, orders: u64) {
    let map = format!(
        r#"{{"areas":[{{"name":"F","category":"X","capacity":{orders}}}],"limits":{{"max_seats_per_holder":{orders}}}}}"#
    );
    client.create("gala", &map);
    for number in 1..=orders {
        client.ask(&format!("HOLD gala h{number} bob 600000 AREA F 1"));
        assert!(client.ask(&format!("CONFIRM gala c{number} o{number} {}", 2 * number)).starts_with('*'));
    }
}

fn asked(client: &mut Client, words: &[&str], lines: &[String]) -> Value {
    let lines = lines.iter().map(String::as_str);
    client.send(wire(&words.iter().copied().chain(lines).collect::<Vec<_>>()));
    Value::of(&client.raw())
}

fn cancels(orders: std::ops::RangeInclusive<u64>) -> Vec<String> {
    orders.map(|number| format!("CANCEL gala * o{number} *")).collect()
}

fn planned(client: &mut Client, lines: &[String]) -> String {
    asked(client, &["JOB", "PLAN", "compensate"], lines).get("plan").unwrap().text().to_owned()
}

fn started(client: &mut Client, key: &str, lines: &[String]) -> String {
    let plan = planned(client, lines);
    let words = ["JOB", "RUN", "compensate", key, "olga", "ticket 4711", "PLAN", &plan];
    asked(client, &words, lines).get("execution").unwrap().text().to_owned()
}

fn ended(client: &mut Client, execution: &str) -> Value {
    let get = format!("JOB GET {execution}");
    eventually("it ends", || !["READY", "RUNNING"].contains(&jobs::state(&Value::of(&client.bytes(&get)))));
    Value::of(&client.bytes(&get))
}

/// How often the feed says that an order was taken back.
fn cancelled(client: &mut Client) -> usize {
    let mut count = 0;
    for from in (1..).step_by(500) {
        let page = String::from_utf8(client.bytes(&format!("FEED gala {from} COUNT 500"))).unwrap();
        // A page behind the newest version is empty, and one further behind is refused.
        if page.starts_with("*0") || page.starts_with("-TRIMMED HF-INP-042") {
            return count;
        }
        count += page.matches("\r\n$9\r\ncancelled\r\n*").count();
    }
    unreachable!()
}

#[test]
fn a_plan_says_what_it_would_touch_and_is_done_as_it_says() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    hall(&mut client, 3);
    let lines: Vec<String> =
        ["CANCEL gala * o1 'a wrong price'", "FORCE CANCEL gala * * * o2", "CANCEL gala * gone *"]
            .map(String::from)
            .into();
    let plan = asked(&mut client, &["JOB", "PLAN", "compensate"], &lines);
    assert_eq!(plan.integer("items"), 3);
    assert_eq!(
        plan.texts("steps"),
        [
            "1: CANCEL gala * o1 \"a wrong price\": the order of bob with 1 place, sold",
            "2: FORCE CANCEL gala * * * o2: the order of bob with 1 place, sold",
            "3: CANCEL gala * gone *: there is no order of this name: it would be refused",
        ]
    );
    let hash = plan.get("plan").unwrap().text().to_owned();
    let without = ["JOB", "RUN", "compensate", "k1", "olga", "why"];
    client.send(wire(&without.iter().copied().chain(lines.iter().map(String::as_str)).collect::<Vec<_>>()));
    assert!(client.reply().starts_with("-INVALID HF-BAT-017"));
    let run = ["JOB", "RUN", "compensate", "k1", "olga", "ticket 4711", "PLAN", &hash];
    let execution = asked(&mut client, &run, &lines).get("execution").unwrap().text().to_owned();
    let told = ended(&mut client, &execution);
    assert_eq!((jobs::state(&told), told.get("error_code").unwrap().text()), ("FAILED", "HF-BAT-019"));
    let figures = told.get("figures").unwrap();
    let sums = ["items", "done", "refused", "repeated"].map(|name| figures.integer(name));
    assert_eq!(sums, [3, 2, 1, 0]);
    assert!(told.texts("findings")[0].starts_with("3: CANCEL gala * gone *: GONE HF-BIZ-"), "{told:?}");
    let results = Value::of(&client.bytes(&format!("JOB RESULTS {execution} COUNT 2")));
    let kept = results.texts("results");
    assert_eq!((results.integer("lines"), kept.len()), (3, 2));
    let key = format!(r#""key":"x:{}:1","#, execution.rsplit_once('-').unwrap().1);
    assert!(
        kept[0].starts_with(r#"{"line":1,"command":"CANCEL gala * o1 "#) && kept[0].contains(&key),
        "{kept:?}"
    );
    let next = results.integer("next");
    let rest = Value::of(&client.bytes(&format!("JOB RESULTS {execution} CURSOR {next}")));
    assert_eq!((rest.integer("next"), rest.texts("results").len()), (0, 1));
    assert!(rest.texts("results")[0].contains(r#""reply":{"refused":"GONE HF-BIZ-"#), "{rest:?}");
    let file = directory.join("results").join(format!("{}.ndjson", execution.rsplit_once('-').unwrap().1));
    let whole = std::fs::read_to_string(&file).unwrap();
    let all: String = kept.into_iter().chain(rest.texts("results")).map(|line| line + "\n").collect();
    assert_eq!(whole, all);
    let sum = std::process::Command::new("sha256sum").arg(&file).output().unwrap().stdout;
    let sum = String::from_utf8(sum).unwrap();
    assert_eq!(sum.split(' ').next(), Some(results.get("sha256").unwrap().text()));
    let feed = String::from_utf8(client.bytes("FEED gala 1 COUNT 100")).unwrap();
    assert!(feed.contains(&format!("a wrong price ({execution})")), "{feed}");
    assert!(feed.contains(&format!("ticket 4711 ({execution})")), "{feed}");
    // The same lines again: something else would be touched.
    let stale = ["JOB", "RUN", "compensate", "k2", "olga", "again", "PLAN", &hash];
    client.send(wire(&stale.iter().copied().chain(lines.iter().map(String::as_str)).collect::<Vec<_>>()));
    assert!(client.reply().starts_with("-STATE HF-BAT-015"));
    for (line, expected) in [
        ("HOLD gala * bob 0 AREA F 1", "INVALID HF-BAT-018 line 1"),
        ("EVENT CLOSE gala * * *", "INVALID HF-BAT-018 line 1"),
        ("CANCEL gala k7 o3 why", "INVALID HF-BAT-018 line 1"),
        ("CANCEL gala", "INVALID HF-BAT-018 line 1"),
        ("SHOUT gala * o3", "INVALID HF-BAT-018 line 1"),
        ("CANCEL nope * o3 why", "NOEVENT HF-INP-020 line 1"),
        ("CANCEL gala * o3 why AREA G 1", "NOSEAT HF-INP-022 line 1"),
        ("RELEASE gala * x", "INVALID HF-INP-003 line 1"),
    ] {
        client.send(wire(&["JOB", "PLAN", "compensate", line]));
        let told = client.reply();
        assert!(told.starts_with(&format!("-{expected}")), "{line}: {told}");
    }
}

#[test]
fn a_plan_that_is_stopped_or_killed_goes_on_and_takes_nothing_back_twice() {
    const ORDERS: u64 = 600;
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    hall(&mut client, ORDERS);
    let lines = cancels(1..=ORDERS);
    let mut execution = started(&mut client, "k1", &lines);
    client.ask(&format!("JOB STOP {execution} s1 olga wait"));
    let told = ended(&mut client, &execution);
    assert_eq!(jobs::state(&told), "STOPPED");
    for round in 0..3 {
        let before = cancelled(&mut client);
        let resumed = client.bytes(&format!("JOB RESUME {execution} r{round} olga on"));
        execution = Value::of(&resumed).get("execution").unwrap().text().to_owned();
        // Killed as soon as it has taken something back.
        eventually("something is given back", || cancelled(&mut client) > before || before as u64 == ORDERS);
        server.kill();
        server = Server::start(directory.path());
        client = server.client();
        let told = ended(&mut client, &execution);
        if jobs::state(&told) == "SUCCESS" {
            break;
        }
        assert_eq!(told.get("error_code").unwrap().text(), "HF-BAT-001");
    }
    if jobs::state(&ended(&mut client, &execution)) != "SUCCESS" {
        let resumed = client.bytes(&format!("JOB RESUME {execution} last olga on"));
        execution = Value::of(&resumed).get("execution").unwrap().text().to_owned();
    }
    let told = ended(&mut client, &execution);
    assert_eq!(jobs::state(&told), "SUCCESS", "{told:?}");
    assert_eq!(told.integer("done"), ORDERS);
    assert_eq!(cancelled(&mut client) as u64, ORDERS, "each once");
    assert!(client.ask("COUNT gala").contains(&format!("|free|:{ORDERS}|")));
}
