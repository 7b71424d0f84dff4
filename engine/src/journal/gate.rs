//! Replies that wait for the disk. One gate a thread, shared by the actors and connections of that thread.
//!
//! LSNs are given out in order, so the replies of one thread mostly come sorted, and those that are free to go stand
//! at the front. After a group the committer wakes a gate once, and only if replies wait there for a record of that
//! group.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use holdfast_wal::Lsn;

use crate::clock::Stamp;
use crate::exchange::reply::Replies;
use crate::exchange::run::Askers;
use crate::journal::acknowledged::{Acknowledged, GateWake};

/// The waiting replies of one thread.
#[derive(Clone)]
pub(crate) struct Gate(Rc<Inner>);

/// Tells the moment, and how many microseconds the newest durable group took.
pub(crate) type Settled = Box<dyn Fn() -> (Stamp, u64)>;

struct Inner {
    acknowledged: Arc<Acknowledged>,
    wake: Arc<GateWake>,
    settled: Settled,
    /// Each with the connections that wait for them.
    waiting: RefCell<VecDeque<(Arc<Replies>, Askers)>>,
}

thread_local! {
    static HERE: RefCell<Option<Gate>> = const { RefCell::new(None) };
}

impl Gate {
    /// Makes the gate of this thread and starts the task that opens it. Called once, when the thread starts.
    pub(crate) fn install(acknowledged: Arc<Acknowledged>, settled: Settled) {
        let wake = acknowledged.subscribe();
        let gate = Self(Rc::new(Inner { acknowledged, wake, settled, waiting: RefCell::default() }));
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

    /// Gives the replies to the connections that wait for them: now, or as soon as the record that they rest on is
    /// durable.
    ///
    /// The assert cannot fire: replies are put behind all that rest on the same record or an older one.
    pub(crate) fn pass(&self, replies: Arc<Replies>, to: Askers) {
        let rests_on = replies.rests_on;
        if rests_on <= self.0.acknowledged.upto() {
            to.answer(replies);
            return;
        }
        let mut waiting = self.0.waiting.borrow_mut();
        // A reply that only looks rests on the newest record of what it shows: replies that rest on newer records may
        // wait already, and it goes before them.
        let at = match waiting.back() {
            Some((last, _)) if last.rests_on > rests_on => {
                waiting.partition_point(|(before, _)| before.rests_on <= rests_on)
            }
            _ => waiting.len(),
        };
        waiting.insert(at, (replies, to));
        let is_in_order = |from: usize| {
            let pair = (waiting.get(from), waiting.get(from + 1));
            !matches!(pair, (Some((one, _)), Some((next, _))) if one.rests_on > next.rests_on)
        };
        assert!(is_in_order(at.saturating_sub(1)) && is_in_order(at), "replies wait in the order of the log");
        drop(waiting);
        // A record that became durable since the look above does not wake a gate that was not known to wait for it.
        if at == 0 && self.0.wake.waits_for(rests_on) <= self.0.acknowledged.upto() {
            self.open();
        }
    }

    /// Gives out all replies that rest on what is durable by now. As they wait in the order of the log, those are the
    /// first ones.
    fn open(&self) {
        loop {
            let upto = self.0.acknowledged.upto();
            // For all that leave now, if any do.
            let mut settled = None;
            loop {
                let mut waiting = self.0.waiting.borrow_mut();
                let Some((replies, to)) = waiting.pop_front_if(|(replies, _)| replies.rests_on <= upto)
                else {
                    break;
                };
                drop(waiting);
                let (now, group_us) = *settled.get_or_insert_with(&self.0.settled);
                replies.passage.is_durable(now, group_us);
                to.answer(replies);
            }
            let oldest =
                self.0.waiting.borrow().front().map_or(Lsn(u64::MAX), |(replies, _)| replies.rests_on);
            if self.0.wake.waits_for(oldest) > self.0.acknowledged.upto() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use actix_rt::System;
    use quickcheck::quickcheck;

    use super::*;
    use crate::exchange::inbox::Inbox;
    use crate::exchange::post::Post;
    use crate::state::Reply;

    /// A reply that rests on this record, and the inbox that waits for it.
    fn pass(gate: &Gate, rests_on: u8) -> Inbox {
        let inbox = Inbox::new();
        let replies = Replies::free(vec![Reply::Events { next: 0, events: Vec::new() }]);
        gate.pass(Arc::new(Replies { rests_on: Lsn(rests_on.into()), ..replies }), Askers::one(&inbox));
        inbox
    }

    fn has_reply(inbox: &Inbox) -> bool {
        inbox.poll(&Context::from_waker(Waker::noop()), 1, |_, _| true, |_, _| {}) == 1
    }

    quickcheck! {
        /// Whatever the order in which replies come, each leaves with the record that it rests on, and none before.
        fn a_reply_leaves_with_its_record(rests_on: Vec<u8>, durable: u8) -> bool {
            System::new().block_on(async {
                Arc::<Post>::default().install();
                let acknowledged = Arc::new(Acknowledged::default());
                acknowledged.advance(Lsn(durable.into()));
                Gate::install(Arc::clone(&acknowledged), Box::new(|| (Stamp(0), 0)));
                let gate = Gate::here();
                let mut waiting: Vec<_> = rests_on.iter().map(|&lsn| (lsn, pass(&gate, lsn))).collect();
                (durable..=u8::MAX).all(|upto| {
                    acknowledged.advance(Lsn(upto.into()));
                    gate.open();
                    let mut is_right = true;
                    waiting.retain(|(lsn, inbox)| {
                        let has_left = has_reply(inbox);
                        is_right &= has_left == (*lsn <= upto);
                        !has_left
                    });
                    is_right
                })
            })
        }
    }
}
