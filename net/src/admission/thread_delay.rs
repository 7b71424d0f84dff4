//! How long a thread takes for a round of all its tasks that have something to do.
//!
//! With thousands of connections no single one has much in its socket, and still each waits until all the others had
//! their turn. So a task of the thread takes a turn too while there is something to do, and measures how long it was
//! kept waiting. It sleeps in between, and on an idle thread for ever.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::sleep;

/// How often the round of a busy thread is measured: a few hundredths of the time that clients are willing to wait.
const EVERY: Duration = Duration::from_millis(10);

/// New commands of a late thread in a row that are refused, before as many are served.
pub(crate) const BLOCK: u32 = 4_096;

/// The number of late connections of one thread, and the place in the alternation of refusing and serving.
#[derive(Debug, Default)]
pub(crate) struct Late {
    pub(crate) connections: Cell<u32>,
    turn: Cell<u32>,
}

impl Late {
    pub(crate) fn next_is_refused(&self) -> bool {
        let turn = self.turn.get() % (2 * BLOCK);
        self.turn.set(turn + 1);
        turn < BLOCK
    }
}

/// How long the rounds of one thread take, shared by its connections.
#[derive(Debug, Default)]
pub(crate) struct ThreadDelay {
    /// The connections that are late.
    pub(crate) late: Late,
    /// How long the last round took, and whether several connections had commands in it.
    last: Cell<(Duration, bool)>,
    workers: Cell<Workers>,
    stirred: Notify,
}

/// The connections that had commands since the last round.
#[derive(Clone, Copy, Debug, Default)]
enum Workers {
    #[default]
    None,
    /// The connection of this number.
    One(u64),
    Several,
}

thread_local! {
    static HERE: RefCell<Option<Rc<ThreadDelay>>> = const { RefCell::new(None) };
}

impl ThreadDelay {
    /// The delay of this thread. The first call starts the task that measures it, which ends with the thread.
    pub(crate) fn here() -> Rc<Self> {
        HERE.with_borrow_mut(|here| {
            let start = || {
                let thread_delay = Rc::new(Self::default());
                actix_rt::spawn(Rc::clone(&thread_delay).measure());
                thread_delay
            };
            Rc::clone(here.get_or_insert_with(start))
        })
    }

    /// There is something to do, so the rounds are measured.
    pub(crate) fn stir(&self) {
        self.stirred.notify_one();
    }

    /// A connection, known by its number, has commands in this round.
    pub(crate) fn works(&self, connection: u64) {
        self.workers.set(match self.workers.get() {
            Workers::None => Workers::One(connection),
            Workers::One(other) if other == connection => return,
            Workers::One(_) | Workers::Several => Workers::Several,
        });
    }

    /// Whether the last round took as long as `patience`, with commands of several connections in it.
    pub(crate) fn keeps_several_waiting(&self, patience: Duration) -> bool {
        let (took, several) = self.last.get();
        several && took >= patience
    }

    pub(crate) fn round_took(&self, took: Duration) {
        self.last.set((took, matches!(self.workers.take(), Workers::Several)));
    }

    async fn measure(self: Rc<Self>) {
        loop {
            self.stirred.notified().await;
            loop {
                let asked = Instant::now();
                yield_now().await;
                self.round_took(asked.elapsed());
                sleep(EVERY).await;
                // A connection that comes after an idle time must not be refused for what was before.
                if self.last.get().0 < EVERY {
                    break;
                }
            }
        }
    }
}
