//! Replies that wait for the disk. One gate a thread, shared by the actors and connections of that thread.
//!
//! LSNs are given out in order, so what one thread parks is sorted by itself and letting go is popping from the
//! front. The committer wakes a gate once a group, and only one that holds something which the group made durable.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use holdfast_wal::Lsn;

use crate::exchange::reply::Replies;
use crate::exchange::run::Askers;
use crate::journal::acknowledged::{Durability, GateWake};

/// Replies, and who waits for them.
pub(crate) struct Answered {
    pub(crate) rests_on: Lsn,
    pub(crate) replies: Arc<Replies>,
    pub(crate) to: Askers,
}

/// The waiting replies of one thread.
#[derive(Clone)]
pub(crate) struct Gate(Rc<Inner>);

struct Inner {
    durability: Arc<Durability>,
    wake: Arc<GateWake>,
    waiting: RefCell<VecDeque<Answered>>,
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
        actix_rt::spawn(async move {
            loop {
                gate.0.wake.woken().await;
                gate.open();
            }
        });
    }

    /// The gate of this thread.
    ///
    /// # Panics
    /// On a thread that is not one of the engine's.
    pub(crate) fn here() -> Self {
        HERE.with(|here| here.borrow().clone()).expect("actors and sessions live on the engine's threads")
    }

    /// Gives the replies to those who wait for them, now or as soon as what they rest on is durable.
    pub(crate) fn pass(&self, answered: Answered) {
        if answered.rests_on <= self.0.durability.upto() {
            answered.to.answer(answered.replies);
            return;
        }
        let mut waiting = self.0.waiting.borrow_mut();
        // Replies to reads of other events' lists may rest on something older: they stand at their place.
        let at = match waiting.back() {
            Some(last) if last.rests_on > answered.rests_on => {
                waiting.partition_point(|before| before.rests_on <= answered.rests_on)
            }
            _ => waiting.len(),
        };
        let rests_on = answered.rests_on;
        waiting.insert(at, answered);
        drop(waiting);
        // What became durable since the look above wakes nobody who was not yet known to wait.
        if at == 0 && self.0.wake.waits_for(rests_on) <= self.0.durability.upto() {
            self.open();
        }
    }

    /// Lets go of everything that rests on what is durable by now.
    fn open(&self) {
        loop {
            let upto = self.0.durability.upto();
            loop {
                let mut waiting = self.0.waiting.borrow_mut();
                let is_free = |answered: &mut Answered| answered.rests_on <= upto;
                let Some(answered) = waiting.pop_front_if(is_free) else { break };
                drop(waiting);
                answered.to.answer(answered.replies);
            }
            let oldest = self.0.waiting.borrow().front().map_or(Lsn(u64::MAX), |answered| answered.rests_on);
            if self.0.wake.waits_for(oldest) > self.0.durability.upto() {
                return;
            }
        }
    }
}
