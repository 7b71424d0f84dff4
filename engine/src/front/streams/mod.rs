//! What a connection asks of feeds as streams: their length, a span of entries, their ends. A read that may wait is in [`read`],
//! what consumer groups do with them in [`groups`].
//!
//! A stream itself has no state of its own. It is the feed, told in the ids of [`EntryId`]; all that is told is durable.

pub(crate) mod groups;
pub(crate) mod read;

use std::future::Future;
use std::sync::Arc;

use holdfast_wal::Lsn;

use crate::catalogue::Code;
use crate::exchange::reply::About;
use crate::fault::Fault;
use crate::feed::{EntryId, FeedRecord, LoggedChange, StreamSpan, Stretch, Wanted};
use crate::front::all_feeds::{Admitted, about};
use crate::front::feeds::version;
use crate::front::router::Router;
use crate::limits;
use crate::numbers::Account;
use crate::state::Name;
use crate::system::GroupStream;

/// Which stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StreamKey {
    /// The feed of an event.
    Event(Name),
    /// The feed of all events, in the order of the log.
    All,
}

/// An entry of a stream.
#[derive(Clone, Debug)]
pub struct StreamEntry {
    /// Where it stands.
    pub id: EntryId,
    /// Its event.
    pub about: Arc<About>,
    /// What happened.
    pub record: Arc<FeedRecord>,
}

/// Who reads.
#[derive(Clone)]
pub struct StreamReader {
    /// In whose turn the log is read.
    pub account: Account,
    /// Of which events the stream of all tells.
    pub admitted: Admitted,
}

/// A stream as a whole.
#[derive(Debug)]
pub struct StreamView {
    /// How many entries are kept.
    pub length: u64,
    /// How many there have been; not known of the stream of all events.
    pub added: Option<u64>,
    /// What comes from now on has a greater id.
    pub last: EntryId,
    /// The oldest entry that is kept, and the newest; `None` if none is.
    pub ends: Option<[StreamEntry; 2]>,
    /// How many consumer groups it has.
    pub groups: u64,
}

impl Router {
    /// The entries of a span of a stream. There may be fewer than there are in the span, as in a page of a feed; none if the span
    /// has none.
    ///
    /// # Errors
    /// A fault: no such event, the entries that the span begins with are not kept any more, or the log cannot be read.
    pub fn stream_span(
        &self,
        key: StreamKey,
        reader: StreamReader,
        span: StreamSpan,
    ) -> impl Future<Output = Result<Vec<StreamEntry>, Fault>> + 'static {
        let router = self.clone();
        let span = StreamSpan { count: span.count.min(limits::FEED_COUNT_MAX), ..span };
        async move {
            if span.count == 0 || span.from > span.to {
                return Ok(Vec::new());
            }
            match key {
                StreamKey::Event(name) => event_span(&router, &name, reader.account, span).await,
                StreamKey::All if span.backwards => all_back(&router, &reader, span).await,
                StreamKey::All => all_on(&router, &reader, span).await,
            }
        }
    }

    /// How many entries of a stream are kept.
    ///
    /// # Errors
    /// A fault: no such event, or the log cannot be read.
    pub fn stream_length(
        &self,
        key: StreamKey,
        reader: StreamReader,
    ) -> impl Future<Output = Result<u64, Fault>> + 'static {
        let router = self.clone();
        async move {
            match key {
                StreamKey::Event(name) => Ok(event_view(&router, &name, reader.account).await?.length),
                StreamKey::All => router.hub().count_all(reader.account, &wanted(&router, &reader)).await,
            }
        }
    }

    /// A stream as a whole.
    ///
    /// # Errors
    /// A fault: no such event, or the log cannot be read.
    pub fn stream_view(
        &self,
        key: StreamKey,
        reader: StreamReader,
    ) -> impl Future<Output = Result<StreamView, Fault>> + 'static {
        let router = self.clone();
        async move {
            match key {
                StreamKey::Event(name) => event_view(&router, &name, reader.account).await,
                StreamKey::All => all_view(&router, &reader).await,
            }
        }
    }

    /// Whether there is a stream of this key. An event at rest is not brought back for it.
    ///
    /// # Errors
    /// A fault: the event is out of service.
    pub fn has_stream(&self, key: StreamKey) -> impl Future<Output = Result<bool, Fault>> + 'static {
        let router = self.clone();
        async move {
            let StreamKey::Event(name) = key else { return Ok(true) };
            let id = router.directory().id_of(name.borrowed());
            if id.is_some_and(|id| router.directory().standing_at_rest(id).is_some()) {
                return Ok(true);
            }
            // The answer proves that the event was created, durably.
            match version(&router, name.borrowed(), Account::NOBODY).await {
                Ok(_) => Ok(true),
                Err(fault) if fault.code == Code::NO_EVENT => Ok(false),
                Err(fault) => Err(fault),
            }
        }
    }
}

