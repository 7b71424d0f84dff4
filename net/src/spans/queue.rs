//! The other end of what is told.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::Served;

/// Traced commands whose replies are gone, in about that order. Belongs to the thread that makes spans of them.
#[derive(Debug)]
pub struct Queue(Receiver<Option<Box<Served>>>);

/// What comes out of the queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// A command.
    Served(Box<Served>),
    /// Nothing came within the time.
    Late,
    /// Nothing more comes, or so it seems: whoever waits is to look.
    Woken,
}

impl Queue {
    pub(super) const fn of(receiver: Receiver<Option<Box<Served>>>) -> Self {
        Self(receiver)
    }

    /// Waits for the next one, so long at most; `None`: for ever.
    #[must_use]
    pub fn next(&self, within: Option<Duration>) -> Next {
        let next = match within {
            Some(within) => self.0.recv_timeout(within),
            None => self.0.recv().map_err(RecvTimeoutError::from),
        };
        match next {
            Ok(Some(served)) => Next::Served(served),
            Err(RecvTimeoutError::Timeout) => Next::Late,
            Ok(None) | Err(RecvTimeoutError::Disconnected) => Next::Woken,
        }
    }
}
