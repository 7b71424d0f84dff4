//! Commands that are part of a trace: what they do, what is written down of it, and what is told.

mod own;
mod stamps;

use std::sync::Arc;
use std::time::Duration;

use holdfast_net::{Access, Config, Protection, Role, Token, TokenHash, Tokens};

use crate::support::{Client, HALL, TestServer, ask, patient};

/// What stands before a command, and what the feed has of it.
pub(crate) const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

pub(crate) fn event(client: &mut Client) {
    client.command(&["EVENT", "CREATE", "gala", "create", HALL]);
    crate::support::value(client);
}

#[test]
fn a_key_gets_the_same_answer_with_and_without_a_trace() {
    let server = TestServer::start();
    let mut client = server.client();
    event(&mut client);
    let unsampled = PARENT.replace("-01", "-00");
    let forms = [
        "".to_owned(),
        format!("TRACED {PARENT} "),
        format!("TRACED {PARENT} STATE a=b "),
        format!("traced {unsampled} "),
    ];
    for (number, first) in forms.iter().enumerate() {
        let hold = format!("HOLD gala k-{number} ann 60000 SEATS B-1-{}", 1 + number % 3);
        let answer = ask(&mut client, &format!("{first}{hold}"));
        let expected = if number < 3 { "*10|hold|" } else { "-TAKEN HF-BIZ-001" };
        assert!(answer.starts_with(expected), "{first}: {answer}");
        for again in &forms {
            assert_eq!(ask(&mut client, &format!("{again}{hold}")), answer, "{first}, then {again}");
        }
        let other = ask(&mut client, &format!("TRACED {PARENT} HOLD gala k-{number} ann 60000 SEATS A-1-1"));
        assert!(other.starts_with("-KEYREUSED HF-INP-010"), "{other}");
    }
}

