//! What threads of the engine send each other: runs to events that live elsewhere, and replies to connections that do.
//!
//! One queue a thread. Its owner is woken once, however much was sent since it looked.

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

/// Hands something over, on the thread that it was sent to.
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

    /// Has this done on the queue's thread, in the order in which one thread sends: at once if it is this one.
    pub(crate) fn send(self: &Arc<Self>, letter: impl FnOnce() + Send + 'static) {
        let is_this = |here: &RefCell<Option<Arc<Self>>>| {
            here.borrow().as_ref().is_some_and(|here| Arc::ptr_eq(here, self))
        };
        // A thread that is ending has no queue any more.
        if HERE.try_with(is_this).unwrap_or(false) {
            letter();
        } else {
            self.letters.lock().push(Box::new(letter));
            self.wake.notify_one();
        }
    }
}
