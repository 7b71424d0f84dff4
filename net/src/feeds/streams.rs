//! Streams: what is asked of the engine, and its answers as bytes.

use std::future::Future;
use std::pin::Pin;

use holdfast_engine::{EntryId, Fault, GroupTold, Router, StreamEntry, StreamKey, StreamReader, StreamView};

use crate::feeds::entries::{write_entries, write_entry, write_id};
use crate::feeds::groups;
use crate::resp::encode::{Encoder, field};
use crate::verbs::{StreamAsk, stream_name};

/// What was read of streams.
pub(super) enum Told {
    /// Of each stream that has something, its entries; of none: null.
    Streams(Vec<(StreamKey, Vec<StreamEntry>)>),
    Entries(Vec<StreamEntry>),
    Number(u64),
    View(Box<StreamView>),
    /// Whether there is one.
    Type(bool),
    Group(Box<GroupTold>),
}

pub(super) type Asking = Pin<Box<dyn Future<Output = Result<Told, Fault>>>>;

/// Asks; a wait ends with `enough`.
pub(super) fn ask(
    router: &Router,
    ask: StreamAsk,
    (reader, token): (StreamReader, Option<Box<str>>),
    enough: impl Future<Output = ()> + 'static,
) -> Asking {
    match ask {
        StreamAsk::Read(query) => {
            let keys: Vec<_> = query.streams.iter().map(|(key, _)| key.clone()).collect();
            let page = router.read_streams(query, reader, enough);
            Box::pin(async move {
                let page = page.await?.into_iter();
                let named = page.filter_map(|(at, entries)| Some((keys.get(at)?.clone(), entries)));
                Ok(Told::Streams(named.collect()))
            })
        }
        StreamAsk::Span(key, span) => {
            let entries = router.stream_span(key, reader, span);
            Box::pin(async { entries.await.map(Told::Entries) })
        }
        StreamAsk::Length(key) => {
            let length = router.stream_length(key, reader);
            Box::pin(async { length.await.map(Told::Number) })
        }
        StreamAsk::View(key) => {
            let view = router.stream_view(key, reader);
            Box::pin(async { view.await.map(|view| Told::View(Box::new(view))) })
        }
        StreamAsk::Type(key) => {
            let router = router.clone();
            Box::pin(async move {
                Ok(Told::Type(match key {
                    Some(key) => router.has_stream(key).await?,
                    None => false,
                }))
            })
        }
        StreamAsk::Group(ask) => {
            let told = router.group(*ask, (reader, token), enough);
            Box::pin(async { told.await.map(|told| Told::Group(Box::new(told))) })
        }
        StreamAsk::Exist(keys) => {
            let router = router.clone();
            Box::pin(async move {
                let mut count = 0;
                for key in keys.into_iter().flatten() {
                    count += u64::from(router.has_stream(key).await?);
                }
                Ok(Told::Number(count))
            })
        }
    }
}

/// The reply, as Redis has it in either version of the protocol; `bare` entries are without the people in them.
pub(super) fn write(encoder: &mut Encoder<'_>, told: &Told, bare: bool) {
    match told {
        Told::Streams(streams) if streams.is_empty() => encoder.null_array(),
        Told::Streams(streams) => {
            encoder.pairs(streams.len());
            for (key, entries) in streams {
                encoder.pair();
                let (front, back) = stream_name(key);
                encoder.joined(front, back);
                write_entries(encoder, entries, bare);
            }
        }
        Told::Entries(entries) => write_entries(encoder, entries, bare),
        Told::Number(number) => encoder.integer(*number),
        Told::View(view) => write_view(encoder, view, bare),
        Told::Group(told) => groups::write(encoder, told, bare),
        Told::Type(is_there) => encoder.simple(if *is_there { "stream" } else { "none" }),
    }
}

/// The fields of Redis 7, without those about how it keeps a stream in memory.
fn write_view(encoder: &mut Encoder<'_>, view: &StreamView, bare: bool) {
    let StreamView { length, added, last, ends, groups } = view;
    encoder.map(if added.is_some() { 8 } else { 7 });
    encoder.field(field!("length"));
    encoder.integer(*length);
    encoder.field(field!("last-generated-id"));
    write_id(encoder, *last);
    // Nothing is taken out of the middle.
    encoder.field(field!("max-deleted-entry-id"));
    write_id(encoder, EntryId::FIRST);
    if let Some(added) = added {
        encoder.field(field!("entries-added"));
        encoder.integer(*added);
    }
    encoder.field(field!("recorded-first-entry-id"));
    write_id(encoder, ends.as_ref().map_or(EntryId::FIRST, |[first, _]| first.id));
    encoder.field(field!("groups"));
    encoder.integer(*groups);
    let [first, newest] = ends.as_ref().map_or([None, None], |[first, newest]| [Some(first), Some(newest)]);
    for (name, end) in [(field!("first-entry").as_slice(), first), (field!("last-entry"), newest)] {
        encoder.field(name);
        match end {
            Some(entry) => write_entry(encoder, entry, bare),
            None => encoder.null(),
        }
    }
}
