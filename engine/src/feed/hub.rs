//! Where those who ask, the follower and the reader of the log meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::{io, mem};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::{Log, Lsn};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::fields::FeedRecord;
use super::follower::{Follower, Waker};
use super::reader::{Job, Reader};
use super::tail::Tail;
use crate::actor::overload;
use crate::catalogue::Code;
use crate::codec::EventId;
use crate::limits;
use crate::reply::{About, Fault};

/// The feeds of all events.
pub(crate) struct Hub {
    shared: Arc<Shared>,
    jobs: SyncSender<Job>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the threads of the feed share with those who ask.
pub(super) struct Shared {
    tails: Mutex<HashMap<EventId, Arc<Tail>, FixedState>>,
    /// Tails that the follower does not know yet, with what was durable when they were made.
    newcomers: Mutex<Vec<(Arc<Tail>, Lsn)>>,
    log: Log,
    pub(super) waker: Arc<Waker>,
    /// Counts the times that the follower looked for unused tails.
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

/// Figures of the feed for operators.
#[derive(Clone, Copy, Debug, Default)]
pub struct FeedStats {
    /// Events that are followed, as somebody listens or did a moment ago.
    pub tails: usize,
    /// What their newest changes take in memory, bytes.
    pub tail_bytes: usize,
    /// Changes that were followed.
    pub followed: u64,
    /// Messages given to subscribers.
    pub messages: u64,
    /// Subscribers that did not keep up and were cut off.
    pub subscribers_cut: u64,
    /// Pages that were read from the log.
    pub log_reads: u64,
    /// Changes in them.
    pub log_read_records: u64,
    /// Requests for versions that are not kept any more.
    pub trimmed: u64,
    /// Log that the index covers, bytes.
    pub indexed_bytes: u64,
    /// Entries of the index, of 16 bytes each.
    pub index_entries: u64,
    /// The oldest record that is kept.
    pub log_first: u64,
}

impl Hub {
    /// Starts the threads. `waker` is what the committer calls.
    pub(crate) fn start(log: &Log, waker: Arc<Waker>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            tails: Mutex::new(HashMap::with_hasher(FixedState::default())),
            newcomers: Mutex::default(),
            log: log.clone(),
            waker,
            round: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            counts: Counts::default(),
        });
        let (jobs, received) = sync_channel(limits::FEED_READS_QUEUED_MAX);
        let follower = Follower::new(Arc::clone(&shared), log.clone());
        let reader = Reader::new(Arc::clone(&shared), log.clone());
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let threads = vec![
            named("feed-follower").spawn(move || follower.run())?,
            named("feed-reader").spawn(move || reader.run(&received))?,
        ];
        Ok(Self { shared, jobs, threads: Mutex::new(threads) })
    }

    /// The tail of an event, made if there is none; it will have everything that its actor does not know of yet.
    pub(super) fn listen(&self, event: EventId, about: &Arc<About>) -> Arc<Tail> {
        let mut tails = self.shared.tails.lock();
        let tail = tails.entry(event).or_insert_with(|| {
            let tail = Arc::new(Tail::new(event, Arc::clone(about)));
            let since = self.shared.log.durable();
            self.shared.newcomers.lock().push((Arc::clone(&tail), since));
            self.shared.waker.turn(true);
            self.shared.waker.wake();
            tail
        });
        tail.use_in(self.shared.round.load(Ordering::Relaxed));
        Arc::clone(tail)
    }

    /// The tail of an event, if somebody listens to it.
    pub(super) fn heard(&self, event: EventId) -> Option<Arc<Tail>> {
        self.shared.tails.lock().get(&event).cloned()
    }

    /// Reads a page from the log, on the reader's thread.
    pub(super) async fn read(
        &self,
        event: EventId,
        from: u64,
        count: usize,
    ) -> Result<Vec<Arc<FeedRecord>>, Fault> {
        let (reply, answer) = oneshot::channel();
        match self.jobs.try_send(Job::Read { event, from, count, reply }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(overload()),
            Err(TrySendError::Disconnected(_)) => return Err(stopping()),
        }
        answer.await.unwrap_or_else(|_| Err(stopping()))
    }

    /// Figures for operators.
    pub(crate) fn stats(&self) -> FeedStats {
        let (tails, tail_bytes) = {
            let tails = self.shared.tails.lock();
            (tails.len(), tails.values().map(|tail| tail.bytes()).sum())
        };
        let counts = &self.shared.counts;
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        FeedStats {
            tails,
            tail_bytes,
            followed: of(&counts.followed),
            messages: of(&counts.messages),
            subscribers_cut: of(&counts.cut),
            log_reads: of(&counts.reads),
            log_read_records: of(&counts.read_records),
            trimmed: of(&counts.trimmed),
            indexed_bytes: of(&counts.indexed_bytes),
            index_entries: of(&counts.index_entries),
            log_first: self.shared.log.first_lsn().0,
        }
    }

    /// Ends the threads.
    pub(crate) fn stop(&self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.shared.waker.wake();
        // A full queue is worked off first; the reader looks at the flag as well.
        let _ = self.jobs.try_send(Job::Stop);
        for thread in mem::take(&mut *self.threads.lock()) {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }
}

impl Shared {
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    pub(super) fn newcomers(&self) -> Vec<(Arc<Tail>, Lsn)> {
        mem::take(&mut *self.newcomers.lock())
    }

    pub(super) fn has_newcomers(&self) -> bool {
        !self.newcomers.lock().is_empty()
    }

    /// Tails that start again from what is durable now.
    pub(super) fn renew(&self, tails: impl Iterator<Item = Arc<Tail>>) {
        let since = self.log.durable();
        self.newcomers.lock().extend(tails.map(|tail| (tail, since)));
    }

    /// Takes out the tails that nobody has, nor has asked for since the round before last.
    pub(super) fn forget_unused(&self) -> Vec<EventId> {
        let round = 1 + self.round.fetch_add(1, Ordering::Relaxed);
        let mut tails = self.tails.lock();
        // This table has one, and the follower.
        let unused = |tail: &Arc<Tail>| Arc::strong_count(tail) <= 2 && tail.used() + 2 < round;
        let forgotten: Vec<_> = tails.values().filter(|tail| unused(tail)).map(|tail| tail.event()).collect();
        for event in &forgotten {
            tails.remove(event);
        }
        forgotten
    }
}

fn stopping() -> Fault {
    Fault::new(Code::SHUTTING_DOWN, "the server is stopping; retry after 1000 ms")
}
