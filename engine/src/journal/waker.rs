//! What wakes the follower of the log.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::thread::Thread;

/// What wakes the follower: the committer, once a group, if anybody listens at all.
#[derive(Debug, Default)]
pub(crate) struct Waker {
    on: AtomicBool,
    pub(crate) thread: OnceLock<Thread>,
}

impl Waker {
    /// Called by the committer after it has published what is durable.
    pub(crate) fn durable(&self) {
        // With the fence of the follower: either it sees what was published, or it is seen to be on.
        fence(Ordering::SeqCst);
        if self.on.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    pub(crate) fn turn(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    pub(crate) fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}