#[test]
fn the_feed_has_the_trace_of_what_is_kept() {
    let server = TestServer::start();
    let mut client = server.client();
    event(&mut client);
    for (key, around) in [
        ("k-1", format!("TRACED {PARENT} ")),
        ("k-2", String::new()),
        ("k-3", format!("TRACED {} ", PARENT.replace("-01", "-00"))),
    ] {
        ask(&mut client, &format!("{around}HOLD gala {key} ann 60000 AREA FLOOR 1"));
    }
    let feed = ask(&mut client, "FEED gala 2");
    assert_eq!(feed.matches(&format!("traceparent|{PARENT}|")).count(), 1, "{feed}");
    assert_eq!(feed.matches("traceparent").count(), 1, "{feed}");
    client.command(&["TRACED", PARENT, "EVENT", "CREATE", "other", "create", HALL]);
    crate::support::value(&mut client);
    assert!(ask(&mut client, "FEED other 1").contains(PARENT));
    assert!(ask(&mut client, "FEEDS 0").contains(PARENT));
    let mut subscriber = server.client();
    subscriber.line("SUBSCRIBE feed:gala", "*3|$9|subscribe|$9|feed:gala|:1|");
    ask(&mut client, &format!("TRACED {PARENT} EXTEND gala k-4 2 60000"));
    let message = crate::support::value(&mut subscriber);
    assert!(message.contains(&format!(r#","traceparent":"{PARENT}"}}"#)), "{message}");
}

#[test]
fn what_is_no_trace_is_refused_and_nothing_is_judged() {
    let server = TestServer::start();
    let mut client = server.client();
    event(&mut client);
    for bad in [
        "x",
        &PARENT[1..],
        &PARENT.replace("00-", "01-"),
        &PARENT.to_ascii_uppercase(),
        &format!("{PARENT} STATE {}", "x".repeat(513)),
    ] {
        let reply = ask(&mut client, &format!("TRACED {bad} HOLD gala k ann 60000 SEATS A-1-1"));
        assert!(reply.starts_with("-INVALID HF-INP-016 "), "{bad}: {reply}");
    }
    let nested = ask(&mut client, &format!("TRACED {PARENT} TRACED {PARENT} PING"));
    assert!(nested.starts_with("-INVALID HF-INP-001 TRACED stands within TRACED"), "{nested}");
    assert_eq!(ask(&mut client, "ASK gala k"), "$-1|");
    assert!(ask(&mut client, "HOLD gala k ann 60000 SEATS A-1-1").starts_with("*10|hold|:2|"));
}

/// Each command of a transaction has its own trace, or none.
#[test]
fn commands_of_a_transaction_may_be_traced() {
    let server = TestServer::start();
    let mut client = server.client();
    event(&mut client);
    client.line("MULTI", "+OK|");
    client.line(&format!("TRACED {PARENT} HOLD gala k-1 ann 60000 SEATS A-1-1"), "+QUEUED|");
    client.line("HOLD gala k-2 ann 60000 SEATS A-1-2", "+QUEUED|");
    client.line(&format!("TRACED {PARENT} PING"), "+QUEUED|");
    let reply = ask(&mut client, &format!("TRACED {PARENT} EXEC"));
    assert!(reply.starts_with("*3|*10|hold|:2|") && reply.ends_with("+PONG|"), "{reply}");
    let feed = ask(&mut client, "FEED gala 2");
    assert_eq!(feed.matches("traceparent").count(), 1, "{feed}");
    client.line("MULTI", "+OK|");
    let bad = ask(&mut client, "TRACED x HOLD gala k-3 ann 60000 SEATS A-1-3");
    assert!(bad.starts_with("-INVALID HF-INP-016 "), "{bad}");
    assert!(ask(&mut client, "EXEC").starts_with("-EXECABORT HF-INP-071 "));
}

#[test]
fn traced_commands_keep_their_places_in_a_pipeline() {
    let server = TestServer::start();
    let mut client = server.client();
    event(&mut client);
    let lines: String = (0..300)
        .map(|number| {
            let around = if number % 3 == 0 { format!("TRACED {PARENT} ") } else { String::new() };
            match number % 4 {
                0 => format!("{around}HOLD gala k-{number} ann 60000 SEATS A-1-1\r\n"),
                1 => format!("{around}ECHO {number}\r\n"),
                _ => format!("{around}HOLD gala k-1 ann 60000 SEATS A-1-2\r\n"),
            }
        })
        .collect();
    client.send(lines);
    let mut held = None;
    for number in 0..300 {
        let reply = crate::support::value(&mut client);
        match number % 4 {
            0 if number == 0 => assert!(reply.starts_with("*10|hold|:2|"), "{reply}"),
            0 => assert!(reply.starts_with("-TAKEN HF-BIZ-001 A-1-1"), "{number}: {reply}"),
            1 => assert_eq!(reply, format!("{number}|")),
            _ => assert_eq!(*held.get_or_insert_with(|| reply.clone()), reply, "{number}"),
        }
    }
}

/// It wraps what may be sent before a login, a login too, and gives no right.
#[test]
fn the_wrapper_needs_no_right_and_gives_none() {
    let token = Token::new("r".to_owned(), Role::Reader, TokenHash::of(b"right"));
    let access = Arc::new(Access::guarded(Tokens::new(vec![token])));
    let server = TestServer::protected(patient(), Protection { access, tls: None });
    let mut client = server.client();
    let traced = |command: &str| format!("TRACED {PARENT} {command}");
    client.line(&traced("PING"), "+PONG|");
    assert!(ask(&mut client, &traced("INFO")).starts_with("-NOAUTH HF-INP-060 "));
    client.line(&traced("AUTH right"), "+OK|");
    client.line(&traced("DBSIZE"), ":0|");
    let denied = ask(&mut client, &traced("HOLD gala k ann 0 SEATS A-1-1"));
    assert!(denied.starts_with("-DENIED HF-INP-062 HOLD needs"), "{denied}");
    // In the slow log a command stands without what is wrapped around it, and by its own event.
    assert_eq!(
        ask(&mut client, &traced("COMMAND GETKEYS TRACED x HOLD gala k ann 0 SEATS A-1-1")).split(' ').next(),
        Some("-INVALID")
    );
    let keys = ask(&mut client, &format!("COMMAND GETKEYS {}", traced("HOLD gala k ann 0 SEATS A-1-1")));
    assert_eq!(keys, "*1|gala|");
}

#[test]
fn the_slow_log_has_the_command_without_its_wrapper() {
    let server = TestServer::with(Config { slow_over: Duration::ZERO, ..patient() });
    let mut client = server.client();
    event(&mut client);
    ask(&mut client, &format!("TRACED {PARENT} STATE a=b COUNT gala"));
    let slow = ask(&mut client, "SLOWLOG GET 1");
    assert!(slow.contains("|*2|COUNT|gala|"), "{slow}");
}
