//! The spans of a command, made of its stamps.
//!
//! ```text
//! HOLD                                      read to written
//!   decode                                  read to taken
//!   queue                                        taken to begun
//!   judge                                             begun to judged
//!   release                                                judged to offered
//!     append                                               judged to syncing
//!     sync                                                      syncing to durable
//!   write                                                                        offered to written
//! ```
//!
//! A repeated command is linked to what it was part of when it was carried out. A trace of its own has no span above the command's.
//!
//! What no event judged has `answer` in the place of `queue`, `judge` and `release`.

use holdfast_net::{Earlier, Outcome, Served, Stamps};

use crate::message::{KeyValue, Kind, Link, Span, Status};

/// It is sampled.
const SAMPLED: u32 = 1;
/// The parent is sampled, known to be in another process or not, and in another process.
const OF_ANOTHER_PROCESS: u32 = 0x301;
/// The parent is sampled, known to be in another process or not, and in this one.
const OF_THIS_PROCESS: u32 = 0x101;
/// That it failed.
const FAILED: i32 = 2;
/// Spans of a command, at most.
pub(crate) const SPANS_MAX: usize = 8;

/// The numbers of spans, drawn beforehand: 8 bytes each.
pub(crate) type Ids<'a> = std::slice::Chunks<'a, u8>;

/// Stamps as microseconds, none before the one before it: the clock of another thread may be read a moment late.
struct Steps {
    read: u64,
    taken: u64,
    begun: u64,
    judged: u64,
    syncing: u64,
    durable: u64,
    offered: u64,
    written: u64,
}

impl Steps {
    fn of(stamps: &Stamps) -> Self {
        let mut last = 0;
        let mut next = |stamp: u64| {
            last = stamp.max(last);
            last
        };
        let Stamps { read, taken, begun, judged, syncing, durable, offered, written } = stamps;
        let [read, taken, begun, judged, syncing, durable, offered, written] =
            [read, taken, begun, judged, syncing, durable, offered, written].map(|stamp| next(stamp.0));
        Self { read, taken, begun, judged, syncing, durable, offered, written }
    }
}

/// Adds the spans of a command: the one of all of it, and those of its steps.
pub(crate) fn spans(served: &Served, earlier: &Earlier, ids: &mut Ids<'_>, out: &mut Vec<Span>) {
    let steps = Steps::of(&served.stamps);
    let root = Span { links: links(served, earlier), ..root(served, &steps, ids) };
    let part = |name: &str, parent: &[u8], (from, to): (u64, u64), ids: &mut Ids<'_>| Span {
        trace_id: root.trace_id.clone(),
        span_id: drawn(ids),
        trace_state: root.trace_state.clone(),
        parent_span_id: parent.to_vec(),
        name: name.to_owned(),
        kind: Kind::Internal.into(),
        start_time_unix_nano: from * 1_000,
        end_time_unix_nano: to * 1_000,
        flags: OF_THIS_PROCESS,
        ..Span::default()
    };
    let Steps { read, taken, begun, judged, syncing, durable, offered, written } = steps;
    out.push(part("decode", &root.span_id, (read, taken), ids));
    if served.stamps.judged.0 == 0 {
        out.push(part("answer", &root.span_id, (taken, offered), ids));
    } else {
        out.push(part("queue", &root.span_id, (taken, begun), ids));
        out.push(part("judge", &root.span_id, (begun, judged), ids));
        let release = part("release", &root.span_id, (judged, offered), ids);
        // What shows nothing new waits for no sync.
        if durable > judged {
            out.push(part("append", &release.span_id, (judged, syncing), ids));
            out.push(part("sync", &release.span_id, (syncing, durable), ids));
        }
        out.push(release);
    }
    out.push(part("write", &root.span_id, (offered, written), ids));
    out.push(root);
}

