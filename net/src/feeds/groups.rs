//! What is told of consumer groups to bytes, as Redis 7 has it in either version of the protocol.

use holdfast_engine::{
    ClaimedEntries, ConsumerLine, DeadLine, EntryId, GroupLine, GroupTold, PendingLine, StreamEntry,
    StreamKey,
};

use super::entries::{write_entries, write_entry, write_fields, write_id};
use crate::resp::encode::{Encoder, field};
use crate::resp::response::write_document;
use crate::verbs::stream_name;

/// The reply; `bare` entries are without the people in them.
pub(super) fn write(encoder: &mut Encoder<'_>, told: &GroupTold, bare: bool) {
    match told {
        GroupTold::Done => encoder.simple("OK"),
        GroupTold::Number(number) => encoder.integer(*number),
        GroupTold::Streams(streams) if streams.is_empty() => encoder.null_array(),
        GroupTold::Streams(streams) => {
            encoder.pairs(streams.len());
            for (key, entries) in streams {
                write_key(encoder, key, entries.len());
                entries.iter().for_each(|(id, entry)| write_kept(encoder, (*id, entry.as_ref()), 2, bare));
            }
        }
        GroupTold::Waited(streams) if streams.is_empty() => encoder.null_array(),
        GroupTold::Waited(streams) => {
            encoder.pairs(streams.len());
            for (key, entries) in streams {
                write_key(encoder, key, entries.len());
                for (id, entry, (ago, times)) in entries {
                    write_kept(encoder, (*id, entry.as_ref()), 4, bare);
                    encoder.integer(ago.0);
                    encoder.integer(u64::from(*times));
                }
            }
        }
        GroupTold::Summary(count, ends, consumers) => write_summary(encoder, *count, *ends, consumers),
        GroupTold::Pending(lines) => {
            encoder.array(lines.len());
            lines.iter().for_each(|line| write_pending(encoder, line));
        }
        GroupTold::Claimed(entries) => write_claimed(encoder, entries, bare),
        GroupTold::AutoClaimed(next, entries, gone) => {
            encoder.array(3);
            write_id(encoder, *next);
            write_claimed(encoder, entries, bare);
            write_ids(encoder, gone);
        }
        GroupTold::Groups(lines) => {
            encoder.array(lines.len());
            lines.iter().for_each(|line| write_group(encoder, line));
        }
        GroupTold::Document(document) => write_document(encoder, document),
        GroupTold::Dead(next, lines) => {
            encoder.array(2);
            write_id(encoder, next.unwrap_or(EntryId::FIRST));
            encoder.array(lines.len());
            lines.iter().for_each(|line| write_dead(encoder, line, bare));
        }
        GroupTold::Consumers(lines) => {
            encoder.array(lines.len());
            lines.iter().for_each(|line| write_consumer(encoder, line));
        }
    }
}

fn write_key(encoder: &mut Encoder<'_>, key: &StreamKey, count: usize) {
    encoder.pair();
    let (front, back) = stream_name(key);
    encoder.joined(front, back);
    encoder.array(count);
}

/// An entry in an array of so many parts, of which these are the first two.
fn write_kept(
    encoder: &mut Encoder<'_>,
    (id, entry): (EntryId, Option<&StreamEntry>),
    parts: usize,
    bare: bool,
) {
    encoder.array(parts);
    write_id(encoder, id);
    match entry {
        Some(entry) => write_fields(encoder, entry, bare),
        None => encoder.null_array(),
    }
}

/// Numbers of consumers are strings in it, as in Redis.
fn write_summary(
    encoder: &mut Encoder<'_>,
    count: u64,
    ends: Option<[EntryId; 2]>,
    consumers: &[(Box<str>, u64)],
) {
    encoder.array(4);
    encoder.integer(count);
    let Some(ends) = ends else {
        encoder.null();
        encoder.null();
        return encoder.null_array();
    };
    ends.into_iter().for_each(|id| write_id(encoder, id));
    encoder.array(consumers.len());
    for (name, count) in consumers {
        encoder.array(2);
        encoder.bulk(name.as_bytes());
        encoder.bulk(itoa::Buffer::new().format(*count).as_bytes());
    }
}

fn write_pending(encoder: &mut Encoder<'_>, PendingLine { id, consumer, idle, deliveries }: &PendingLine) {
    encoder.array(4);
    write_id(encoder, *id);
    encoder.bulk(consumer.as_bytes());
    // What is with nobody is not idle, as in Redis 8.8.
    if consumer.is_empty() {
        encoder.signed(-1);
    } else {
        encoder.integer(idle.0);
    }
    encoder.integer(u64::from(*deliveries));
}

fn write_dead(encoder: &mut Encoder<'_>, DeadLine { id, letter, entry }: &DeadLine, bare: bool) {
    encoder.map(8);
    encoder.field(field!("id"));
    write_id(encoder, *id);
    encoder.field(field!("cause"));
    encoder.bulk(letter.cause.word().as_bytes());
    encoder.field(field!("deliveries"));
    encoder.integer(u64::from(letter.deliveries));
    encoder.field(field!("consumer"));
    encoder.bulk(letter.consumer.as_bytes());
    encoder.field(field!("delivered_at"));
    encoder.integer(letter.delivered_at.0);
    encoder.field(field!("died_at"));
    encoder.integer(letter.died_at.0);
    encoder.field(field!("redrives"));
    encoder.integer(u64::from(letter.redrives));
    encoder.field(field!("entry"));
    match entry {
        Some(entry) => write_entry(encoder, entry, bare),
        None => encoder.null(),
    }
}

fn write_claimed(encoder: &mut Encoder<'_>, claimed: &ClaimedEntries, bare: bool) {
    match claimed {
        ClaimedEntries::Entries(entries) => write_entries(encoder, entries, bare),
        ClaimedEntries::Ids(ids) => write_ids(encoder, ids),
    }
}

fn write_ids(encoder: &mut Encoder<'_>, ids: &[EntryId]) {
    encoder.array(ids.len());
    ids.iter().for_each(|id| write_id(encoder, *id));
}

fn write_group(encoder: &mut Encoder<'_>, line: &GroupLine) {
    encoder.map(6);
    encoder.field(field!("name"));
    encoder.bulk(line.name.as_bytes());
    encoder.field(field!("consumers"));
    encoder.integer(line.consumers);
    encoder.field(field!("pending"));
    encoder.integer(line.pending);
    encoder.field(field!("last-delivered-id"));
    write_id(encoder, line.last);
    let (read, lag) = line.read_and_lag.unzip();
    for (name, number) in [(field!("entries-read").as_slice(), read), (field!("lag"), lag)] {
        encoder.field(name);
        match number {
            Some(number) => encoder.integer(number),
            None => encoder.null(),
        }
    }
}

fn write_consumer(encoder: &mut Encoder<'_>, line: &ConsumerLine) {
    encoder.map(4);
    encoder.field(field!("name"));
    encoder.bulk(line.name.as_bytes());
    encoder.field(field!("pending"));
    encoder.integer(line.pending);
    encoder.field(field!("idle"));
    encoder.integer(line.idle.0);
    encoder.field(field!("inactive"));
    encoder.integer(line.inactive.0);
}
