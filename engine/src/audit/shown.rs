//! The audit as operators read it.

use std::sync::Arc;

use holdfast_audit::Line;

use super::stats::AuditStats;
use crate::document::Document;

/// The act of a line that says that others may be missing.
const GAP: &str = "audit.gap";

pub(super) fn is_gap(line: &Line) -> bool {
    &*line.entry.act == GAP
}

pub(super) fn head(stats: &AuditStats, first: Option<&Line>, last: Option<&Line>) -> Document {
    let trouble = stats.trouble();
    Document::fields([
        ("seq", stats.head.seq.into()),
        ("hash", stats.head.hash.to_string().into()),
        ("head", stats.head.to_string().into()),
        ("at", Document::or_nothing(last.map(|line| line.entry.at))),
        ("upto_lsn", stats.upto.into()),
        ("noted_seq", stats.noted.into()),
        ("shown_from", Document::or_nothing(first.map(|line| line.seq))),
        ("lag_ms", stats.lag.0.into()),
        ("gaps", stats.gaps.into()),
        ("error_code", Document::or_nothing(trouble.as_ref().map(|(code, _)| code.text()))),
        ("message", Document::or_nothing(trouble.as_ref().map(|(_, message)| message.as_str()))),
    ])
}

/// Lines, of which one more than wanted says that there are more.
pub(super) fn page(lines: &[Arc<Line>], count: usize) -> Document {
    let page = &lines[..count.min(lines.len())];
    let next = if lines.len() > count { page.last().map_or(0, |last| last.seq) } else { 0 };
    Document::list([next.into(), Document::list(page.iter().map(|one| line(one)))])
}

fn line(line: &Line) -> Document {
    let entry = &line.entry;
    let text = |text: &Option<Box<str>>| Document::or_nothing(text.as_deref());
    let json =
        |value: &Option<serde_json::Value>| Document::or_nothing(value.as_ref().map(ToString::to_string));
    Document::fields([
        ("seq", line.seq.into()),
        ("at", entry.at.into()),
        ("lsn", entry.lsn.into()),
        ("event", text(&entry.event)),
        ("event_id", Document::or_nothing(entry.event_id.map(u64::from))),
        ("version", Document::or_nothing(entry.version)),
        ("token", text(&entry.token)),
        ("operator", text(&entry.operator)),
        ("act", (&*entry.act).into()),
        ("target", text(&entry.target)),
        ("reason", text(&entry.reason)),
        ("before", json(&entry.before)),
        ("after", json(&entry.after)),
        ("execution", text(&entry.execution)),
        ("hash", line.hash.to_string().into()),
    ])
}
