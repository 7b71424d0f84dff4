//! How long a thread takes for a round of all its tasks that have something to do.
//!
//! With thousands of connections no single one has much in its socket, and still each waits until all the others had
//! their turn. So a task of the thread takes a turn too, whenever there is something to do, and sees how long it was
//! kept waiting. It sleeps in between, and on an idle thread for ever.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::overload::Turns;

/// How often a busy thread is looked at: a few hundredths of what clients are willing to wait.
const EVERY: Duration = Duration::from_millis(10);

/// The lag of one thread, shared by its connections.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    /// For those who are late: whose turn it is to be refused.
    pub(crate) turns: Turns,
    last: Cell<Duration>,
    stirred: Notify,
}

thread_local! {
    static HERE: RefCell<Option<Rc<Lag>>> = const { RefCell::new(None) };
}

impl Lag {
    /// That of this thread; the first to ask starts the task that measures it, which ends with the thread.
    pub(crate) fn here() -> Rc<Self> {
        HERE.with_borrow_mut(|here| {
            let start = || {
                let lag = Rc::new(Self::default());
                actix_rt::spawn(Rc::clone(&lag).measure());
                lag
            };
            Rc::clone(here.get_or_insert_with(start))
        })
    }

    /// There is something to do.
    pub(crate) fn stir(&self) {
        self.stirred.notify_one();
    }

    /// How long the last round took.
    pub(crate) const fn last(&self) -> Duration {
        self.last.get()
    }

    async fn measure(self: Rc<Self>) {
        loop {
            self.stirred.notified().await;
            loop {
                let asked = Instant::now();
                yield_now().await;
                self.last.set(asked.elapsed());
                sleep(EVERY).await;
                // Who comes to a thread that has been idle since is not told of what was before.
                if self.last.get() < EVERY {
                    break;
                }
            }
        }
    }
}
