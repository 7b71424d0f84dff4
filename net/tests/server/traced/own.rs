//! Traces that a server gives to commands which came without one.

use std::sync::Arc;

use holdfast_engine::Trace;
use holdfast_net::{Protection, Queue, Served, Spans};

use super::stamps::next;
use super::{PARENT, event};
use crate::support::{TestServer, ask, eventually, patient};

/// All commands without a trace get one, as far as so many a second may.
fn drawing(per_second: u64) -> (TestServer, Arc<Spans>, Queue) {
    let (spans, queue) = Spans::on(per_second);
    let spans = Arc::new(spans.drawing(1_000_000, 7));
    (TestServer::told((patient(), Protection::default()), Arc::clone(&spans)), spans, queue)
}

fn own(queue: &Queue) -> (&'static str, Trace) {
    let Served { traced, command, .. } = next(queue);
    assert!(traced.is_own && traced.state.is_none(), "{traced:?}");
    (command.0, traced.trace)
}

#[test]
fn a_command_that_came_without_a_trace_gets_its_own_and_its_record_has_it() {
    let (server, spans, queue) = drawing(1_000_000);
    let mut client = server.client();
    event(&mut client);
    assert_eq!(own(&queue).0, "EVENT");
    ask(&mut client, "HOLD gala k-1 ann 60000 SEATS A-1-1");
    let (name, trace) = own(&queue);
    assert_eq!(name, "HOLD");
    ask(&mut client, "PING");
    assert_ne!(own(&queue).1.trace_id, trace.trace_id);
    // What is part of a trace has none of its own, and if its sender does not keep it, none at all.
    ask(&mut client, &format!("TRACED {PARENT} HOLD gala k-2 ann 60000 SEATS A-1-2"));
    let served = next(&queue);
    assert_eq!((served.traced.is_own, served.traced.trace.to_string().as_str()), (false, PARENT));
    let unsampled = PARENT.replace("-01", "-00");
    ask(&mut client, &format!("TRACED {unsampled} HOLD gala k-3 ann 60000 SEATS A-1-3"));
    // Nor in a transaction.
    client.line("MULTI", "+OK|");
    assert_eq!(own(&queue).0, "MULTI");
    client.line("HOLD gala k-4 ann 60000 SEATS B-1-1", "+QUEUED|");
    client.line(&format!("TRACED {unsampled} HOLD gala k-5 ann 60000 SEATS B-1-2"), "+QUEUED|");
    ask(&mut client, "EXEC");
    let (name, within) = own(&queue);
    assert_eq!([name, own(&queue).0], ["HOLD", "EXEC"]);
    let feed = ask(&mut client, "FEED gala 2");
    let there: Vec<_> =
        feed.split('|').filter(|word| word.starts_with("00-") && word.len() == PARENT.len()).collect();
    assert_eq!(there, [trace.to_string().as_str(), PARENT, within.to_string().as_str()]);
    assert_eq!(own(&queue).0, "FEED");
    eventually("all are counted", || spans.tallied().queued == 8);
    assert_eq!(spans.tallied().over_rate, 0);
}

#[test]
fn those_beyond_the_rate_have_no_trace_at_all() {
    let (server, spans, _queue) = drawing(1);
    let mut client = server.client();
    event(&mut client);
    let holds: String =
        (0..20).map(|number| format!("HOLD gala k-{number} ann 60000 AREA FLOOR 1\r\n")).collect();
    client.send(holds);
    for _ in 0..20 {
        assert!(crate::support::value(&mut client).starts_with("*12|hold|"));
    }
    let feed = ask(&mut client, "FEED gala 1");
    // The creation and the page were chosen as well. They may have come in more seconds than one.
    eventually("all are counted", || spans.tallied().queued + spans.tallied().over_rate == 22);
    assert!(spans.tallied().over_rate > 0);
    let traced = feed.matches("traceparent").count() as u64;
    assert!((spans.tallied().queued - 1..=spans.tallied().queued).contains(&traced), "{traced}");
}
