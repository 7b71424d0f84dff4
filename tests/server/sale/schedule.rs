//! Sales that open and close by themselves.

use std::thread;
use std::time::Duration;

use crate::support::{Client, Server, TempDir, eventually, wire};

const HALL: &str = r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 9}}], "open": false}"#;

/// What time the server has, Unix milliseconds.
fn now(client: &mut Client) -> u64 {
    let time = client.ask("TIME");
    let number = |at: usize| time.split('|').nth(at).unwrap().parse::<u64>().unwrap();
    number(2) * 1_000 + number(4) / 1_000
}

fn create(client: &mut Client) {
    client.send(wire(&["EVENT", "CREATE", "gala", "c", HALL]));
    assert!(client.reply().contains("|pending|"));
}

/// Do the event and the list of events show this?
fn is(client: &mut Client, status: &str) -> bool {
    let shows = |shown: String| shown.contains(&format!("|{status}|"));
    shows(client.ask("EVENT INFO gala")) && shows(client.ask("EVENT LIST"))
}

#[test]
fn a_sale_opens_and_closes_at_its_times_and_the_feed_says_so() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    create(&mut client);
    assert_eq!(client.ask("HOLD gala h1 bob 0 SEATS A-1-1"), "-CLOSED HF-BIZ-031 the event is not open yet|");
    let opens = now(&mut client) + 400;
    let reply = client.ask(&format!("EVENT SCHEDULE gala s1 olga sale OPENS {opens}"));
    // A slow machine may need longer than that to get here: what has come already is now.
    assert!(reply.starts_with("*6|$5|event|$4|gala|$6|status|"), "{reply}");
    eventually("the sale opens", || is(&mut client, "open"));
    assert!(client.ask("HOLD gala h2 bob 600000 SEATS A-1-1").starts_with("*10|$4|hold|"));
    let closes = now(&mut client) + 400;
    let reply = client.ask(&format!("EVENT SCHEDULE gala s2 olga over CLOSES {closes}"));
    if !reply.starts_with("-INVALID HF-INP-009 ") {
        assert!(reply.contains("|status|$4|open|"), "{reply}");
        eventually("the sale closes", || is(&mut client, "closed"));
        let feed = client.ask("FEED gala 1");
        assert!(feed.contains("|$9|scheduled|") && feed.contains("|$6|closed|*0|"), "{feed}");
    }
}

#[test]
fn what_came_while_the_server_was_down_happens_at_the_start() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    create(&mut client);
    let start = now(&mut client);
    let (opens, closes) = (start + 150, start + 300);
    // A machine that is too slow to get here in time hears that the times are over: there is nothing to see then.
    let reply = client.ask(&format!("EVENT SCHEDULE gala s1 olga sale OPENS {opens} CLOSES {closes}"));
    server.kill();
    thread::sleep(Duration::from_millis(301));
    let server = Server::start(directory.path());
    let mut client = server.client();
    if reply.starts_with('*') {
        assert!(is(&mut client, "closed"));
        let feed = client.ask("FEED gala 3");
        let (opened, closed) = (feed.find("|$6|opened|").unwrap(), feed.find("|$6|closed|").unwrap());
        assert!(opened < closed, "{feed}");
        let again = format!("EVENT SCHEDULE gala s1 olga sale OPENS {opens} CLOSES {closes}");
        assert_eq!(client.ask(&again), reply);
    }
}

