//! The newest changes of one event that a connection listens to, and its subscribers.
//!
//! The follower alone fills a tail, in the order of the log, with everything that becomes durable after the tail was
//! made. The oldest changes go when a bound is reached. A tail may be behind what is durable, and is never ahead of
//! it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::fields::FeedRecord;
use super::json;
use super::page::Filling;
use super::picture::live::Live;
use super::queue::{Channel, Message, Queue};
use super::stream::EntryId;
use crate::exchange::reply::{About, Shown};
use crate::limits;
use crate::numbers::EventId;
use crate::state::Name;

#[derive(Debug)]
pub(crate) struct Tail {
    event: EventId,
    name: Name,
    shown: Arc<Shown>,
    inner: Mutex<Inner>,
    more: Notify,
    /// The follower's round in which the tail was last asked for.
    used: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    records: VecDeque<Arc<FeedRecord>>,
    bytes: usize,
    /// No version up to this one has an id that is greater than this: a reader that has everything need not ask the log for
    /// that again.
    settled: Option<(EntryId, u64)>,
    /// Each with the version from which on it gets changes: what it was told before it came, it is not told again.
    subscribers: Vec<(Arc<Queue>, u64)>,
    live: Live,
}

/// What a tail has for a reader.
#[derive(Debug)]
pub(crate) enum Look {
    /// A page.
    Page(Vec<Arc<FeedRecord>>),
    /// The version is older than the tail: the log has it.
    Older,
    /// The version is not there yet.
    NotYet,
}

/// What one call of [`Tail::take_in`] did.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Taken {
    pub(super) messages: u64,
    /// Subscribers that were cut off.
    pub(super) cut: u64,
    /// When there is something to tell of the live picture.
    pub(super) due: Option<Instant>,
}

impl Tail {
    pub(super) fn new(event: EventId, shown: Arc<Shown>) -> Self {
        let name = shown.newest().name.clone();
        Self { event, name, shown, inner: Mutex::default(), more: Notify::new(), used: AtomicU64::new(0) }
    }

    pub(crate) const fn event(&self) -> EventId {
        self.event
    }

    pub(crate) const fn name(&self) -> &Name {
        &self.name
    }

    pub(super) fn use_in(&self, round: u64) {
        self.used.fetch_max(round, Ordering::Relaxed);
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// The memory that its changes take, bytes.
    pub(super) fn bytes(&self) -> usize {
        self.inner.lock().bytes
    }

    /// A page of at most `count` changes from this version on.
    pub(crate) fn look(&self, from: u64, count: usize) -> Look {
        let inner = self.inner.lock();
        let Some(newest) = inner.records.back().map(|record| record.version) else { return Look::NotYet };
        if from > newest {
            return Look::NotYet;
        }
        // Versions have no gaps, so the place is known.
        let back = (newest - from) as usize;
        let Some(start) = inner.records.len().checked_sub(back + 1) else { return Look::Older };
        let mut page = Filling::new(from, count);
        for record in inner.records.range(start..) {
            if page.is_full() {
                break;
            }
            page.take(Arc::clone(record));
        }
        Look::Page(page.finish())
    }

    /// The version that comes behind this id, if the tail can tell without the log.
    pub(crate) fn behind(&self, id: EntryId, newest: u64) -> Option<u64> {
        let inner = self.inner.lock();
        let known = inner.records.front().and_then(|oldest| {
            let at = id.sequence.checked_sub(oldest.version)?;
            inner.records.get(usize::try_from(at).ok()?)
        });
        if known.is_some_and(|record| EntryId::of(record) == id) {
            return Some(id.sequence + 1);
        }
        inner
            .settled
            .filter(|(settled, version)| *settled <= id && *version == newest)
            .map(|(_, version)| version + 1)
    }

    /// No version up to this one has an id that is greater than this.
    pub(crate) fn settle(&self, id: EntryId, newest: u64) {
        self.inner.lock().settled = Some((id, newest));
    }

    /// Completes when the follower next brings changes, or the tail is lost.
    pub(crate) fn more(&self) -> Notified<'_> {
        self.more.notified()
    }

    /// Gives the changes from this version on to the queue, as far as the follower has not brought them yet.
    pub(super) fn subscribe(&self, channel: Channel, queue: &Arc<Queue>, from: u64) {
        let mut inner = self.inner.lock();
        match channel {
            Channel::Feed => inner.subscribers.push((Arc::clone(queue), from)),
            Channel::Map => inner.live.subscribe(queue, from.saturating_sub(1)),
        }
    }

