//! Entries of streams to bytes.

use holdfast_engine::{EntryId, StreamEntry, change_json};

use crate::resp::encode::{Encoder, field};

pub(super) fn write_entries(encoder: &mut Encoder<'_>, entries: &[StreamEntry], bare: bool) {
    encoder.array(entries.len());
    entries.iter().for_each(|entry| write_entry(encoder, entry, bare));
}

/// `[id, [field, value ...]]`, all of them strings, as the typed interfaces of client libraries take them.
pub(super) fn write_entry(encoder: &mut Encoder<'_>, entry: &StreamEntry, bare: bool) {
    encoder.array(2);
    write_id(encoder, entry.id);
    write_fields(encoder, entry, bare);
}

/// `[field, value ...]`
pub(super) fn write_fields(
    encoder: &mut Encoder<'_>,
    StreamEntry { about, record, .. }: &StreamEntry,
    bare: bool,
) {
    let trace = record.origin.as_ref().and_then(|origin| origin.trace).filter(|_| !bare);
    encoder.array(if trace.is_some() { 12 } else { 10 });
    encoder.field(field!("kind"));
    encoder.bulk(record.kind().as_bytes());
    encoder.field(field!("version"));
    encoder.bulk(itoa::Buffer::new().format(record.version).as_bytes());
    encoder.field(field!("at"));
    encoder.bulk(itoa::Buffer::new().format(record.at.0).as_bytes());
    encoder.field(field!("event"));
    encoder.bulk(about.name.bytes());
    encoder.field(field!("data"));
    encoder.bulk(&change_json(record, &about.layout, bare));
    if let Some(trace) = trace {
        encoder.field(field!("traceparent"));
        encoder.bulk(trace.to_string().as_bytes());
    }
}

pub(super) fn write_id(encoder: &mut Encoder<'_>, id: EntryId) {
    encoder.bulk(id.to_string().as_bytes());
}
