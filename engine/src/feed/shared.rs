//! What the threads of the feed share with the connections: the tails of the events that are listened to, and the counts.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::{Log, Lsn};
use parking_lot::Mutex;

use super::tail::Tail;
use crate::exchange::reply::Shown;
use crate::journal::waker::Waker;
use crate::numbers::EventId;

pub(super) struct Shared {
    tails: Mutex<HashMap<EventId, Arc<Tail>, FixedState>>,
    /// Tails that the follower does not know yet, each with the newest record that was durable when it was made.
    newcomers: Mutex<Vec<(Arc<Tail>, Lsn)>>,
    log: Log,
    pub(super) waker: Arc<Waker>,
    /// How often the follower has looked for unused tails.
    round: AtomicU64,
    stopping: AtomicBool,
    pub(super) counts: Counts,
}

/// Counted since the start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) followed: AtomicU64,
    pub(super) messages: AtomicU64,
    pub(super) cut: AtomicU64,
    pub(super) reads: AtomicU64,
    pub(super) read_records: AtomicU64,
    pub(super) trimmed: AtomicU64,
    pub(super) indexed_bytes: AtomicU64,
    pub(super) index_entries: AtomicU64,
}

impl Shared {
    pub(super) fn new(log: Log, waker: Arc<Waker>) -> Self {
        Self {
            tails: Mutex::new(HashMap::with_hasher(FixedState::default())),
            newcomers: Mutex::default(),
            log,
            waker,
            round: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            counts: Counts::default(),
        }
    }

    /// The tail of an event; makes one if there is none.
    pub(super) fn listen(&self, event: EventId, shown: &Arc<Shown>) -> Arc<Tail> {
        let mut tails = self.tails.lock();
        let tail = tails.entry(event).or_insert_with(|| {
            let tail = Arc::new(Tail::new(event, Arc::clone(shown)));
            self.newcomers.lock().push((Arc::clone(&tail), self.log.durable()));
            self.waker.turn(true);
            self.waker.wake();
            tail
        });
        tail.use_in(self.round.load(Ordering::Relaxed));
        Arc::clone(tail)
    }

    pub(super) fn heard(&self, event: EventId) -> Option<Arc<Tail>> {
        self.tails.lock().get(&event).cloned()
    }

    /// The number of tails, and the memory that they take, bytes.
    pub(super) fn tails(&self) -> (usize, usize) {
        let tails = self.tails.lock();
        (tails.len(), tails.values().map(|tail| tail.bytes()).sum())
    }

    /// The oldest record that is kept.
    pub(super) fn log_first(&self) -> Lsn {
        self.log.segments().first().map_or(Lsn::ZERO, |oldest| oldest.first)
    }

    /// Tells the threads to end.
    pub(super) fn end(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.waker.wake();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    pub(super) fn newcomers(&self) -> Vec<(Arc<Tail>, Lsn)> {
        mem::take(&mut *self.newcomers.lock())
    }

    pub(super) fn has_newcomers(&self) -> bool {
        !self.newcomers.lock().is_empty()
    }

    /// Lets these tails start again from what is durable now.
    pub(super) fn renew(&self, tails: impl Iterator<Item = Arc<Tail>>) {
        let since = self.log.durable();
        self.newcomers.lock().extend(tails.map(|tail| (tail, since)));
    }

    /// Takes out the tails that no connection has, nor has asked for since the round before last.
    pub(super) fn forget_unused(&self) -> Vec<EventId> {
        let round = 1 + self.round.fetch_add(1, Ordering::Relaxed);
        let mut tails = self.tails.lock();
        // This table has one reference, and the follower another.
        let unused = |tail: &Arc<Tail>| Arc::strong_count(tail) <= 2 && tail.used() + 2 < round;
        let forgotten: Vec<_> = tails.values().filter(|tail| unused(tail)).map(|tail| tail.event()).collect();
        for event in &forgotten {
            tails.remove(event);
        }
        forgotten
    }
}
