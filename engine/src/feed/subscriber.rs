//! What waits for one subscriber: bounded, so that who does not keep up is cut off and costs the others nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::tail::Tail;
use crate::limits;
use crate::reply::About;

/// One change for one subscriber.
#[derive(Clone, Debug)]
pub struct Message {
    /// Whose change.
    pub about: Arc<About>,
    /// It as JSON; shared by all who get it.
    pub payload: Arc<[u8]>,
}

/// More waited for the subscriber than may; nothing further comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the subscriber does not keep up")]
pub struct Overrun;

/// One connection's subscriptions. Dropping it ends them.
#[derive(Debug)]
pub struct Subscriber {
    queue: Arc<Queue>,
    tails: Vec<Arc<Tail>>,
}

/// The end that the follower fills.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Message>,
    bytes: usize,
    overrun: bool,
    waker: Option<Waker>,
}

impl Subscriber {
    pub(super) fn new() -> Self {
        Self { queue: Arc::default(), tails: Vec::new() }
    }

    /// Gets the changes of this event from now on. Twice is once.
    pub(super) fn add(&mut self, tail: Arc<Tail>) {
        if !self.tails.iter().any(|known| known.event() == tail.event()) {
            tail.subscribe(&self.queue);
            self.tails.push(tail);
        }
    }

    /// Ends the subscription to this event, and drops what waits from it; false if there was none.
    pub fn remove(&mut self, event: &[u8]) -> bool {
        let Some(at) = self.tails.iter().position(|tail| tail.about().name.bytes() == event) else {
            return false;
        };
        let tail = self.tails.remove(at);
        tail.unsubscribe(&self.queue);
        let mut waiting = self.queue.0.lock();
        waiting.messages.retain(|message| message.about.name.bytes() != event);
        waiting.bytes = waiting.messages.iter().map(weight).sum();
        true
    }

    /// The events, in the order of subscribing.
    pub fn events(&self) -> impl Iterator<Item = &Arc<About>> {
        self.tails.iter().map(|tail| tail.about())
    }

    /// How many events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tails.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tails.is_empty()
    }

    /// The next message; the context is woken when there is one.
    ///
    /// # Errors
    /// [`Overrun`], once what had its place before was given.
    pub fn poll_next(&self, context: &mut Context<'_>) -> Poll<Result<Message, Overrun>> {
        let mut waiting = self.queue.0.lock();
        if let Some(message) = waiting.messages.pop_front() {
            waiting.bytes -= weight(&message);
            return Poll::Ready(Ok(message));
        }
        if waiting.overrun {
            return Poll::Ready(Err(Overrun));
        }
        waiting.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Is it cut off already, whatever still waits?
    #[must_use]
    pub fn is_overrun(&self) -> bool {
        self.queue.0.lock().overrun
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        for tail in &self.tails {
            tail.unsubscribe(&self.queue);
        }
    }
}

impl Queue {
    /// Lets nothing more in.
    pub(super) fn cut_off(&self) {
        let mut waiting = self.0.lock();
        waiting.overrun = true;
        let waker = waiting.waker.take();
        drop(waiting);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Adds messages as long as there is room; false once there was none.
    pub(super) fn push(&self, messages: &[Message]) -> bool {
        let mut waiting = self.0.lock();
        for message in messages {
            if waiting.overrun || waiting.bytes + weight(message) > limits::SUBSCRIBER_BYTES_MAX {
                waiting.overrun = true;
                break;
            }
            waiting.bytes += weight(message);
            waiting.messages.push_back(message.clone());
        }
        let (waker, fits) = (waiting.waker.take(), !waiting.overrun);
        drop(waiting);
        if let Some(waker) = waker {
            waker.wake();
        }
        fits
    }
}

/// What a message takes, its place in the queue included. The payload is shared, and counted by each who has it.
fn weight(message: &Message) -> usize {
    message.payload.len() + size_of::<Message>()
}
