//! A change as the JSON of a message: `{"version":, "at":, "kind":, ...}`.

use std::io::Write as _;
use std::sync::Arc;

use crate::state::Layout;

use super::fields::{FeedRecord, FeedValue, bare_fields, feed_fields};

/// The payload of a message; a `bare` one without the people in it.
#[must_use]
pub fn payload(record: &FeedRecord, layout: &Layout, bare: bool) -> Arc<[u8]> {
    let mut out = Vec::with_capacity(160);
    let (version, at, kind) = (record.version, record.at, record.kind());
    // Writing to a vector cannot fail, here and below.
    let _ = write!(out, r#"{{"version":{version},"at":{at},"kind":"{kind}""#);
    let fields = if bare { bare_fields(record) } else { feed_fields(record) };
    for (name, value) in fields {
        let _ = write!(out, r#","{name}":"#);
        push(&mut out, value, layout);
    }
    out.push(b'}');
    out.into()
}

fn push(out: &mut Vec<u8>, value: FeedValue<'_>, layout: &Layout) {
    let area = |index: u16| layout.areas().get(usize::from(index)).map_or("", |area| area.name.as_str());
    match value {
        FeedValue::Number(number) => {
            let _ = write!(out, "{number}");
        }
        FeedValue::Text(text) => push_json(out, text),
        FeedValue::Seats(seats) => list(out, seats, |out, seat| push_json(out, &layout.label(*seat))),
        FeedValue::Touched(touched) => {
            list(out, touched.seats(), |out, seat| push_json(out, &layout.label(seat)));
        }
        FeedValue::Holds(holds) => list(out, holds, |out, hold| {
            let _ = write!(out, "{hold}");
        }),
        FeedValue::Ranges(ranges) => list(out, ranges, |out, (first, count)| {
            push_json(out, &layout.label(*first));
            let _ = write!(out, ",{count}");
        }),
        FeedValue::Places(places) => list(out, places, |out, (index, count)| {
            push_json(out, area(*index));
            let _ = write!(out, ",{count}");
        }),
        FeedValue::Areas(areas) => list(out, areas, |out, area| {
            push_json(out, &area.name);
            let _ = write!(out, ",{}", area.capacity);
        }),
        FeedValue::Trace(trace) => {
            let _ = write!(out, "\"{trace}\"");
        }
        FeedValue::Limits(limits) => push_json(out, limits),
        FeedValue::Plan(plan) => push_json(out, plan),
        FeedValue::Moved(times, at) => list(out, times, |out, (deadline, given)| {
            let _ = write!(out, "{deadline},{}", at + *given);
        }),
    }
}

fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, mut push: impl FnMut(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push(out, item);
    }
    out.push(b']');
}

pub(super) fn push_json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    let _ = serde_json::to_writer(out, value);
}
