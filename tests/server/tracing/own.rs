//! Traces of commands that came without one, and links from a repeated command to what it was part of at first.

use holdfast_otlp::Span;
use holdfast_testkit::hex;

use super::collector::Collector;
use super::{PARENT, attribute, server};
use crate::support::{HALL, TempDir, run, told};

/// Spans of the commands themselves, so many of one name.
fn roots(collector: &Collector, name: &str, count: usize) -> Vec<Span> {
    collector.spans(name, count).into_iter().filter(|span| span.kind == 2 && span.name == name).collect()
}

#[test]
fn a_command_without_a_trace_begins_one() {
    let (directory, collector) = (TempDir::new(), Collector::start(&[]));
    let server =
        server(&directory, &collector.url(), &["--trace-ratio", "1", "--trace-max-per-second", "9999"]);
    let mut client = server.client();
    client.create("hall", HALL);
    assert!(client.ask("HOLD hall k-1 ann 60000 AREA FLOOR 1").contains("hold"));
    let [hold] = &roots(&collector, "HOLD", 1)[..] else { panic!("one hold") };
    assert!(hold.parent_span_id.is_empty() && hold.flags == 1, "{hold:?}");
    let written = format!("00-{}-{}-01", hex(&hold.trace_id), hex(&hold.span_id));
    assert!(client.ask("FEED hall 2").contains(&written), "a consumer is linked to the span of the command");
}

#[test]
fn a_share_of_commands_needs_a_collector() {
    let directory = TempDir::new();
    let data = directory.join("data");
    let flags =
        ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--trace-ratio", "0.01", "--data"];
    let (code, _, err) = told(&run(flags.into_iter().chain([data.to_str().unwrap()])));
    assert!(code == 2 && err.contains("HF-INP-050"), "{code} {err}");
    assert!(err.contains("trace.ratio is 0.01") && err.contains("set trace.otlp"), "{err}");
}

/// The first is found by its record. One that had no trace, and one that was refused, have none to be found.
#[test]
fn a_repeat_is_linked_to_the_first() {
    let (directory, collector) = (TempDir::new(), Collector::start(&[]));
    let server = server(&directory, &collector.url(), &[]);
    let mut client = server.client();
    client.create("hall", HALL);
    let again = "00-11111111111111111111111111111111-2222222222222222-01";
    client.ask("HOLD hall k-0 ann 60000 SEATS A-1-1");
    for (parent, number) in [(PARENT, 1), (again, 0), (again, 1), (again, 2), (again, 2)] {
        client.ask(&format!("TRACED {parent} HOLD hall k-{number} ann 60000 SEATS A-1-{}", 1 + number % 2));
    }
    let holds = roots(&collector, "HOLD", 5);
    let told: Vec<_> = holds
        .iter()
        .map(|span| {
            let link = span
                .links
                .first()
                .map(|link| format!("00-{}-{}-01", hex(&link.trace_id), hex(&link.span_id)));
            (attribute(span, "holdfast.outcome").unwrap_or_default(), span.links.len(), link)
        })
        .collect();
    let told: Vec<_> =
        told.iter().map(|(outcome, count, link)| (&outcome[..], *count, link.as_deref())).collect();
    let expected = [
        ("accepted", 0, None),
        ("repeated", 0, None),
        ("repeated", 1, Some(PARENT)),
        ("refused", 0, None),
        ("repeated", 0, None),
    ];
    assert_eq!(told, expected);
}
