//! A read of several streams, which may wait until one of them has something.
//!
//! It waits for the follower's word and asks nothing again meanwhile, so a reader that waits costs its memory alone.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::futures::Notified;
use tokio::time::{Instant, sleep_until};

use super::{StreamEntry, StreamKey, StreamReader, entries, logged, wanted};
use crate::actor::Entry;
use crate::fault::Fault;
use crate::feed::{EntryId, Look, StreamSpan, Tail, Wanted};
use crate::front::feeds::version;
use crate::front::router::Router;
use crate::limits;
use crate::numbers::Account;
use holdfast_wal::Lsn;

/// From where on a stream is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    /// Behind this id.
    Id(EntryId),
    /// What comes after the read has begun.
    Now,
}

/// What is asked of several streams.
#[derive(Clone, Debug)]
pub struct StreamsQuery {
    /// The streams, each once.
    pub streams: Vec<(StreamKey, After)>,
    /// The most entries of each. All of them together have at most [`limits::FEED_PAGE_BYTES_MAX`], or one of each.
    pub count: usize,
    /// How long to wait if there is nothing yet; without end if that is longer than the clock reaches.
    pub block: Duration,
}

impl Router {
    /// What the streams have behind these ids: of each that has something its place in the query, and its entries. If there is nothing yet,
    /// waits for the first as long as the query says, but no longer than until `enough` is completed.
    ///
    /// # Errors
    /// A fault: no such event, what comes behind an id is not kept any more, or the log cannot be read.
    pub fn read_streams(
        &self,
        query: StreamsQuery,
        reader: StreamReader,
        enough: impl Future<Output = ()> + 'static,
    ) -> impl Future<Output = Result<Vec<(usize, Vec<StreamEntry>)>, Fault>> + 'static {
        let router = self.clone();
        async move { look_at(&router, query, &reader, pin!(enough)).await }
    }
}

/// As [`Router::read_streams`].
pub(super) async fn look_at(
    router: &Router,
    query: StreamsQuery,
    reader: &StreamReader,
    mut enough: Pin<&mut impl Future<Output = ()>>,
) -> Result<Vec<(usize, Vec<StreamEntry>)>, Fault> {
    let waits = !query.block.is_zero();
    let deadline = Instant::now().checked_add(query.block);
    let count = query.count.clamp(1, limits::FEED_COUNT_MAX);
    let reads = Reads { router, account: reader.account, count, waits };
    let mut places = Vec::with_capacity(query.streams.len());
    for (key, after) in query.streams {
        places.push(reads.place(key, after, reader).await?);
    }
    let of_all = places.iter().any(|place| matches!(place.of, Of::All(..)));
    let watch = (waits && of_all).then(|| router.hub().watch());
    // Waiting for all events is waiting for the log; for an event it is waiting for its tail.
    let sources: Vec<_> = places.iter().map(|place| place.tail.clone()).collect();
    let next = |at: usize| match (&sources[at], &watch) {
        (Some(tail), _) if waits => Some(listening(tail.more())),
        (None, Some(watch)) => Some(listening(watch.more())),
        _ => None,
    };
    let mut wakers: Vec<_> = (0..places.len()).map(next).collect();
    let mut awake: Vec<_> = (0..places.len()).collect();
    loop {
        let mut page = Vec::new();
        for &at in &awake {
            let found = reads.look(&mut places[at]).await?;
            if !found.is_empty() {
                page.push((at, found));
            }
        }
        if !page.is_empty() || !waits {
            let share = limits::FEED_PAGE_BYTES_MAX / places.len().max(1);
            page.iter_mut().for_each(|(_, entries)| cut(entries, share));
            return Ok(page);
        }
        awake = any(&mut wakers, deadline, enough.as_mut()).await;
        if awake.is_empty() {
            return Ok(page);
        }
        for &at in &awake {
            wakers[at] = next(at);
        }
    }
}

