//! Connections that may only look take turns, and sales go between them.
//!
//! A thread serves its connections one after the other. A thousand readers that ask as fast as they can would make each
//! sale wait for a thousand turns. So of the connections that can sell nothing one has a short turn, then the thread looks
//! at its sockets and serves what has come, and then the next has its turn. Readers together are as fast as the thread is
//! idle; what they send too much of waits in their sockets. No clock is read for it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Waker};

use tokio::sync::Notify;
use tokio::task::yield_now;

/// The turns of one thread, shared by its connections.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// One has its turn, or had it and the thread has not looked at its sockets since.
    busy: Cell<bool>,
    /// The connection that has been woken for its turn.
    next: Cell<Option<u64>>,
    /// Those that wait, by number, in the order in which they came.
    waiting: RefCell<VecDeque<(u64, Waker)>>,
    over: Notify,
}

thread_local! {
    static HERE: RefCell<Option<Rc<Turns>>> = const { RefCell::new(None) };
}

impl Turns {
    /// That of this thread; the first to ask starts the task that passes the turn on, which ends with the thread.
    pub(crate) fn here() -> Rc<Self> {
        HERE.with_borrow_mut(|here| {
            let start = || {
                let turns = Rc::new(Self::default());
                actix_rt::spawn(Rc::clone(&turns).pass_on());
                turns
            };
            Rc::clone(here.get_or_insert_with(start))
        })
    }

    async fn pass_on(self: Rc<Self>) {
        loop {
            self.over.notified().await;
            // Goes on when the thread has looked at its sockets, behind what it found there.
            yield_now().await;
            let next = self.waiting.borrow_mut().pop_front();
            self.next.set(next.as_ref().map(|(connection, _)| *connection));
            match next {
                Some((_, waker)) => waker.wake(),
                None => self.busy.set(false),
            }
        }
    }
}

/// A connection among those that take turns. One that is gone leaves no gap.
#[derive(Debug)]
pub(crate) struct Looks {
    turns: Rc<Turns>,
    connection: u64,
    waits: bool,
}

impl Looks {
    /// The connection with this number, on this thread.
    pub(crate) fn new(turns: Rc<Turns>, connection: u64) -> Self {
        Self { turns, connection, waits: false }
    }

    /// Whether it may have a turn now; if not, its task is woken when it may.
    pub(crate) fn begin(&mut self, context: &Context<'_>) -> bool {
        let turns = &self.turns;
        if self.waits && turns.next.get() == Some(self.connection) {
            turns.next.set(None);
            self.waits = false;
            return true;
        }
        if !turns.busy.replace(true) {
            return true;
        }
        if !self.waits {
            self.waits = true;
            turns.waiting.borrow_mut().push_back((self.connection, context.waker().clone()));
        }
        false
    }

    /// The turn that was begun is over.
    pub(crate) fn end(&self) {
        self.turns.over.notify_one();
    }

    /// It takes no turns any more.
    #[inline]
    pub(crate) fn leave(&mut self) {
        if self.waits {
            self.give_up();
        }
    }

    #[cold]
    fn give_up(&mut self) {
        self.waits = false;
        if self.turns.next.get() == Some(self.connection) {
            self.turns.next.set(None);
            self.end();
        } else {
            self.turns.waiting.borrow_mut().retain(|(connection, _)| *connection != self.connection);
        }
    }
}

impl Drop for Looks {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use actix_rt::System;

    use super::*;

    /// Lets the thread do what it can.
    async fn meanwhile() {
        for _ in 0..8 {
            yield_now().await;
        }
    }

    fn connections(count: u64) -> Vec<Looks> {
        (0..count).map(|number| Looks::new(Turns::here(), number)).collect()
    }

    /// Those that may have their turn now; they have it.
    fn served(connections: &mut [Looks]) -> Vec<u64> {
        let context = Context::from_waker(Waker::noop());
        let served = connections.iter_mut().filter_map(|one| one.begin(&context).then_some(one.connection));
        let served: Vec<u64> = served.collect();
        connections.iter().filter(|one| served.contains(&one.connection)).for_each(Looks::end);
        served
    }

    #[test]
    fn one_has_its_turn_at_a_time_and_all_in_the_order_in_which_they_came() {
        System::new().block_on(async {
            let mut all = connections(3);
            let mut order = Vec::new();
            for _ in 0..7 {
                let now = served(&mut all);
                assert!(served(&mut all).is_empty(), "the thread has not looked at its sockets yet");
                order.extend(now);
                meanwhile().await;
            }
            assert_eq!(order, [0, 1, 2, 0, 1, 2, 0]);
        });
    }

    #[test]
    fn one_alone_has_every_turn() {
        System::new().block_on(async {
            let mut one = connections(1);
            for _ in 0..3 {
                assert_eq!(served(&mut one), [0]);
                meanwhile().await;
            }
        });
    }

    #[test]
    fn those_that_go_leave_no_gap() {
        System::new().block_on(async {
            let mut all = connections(5);
            assert_eq!(served(&mut all), [0]);
            drop(all.remove(2));
            meanwhile().await;
            // It is the turn of 1, which goes instead.
            drop(all.remove(1));
            meanwhile().await;
            assert_eq!(served(&mut all), [3]);
            drop(all);
            meanwhile().await;
            assert_eq!(served(&mut connections(1)), [0]);
        });
    }
}
