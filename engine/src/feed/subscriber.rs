//! The subscriptions of one connection.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::queue::{Message, Overrun, Queue};
use super::tail::Tail;
use crate::state::Name;

/// One connection's subscriptions. Dropping it ends them.
#[derive(Debug)]
pub struct Subscriber {
    queue: Arc<Queue>,
    tails: Vec<Arc<Tail>>,
}

impl Subscriber {
    /// One without subscriptions; a `bare` one gets its messages without the people in them.
    pub(crate) fn new(bare: bool) -> Self {
        Self { queue: Arc::new(Queue::new(bare)), tails: Vec::new() }
    }

    /// Are its messages without the people in them?
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.queue.is_bare()
    }

    /// Subscribes to the changes of this event from this version on. Subscribing twice is the same as once.
    pub(crate) fn add(&mut self, tail: Arc<Tail>, from: u64) {
        if !self.tails.iter().any(|known| known.event() == tail.event()) {
            tail.subscribe(&self.queue, from);
            self.tails.push(tail);
        }
    }

    /// Ends the subscription to this event and drops its messages that wait; false if there was no subscription.
    pub fn remove(&mut self, event: &[u8]) -> bool {
        let Some(at) = self.tails.iter().position(|tail| tail.name().bytes() == event) else {
            return false;
        };
        let tail = self.tails.remove(at);
        tail.unsubscribe(&self.queue);
        self.queue.drop_from(event);
        true
    }

    /// The events that are subscribed to, in the order of subscribing.
    pub fn events(&self) -> impl Iterator<Item = &Name> {
        self.tails.iter().map(|tail| tail.name())
    }

    /// The number of events that are subscribed to.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tails.len()
    }

    /// Whether no event is subscribed to.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tails.is_empty()
    }

    /// The next message; the context is woken when there is one.
    ///
    /// # Errors
    /// [`Overrun`], after the messages that still had room.
    pub fn poll_next(&self, context: &mut Context<'_>) -> Poll<Result<Message, Overrun>> {
        self.queue.poll_next(context)
    }

    /// Whether the subscriber is cut off, even if messages still wait.
    #[must_use]
    pub fn is_overrun(&self) -> bool {
        self.queue.is_overrun()
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        for tail in &self.tails {
            tail.unsubscribe(&self.queue);
        }
    }
}
