//! `MULTI` and `EXEC`: all of it or nothing, and nothing of anybody else in between.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::hall::{hall, transcript};
use super::support::access::new_token;
use super::support::reply::Value;
use super::support::{HALL, Server, TempDir, eventually, run, told, wire_of};

const NOT_HERE: &str = "-INVALID HF-INP-070 ";

#[test]
fn what_is_queued_is_carried_out_by_exec_with_every_reply_in_its_place() {
    let (_directory, _server, mut client) = hall();
    transcript(
        &mut client,
        &[
            ("multi", "+OK|"),
            ("Hold hall k1 ann 60000 SEATS A-1-1", "+QUEUED|"),
            ("SEAT hall A-1-1", "+QUEUED|"),
            ("HOLD hall k2 bob 60000 SEATS A-1-1", "+QUEUED|"),
            ("RELEASE hall k3 2", "+QUEUED|"),
            ("PING", "+QUEUED|"),
            ("COUNT hall BY category", "+QUEUED|"),
        ],
    );
    // Nothing has happened yet.
    let replies = Value::of(&client.bytes("ExEc"));
    let replies = replies.list();
    assert_eq!(replies.len(), 6, "{replies:?}");
    assert_eq!(replies[0].integer("hold"), 2, "the first version after the creation");
    assert_eq!(replies[1].get("status").unwrap().text(), "held");
    assert_eq!(replies[2].text(), "TAKEN HF-BIZ-001 A-1-1 held");
    assert_eq!(replies[3].integer("hold"), 2);
    assert_eq!(replies[4].text(), "PONG");
    // A refusal is an answer, and a transaction that is sent again gets the same answers.
    assert_eq!(client.ask("ASK hall k2"), "*2|$7|refused|$27|TAKEN HF-BIZ-001 A-1-1 held|");
    let again = ["MULTI", "HOLD hall k1 ann 60000 SEATS A-1-1", "RELEASE hall k3 2"].map(wire_of).concat();
    client.send(&again);
    assert_eq!([client.reply(), client.reply(), client.reply()], ["+OK|", "+QUEUED|", "+QUEUED|"]);
    let told = Value::of(&client.bytes("EXEC"));
    assert_eq!(format!("{:?}", told.list()[0]), format!("{:?}", replies[0]));
    assert_eq!(format!("{:?}", told.list()[1]), format!("{:?}", replies[3]));
}

#[test]
fn an_empty_transaction_and_one_that_names_no_event() {
    let (_directory, _server, mut client) = hall();
    transcript(
        &mut client,
        &[
            ("MULTI", "+OK|"),
            ("EXEC", "*0|"),
            ("MULTI", "+OK|"),
            ("PING hello", "+QUEUED|"),
            ("EVENT LIST", "+QUEUED|"),
            ("EXEC", "*2|$5|hello|*2|:0|*2|$4|hall|$4|open|"),
        ],
    );
}

