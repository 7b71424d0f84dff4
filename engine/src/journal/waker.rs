//! Wakes the follower of the log.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::thread::Thread;

/// Wakes the follower's thread: the committer calls it after each group, and it does nothing while no event is
/// listened to.
#[derive(Debug, Default)]
pub(crate) struct Waker {
    on: AtomicBool,
    pub(crate) thread: OnceLock<Thread>,
}

impl Waker {
    /// Called by the committer after it has published how far the log is durable.
    pub(crate) fn durable(&self) {
        // Pairs with the fence in `turn`: either the follower sees what was published, or this thread sees `on`.
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
