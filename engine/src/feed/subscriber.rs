//! The subscriptions of one connection.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::queue::{Channel, Message, Overrun, Queue};
use super::tail::Tail;
use crate::state::Name;

/// One connection's subscriptions. Dropping it ends them.
#[derive(Debug)]
pub struct Subscriber {
    queue: Arc<Queue>,
    tails: Vec<(Channel, Arc<Tail>)>,
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

    /// Subscribes to this channel of the event from this version on. Subscribing twice is the same as once.
    pub(crate) fn add(&mut self, channel: Channel, tail: Arc<Tail>, from: u64) {
        let is_this = |(known, of): &(Channel, Arc<Tail>)| *known == channel && of.event() == tail.event();
        if !self.tails.iter().any(is_this) {
            tail.subscribe(channel, &self.queue, from);
            self.tails.push((channel, tail));
        }
    }

    /// Ends the subscription to this channel of the event and drops its messages that wait; false if there was no subscription.
    pub fn remove(&mut self, channel: Channel, event: &[u8]) -> bool {
        let is_this =
            |(known, tail): &(Channel, Arc<Tail>)| *known == channel && tail.name().bytes() == event;
        let Some(at) = self.tails.iter().position(is_this) else {
            return false;
        };
        let (_, tail) = self.tails.remove(at);
        tail.unsubscribe(channel, &self.queue);
        self.queue.drop_from(channel, event);
        true
    }

    /// The channels that are subscribed to, in the order of subscribing.
    pub fn channels(&self) -> impl Iterator<Item = (Channel, &Name)> {
        self.tails.iter().map(|(channel, tail)| (*channel, tail.name()))
    }

    /// The number of channels that are subscribed to.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tails.len()
    }

    /// Whether nothing is subscribed to.
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
        for (channel, tail) in &self.tails {
            tail.unsubscribe(*channel, &self.queue);
        }
    }
}
