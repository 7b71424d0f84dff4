//! What threads of the engine send each other: runs for events that live elsewhere, and replies to connections that do.
//!
//! One queue a thread. Its owner is woken once, however much was sent since it looked.

use std::cell::RefCell;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::exchange::inbox::{self, Part};
use crate::exchange::reply::Replies;
use crate::exchange::run::Run;

/// What takes the runs for an event, on the event's own thread.
pub(crate) trait Destination: Send + Sync {
    /// Puts a run before the event.
    fn put(&self, run: Run);
}

/// The queue of one thread.
#[derive(Default)]
pub(crate) struct Post {
    letters: Mutex<Letters>,
    wake: Notify,
}

#[derive(Default)]
struct Letters {
    runs: Vec<(Arc<dyn Destination>, Run)>,
    replies: Vec<(Vec<Part>, Arc<Replies>)>,
}

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
                let Letters { runs, replies } = std::mem::take(&mut *self.letters.lock());
                runs.into_iter().for_each(|(to, run)| to.put(run));
                replies.iter().for_each(|(parts, replies)| inbox::deliver(parts, replies));
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

    /// Puts a run before an event of this queue's thread.
    pub(crate) fn run(self: &Arc<Self>, to: &Arc<impl Destination + 'static>, run: Run) {
        if self.is_here() {
            to.put(run);
        } else {
            self.letters.lock().runs.push((Arc::clone(to) as Arc<dyn Destination>, run));
            self.wake.notify_one();
        }
    }

    /// Puts replies before the connections of this queue's thread.
    pub(crate) fn answer(self: &Arc<Self>, parts: Vec<Part>, replies: &Arc<Replies>) {
        if self.is_here() {
            inbox::deliver(&parts, replies);
        } else {
            self.letters.lock().replies.push((parts, Arc::clone(replies)));
            self.wake.notify_one();
        }
    }

    fn is_here(self: &Arc<Self>) -> bool {
        HERE.try_with(|here| here.borrow().as_ref().is_some_and(|here| Arc::ptr_eq(here, self)))
            .unwrap_or(false)
    }
}
