//! A replicated log as the engine has it that owns it: what the engine appends goes to the thread that drives the node, which sends it,
//! and what a majority has goes to the log of this machine. Only that log tells what is durable, so nobody is told of anything that one
//! of the two does not have.
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
    turn: Mutex<Turn>,
    changed: Condvar,
}

/// How far this node is with its turn as the owner.
#[derive(Debug)]
enum Turn {
    /// It does not own the log, or does not yet.
    Not,
    /// It does; all before this record is in the log of this machine.
    Begun(Lsn),
    /// An engine appends to it, and this is the log of this machine.
    Attached(Log),
    /// The engine wants to end: the rest is to be sent, and the log handed over.
    Leaving(Log),
    Over(End),
}

/// How an owner's turn ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// All that was appended is in both logs, and the replicated one was handed over.
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
}

/// Why an engine cannot append to a replicated log.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotOwner {
    /// The node does not own it, or does not any more.
    #[error("this node does not own the replicated log: {0}")]
    Not(String),
    /// The engine has brought back another log than the node has followed.
    #[error("the log of this machine ends at record {found}, and the node has kept up to {kept}")]
    Elsewhere {
        /// The newest record that was brought back.
        found: Lsn,
        /// The newest that the node has kept.
        kept: Lsn,
    },
}

impl Default for Quorum {
    fn default() -> Self {
        Self(Arc::new(Shared {
            queue: Queue::new(),
            away: AtomicU8::new(Away::Not as u8),
            is_called: AtomicBool::new(false),
            thread: OnceLock::new(),
            turn: Mutex::new(Turn::Not),
            changed: Condvar::new(),
        }))
    }
}

/// What the engine does with it.
impl Quorum {
    /// Appends to it from now on, behind all that is in the log of this machine.
    ///
    /// # Errors
    /// If the node does not own it, or has kept something else than is in this log.
    pub(crate) fn attach(&self, log: &Log) -> Result<Journal, NotOwner> {
        let mut turn = self.0.turn.lock();
        let next = match &*turn {
            Turn::Begun(next) => *next,
            Turn::Not => return Err(NotOwner::Not("it follows".to_owned())),
            Turn::Attached(_) | Turn::Leaving(_) => {
                return Err(NotOwner::Not("another engine has it".to_owned()));
            }
            Turn::Over(End::HandedOver) => return Err(NotOwner::Not("it was handed over".to_owned())),
            Turn::Over(End::Cut(why)) => return Err(NotOwner::Not(why.to_string())),
        };
        let found = log.appended();
        if found.next() != next {
            return Err(NotOwner::Elsewhere { found, kept: next.previous() });
        }
        self.0.queue.begin(found);
        *turn = Turn::Attached(log.clone());
        Ok(Journal::Quorum(self.clone(), log.clone()))
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
            _ => Away::Long,
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
        if let Turn::Attached(log) = &*turn {
            *turn = Turn::Leaving(log.clone());
        }
        self.wake();
        while let Turn::Leaving(_) = &*turn {
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
        self.turns(Turn::Begun(next));
    }

    /// The log of this machine, while an engine has it.
    pub(crate) fn log(&self) -> Option<Log> {
        match &*self.0.turn.lock() {
            Turn::Attached(log) | Turn::Leaving(log) => Some(log.clone()),
            Turn::Not | Turn::Begun(..) | Turn::Over(_) => None,
        }
    }

    /// Whether the engine wants to end.
    pub(crate) fn is_leaving(&self) -> bool {
        matches!(&*self.0.turn.lock(), Turn::Leaving(_))
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
        self.0.away.store(away as u8, Ordering::Relaxed);
    }

    /// The turn is over: nothing more is taken.
    pub(crate) fn is_over(&self, end: End) {
        if let End::Cut(why) = &end {
            self.0.queue.close(why.clone());
            if let Some(log) = self.log() {
                log.poison(why.clone());
            }
        }
        self.turns(Turn::Over(end));
    }

    fn turns(&self, turn: Turn) {
        *self.0.turn.lock() = turn;
        self.0.changed.notify_all();
    }
}