#[test]
fn what_cannot_be_scheduled_is_told() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    create(&mut client);
    let usage = "EVENT SCHEDULE ev key operator reason [OPENS ms|NOW] [CLOSES ms|NEVER]|";
    for (line, expected) in [
        ("k olga", "-INVALID HF-INP-001 missing reason: "),
        ("k olga why", "-INVALID HF-INP-009 nothing is scheduled: OPENS or CLOSES|"),
        ("k olga why NOW", &format!("-INVALID HF-INP-001 \"NOW\" is neither OPENS nor CLOSES: {usage}")),
        ("k olga why OPENS", &format!("-INVALID HF-INP-001 missing OPENS: {usage}")),
        ("k olga why opens now OPENS 5", &format!("-INVALID HF-INP-001 \"OPENS\" stands twice: {usage}")),
        ("k olga why CLOSES NOW", "-INVALID HF-INP-003 CLOSES \"NOW\" is not a decimal number from 0 to"),
        ("k olga why CLOSES -1", "-INVALID HF-INP-003 CLOSES \"-1\" is not a decimal number"),
        ("k olga why CLOSES 5", "-INVALID HF-INP-009 the sale would close at 5, and it is "),
        (
            "k olga why OPENS 99999999999999 CLOSES 99999999999998",
            "-INVALID HF-INP-009 the sale would close at 99999999999998, before it opens at 99999999999999|",
        ),
    ] {
        let reply = client.ask(&format!("EVENT SCHEDULE gala {line}"));
        assert!(reply.starts_with(expected.trim_end_matches('|')), "{line}: {reply}");
    }
    // None of it has bound the key.
    let far = "EVENT SCHEDULE gala k olga why OPENS 99999999999998 CLOSES 99999999999999";
    assert!(client.ask(far).contains("|pending|"));
    let shown = client.ask("EVENT INFO gala");
    assert!(shown.contains("|$8|opens_at|:99999999999998|$9|closes_at|:99999999999999|"), "{shown}");
    assert!(client.ask("EVENT SCHEDULE gala k2 olga why OPENS NOW CLOSES never").contains("|open|"));
    let shown = client.ask("EVENT INFO gala");
    assert!(shown.contains("|$8|opens_at|$-1|$9|closes_at|$-1|"), "{shown}");
    assert!(client.ask("EVENT SCHEDULE gala k3 olga why OPENS NOW").starts_with("-STATE HF-BIZ-"));
    assert!(client.ask("EVENT CLOSE gala k4 olga why").contains("|closed|"));
    assert!(client.ask("EVENT SCHEDULE gala k5 olga why CLOSES NEVER").starts_with("-CLOSED HF-BIZ-"));
}

#[test]
fn an_event_is_made_with_its_times() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    let mut create = |event: &str, times: &str| {
        let map = format!(r#"{{"areas": [{{"name": "F", "category": "C", "capacity": 9}}], {times}}}"#);
        client.send(wire(&["EVENT", "CREATE", event, "c", &map]));
        client.reply()
    };
    let far = r#""opens_at": 99999999999998, "closes_at": 99999999999999"#;
    assert!(create("late", far).contains("|pending|"));
    assert!(create("late", far).contains("|pending|"), "the same key, the same answer");
    assert!(create("past", r#""opens_at": 5, "closes_at": 0"#).contains("|open|"));
    for (times, expected) in [
        (r#""closes_at": 5"#, "closes_at is 5, and it is "),
        (
            r#""opens_at": 99999999999999, "closes_at": 99999999999998"#,
            "closes_at is 99999999999998, before opens_at, which is 99999999999999|",
        ),
        (r#""opens_at": 253402300800000"#, "a time is after 253402300799999|"),
        (r#""opens_at": -1"#, "invalid value: integer `-1`"),
    ] {
        let reply = create("never", times);
        let expected = format!("-INVALID HF-INP-005 the description of the event: {expected}");
        assert!(reply.starts_with(&expected), "{times}: {reply}");
    }
    let shown = client.ask("EVENT INFO late");
    assert!(shown.contains("|$8|opens_at|:99999999999998|$9|closes_at|:99999999999999|"), "{shown}");
    let plan = client.ask("EVENT PLAN late");
    assert!(plan.contains(r#""opens_at":99999999999998,"closes_at":99999999999999"#), "{plan}");
    let feed = client.ask("FEED late 1");
    assert!(
        feed.contains("|$6|status|$7|pending|") && feed.contains("|$8|opens_at|:99999999999998|"),
        "{feed}"
    );
    assert!(client.ask("EVENT RESUME late r olga why").contains("|open|"));
    let shown = client.ask("EVENT INFO late");
    assert!(shown.contains("|$8|opens_at|$-1|$9|closes_at|:99999999999999|"), "{shown}");
}
