//! The job `export`: all of an event as it is or was, in lines that have a known SHA-256.

use std::path::Path;

use serde_json::Value as Json;

use crate::support::jobs::{done, state};
use crate::support::reply::Value;
use crate::support::{Client, Server, TempDir};

const HALL: &str = r#"{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":1,"seats":30}}]}"#;

/// The lines of an export, with the figures; and that the file is what was recorded of it.
fn exported(client: &mut Client, data: &Path, line: &str) -> (Vec<Json>, Value) {
    let told = done(client, line);
    assert_eq!(state(&told), "SUCCESS", "{line}: {told:?}");
    let execution = told.get("execution").unwrap().text();
    let number = execution.rsplit_once('-').unwrap().1;
    let file = std::fs::read(data.join(format!("results/{number}.ndjson"))).unwrap();
    let kept = Value::of(&client.bytes(&format!("JOB RESULTS {execution} COUNT 1")));
    assert_eq!(kept.integer("bytes"), file.len() as u64);
    let path = data.join(format!("results/{number}.ndjson"));
    let sum = std::process::Command::new("sha256sum").arg(path).output().unwrap().stdout;
    assert!(String::from_utf8(sum).unwrap().starts_with(kept.get("sha256").unwrap().text()));
    let lines: Vec<Json> = file
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let figures = told.get("figures").unwrap().clone();
    assert_eq!((kept.integer("lines"), figures.integer("lines")), (lines.len() as u64, lines.len() as u64));
    (lines, figures)
}

/// The lines about one kind of thing.
fn of<'a>(lines: &'a [Json], what: &str) -> Vec<&'a Json> {
    lines.iter().filter(|line| line["what"] == what).collect()
}

#[test]
fn an_event_is_taken_out_as_it_is_and_as_it_was() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("gala", HALL);
    let seats = Value::of(&client.bytes("COUNT gala")).integer("free");
    for line in [
        "HOLD gala h1 bob 600000 SEATS A-1-1 A-1-2",
        "CONFIRM gala c1 order-1 2",
        "HOLD gala h2 ann 600000 SEATS A-1-3",
        "PAYMENT TRY gala t1 pay-2 0 4",
        "PAYMENT SUCCEED gala s1 pay-2",
    ] {
        assert!(!client.ask(line).starts_with('-'), "{line}");
    }
    let then = Value::of(&client.bytes("EVENT INFO gala")).integer("version");
    for line in [
        "CANCEL gala x1 order-1 why",
        "HOLD gala h3 joe 600000 SEATS A-1-4",
        "BLOCK gala b1 olga why SEATS A-1-5",
    ] {
        assert!(!client.ask(line).starts_with('-'), "{line}");
    }
    let (was, figures) =
        exported(&mut client, directory.path(), &format!("JOB RUN export e1 olga why EVENT gala AT {then}"));
    assert_eq!((figures.integer("seats_sold"), figures.integer("version")), (3, then));
    assert_eq!(figures.integer("seats_free"), seats - 3);
    assert_eq!((of(&was, "event").len(), of(&was, "seat").len() as u64), (1, seats));
    let orders: Vec<_> = of(&was, "order").iter().map(|order| order["order"].as_str().unwrap()).collect();
    assert_eq!(orders, ["order-1", "pay-2"]);
    assert_eq!(of(&was, "payment").len(), 1);
    let first = of(&was, "seat").into_iter().find(|seat| seat["seat"] == "A-1-1").unwrap();
    assert_eq!((&first["status"], &first["holder"]), (&"sold".into(), &"bob".into()));
    assert!(of(&was, "hold").is_empty());

    let (is, figures) = exported(&mut client, directory.path(), "JOB RUN export e2 olga why EVENT gala");
    let counted = Value::of(&client.bytes("COUNT gala"));
    for status in ["free", "held", "paying", "sold", "blocked"] {
        assert_eq!(figures.integer(&format!("seats_{status}")), counted.integer(status), "{status}");
        let lines = of(&is, "seat").iter().filter(|seat| seat["status"] == status).count() as u64;
        assert_eq!(lines, counted.integer(status), "{status}");
    }
    let holds: Vec<_> = of(&is, "hold").iter().map(|hold| hold["holder"].as_str().unwrap()).collect();
    assert_eq!(holds, ["joe"]);
    // As a client is told, now and then.
    assert_eq!(of(&is, "order").len(), 2, "one that is cancelled is one that was sold");
    // Once more, at the same version: the same bytes.
    let (again, _) =
        exported(&mut client, directory.path(), &format!("JOB RUN export e3 olga why EVENT gala AT {then}"));
    assert_eq!(again, was);
    for (line, code) in [
        ("EVENT none", "-NOEVENT HF-INP-020"),
        ("EVENT", "-INVALID HF-BAT-014"),
        ("ALL", "-INVALID HF-BAT-014"),
        ("EVENT gala AT yesterday", "-INVALID HF-BAT-014"),
    ] {
        let told = client.ask(&format!("JOB RUN export k olga why {line}"));
        assert!(told.starts_with(code), "{line}: {told}");
    }
    let told = done(&mut client, "JOB RUN export k olga why EVENT gala AT 999");
    assert_eq!((state(&told), told.get("error_code").unwrap().text()), ("FAILED", "HF-INP-003"));
}
