//! What is told of traced commands when their replies are gone.

use std::sync::Arc;

use holdfast_engine::Name;
use holdfast_net::{Next, Protection, Queue, Served, Spans, limits};

use super::{PARENT, event};
use crate::support::{PATIENCE, TestServer, ask, eventually, patient};

fn told(per_second: u64) -> (TestServer, Arc<Spans>, Queue) {
    let (spans, queue) = Spans::on(per_second);
    let spans = Arc::new(spans);
    (TestServer::told((patient(), Protection::default()), Arc::clone(&spans)), spans, queue)
}

pub(super) fn next(queue: &Queue) -> Served {
    match queue.next(Some(PATIENCE)) {
        Next::Served(served) => *served,
        other => panic!("{other:?}"),
    }
}

/// Those that are there, in their order.
fn steps(served: &Served) -> Vec<u64> {
    let stamps = &served.stamps;
    let all = [
        stamps.read,
        stamps.taken,
        stamps.begun,
        stamps.judged,
        stamps.syncing,
        stamps.durable,
        stamps.offered,
        stamps.written,
    ];
    all.iter().map(|stamp| stamp.0).filter(|micros| *micros > 0).collect()
}

#[test]
fn each_traced_command_is_told_with_its_steps_and_what_became_of_it() {
    let (server, spans, queue) = told(1_000);
    let mut client = server.client();
    event(&mut client);
    let hold = format!("TRACED {PARENT} STATE a=b HOLD gala k ann 60000 SEATS A-1-1");
    let cases = [
        (hold.as_str(), "HOLD", Some("gala"), (None, Some(2), false), 8),
        (hold.as_str(), "HOLD", Some("gala"), (None, Some(2), true), 8),
        ("HOLD gala k-2 bob 60000 SEATS A-1-1", "HOLD", Some("gala"), (Some("HF-BIZ-001"), None, false), 8),
        ("COUNT gala", "COUNT", Some("gala"), (None, None, false), 8),
        ("COUNT nowhere", "COUNT", Some("nowhere"), (Some("HF-INP-020"), None, false), 4),
        ("FEED gala 1", "FEED", Some("gala"), (None, None, false), 4),
        ("PING", "PING", None, (None, None, false), 4),
        ("INFO clients", "INFO", None, (None, None, false), 4),
        ("EVENT LIST", "EVENT", None, (None, None, false), 4),
    ];
    for (line, name, of, (code, version, repeated), count) in cases {
        let line =
            if line.starts_with("TRACED") { line.to_owned() } else { format!("TRACED {PARENT} {line}") };
        // What is not traced stands beside it, and is not told.
        ask(&mut client, "COUNT gala");
        ask(&mut client, &line);
        let served = next(&queue);
        assert_eq!((served.command.0, served.event.as_ref().map(Name::as_str)), (name, of), "{line}");
        let outcome = &served.outcome;
        assert_eq!(
            (outcome.code.as_deref(), outcome.version, outcome.repeated),
            (code, version, repeated),
            "{line}"
        );
        assert_eq!(served.traced.trace.to_string(), PARENT);
        assert_eq!(served.traced.state.as_deref(), line.contains("STATE").then_some("a=b"));
        let steps = steps(&served);
        assert!(steps.is_sorted(), "{line}: {:?}", served.stamps);
        assert_eq!(steps.len(), count, "{line}: {:?}", served.stamps);
    }
    eventually("all are counted", || spans.tallied().queued == cases.len() as u64);
}

#[test]
fn commands_of_one_run_are_told_one_by_one() {
    let (server, _spans, queue) = told(1_000);
    let mut client = server.client();
    event(&mut client);
    let unsampled = PARENT.replace("-01", "-00");
    let lines: String = (0..40)
        .map(|number| match number % 4 {
            0 => format!("COUNT gala\r\nTRACED {unsampled} COUNT gala\r\n"),
            1 => format!("TRACED {PARENT} ECHO {number}\r\n"),
            _ => format!("TRACED {PARENT} HOLD gala k-{number} ann 60000 AREA FLOOR 1\r\n"),
        })
        .collect();
    client.send(lines);
    for _ in 0..50 {
        crate::support::value(&mut client);
    }
    let served: Vec<_> = (0..30).map(|_| next(&queue)).collect();
    let versions: Vec<_> = served.iter().filter_map(|served| served.outcome.version).collect();
    assert_eq!(versions, (2..22).collect::<Vec<_>>());
    let names: Vec<_> = served.iter().take(6).map(|served| served.command.0).collect();
    assert_eq!(names, ["ECHO", "HOLD", "HOLD", "ECHO", "HOLD", "HOLD"]);
}

#[test]
fn commands_of_a_transaction_are_told_and_the_whole_too() {
    let (server, _spans, queue) = told(1_000);
    let mut client = server.client();
    event(&mut client);
    client.line("MULTI", "+OK|");
    client.line(&format!("TRACED {PARENT} HOLD gala k-1 ann 60000 SEATS A-1-1"), "+QUEUED|");
    client.line(&format!("TRACED {PARENT} HOLD gala k-2 ann 60000 SEATS A-1-1"), "+QUEUED|");
    client.line("HOLD gala k-3 ann 60000 SEATS A-1-2", "+QUEUED|");
    ask(&mut client, &format!("TRACED {PARENT} EXEC"));
    let told: Vec<_> =
        (0..3).map(|_| next(&queue)).map(|served| (served.command.0, served.outcome.code)).collect();
    assert_eq!(told, [("HOLD", None), ("HOLD", Some("HF-BIZ-001".into())), ("EXEC", None)]);
}

#[test]
fn no_more_are_told_than_may_be_and_their_records_have_the_trace_all_the_same() {
    let (server, spans, queue) = told(1);
    let mut client = server.client();
    event(&mut client);
    let holds: String = (0..20)
        .map(|number| format!("TRACED {PARENT} HOLD gala k-{number} ann 60000 AREA FLOOR 1\r\n"))
        .collect();
    client.send(holds);
    for _ in 0..20 {
        assert!(crate::support::value(&mut client).starts_with("*12|hold|"));
    }
    next(&queue);
    // They may have come in more seconds than one.
    eventually("all are counted", || spans.tallied().queued + spans.tallied().over_rate == 20);
    assert!(spans.tallied().over_rate > 0);
    assert_eq!(ask(&mut client, "FEED gala 2").matches("traceparent").count(), 20);
}

/// A queue that nobody empties is full some time. Nothing waits for it.
#[test]
fn a_queue_that_is_full_holds_up_nothing() {
    let (server, spans, queue) = told(1_000_000);
    let mut client = server.client();
    for round in 0..9 {
        client.send(format!("TRACED {PARENT} PING\r\n").repeat(512));
        client.expect(&"+PONG|".repeat(512));
        eventually("all are counted", || {
            spans.tallied().queued + spans.tallied().queue_full == (round + 1) * 512
        });
    }
    assert_eq!(spans.tallied().queued, limits::SPANS_QUEUED_MAX as u64);
    assert_eq!(spans.tallied().queue_full, 512);
    drop(queue);
    client.line(&format!("TRACED {PARENT} PING"), "+PONG|");
}
