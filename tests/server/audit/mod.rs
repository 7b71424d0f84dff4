//! `AUDIT`: who did what, as clients see it, over kills.

use crate::support::reply::Value;
use crate::support::{Client, HALL, Server, TempDir, eventually};

/// The acts that these words find, the newest first.
fn acts(client: &mut Client, words: &str) -> (u64, Vec<String>) {
    let page = Value::of(&client.bytes(format!("AUDIT SHOW {words}").trim_end()));
    let [next, lines] = page.list() else { panic!("{page:?}") };
    let acts = lines.list().iter().map(|line| line.get("act").unwrap().text().to_owned());
    (next.number(), acts.collect())
}

#[test]
fn acts_are_found_as_they_were_done_and_are_known_after_a_kill() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    let mut client = server.client();
    client.create("gala", HALL);
    client.ask("HOLD gala k1 bob 600000 SEATS A-1-1");
    client.ask("EVENT PAUSE gala p1 olga bots");
    client.ask("EVENT RESUME gala p2 otto fine");
    client.ask("BLOCK gala b1 olga press SEATS A-1-2 A-1-3");
    eventually("all is in the audit", || acts(&mut client, "").1.len() == 6);
    assert_eq!(
        acts(&mut client, "").1,
        ["seats.block", "event.resume", "event.pause", "event.create", "process.start", "audit.begin"]
    );
    let (next, page) = acts(&mut client, "OPERATOR olga COUNT 1");
    assert_eq!(page, ["seats.block"]);
    assert_eq!(
        acts(&mut client, &format!("OPERATOR olga CURSOR {next}")),
        (0, vec!["event.pause".to_owned()])
    );
    assert_eq!(acts(&mut client, "ACT event. EVENT gala").1.len(), 3);
    assert_eq!(acts(&mut client, "FROM 0 TO 1").1, Vec::<String>::new());
    let told = Value::of(&client.bytes("AUDIT SHOW ACT event.pause"));
    let line = told.list()[1].list()[0].clone();
    for (field, expected) in
        [("operator", "olga"), ("reason", "bots"), ("event", "gala"), ("after", r#"{"status":"paused"}"#)]
    {
        assert_eq!(line.get(field).unwrap().text(), expected);
    }
    let head = |client: &mut Client| Value::of(&client.bytes("AUDIT HEAD"));
    let before = head(&mut client).get("head").unwrap().text().to_owned();
    server.kill();
    drop(server);
    let server = Server::start(directory.path());
    let mut client = server.client();
    eventually("the start is in the audit", || acts(&mut client, "").1.len() == 7);
    assert_eq!(acts(&mut client, "").1[1], "seats.block");
    let told = Value::of(&client.bytes("AUDIT SHOW CURSOR 7 COUNT 1"));
    let hash = told.list()[1].list()[0].get("hash").unwrap().text().to_owned();
    assert_eq!(before, format!("6:{hash}"), "the head was that line");
    assert_eq!(head(&mut client).get("error_code"), Some(&Value::Null));
    for (line, what) in [
        ("AUDIT SHOW NOW", "\"NOW\" is not a word of AUDIT SHOW"),
        ("AUDIT SHOW FROM yesterday", "time"),
        ("AUDIT HEAD x", "x"),
    ] {
        let refused = client.ask(line);
        assert!(refused.starts_with("-INVALID HF-INP-") && refused.contains(what), "{line}: {refused}");
    }
}
