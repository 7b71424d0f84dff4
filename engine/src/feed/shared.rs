//! What the threads of the feed share with the connections: the tails of the events that are listened to, and the counts.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::{Log, Lsn};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::tail::{Tail, Taken};
use crate::exchange::reply::Shown;
use crate::journal::waker::Waker;
use crate::numbers::EventId;

pub(super) struct Shared {
    tails: Mutex<HashMap<EventId, Arc<Tail>, FixedState>>,
    /// Tails that the follower does not know yet, each with the newest record that was durable when it was made.
    newcomers: Mutex<Vec<(Arc<Tail>, Lsn)>>,
    /// How many wait for any change, and what wakes them.
    watchers: AtomicUsize,
    pub(super) grown: Notify,
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

impl Counts {
    /// What was told to those who have subscribed.
    pub(super) fn told(&self, taken: &Taken) {
        self.messages.fetch_add(taken.messages, Ordering::Relaxed);
        self.cut.fetch_add(taken.cut, Ordering::Relaxed);
    }
}

impl Shared {
    pub(super) fn new(log: Log, waker: Arc<Waker>) -> Self {
        Self {
            tails: Mutex::new(HashMap::with_hasher(FixedState::default())),
            newcomers: Mutex::default(),
            watchers: AtomicUsize::new(0),
            grown: Notify::new(),
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

    /// One more waits for any change, as long as it has what is returned.
    pub(super) fn watch(self: &Arc<Self>) -> Watch {
        self.watchers.fetch_add(1, Ordering::SeqCst);
        self.waker.turn(true);
        self.waker.wake();
        Watch(Arc::clone(self))
    }

    pub(super) fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::SeqCst) > 0
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

/// One that waits for any change of any event.
pub(crate) struct Watch(Arc<Shared>);

impl Watch {
    /// Completes when the log next has more, of whatever kind, once it was polled or enabled.
    pub(crate) fn more(&self) -> Notified<'_> {
        self.0.grown.notified()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.watchers.fetch_sub(1, Ordering::SeqCst);
    }
}
