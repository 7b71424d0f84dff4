//! How far the log is durable: a number that any thread may read, and a callback.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::Poisoned;
use crate::lsn::Lsn;

/// What the committer tells about durability.
#[derive(Clone, Debug)]
pub enum Durability {
    /// Every record up to this one survives a crash.
    Upto(Lsn),
    /// Nothing more becomes durable in this process. Told once, and nothing after it.
    Failed(Poisoned),
}

/// Called by the committer, on the thread that wrote the group. Appending goes on meanwhile; the next group waits
/// until the callback returns.
pub type OnDurable = Box<dyn Fn(Durability) + Send + Sync>;

/// The newest durable record. Written by the committer alone, after the sync and before the callback.
#[derive(Debug)]
pub(crate) struct Durable(AtomicU64);

impl Durable {
    pub(crate) fn new(lsn: Lsn) -> Self {
        Self(AtomicU64::new(lsn.0))
    }

    pub(crate) fn get(&self) -> Lsn {
        Lsn(self.0.load(Ordering::Acquire))
    }

    pub(crate) fn publish(&self, lsn: Lsn) {
        let before = self.0.swap(lsn.0, Ordering::AcqRel);
        assert!(before <= lsn.0, "what is durable stays durable");
    }
}
