//! What is asked of a feed, and what it gives.

use std::sync::Arc;
use std::time::Duration;

use holdfast_wal::Lsn;

use super::fields::FeedRecord;
use crate::exchange::reply::About;
use crate::limits;
use crate::numbers::EventId;

/// What is asked of a feed.
#[derive(Clone, Copy, Debug)]
pub struct FeedQuery {
    /// The first version that is wanted.
    pub from: u64,
    /// The most changes that a page may have; it has at most [`limits::FEED_PAGE_BYTES_MAX`] in any case.
    pub count: usize,
    /// How long to wait for the first change if there is none yet.
    pub block: Duration,
}

/// Changes of an event in the order of their versions, without a gap; all of them are durable.
#[derive(Clone, Debug)]
pub struct FeedPage {
    /// The event.
    pub about: Arc<About>,
    /// The changes; empty if none came within the time.
    pub records: Vec<Arc<FeedRecord>>,
}

/// Which events are wanted.
pub(crate) type Wanted = Arc<dyn Fn(EventId) -> bool + Send + Sync>;

/// A change of one of all events.
#[derive(Clone, Debug)]
pub struct LoggedChange {
    /// The number of its record in the log, in which the records of all events stand in one order.
    pub lsn: Lsn,
    /// Its event.
    pub event: EventId,
    /// The change.
    pub record: Arc<FeedRecord>,
}

/// What was read of the log.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub(crate) changes: Vec<LoggedChange>,
    /// The record to go on with.
    pub(crate) next: Lsn,
    /// Nothing further was durable.
    pub(crate) is_last: bool,
}

/// Takes records into a page until it is full.
#[derive(Debug)]
pub(super) struct Filling {
    next: u64,
    count: usize,
    bytes: usize,
    records: Vec<Arc<FeedRecord>>,
}

impl Filling {
    pub(super) const fn new(from: u64, count: usize) -> Self {
        Self { next: from, count, bytes: 0, records: Vec::new() }
    }

    /// The version that comes next.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Whether the page is full, by its count or by its bytes. Its first record may have any number of bytes.
    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= self.count || self.bytes >= limits::FEED_PAGE_BYTES_MAX
    }

    /// Takes the next record.
    ///
    /// # Panics
    /// If it is not the next: a feed has no gaps.
    pub(super) fn take(&mut self, record: Arc<FeedRecord>) {
        assert_eq!(record.version, self.next, "a feed has no gaps");
        self.next += 1;
        self.bytes += record.bytes;
        self.records.push(record);
    }

    pub(super) fn finish(self) -> Vec<Arc<FeedRecord>> {
        self.records
    }
}
