//! A replicated log as the engine of a node has it. As long as the node follows, the engine appends nothing and takes in what the node has
//! appended to the log of this machine. Once the node owns the log and the engine has taken in all of it, what the engine appends goes to
//! the thread that drives the node, which sends it, and what a majority has goes to the log of this machine. Only that log tells what is
//! durable, so nobody is told of anything that one of the two does not have.
//!
//! Once the node is not the owner any more, both take nothing: what this process has in memory may be ahead of what the shard's log says.
//! The log of this machine tells of it as of a failed disk, so that the process ends as it does then.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};

use holdfast_wal::{Batch, Log, Lsn, Poisoned};
use parking_lot::{Condvar, Mutex};

use super::Journal;
use super::queue::{Gathered, Queue};
use crate::journal::waker::Waker;
use crate::limits;

/// The way between an engine and the thread that drives its node; cheap to clone.
#[derive(Clone, Debug)]
pub struct Quorum(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queue: Queue,
    away: AtomicU8,
    /// Somebody wants the thread to look around.
    is_called: AtomicBool,
    thread: OnceLock<Thread>,
    /// The thread of the engine that takes in what comes.
    engine: Waker,
    disagrees: OnceLock<Poisoned>,
    turn: Mutex<Turn>,
    changed: Condvar,
}

/// How far this node is with its turn as the owner.
#[derive(Debug)]
enum Turn {
    /// There is no engine yet.
    Not,
    /// The engine takes in what comes to this log, the one of this machine.
    Follows(Log),
    /// The node owns the replicated log, and all before this record is in the log of this machine. The engine is about to have taken it in.
    Owns(Log, Lsn, Instant),
    /// The engine appends.
    Sells(Log),
    /// The engine wants to end. Has it appended, the rest is to be sent, and the log handed over.
    Leaving {
        log: Log,
        has_sold: bool,
    },
    Over(End),
}

/// How an owner's turn ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// All that was appended is in both logs, and the replicated one was handed over; or nothing was appended.
    HandedOver,
    /// For this reason. What was not durable by then is not to be answered for.
    Cut(Poisoned),
}

/// How long the replicated log has taken nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Away {
    /// Not for long.
    Not,
    /// So long that no new work is to be begun.
    Some,
    /// So long that nothing is to be begun.
    Long,
    /// For a moment, and it has said that it has no room.
    Full,
    /// It is not for this process to append.
    Follows,
}

/// Why an engine cannot append to a replicated log.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotOwner {
    /// The node is at its end, or another engine has its log.
    #[error("this node has no log for the engine: {0}")]
    Not(String),
}

impl Default for Quorum {
    fn default() -> Self {
        Self(Arc::new(Shared {
            queue: Queue::new(),
            away: AtomicU8::new(Away::Follows as u8),
            is_called: AtomicBool::new(false),
            thread: OnceLock::new(),
            engine: Waker::default(),
            disagrees: OnceLock::new(),
            turn: Mutex::new(Turn::Not),
            changed: Condvar::new(),
        }))
    }
}

/// What the engine does with it.
impl Quorum {
    /// The node keeps what comes in this log, the one of this machine, from now on.
    ///
    /// # Errors
    /// If the node is at its end, or another engine has it.
    pub(crate) fn attach(&self, log: &Log) -> Result<Journal, NotOwner> {
        let mut turn = self.0.turn.lock();
        match &*turn {
            Turn::Not => {}
            Turn::Follows(_) | Turn::Owns(..) | Turn::Sells(_) | Turn::Leaving { .. } => {
                return Err(NotOwner::Not("another engine has it".to_owned()));
            }
            Turn::Over(End::HandedOver) => return Err(NotOwner::Not("it has ended".to_owned())),
            Turn::Over(End::Cut(why)) => return Err(NotOwner::Not(why.to_string())),
        }
        *turn = Turn::Follows(log.clone());
        drop(turn);
        self.wake();
        Ok(Journal::Quorum(self.clone(), log.clone()))
    }

    /// The record that the engine may append next, if the node owns the replicated log and the engine does not append yet.
    pub(crate) fn owned(&self) -> Option<Lsn> {
        match &*self.0.turn.lock() {
            Turn::Owns(_, next, _) => Some(*next),
            _ => None,
        }
    }

    /// The engine has taken in all that there is, and appends from now on. Returns how long ago the node came to own the log; `None` if it does
    /// not any more, or the engine is about to end.
    pub(crate) fn sells(&self) -> Option<Duration> {
        let mut turn = self.0.turn.lock();
        let Turn::Owns(log, next, since) = &*turn else { return None };
        let took = since.elapsed();
        self.0.queue.begin(next.previous());
        *turn = Turn::Sells(log.clone());
        self.0.away.store(Away::Not as u8, Ordering::Relaxed);
        drop(turn);
        self.wake();
        Some(took)
    }

    /// What was taken in is not what was logged: the node ends, and so does the process.
    pub(crate) fn disagrees(&self, why: Poisoned) {
        self.0.disagrees.get_or_init(|| why);
        self.wake();
    }

    pub(super) fn append(&self, batch: &mut Batch) -> Result<Lsn, Poisoned> {
        let (first, is_good) = self.0.queue.append(batch)?;
        if is_good {
            self.wake();
        }
        Ok(first)
    }

