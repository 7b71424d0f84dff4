//! How far the log is durable, told from the committer's thread to the gates.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use holdfast_wal::Lsn;
use parking_lot::RwLock;
use tokio::sync::Notify;

use crate::journal::waker::Waker;

/// How far the log is durable, and the gates and the follower that wait for it.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
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

impl Acknowledged {
    /// Everything up to here is durable.
    pub(crate) fn upto(&self) -> Lsn {
        // Pairs with `advance`: a thread that sees the number may show what rests on that record.
        Lsn(self.upto.load(Ordering::SeqCst))
    }

    /// Called by the committer after each sync.
    ///
    /// The assert cannot fire: one group is in flight at a time, and the thread that writes it tells before the next.
    pub(crate) fn advance(&self, upto: Lsn) {
        // In one order with `waits_for`: either this thread sees the gate waiting, or the gate sees that it need not
        // wait.
        let before = self.upto.swap(upto.0, Ordering::SeqCst);
        assert!(before <= upto.0, "what is durable stays durable");
        for gate in self.gates.read().iter() {
            if gate.oldest.load(Ordering::SeqCst) <= upto.0 {
                gate.wake.notify_one();
            }
        }
        self.feed.durable();
    }

    /// The waker of the log's follower.
    pub(crate) fn feed(&self) -> &Arc<Waker> {
        &self.feed
    }

    /// Adds a gate, which waits for nothing yet.
    pub(crate) fn subscribe(&self) -> Arc<GateWake> {
        let gate = Arc::new(GateWake { oldest: AtomicU64::new(u64::MAX), wake: Notify::new() });
        self.gates.write().push(Arc::clone(&gate));
        gate
    }
}

impl GateWake {
    /// From now on the gate is woken when `oldest` becomes durable. The caller compares the result with what is durable
    /// afterwards, as a record that was durable before wakes no gate.
    pub(crate) fn waits_for(&self, oldest: Lsn) -> Lsn {
        self.oldest.store(oldest.0, Ordering::SeqCst);
        oldest
    }

    /// Something that the gate waits for has become durable.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }
}