fn root(served: &Served, steps: &Steps, ids: &mut Ids<'_>) -> Span {
    let Served { traced, command: (name, form), event, outcome, .. } = served;
    let title = if form.is_empty() { (*name).to_owned() } else { format!("{name} {form}") };
    let mut attributes =
        vec![KeyValue::text("db.system.name", "holdfast"), KeyValue::text("db.operation.name", &title)];
    attributes.extend(event.as_ref().map(|event| KeyValue::text("holdfast.event", event.as_str())));
    attributes.extend(outcome.version.map(|version| KeyValue::number("holdfast.version", version)));
    attributes.push(KeyValue::text("holdfast.outcome", word(outcome)));
    attributes.extend(outcome.code.as_ref().map(|code| KeyValue::text("holdfast.code", &**code)));
    let known = traced.trace.span_id.to_vec();
    let (span_id, parent_span_id, flags) = match traced.is_own {
        true => (known, Vec::new(), SAMPLED),
        false => (drawn(ids), known, OF_ANOTHER_PROCESS),
    };
    Span {
        trace_id: traced.trace.trace_id.to_vec(),
        span_id,
        trace_state: traced.state.as_deref().unwrap_or_default().to_owned(),
        parent_span_id,
        name: title,
        kind: Kind::Server.into(),
        start_time_unix_nano: steps.read * 1_000,
        end_time_unix_nano: steps.written * 1_000,
        attributes,
        status: outcome.code.as_deref().filter(|code| is_failure(code)).map(failed),
        flags,
        ..Span::default()
    }
}

/// To what a repeated command was part of when it was carried out.
fn links(served: &Served, earlier: &Earlier) -> Vec<Link> {
    let first = if served.outcome.repeated { earlier(served) } else { None };
    let link = first.map(|trace| Link {
        trace_id: trace.trace_id.to_vec(),
        span_id: trace.span_id.to_vec(),
        flags: OF_ANOTHER_PROCESS,
    });
    link.into_iter().collect()
}

fn drawn(ids: &mut Ids<'_>) -> Vec<u8> {
    ids.next().map(<[u8]>::to_vec).unwrap_or_default()
}

const fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome { repeated: true, .. } => "repeated",
        Outcome { code: Some(_), .. } => "refused",
        Outcome { code: None, .. } => "accepted",
    }
}

/// A refusal is an answer. It is a failure only if it is the server's own doing.
fn is_failure(code: &str) -> bool {
    !code.starts_with("HF-BIZ-") && !code.starts_with("HF-INP-")
}

fn failed(code: &str) -> Status {
    Status { message: code.to_owned(), code: FAILED }
}

#[cfg(test)]
mod tests {
    use holdfast_engine::{Name, Stamp, Trace};
    use holdfast_net::Traced;

    use super::*;
    use crate::message::{AnyValue, Value};

    fn served(stamps: [u64; 8], code: Option<&str>) -> Served {
        let [read, taken, begun, judged, syncing, durable, offered, written] = stamps.map(Stamp);
        Served {
            traced: Traced {
                trace: Trace { trace_id: [7; 16], span_id: [9; 8] },
                is_own: false,
                state: Some("a=b".into()),
            },
            command: ("EVENT", "CREATE"),
            event: Name::new(b"gala"),
            outcome: Outcome { code: code.map(Into::into), version: Some(4), ..Outcome::default() },
            stamps: Stamps { read, taken, begun, judged, syncing, durable, offered, written },
        }
    }

    /// What is repeated was part of another trace when it was carried out.
    fn made(served: &Served) -> Vec<Span> {
        let bytes: Vec<u8> = (1..=8).flat_map(|id| [id; 8]).collect();
        let (mut out, first) = (Vec::new(), Trace { trace_id: [5; 16], span_id: [6; 8] });
        let earlier: Earlier = Box::new(move |_| Some(first));
        spans(served, &earlier, &mut bytes.chunks(8), &mut out);
        out
    }

    /// Each span as its name, the name of its parent, its beginning and its end.
    fn told(spans: &[Span]) -> Vec<(&str, &str, u64, u64)> {
        let name = |id: &[u8]| spans.iter().find(|span| span.span_id == id).map_or("-", |span| &span.name);
        spans
            .iter()
            .map(|span| {
                let (from, to) = (span.start_time_unix_nano, span.end_time_unix_nano);
                (span.name.as_str(), name(&span.parent_span_id), from, to)
            })
            .collect()
    }

