//! What threads of the engine send each other: runs to events that live elsewhere, and replies to connections that do.
//!
//! Each thread has one queue. The thread is woken once, however much was sent since it last looked.

use std::cell::RefCell;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The queue of one thread.
#[derive(Default)]
pub(crate) struct Post {
    letters: Mutex<Vec<Letter>>,
    wake: Notify,
}

/// Work for the thread that it is sent to: handing over a run or replies.
type Letter = Box<dyn FnOnce() + Send>;

thread_local! {
    static HERE: RefCell<Option<Arc<Post>>> = const { RefCell::new(None) };
}

impl Post {
    /// Makes the calling thread the owner of this queue, and starts the task that empties it. Called once, when the
    /// thread starts.
    pub(crate) fn install(self: Arc<Self>) {
        HERE.set(Some(Arc::clone(&self)));
        actix_rt::spawn(async move {
            loop {
                self.wake.notified().await;
                let letters = std::mem::take(&mut *self.letters.lock());
                letters.into_iter().for_each(|letter| letter());
            }
        });
    }

    /// The queue of this thread.
    ///
    /// # Panics
    /// On a thread that is not one of the engine's.
    pub(crate) fn here() -> Arc<Self> {
        HERE.with_borrow(Clone::clone).expect("actors and sessions live on the engine's threads")
    }

    /// Runs `letter` on the queue's thread: at once if that is the calling thread. Letters of one sender run in the order
    /// in which they were sent.
    pub(crate) fn send(self: &Arc<Self>, letter: impl FnOnce() + Send + 'static) {
        let is_this = |here: &RefCell<Option<Arc<Self>>>| {
            here.borrow().as_ref().is_some_and(|here| Arc::ptr_eq(here, self))
        };
        // A thread that is ending has no thread-local queue any more.
        if HERE.try_with(is_this).unwrap_or(false) {
            letter();
        } else {
            self.letters.lock().push(Box::new(letter));
            self.wake.notify_one();
        }
    }
}
