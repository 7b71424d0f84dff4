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
    gates: RwLock<Vec<Arc<GateWake>>>,
    /// After the gates: replies come before feeds.
    feed: Arc<Waker>,
}

/// What one gate waits for.
#[derive(Debug)]
pub(crate) struct GateWake {
    /// The oldest record that must be durable before anything can leave it.
    oldest: AtomicU64,
    wake: Notify,
}

impl Durability {
    /// Everything up to here is durable.
    pub(crate) fn upto(&self) -> Lsn {
        // Pairs with the store in `advance`: whoever sees the number may show what rests on it.
        Lsn(self.upto.load(Ordering::SeqCst))
    }

    /// Called by the committer after each sync.
    pub(crate) fn advance(&self, upto: Lsn) {
        // In one order with `waits_for`: either the gate is seen to wait, or it sees that it need not.
        self.upto.store(upto.0, Ordering::SeqCst);
        for gate in self.gates.read().iter() {
            if gate.oldest.load(Ordering::SeqCst) <= upto.0 {
                gate.wake.notify_one();
            }
        }
        self.feed.durable();
    }

    /// What the follower of the log is woken by.
    pub(crate) fn feed(&self) -> &Arc<Waker> {
        &self.feed
    }

    /// One more gate, which waits for nothing yet.
    pub(crate) fn subscribe(&self) -> Arc<GateWake> {
        let gate = Arc::new(GateWake { oldest: AtomicU64::new(u64::MAX), wake: Notify::new() });
        self.gates.write().push(Arc::clone(&gate));
        gate
    }
}

impl GateWake {
    /// From now on the gate is woken when this is durable. To be compared with what is durable afterwards: what was
    /// before, wakes nobody.
    pub(crate) fn waits_for(&self, oldest: Lsn) -> Lsn {
        self.oldest.store(oldest.0, Ordering::SeqCst);
        oldest
    }

    /// Something that the gate waits for has become durable.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }
}