fn listening(notified: Notified<'_>) -> Pin<Box<Notified<'_>>> {
    let mut notified = Box::pin(notified);
    // What is told of from here on is heard, before what is looked at after it.
    notified.as_mut().enable();
    notified
}

/// Waits until some have been woken: which. None, if the deadline or `enough` came first.
async fn any(
    wakers: &mut [Option<Pin<Box<Notified<'_>>>>],
    deadline: Option<Instant>,
    mut enough: Pin<&mut impl Future<Output = ()>>,
) -> Vec<usize> {
    let mut late = pin!(async {
        match deadline {
            Some(deadline) => sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    });
    poll_fn(|context| {
        if enough.as_mut().poll(context).is_ready() {
            return Poll::Ready(Vec::new());
        }
        let mut awake = Vec::new();
        for (at, waker) in wakers.iter_mut().enumerate() {
            if waker.as_mut().is_some_and(|waker| waker.as_mut().poll(context).is_ready()) {
                awake.push(at);
            }
        }
        if !awake.is_empty() || late.as_mut().poll(context).is_ready() {
            return Poll::Ready(awake);
        }
        Poll::Pending
    })
    .await
}

/// As many entries as have so many bytes of log, or one.
fn cut(entries: &mut Vec<StreamEntry>, share: usize) {
    let mut bytes = 0;
    let fits = entries.iter().take_while(|entry| {
        let fits = bytes < share;
        bytes += entry.record.bytes;
        fits
    });
    let fits = fits.count();
    entries.truncate(fits);
}

/// How far a stream was read.
struct Place {
    of: Of,
    /// The tail of the event, if one is made or there.
    tail: Option<Arc<Tail>>,
    /// What is wanted has a greater id.
    after: EntryId,
}

enum Of {
    /// An event, and the version that comes next; `None` before the log was asked.
    Event(Arc<Entry>, Option<u64>),
    /// All events that are wanted, and the record that comes next.
    All(Wanted, Lsn),
}

struct Reads<'a> {
    router: &'a Router,
    account: Account,
    count: usize,
    waits: bool,
}

impl Reads<'_> {
    async fn place(&self, key: StreamKey, after: After, reader: &StreamReader) -> Result<Place, Fault> {
        let StreamKey::Event(name) = key else {
            let next = match after {
                After::Now => self.router.log().durable().next(),
                After::Id(id) => id.next().unwrap_or(id).first_record(),
            };
            let after = EntryId { time: next.0.saturating_sub(1), sequence: u64::MAX };
            return Ok(Place { of: Of::All(wanted(self.router, reader), next), tail: None, after });
        };
        let entry = self.router.here(&name).await?;
        let (hub, id) = (self.router.hub(), entry.id());
        // The tail comes before the question for the version: changes after that version will be in the tail.
        let tail = if self.waits { Some(hub.listen(id, entry.shown())) } else { hub.heard(id) };
        let (after, next) = match after {
            After::Id(id) => (id, None),
            After::Now => {
                (EntryId::FIRST, Some(version(self.router, name.borrowed(), Account::NOBODY).await? + 1))
            }
        };
        Ok(Place { of: Of::Event(entry, next), tail, after })
    }

    /// What there is behind the place, which goes along where nothing is.
    async fn look(&self, place: &mut Place) -> Result<Vec<StreamEntry>, Fault> {
        let Place { of, tail, after } = place;
        match of {
            Of::All(wanted, next) => loop {
                let stretch = self.router.hub().read_all(self.account, *next, self.count, wanted).await?;
                *next = stretch.next;
                if !stretch.changes.is_empty() {
                    return logged(self.router, stretch.changes).await;
                }
                if stretch.is_last {
                    return Ok(Vec::new());
                }
            },
            Of::Event(entry, next) => loop {
                let mut records = self.look_at(entry, next, tail.as_deref(), *after).await?;
                let Some(last) = records.last() else { return Ok(Vec::new()) };
                *next = Some(last.version + 1);
                // A reader may have named an id that has not come yet.
                records.retain(|record| EntryId::of(record) > *after);
                if !records.is_empty() {
                    return Ok(entries(records, &entry.shown().newest()));
                }
            },
        }
    }

    async fn look_at(
        &self,
        entry: &Arc<Entry>,
        next: &mut Option<u64>,
        tail: Option<&Tail>,
        after: EntryId,
    ) -> Result<Vec<Arc<crate::feed::FeedRecord>>, Fault> {
        let (hub, id) = (self.router.hub(), entry.id());
        let look = |from| tail.map_or(Look::NotYet, |tail| tail.look(from, self.count));
        if let Some(from) = *next
            && let Look::Page(records) = look(from)
        {
            return Ok(records);
        }
        let newest = version(self.router, entry.name().borrowed(), Account::NOBODY).await?;
        let from = match next.or_else(|| tail?.behind(after, newest)) {
            Some(from) => from,
            None => {
                let Some(span) = StreamSpan::behind(after, self.count) else { return Ok(Vec::new()) };
                let records = hub.read_span(self.account, (id, newest), span).await?;
                if records.is_empty() {
                    *next = Some(newest + 1);
                    tail.inspect(|tail| tail.settle(after, newest));
                }
                return Ok(records);
            }
        };
        *next = Some(from);
        match look(from) {
            Look::Page(records) => Ok(records),
            Look::NotYet if from > newest => Ok(Vec::new()),
            Look::Older | Look::NotYet => hub.read(self.account, id, from, self.count).await,
        }
    }
}
