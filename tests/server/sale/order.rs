//! Replies come in the order of the commands, whatever is mixed and however much is sent at once.

use std::thread;

use crate::support::reply::Value;
use crate::support::{Client, HALL, Server, TempDir, wire_of};

const FIELD: &str = concat!(
    r#"{"sections":[{"name":"F","category":"G","rows":{"from":1,"to":1000,"seats":100}}],"#,
    r#""areas":[{"name":"X","category":"G","capacity":1000000}],"#,
    r#""limits":{"max_seats_per_hold":100,"max_seats_per_holder":1000000}}"#
);

#[test]
fn events_reads_and_pings_mixed() {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--threads", "4"]);
    let mut client = server.client();
    let events = ["e0", "e1", "e2", "e3", "e4"];
    for event in events {
        client.create(event, HALL);
    }
    // Six rounds over five events, with something of the connection's own between any two: each reply can only be
    // the one to its command.
    let (mut bytes, mut expected) = (Vec::new(), Vec::new());
    let mut say = |line: String, reply: String| {
        bytes.extend_from_slice(&wire_of(&line));
        expected.push((line, reply));
    };
    for round in 0..6 {
        for (number, event) in events.iter().enumerate() {
            let (version, seat) = (round + 2, round + 1);
            say(format!("PING {round}-{event}"), format!("$4|{round}-{event}|"));
            say(
                format!("HOLD {event} k{round} bob{round} 0 SEATS A-1-{seat}"),
                format!(
                    "*10|$4|hold|:{version}|$10|expires_at|:T|$7|version|:{version}|$5|seats|*1|$5|A-1-{seat}|$2|at|:T|"
                ),
            );
            say(
                "NONSENSE".to_owned(),
                "-INVALID HF-INP-007 there is no command \"NONSENSE\": COMMAND lists those that there are|"
                    .to_owned(),
            );
            say(format!("MAP {event} A"), format!("*1|*3|$1|A|$1|1|$6|{:.<6}|", "h".repeat(seat)));
            if number == 2 {
                say("COUNT nowhere".to_owned(), "-NOEVENT HF-INP-020 there is no event nowhere|".to_owned());
            }
        }
    }
    say("HELLO 3".to_owned(), String::new());
    say("GET HOLD e0 99".to_owned(), "_|".to_owned());
    say("HELLO 2".to_owned(), String::new());
    say("GET HOLD e0 99".to_owned(), "$-1|".to_owned());
    client.send(bytes);
    for (line, reply) in expected {
        let got = client.reply();
        if !line.starts_with("HELLO") {
            assert_eq!(got, reply, "{line}");
        }
    }
}

/// An event can be made and used in one pipeline.
#[test]
fn commands_behind_a_creation_find_the_event() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    let mut bytes = wire_of("COUNT new");
    bytes.extend(wire_of(&format!("EVENT CREATE new c {HALL}")));
    bytes.extend(wire_of("HOLD new k bob 0 SEATS A-1-1"));
    bytes.extend(wire_of(&format!("EVENT CREATE new c {HALL}")));
    bytes.extend(wire_of("MAP new B"));
    client.send(bytes);
    assert_eq!(client.reply(), "-NOEVENT HF-INP-020 there is no event new|");
    let created = "*6|$5|event|$3|new|$6|status|$4|open|$7|version|:1|";
    assert_eq!(client.reply(), created);
    assert_eq!(
        client.reply(),
        "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:2|$5|seats|*1|$5|A-1-1|$2|at|:T|"
    );
    assert_eq!(client.reply(), created);
    assert_eq!(client.reply(), "*2|*3|$1|B|$1|1|$5|.....|*3|$1|B|$1|2|$5|.....|");
    assert_eq!(client.ask("EVENT LIST"), "*2|:0|*2|$3|new|$4|open|");
}

#[test]
fn a_pipeline_of_a_hundred_thousand() {
    const COMMANDS: u64 = 100_000;
    let directory = TempDir::new();
    // With the patience that everybody has: a client that only pipelines is never refused for it.
    let server = Server::with(directory.path(), &["--connections-patience", "250ms"]);
    let mut client = server.client();
    client.create("field", FIELD);
    let writer = client.stream().try_clone().unwrap();
    let sender = thread::spawn(move || {
        let mut writer = Client(std::io::BufReader::new(writer));
        let mut bytes = Vec::new();
        for number in 0..COMMANDS {
            bytes.extend(wire_of(&format!("HOLD field k{number} b{number} 0 SEATS #{number}")));
        }
        writer.send(bytes);
    });
    for number in 0..COMMANDS {
        let reply = Value::of(&client.raw());
        assert_eq!(reply.integer("version"), number + 2);
        assert_eq!(reply.integer("hold"), number + 2);
        let label = format!("F-{}-{}", number / 100 + 1, number % 100 + 1);
        assert_eq!(reply.texts("seats"), [label]);
    }
    sender.join().unwrap();
    assert_eq!(
        client.ask("COUNT field"),
        "*10|$4|free|:1000000|$4|held|:100000|$6|paying|:0|$4|sold|:0|$7|blocked|:0|"
    );
}

/// The most arguments that a command may have, and the largest map that fits a frame.
#[test]
fn the_largest_commands_are_taken() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    let rows: Vec<String> =
        (0..20_000).map(|row| format!(r#"{{"name":"r{row}","seats":1,"accessible":["1"]}}"#)).collect();
    let limits = r#""limits":{"max_seats_per_hold":1000,"max_seats_per_holder":1000}"#;
    let map =
        format!(r#"{{"sections":[{{"name":"S","category":"C","rows":[{}]}}],{limits}}}"#, rows.join(","));
    assert!(map.len() > 900_000 && map.len() < 1_048_000, "{}", map.len());
    client.create("wide", &map);
    let seats: Vec<String> = (0..1_000).map(|seat| format!("#{seat}")).collect();
    let reply = Value::of(&client.bytes(&format!("HOLD wide k bob 0 SEATS {}", seats.join(" "))));
    assert_eq!(reply.texts("seats").len(), 1_000);
    assert_eq!(reply.texts("seats")[999], "S-r999-1");
    let seats: Vec<String> = (1_000..2_018).map(|seat| format!("#{seat}")).collect();
    let refused = client.ask(&format!("HOLD wide k2 ann 0 SEATS {}", seats.join(" ")));
    assert_eq!(refused, "-LIMIT HF-BIZ-020 max_seats_per_hold is 1000, wanted 1018|");
    let map = Value::of(&client.bytes("MAP wide"));
    assert_eq!(map.list().len(), 20_000);
}
