//! Reads the log as it becomes durable, for the records that are about payments.

use holdfast_wal::{Chunk, Log, ReadError};

use crate::codec::{Topic, topic_of};
use crate::journal::log_place::LogFollower;
use crate::numbers::EventId;

/// A place in the log.
pub(super) struct Reading {
    log: Log,
    follower: LogFollower,
    gaps: u64,
}

impl Reading {
    /// Reads what becomes durable from now on.
    pub(super) fn from_now(log: Log) -> Self {
        let follower = LogFollower::since(log.durable());
        Self { log, follower, gaps: 0 }
    }

    /// How often something was passed over.
    pub(super) const fn gaps(&self) -> u64 {
        self.gaps
    }

    /// Hands out the records about payments and the status of sales that have become durable, or a good part of them. Returns whether
    /// those were all.
    ///
    /// # Errors
    /// If something could not be read: it goes on with what becomes durable from now on.
    pub(super) fn read(&mut self, mut sees: impl FnMut(EventId, Topic, &[u8])) -> Result<bool, ReadError> {
        let read = self.follower.read(&self.log, |chunk| hand_out(chunk, &mut sees));
        if read.is_err() {
            self.follower = LogFollower::since(self.log.durable());
            self.gaps += 1;
        }
        read
    }
}

fn hand_out(chunk: &Chunk, sees: &mut impl FnMut(EventId, Topic, &[u8])) {
    for group in chunk.groups() {
        for (_, bytes) in group.records() {
            if let Some((event, topic)) = topic_of(bytes)
                && topic != Topic::Other
            {
                sees(event, topic, bytes);
            }
        }
    }
}