    #[test]
    fn a_write_has_all_its_steps() {
        let spans = made(&served([10, 11, 13, 16, 20, 25, 31, 38], None));
        assert_eq!(
            told(&spans),
            [
                ("decode", "EVENT CREATE", 10_000, 11_000),
                ("queue", "EVENT CREATE", 11_000, 13_000),
                ("judge", "EVENT CREATE", 13_000, 16_000),
                ("append", "release", 16_000, 20_000),
                ("sync", "release", 20_000, 25_000),
                ("release", "EVENT CREATE", 16_000, 31_000),
                ("write", "EVENT CREATE", 31_000, 38_000),
                ("EVENT CREATE", "-", 10_000, 38_000),
            ]
        );
        assert_eq!(spans.len(), SPANS_MAX);
        let mut ids: Vec<_> = spans.iter().map(|span| &span.span_id[..]).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), SPANS_MAX, "no number twice");
        assert!(spans.iter().all(|span| span.trace_id == [7; 16] && span.trace_state == "a=b"));
        let [.., root] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!((root.parent_span_id.as_slice(), root.kind, root.flags), (&[9; 8][..], 2, 0x301));
        let text = |key: &str| match root
            .attributes
            .iter()
            .find(|attribute| attribute.key == key)?
            .value
            .as_ref()?
        {
            AnyValue { value: Some(Value::Text(text)) } => Some(text.clone()),
            AnyValue { value: Some(Value::Number(number)) } => Some(number.to_string()),
            AnyValue { value: None } => None,
        };
        for (key, expected) in [
            ("db.system.name", Some("holdfast")),
            ("db.operation.name", Some("EVENT CREATE")),
            ("holdfast.event", Some("gala")),
            ("holdfast.version", Some("4")),
            ("holdfast.outcome", Some("accepted")),
            ("holdfast.code", None),
        ] {
            assert_eq!(text(key).as_deref(), expected, "{key}");
        }
    }

    #[test]
    fn what_waits_for_no_sync_has_none_and_what_no_event_judges_has_an_answer() {
        let read = made(&served([10, 11, 13, 16, 16, 16, 31, 38], None));
        let names: Vec<_> = read.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, ["decode", "queue", "judge", "release", "write", "EVENT CREATE"]);
        let local = made(&served([10, 11, 0, 0, 0, 0, 31, 38], None));
        let expected = [
            ("decode", "EVENT CREATE", 10_000, 11_000),
            ("answer", "EVENT CREATE", 11_000, 31_000),
            ("write", "EVENT CREATE", 31_000, 38_000),
            ("EVENT CREATE", "-", 10_000, 38_000),
        ];
        assert_eq!(told(&local), expected);
    }

    #[test]
    fn a_repeat_is_linked_to_what_it_was_part_of_first() {
        let mut served = served([1; 8], None);
        assert!(made(&served).iter().all(|span| span.links.is_empty()), "nothing was repeated");
        served.outcome.repeated = true;
        let (root, steps) =
            made(&served).split_last().map(|(root, steps)| (root.clone(), steps.to_vec())).unwrap();
        assert_eq!(root.links, [Link { trace_id: vec![5; 16], span_id: vec![6; 8], flags: 0x301 }]);
        assert!(steps.iter().all(|span| span.links.is_empty()));
    }

    #[test]
    fn a_trace_of_its_own_begins_with_the_command() {
        let mut served = served([1; 8], None);
        served.traced.is_own = true;
        let spans = made(&served);
        let root = spans.last().unwrap();
        assert_eq!((&root.span_id[..], &root.parent_span_id[..], root.flags), (&[9; 8][..], &[][..], 1));
        assert!(told(&spans).iter().all(|(name, parent, ..)| *name == "EVENT CREATE" || *parent != "-"));
    }

    #[test]
    fn steps_never_end_before_they_begin() {
        for span in made(&served([10, 9, 13, 12, 20, 15, 14, 13], None)) {
            assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{span:?}");
        }
    }

    #[test]
    fn a_refusal_is_no_failure_unless_the_server_is_at_fault() {
        let status = |code| made(&served([1; 8], Some(code))).pop().unwrap().status;
        assert_eq!([status("HF-BIZ-001"), status("HF-INP-001")], [None, None]);
        assert_eq!(status("HF-SYS-012"), Some(Status { message: "HF-SYS-012".to_owned(), code: FAILED }));
        let word = |code: Option<&str>, repeated| {
            word(&Outcome { code: code.map(Into::into), repeated, ..Outcome::default() })
        };
        let words = [word(None, false), word(Some("x"), false), word(Some("x"), true)];
        assert_eq!(words, ["accepted", "refused", "repeated"]);
    }
}