    pub(super) fn unsubscribe(&self, channel: Channel, queue: &Arc<Queue>) {
        let mut inner = self.inner.lock();
        match channel {
            Channel::Feed => inner.subscribers.retain(|(other, _)| !Arc::ptr_eq(other, queue)),
            Channel::Map => inner.live.unsubscribe(queue),
        }
    }

    /// Tells those who have subscribed to the live picture what is due.
    pub(super) fn tell(&self, now: Instant) -> Taken {
        let about = self.shown.newest();
        let tellings = self.inner.lock().live.tell(now, &about.layout);
        let mut taken = Taken::default();
        for (payload, queues) in tellings {
            let message = [Message { channel: Channel::Map, about: Arc::clone(&about), payload }];
            for queue in queues {
                taken.messages += 1;
                if !queue.push(&message) {
                    self.unsubscribe(Channel::Map, &queue);
                    taken.cut += 1;
                }
            }
        }
        taken
    }

    /// Takes in what became durable, in order, and keeps `bytes_max` of the newest.
    pub(super) fn take_in(&self, fresh: Vec<Arc<FeedRecord>>, bytes_max: usize) -> Taken {
        let mut cut = 0;
        if !self.follows(&fresh) {
            // The follower has missed a part of the log: a subscriber must not take what follows for the next version.
            cut = self.lose();
        }
        let subscribers = self.inner.lock().subscribers.clone();
        // What is durable names nothing that the newest map does not have.
        let about = self.shown.newest();
        // Written once for all subscribers, without the lock: one that comes meanwhile reads these from the log.
        let messages = [false, true].map(|bare| {
            let wanted = subscribers.iter().any(|(queue, _)| queue.is_bare() == bare);
            let fresh = if wanted { fresh.as_slice() } else { &[] };
            fresh.iter().map(|record| message(record, &about, bare)).collect::<Vec<_>>()
        });
        let first = fresh.first().map_or(0, |record| record.version);
        let mut inner = self.inner.lock();
        inner.live.take_in(&fresh);
        let due = inner.live.due();
        for record in fresh {
            inner.bytes += weight(&record);
            inner.records.push_back(record);
        }
        // The newest change always stays: its version tells what is there.
        while inner.records.len() > 1
            && (inner.records.len() > limits::FEED_TAIL_RECORDS_MAX || inner.bytes > bytes_max)
        {
            let Some(oldest) = inner.records.pop_front() else { break };
            inner.bytes -= weight(&oldest);
        }
        drop(inner);
        self.more.notify_waiters();
        let mut taken = Taken { messages: 0, cut, due };
        for (queue, from) in subscribers {
            let messages = &messages[usize::from(queue.is_bare())];
            let before = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
            let messages = &messages[before.min(messages.len())..];
            taken.messages += messages.len() as u64;
            if !queue.push(messages) {
                self.unsubscribe(Channel::Feed, &queue);
                taken.cut += 1;
            }
        }
        taken
    }
}

impl Tail {
    fn follows(&self, fresh: &[Arc<FeedRecord>]) -> bool {
        let newest = self.inner.lock().records.back().map(|record| record.version);
        let first = fresh.first().map(|record| record.version);
        match (newest, first) {
            (Some(newest), Some(first)) => first == newest + 1,
            _ => true,
        }
    }

    /// Forgets all changes, as those that come next do not follow them. Subscribers are cut off, so that they notice the
    /// gap. Returns how many were.
    pub(super) fn lose(&self) -> u64 {
        let mut inner = self.inner.lock();
        let Inner { subscribers, live, .. } = std::mem::take(&mut *inner);
        drop(inner);
        self.more.notify_waiters();
        let queues = subscribers.into_iter().map(|(queue, _)| queue).chain(live.into_subscribers());
        queues.map(|queue| queue.cut_off()).count() as u64
    }
}

/// The memory that a record takes, bytes: about its bytes in the log, and the struct.
fn weight(record: &FeedRecord) -> usize {
    record.bytes + size_of::<FeedRecord>()
}

fn message(record: &FeedRecord, about: &Arc<About>, bare: bool) -> Message {
    Message {
        channel: Channel::Feed,
        about: Arc::clone(about),
        payload: json::payload(record, &about.layout, bare),
    }
}