/// Whatever is wrong with one command is told at once, and nothing of the transaction is carried out.
#[test]
fn one_bad_command_and_nothing_is_carried_out() {
    let (_directory, _server, mut client) = hall();
    client.create("other", HALL);
    for (bad, told, ended) in [
        ("HOLD hall k1 ann", "-INVALID HF-INP-001 ", "-EXECABORT HF-INP-071 "),
        ("HOLD hall k1 ann 60000 SEATS A-9-9", "-NOSEAT HF-INP-021 ", "-EXECABORT HF-INP-071 "),
        ("HOLD nowhere k1 ann 60000 SEATS A-1-1", "-NOEVENT HF-INP-020 ", "-EXECABORT HF-INP-071 "),
        ("SHOUT", "-INVALID HF-INP-007 ", "-EXECABORT HF-INP-071 "),
        ("MULTI", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("WATCH hall", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("UNWATCH", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("SUBSCRIBE feed:hall", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("FEED hall 1 BLOCK 10", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("HELLO 3", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("CLIENT ID", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("INFO", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("EVENT CREATE new k {}", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("CONFIRM other k1 order 2", "+QUEUED", "-CROSSSLOT HF-INP-072 "),
        ("FEEDS 0 BLOCK 10", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("PICTURE hall SINCE 1", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("SUBSCRIBE map:hall", NOT_HERE, "-EXECABORT HF-INP-071 "),
        ("FEED hall 1", NOT_HERE, "-EXECABORT HF-INP-071 "),
    ] {
        assert_eq!(client.ask("MULTI"), "+OK|", "{bad}");
        assert_eq!(client.ask("HOLD hall first ann 60000 SEATS A-1-1"), "+QUEUED|", "{bad}");
        let reply = client.ask(bad);
        assert!(reply.starts_with(told), "{bad}: {reply}");
        assert_eq!(client.ask("HOLD hall last ann 60000 SEATS A-1-2"), "+QUEUED|", "{bad}");
        let reply = client.ask("EXEC");
        assert!(reply.starts_with(ended), "{bad}: {reply}");
        assert!(client.ask("EXEC").starts_with(NOT_HERE), "{bad}: the transaction is over");
    }
    for (outside, told) in [("EXEC", NOT_HERE), ("DISCARD", NOT_HERE)] {
        assert!(client.ask(outside).starts_with(told), "{outside}");
    }
    // No seat, no version, no key.
    assert_eq!(client.ask("ASK hall first"), "$-1|");
    assert_eq!(client.ask("MAP hall A"), "*1|*3|$1|A|$1|1|$6|......|");
    assert!(client.ask("HOLD hall first bob 60000 SEATS A-1-1").starts_with("*10|$4|hold|:2|"));
}

#[test]
fn a_watch_is_refused_and_the_next_exec_carries_out_nothing() {
    let (_directory, _server, mut client) = hall();
    for (before, ended) in [("PING", "*1|"), ("UNWATCH", "*1|"), ("RESET", "*1|"), ("DISCARD", "-EXECABORT ")]
    {
        assert!(client.ask("WATCH hall").starts_with(NOT_HERE));
        client.ask(before);
        let ended = if before == "PING" { "-EXECABORT " } else { ended };
        assert_eq!(client.ask("MULTI"), "+OK|");
        assert_eq!(client.ask("PING"), "+QUEUED|");
        let reply = client.ask("EXEC");
        assert!(reply.starts_with(ended), "{before}: {reply}");
        assert_eq!([client.ask("MULTI"), client.ask("EXEC")], ["+OK|", "*0|"], "it is over");
    }
}

#[test]
fn what_ends_before_exec_has_carried_out_nothing() {
    let (_directory, server, mut client) = hall();
    for end in ["DISCARD", "RESET", "QUIT", ""] {
        let mut other = server.client();
        assert_eq!(other.ask("MULTI"), "+OK|");
        assert_eq!(other.ask("HOLD hall k1 ann 60000 SEATS A-1-1"), "+QUEUED|");
        if end == "DISCARD" || end == "RESET" {
            other.ask(end);
            assert!(other.ask("EXEC").starts_with(NOT_HERE), "{end}");
        } else if end == "QUIT" {
            assert_eq!(other.ask(end), "+OK|");
            assert_eq!(other.rest(), "");
        }
    }
    let seat = Value::of(&client.bytes("SEAT hall A-1-1"));
    assert_eq!(seat.get("status").unwrap().text(), "free");
    assert!(client.ask("HOLD hall k1 ann 60000 SEATS A-1-1").starts_with("*10|$4|hold|:2|"));
}

#[test]
fn everything_in_one_write_and_in_both_versions() {
    let (_directory, server, _client) = hall();
    for (number, hello) in ["", "HELLO 3"].into_iter().enumerate() {
        let mut client = server.client();
        if !hello.is_empty() {
            client.ask(hello);
        }
        let hold = format!("HOLD hall key-{number} ann 60000 SEATS A-1-{}", number + 1);
        let lines = ["MULTI", &hold, "PING", "EXEC", "SEAT hall B-2-1", "MULTI", "PING", "DISCARD"];
        client.send(lines.map(wire_of).concat());
        // One of the commands is typed by hand.
        client.send("ping last\r\n");
        let told: Vec<_> = (0..3).map(|_| client.reply()).collect();
        assert_eq!(told, ["+OK|", "+QUEUED|", "+QUEUED|"]);
        let replies = Value::of(&client.raw());
        assert_eq!(replies.list().len(), 2, "{replies:?}");
        assert_eq!(replies.list()[1].text(), "PONG");
        client.raw();
        let told: Vec<_> = (0..4).map(|_| client.reply()).collect();
        assert_eq!(told, ["+OK|", "+QUEUED|", "+OK|", "$4|last|"]);
    }
}

#[test]
fn a_transaction_has_a_largest_size() {
    let (_directory, _server, mut client) = hall();
    assert_eq!(client.ask("MULTI"), "+OK|");
    client.send(wire_of("SEAT hall A-1-1").repeat(2_049));
    for _ in 0..2_048 {
        assert_eq!(client.reply(), "+QUEUED|");
    }
    assert!(client.reply().starts_with(NOT_HERE));
    assert!(client.ask("EXEC").starts_with("-EXECABORT HF-INP-071 "));
    // By the bytes that the replies may have: five maps weigh more than may be in flight.
    assert_eq!(client.ask("MULTI"), "+OK|");
    let told: Vec<_> = (0..5).map(|_| client.ask("MAP hall")).collect();
    assert_eq!(told[..4], ["+QUEUED|"; 4]);
    assert!(told[4].starts_with(NOT_HERE), "{}", told[4]);
    assert_eq!(client.ask("DISCARD"), "+OK|");
    // By the bytes of its commands.
    assert_eq!(client.ask("MULTI"), "+OK|");
    let long = format!("PING {}", "x".repeat(500_000));
    assert_eq!([client.ask(&long), client.ask(&long)], ["+QUEUED|"; 2]);
    assert!(client.ask(&long).starts_with(NOT_HERE));
    assert!(client.ask("EXEC").starts_with("-EXECABORT HF-INP-071 "));
    // The largest that there may be.
    client.create(
        "field",
        r#"{"areas":[{"name":"GA","category":"C","capacity":9999}],"limits":{"max_seats_per_holder":9999}}"#,
    );
    let holds: Vec<u8> =
        (0..2_048).flat_map(|n| wire_of(&format!("HOLD field k{n} ann 60000 AREA GA 1"))).collect();
    client.send([wire_of("MULTI"), holds, wire_of("EXEC")].concat());
    (0..2_049).for_each(|_| drop(client.raw()));
    let replies = Value::of(&client.raw());
    assert_eq!(replies.list().last().unwrap().integer("version"), 2_049);
}

/// Connections on several threads send transactions, and others send holds for the same event all the time: the versions of
/// a transaction follow each other without a gap, so nobody's command came in between.
#[test]
fn nothing_of_others_comes_between() {
    const CLIENTS: usize = 3;
    const ROUNDS: usize = 100;
    const TOGETHER: u64 = 8;
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--threads", "3"]);
    // A reply as large as this map's travels apart from others, unless it is part of a transaction.
    let map = concat!(
        r#"{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":20,"seats":1000}}],"#,
        r#""areas":[{"name":"GA","category":"C","capacity":9999999}],"limits":{"max_seats_per_holder":9999999}}"#
    );
    server.client().create("field", map);
    let hold = |key: &str, n: u64| wire_of(&format!("HOLD field {key}-{n} ann 60000 AREA GA 1"));
    let version = |reply: &Value| reply.integer("version");
    let over = AtomicBool::new(false);
    let apart: usize = thread::scope(|scope| {
        for me in 0..CLIENTS {
            let (mut client, over) = (server.client(), &over);
            scope.spawn(move || {
                for n in 0.. {
                    let holds: Vec<_> =
                        (0..50).flat_map(|i| hold(&format!("other-{me}"), 50 * n + i)).collect();
                    client.send(holds);
                    (0..50).for_each(|_| drop(client.raw()));
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        let sellers: Vec<_> = (0..CLIENTS)
            .map(|me| {
                let mut client = server.client();
                scope.spawn(move || {
                    let mut apart = 0;
                    for round in 0..ROUNDS {
                        let mut lines = vec![wire_of("MULTI")];
                        lines.extend((0..TOGETHER).map(|n| hold(&format!("{me}-{round}"), n)));
                        for place in [2, 5, 8] {
                            lines.insert(place, wire_of("MAP field"));
                        }
                        lines.extend([wire_of("EXEC"), hold(&format!("{me}-{round}-after"), 0)]);
                        client.send(lines.concat());
                        (0..TOGETHER + 4).for_each(|_| drop(client.raw()));
                        let replies = Value::of(&client.raw());
                        let holds = replies.list().iter().filter(|reply| reply.list().len() == 12);
                        let versions: Vec<_> = holds.map(version).collect();
                        assert_eq!(versions, (versions[0]..).take(TOGETHER as usize).collect::<Vec<_>>());
                        let after = version(&Value::of(&client.raw()));
                        apart += usize::from(after != versions[0] + TOGETHER);
                    }
                    apart
                })
            })
            .collect();
        let ended: Vec<_> = sellers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        over.store(true, Ordering::Relaxed);
        ended.into_iter().map(Result::unwrap).sum()
    });
    assert!(apart > 0, "the clients never met, so this has shown nothing");
}

/// In version 3 messages come at any time, but not between the elements of a reply.
#[test]
fn a_message_does_not_come_between_replies() {
    let (_directory, server, mut client) = hall();
    let mut other = server.client();
    client.ask("HELLO 3");
    assert!(client.ask("SUBSCRIBE feed:hall").starts_with(">3|"));
    let (mut messages, mut version) = (0, 1);
    for round in 0..200 {
        let lines = [
            "MULTI".to_owned(),
            format!("HOLD hall a{round} ann 60000 SEATS A-1-1"),
            format!("RELEASE hall b{round} {}", version + 1),
            "SEAT hall A-1-1".to_owned(),
            "EXEC".to_owned(),
        ];
        client.send(lines.iter().flat_map(|line| wire_of(line)).collect::<Vec<_>>());
        other.send(wire_of("EVENT INFO hall"));
        let mut told = 0;
        while told < 5 {
            let reply = client.raw();
            if reply[0] == b'>' {
                messages += 1;
                continue;
            }
            told += 1;
            if told == 5 {
                let replies = Value::of(&reply);
                assert_eq!(replies.list().len(), 3, "{replies:?}");
                let fields: Vec<_> = replies.list().iter().map(|reply| reply.list()[0].text()).collect();
                assert_eq!(fields, ["hold", "hold", "seat"], "{replies:?}");
                version = replies.list()[1].integer("version");
            }
        }
        other.raw();
    }
    while messages < 400 {
        assert_eq!(client.raw()[0], b'>');
        messages += 1;
    }
}

/// Who has lost the token is not kept in a transaction.
#[test]
fn a_transaction_ends_with_its_token() {
    let directory = TempDir::new();
    let tokens = directory.join("tokens");
    let secret = new_token(&tokens, "booking", "shop", &[]);
    let boss = new_token(&tokens, "operator", "boss", &[]);
    let server = Server::with(&directory.join("data"), &["--tokens", tokens.to_str().unwrap()]);
    let (mut operator, mut shop) = (server.client_with(&boss), server.client());
    operator.create("hall", HALL);
    let file = tokens.display().to_string();
    for end in ["EXEC", "DISCARD"] {
        assert_eq!(shop.ask(&format!("AUTH {secret}")), "+OK|");
        assert_eq!(shop.ask("MULTI"), "+OK|");
        assert_eq!(shop.ask("HOLD hall k1 ann 60000 SEATS A-1-1"), "+QUEUED|");
        let kept = std::fs::read(&tokens).unwrap();
        let (code, _, err) = told(&run(["token", "revoke", "shop", "--file", &file]));
        assert_eq!((code, err.as_str()), (0, ""));
        server.signal("HUP");
        eventually("the token is gone", || operator.info("access", "tokens") == "1");
        let reply = shop.ask(end);
        assert!(reply.starts_with(if end == "EXEC" { "-EXECABORT HF-INP-071 " } else { "+OK|" }), "{reply}");
        std::fs::write(&tokens, kept).unwrap();
        server.signal("HUP");
        eventually("the token is back", || operator.info("access", "tokens") == "2");
    }
    assert_eq!(operator.ask("ASK hall k1"), "$-1|");
}
