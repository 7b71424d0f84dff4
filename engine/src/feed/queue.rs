//! The messages that wait for one subscriber. Bounded: a subscriber that does not keep up is cut off, and costs the
//! others nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::exchange::reply::About;
use crate::limits;

/// What is subscribed to of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// Each change.
    Feed,
    /// The live picture: which seats and areas are another.
    Map,
}

/// One message for one subscriber.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it comes from.
    pub channel: Channel,
    /// The event that changed.
    pub about: Arc<About>,
    /// JSON; shared by all subscribers of the event.
    pub payload: Arc<[u8]>,
}

/// More waited for the subscriber than [`limits::SUBSCRIBER_BYTES_MAX`]; nothing further comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the subscriber does not keep up")]
pub struct Overrun;

/// Filled by the follower, emptied by the connection.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// Its messages are without the people in them.
    bare: bool,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Message>,
    bytes: usize,
    overrun: bool,
    waker: Option<Waker>,
}

impl Queue {
    pub(super) fn new(bare: bool) -> Self {
        Self { waiting: Mutex::default(), bare }
    }

    pub(super) const fn is_bare(&self) -> bool {
        self.bare
    }

    /// Drops the messages of this channel of the event.
    pub(super) fn drop_from(&self, channel: Channel, event: &[u8]) {
        let mut waiting = self.waiting.lock();
        waiting.messages.retain(|message| message.channel != channel || message.about.name.bytes() != event);
        waiting.bytes = waiting.messages.iter().map(weight).sum();
    }

    /// The next message; the context is woken when there is one.
    pub(super) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Result<Message, Overrun>> {
        let mut waiting = self.waiting.lock();
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

    /// Whether a message came for which there was no room.
    pub(super) fn is_overrun(&self) -> bool {
        self.waiting.lock().overrun
    }

    /// Lets nothing more in.
    pub(super) fn cut_off(&self) {
        let mut waiting = self.waiting.lock();
        waiting.overrun = true;
        let waker = waiting.waker.take();
        drop(waiting);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Adds messages as long as there is room; false once there was none.
    pub(super) fn push(&self, messages: &[Message]) -> bool {
        let mut waiting = self.waiting.lock();
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

/// The bytes that a message counts for, with its place in the queue. The payload is shared, and counts in each queue.
fn weight(message: &Message) -> usize {
    message.payload.len() + size_of::<Message>()
}