async fn event_span(
    router: &Router,
    name: &Name,
    account: Account,
    span: StreamSpan,
) -> Result<Vec<StreamEntry>, Fault> {
    let entry = router.here(name).await?;
    let newest = version(router, name.borrowed(), Account::NOBODY).await?;
    let records = router.hub().read_span(account, (entry.id(), newest), span).await?;
    Ok(entries(records, &entry.shown().newest()))
}

async fn event_view(router: &Router, name: &Name, account: Account) -> Result<StreamView, Fault> {
    let entry = router.here(name).await?;
    let newest = version(router, name.borrowed(), Account::NOBODY).await?;
    let ends = router.hub().ends(account, (entry.id(), newest)).await?;
    let about = entry.shown().newest();
    let ends = ends.map(|ends| ends.map(|record| self::entry(record, &about)));
    Ok(StreamView {
        length: ends.as_ref().map_or(0, |[first, _]| (newest + 1).saturating_sub(first.record.version)),
        added: Some(newest),
        // When it came is not known any longer if its change is not kept; the version is the place all the same.
        last: ends.as_ref().map_or(EntryId { time: 0, sequence: newest }, |[_, last]| last.id),
        ends,
        groups: router.groups().count(&GroupStream::Event(name.as_str().into())),
    })
}

async fn all_view(router: &Router, reader: &StreamReader) -> Result<StreamView, Fault> {
    // What becomes durable meanwhile is told of by none of these.
    let last = EntryId::at(router.log().durable());
    let span = StreamSpan { from: EntryId::FIRST, to: last, count: 1, backwards: false };
    let length = router.hub().count_all(reader.account, &wanted(router, reader)).await?;
    let first = all_on(router, reader, span).await?.pop();
    let newest = all_back(router, reader, StreamSpan { backwards: true, ..span }).await?.pop();
    Ok(StreamView {
        length,
        added: None,
        last,
        ends: first.zip(newest).map(|(first, newest)| [first, newest]),
        groups: router.groups().count(&GroupStream::All),
    })
}

/// Entries of the stream of all events, in the order of the log.
async fn all_on(router: &Router, reader: &StreamReader, span: StreamSpan) -> Result<Vec<StreamEntry>, Fault> {
    let (mut from, last, wanted) = (span.from.first_record(), last_record(span.to), wanted(router, reader));
    loop {
        let Stretch { mut changes, next, is_last } =
            router.hub().read_all(reader.account, from, span.count, &wanted).await?;
        changes.retain(|change| change.lsn <= last);
        if !changes.is_empty() {
            return logged(router, changes).await;
        }
        if is_last || next > last {
            return Ok(Vec::new());
        }
        from = next;
    }
}

/// The same against it.
async fn all_back(
    router: &Router,
    reader: &StreamReader,
    span: StreamSpan,
) -> Result<Vec<StreamEntry>, Fault> {
    let (from, wanted) = (span.from.first_record(), wanted(router, reader));
    let mut to = last_record(span.to);
    loop {
        let Stretch { changes, next, is_last } =
            router.hub().read_all_back(reader.account, (from, to), span.count, &wanted).await?;
        if !changes.is_empty() {
            return logged(router, changes).await;
        }
        if is_last || next < from {
            return Ok(Vec::new());
        }
        to = next;
    }
}

/// The last record whose id is this one or smaller.
const fn last_record(to: EntryId) -> Lsn {
    Lsn(to.time)
}

fn wanted(router: &Router, reader: &StreamReader) -> Wanted {
    let (names, admitted) = (router.clone(), Arc::clone(&reader.admitted));
    Arc::new(move |event| names.directory().name_of(event).is_some_and(|name| admitted(name.bytes())))
}

async fn logged(router: &Router, changes: Vec<LoggedChange>) -> Result<Vec<StreamEntry>, Fault> {
    let told = about(router, changes).await?.0.into_iter();
    Ok(told
        .map(|(change, about)| StreamEntry { id: EntryId::at(change.lsn), about, record: change.record })
        .collect())
}

fn entry(record: Arc<FeedRecord>, about: &Arc<About>) -> StreamEntry {
    StreamEntry { id: EntryId::of(&record), about: Arc::clone(about), record }
}

fn entries(records: Vec<Arc<FeedRecord>>, about: &Arc<About>) -> Vec<StreamEntry> {
    records.into_iter().map(|record| entry(record, about)).collect()
}
