//! Replies that wait for the disk. One gate a thread, shared by the actors and connections of that thread.
//!
//! LSNs are given out in order, so what one thread parks is sorted by itself and letting go is popping from the
//! front. The committer wakes each gate once a group, not each reply.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use holdfast_wal::Lsn;
use tokio::sync::{Notify, oneshot};

use crate::exchange::reply::Replies;
use crate::journal::acknowledged::Durability;

/// Replies with someone who waits for them.
pub(crate) struct Parked {
    pub(crate) rests_on: Lsn,
    pub(crate) replies: Replies,
    pub(crate) to: oneshot::Sender<Replies>,
}

/// The waiting replies of one thread.
#[derive(Clone)]
pub(crate) struct Gate(Rc<Inner>);

struct Inner {
    durability: Arc<Durability>,
    /// Told by the committer, through [`Durability`].
    wake: Arc<Notify>,
    waiting: RefCell<VecDeque<Parked>>,
}

thread_local! {
    static HERE: RefCell<Option<Gate>> = const { RefCell::new(None) };
}

impl Gate {
    /// Makes the gate of this thread and starts the task that opens it. Called once, when the thread starts.
    pub(crate) fn install(durability: Arc<Durability>) {
        let wake = durability.subscribe();
        let gate = Self(Rc::new(Inner { durability, wake, waiting: RefCell::default() }));
        HERE.with(|here| *here.borrow_mut() = Some(gate.clone()));
        actix_rt::spawn(gate.open_again_and_again());
    }

    /// The gate of this thread.
    ///
    /// # Panics
    /// On a thread that is not one of the engine's.
    pub(crate) fn here() -> Self {
        HERE.with(|here| here.borrow().clone()).expect("actors and sessions live on the engine's threads")
    }

    /// Gives the replies to the one who waits for them, now or as soon as what they rest on is durable.
    pub(crate) fn pass(&self, parked: Parked) {
        if parked.rests_on <= self.0.durability.upto() {
            release(parked);
            return;
        }
        let mut waiting = self.0.waiting.borrow_mut();
        // Replies to reads of other events' lists may rest on something older: they stand at their place.
        let at = match waiting.back() {
            Some(last) if last.rests_on > parked.rests_on => {
                waiting.partition_point(|before| before.rests_on <= parked.rests_on)
            }
            _ => waiting.len(),
        };
        waiting.insert(at, parked);
    }

    async fn open_again_and_again(self) {
        loop {
            self.0.wake.notified().await;
            let upto = self.0.durability.upto();
            loop {
                let mut waiting = self.0.waiting.borrow_mut();
                if waiting.front().is_none_or(|parked| parked.rests_on > upto) {
                    break;
                }
                let parked = waiting.pop_front();
                drop(waiting);
                parked.into_iter().for_each(release);
            }
        }
    }
}

fn release(parked: Parked) {
    // A client that has gone no longer waits.
    let _ = parked.to.send(parked.replies);
}