    /// Appended, and not yet in the log of this machine, bytes.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.0.queue.waiting_bytes()
    }

    pub(super) fn away(&self) -> Away {
        match self.0.away.load(Ordering::Relaxed) {
            0 => Away::Not,
            1 => Away::Some,
            2 => Away::Long,
            3 => Away::Full,
            _ => Away::Follows,
        }
    }

    /// Has the rest sent and the log handed over, and waits for that, up to [`limits::QUORUM_LEAVES_WITHIN`].
    ///
    /// # Errors
    /// If it did not come to that.
    pub(super) fn leave(&self) -> Result<(), Poisoned> {
        self.0.queue.close(Poisoned::forbidden("the process ends, and hands the replicated log over"));
        let until = Instant::now() + limits::QUORUM_LEAVES_WITHIN;
        let mut turn = self.0.turn.lock();
        match &*turn {
            Turn::Sells(log) => *turn = Turn::Leaving { log: log.clone(), has_sold: true },
            Turn::Follows(log) | Turn::Owns(log, ..) => {
                *turn = Turn::Leaving { log: log.clone(), has_sold: false };
            }
            Turn::Not | Turn::Leaving { .. } | Turn::Over(_) => {}
        }
        self.wake();
        while let Turn::Leaving { .. } = &*turn {
            if self.0.changed.wait_until(&mut turn, until).timed_out() {
                let why = "the replicated log did not take what was appended before the process ended";
                return Err(Poisoned::forbidden(why));
            }
        }
        match &*turn {
            Turn::Over(End::Cut(why)) => Err(why.clone()),
            _ => Ok(()),
        }
    }

    /// Has the thread look around. Cheap if that was asked for already.
    pub fn wake(&self) {
        if !self.0.is_called.swap(true, Ordering::AcqRel)
            && let Some(thread) = self.0.thread.get()
        {
            thread.unpark();
        }
    }
}

/// What the thread that drives the node does with it.
impl Quorum {
    /// This thread is the one that is called.
    pub(crate) fn is_driven_here(&self) {
        let _ = self.0.thread.set(std::thread::current());
    }

    /// Sleeps until somebody calls, or for so long.
    pub(crate) fn sleep(&self, at_most: Duration) {
        if !self.0.is_called.swap(false, Ordering::AcqRel) {
            std::thread::park_timeout(at_most);
            self.0.is_called.store(false, Ordering::Release);
        }
    }

    /// When a group may be due that is not yet.
    pub(crate) fn due_in(&self) -> Option<Duration> {
        self.0.queue.due_in()
    }

    /// The node owns the log, and has kept all before this record in that of this machine.
    pub(crate) fn is_owned(&self, next: Lsn) {
        let mut turn = self.0.turn.lock();
        if let Turn::Follows(log) = &*turn {
            *turn = Turn::Owns(log.clone(), next, Instant::now());
        }
        drop(turn);
        self.0.engine.wake();
    }

    /// Whoever takes in what comes is called on this thread.
    pub(crate) fn is_taken_in_here(&self) {
        let _ = self.0.engine.thread.set(std::thread::current());
    }

    /// Something has become durable: the engine takes it in, if it follows.
    pub(crate) fn is_durable(&self) {
        if self.away() == Away::Follows {
            self.0.engine.wake();
        }
    }

    /// The log of this machine, while an engine has it.
    pub(crate) fn log(&self) -> Option<Log> {
        match &*self.0.turn.lock() {
            Turn::Follows(log) | Turn::Owns(log, ..) | Turn::Sells(log) | Turn::Leaving { log, .. } => {
                Some(log.clone())
            }
            Turn::Not | Turn::Over(_) => None,
        }
    }

    /// Whether the engine appends, or did until now.
    pub(crate) fn has_sold(&self) -> bool {
        matches!(&*self.0.turn.lock(), Turn::Sells(_) | Turn::Leaving { has_sold: true, .. })
    }

    /// Whether the engine wants to end.
    pub(crate) fn is_leaving(&self) -> bool {
        matches!(&*self.0.turn.lock(), Turn::Leaving { .. })
    }

    /// Why the engine cannot take in what comes.
    pub(crate) fn disagreement(&self) -> Option<&Poisoned> {
        self.0.disagrees.get()
    }

    /// The oldest group that waits, if it is to go now; `is_idle`: nothing is on its way.
    pub(crate) fn take(&self, is_idle: bool) -> Option<Gathered> {
        self.0.queue.take(is_idle)
    }

    /// So many bytes that were appended are in the log of this machine.
    pub(crate) fn is_through(&self, bytes: usize) {
        self.0.queue.is_through(bytes);
    }

    /// How long the replicated log has taken nothing.
    pub(crate) fn is_away(&self, away: Away) {
        if self.away() != Away::Follows {
            self.0.away.store(away as u8, Ordering::Relaxed);
        }
    }

    /// The turn is over: nothing more is taken. An engine that ends by itself and has appended nothing has come to a good end, however that of
    /// the node is called.
    pub(crate) fn is_over(&self, end: End) {
        let mut turn = self.0.turn.lock();
        let has_left = matches!(&*turn, Turn::Leaving { has_sold: false, .. });
        let end = if has_left { End::HandedOver } else { end };
        let log = match &*turn {
            Turn::Follows(log) | Turn::Owns(log, ..) | Turn::Sells(log) | Turn::Leaving { log, .. } => {
                Some(log.clone())
            }
            Turn::Not | Turn::Over(_) => None,
        };
        *turn = Turn::Over(end.clone());
        drop(turn);
        if let End::Cut(why) = end {
            self.0.queue.close(why.clone());
            log.into_iter().for_each(|log| log.poison(why.clone()));
        }
        self.0.changed.notify_all();
        self.0.engine.wake();
    }
}
