//! From the committer's thread to the gates: how far the log is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use holdfast_wal::Lsn;
use parking_lot::RwLock;
use tokio::sync::Notify;

use crate::journal::waker::Waker;

/// How far the log is durable, and who wants to know.
#[derive(Debug, Default)]
pub(crate) struct Durability {
    upto: AtomicU64,
    gates: RwLock<Vec<Arc<Notify>>>,
    /// After the gates: replies come before feeds.
    feed: Arc<Waker>,
}

impl Durability {
    /// Everything up to here is durable.
    pub(crate) fn upto(&self) -> Lsn {
        // Pairs with the store in `advance`: whoever sees the number may show what rests on it.
        Lsn(self.upto.load(Ordering::Acquire))
    }

    /// Called by the committer after each sync.
    pub(crate) fn advance(&self, upto: Lsn) {
        self.upto.store(upto.0, Ordering::Release);
        for gate in self.gates.read().iter() {
            gate.notify_one();
        }
        self.feed.durable();
    }

    /// What the follower of the log is woken by.
    pub(crate) fn feed(&self) -> &Arc<Waker> {
        &self.feed
    }

    /// A notification for one more gate.
    pub(crate) fn subscribe(&self) -> Arc<Notify> {
        let wake = Arc::new(Notify::new());
        self.gates.write().push(Arc::clone(&wake));
        wake
    }
}
