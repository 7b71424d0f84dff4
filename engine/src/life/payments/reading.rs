//! Reads the log as it becomes durable, for the records that are about payments.

use holdfast_wal::{Chunk, Log, Lsn, ReadError};

use crate::codec::{Topic, topic_of};
use crate::journal::log_place::{Ahead, LogPlace};
use crate::limits;
use crate::numbers::EventId;

/// So much is read until others are seen to.
const READ_AT_ONCE: usize = 64 * limits::FEED_READ_BYTES;

/// A place in the log.
pub(super) struct Reading {
    log: Log,
    /// How far it has read.
    place: Option<LogPlace>,
    /// Where to begin without a place: behind this record.
    since: Lsn,
    gaps: u64,
}

impl Reading {
    /// Reads what becomes durable from now on.
    pub(super) fn from_now(log: Log) -> Self {
        let since = log.durable();
        Self { log, place: None, since, gaps: 0 }
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
        let read = self.try_read(&mut sees);
        if read.is_err() {
            (self.place, self.since) = (None, self.log.durable());
            self.gaps += 1;
        }
        read
    }

    fn try_read(&mut self, sees: &mut impl FnMut(EventId, Topic, &[u8])) -> Result<bool, ReadError> {
        let mut bytes = 0;
        while bytes < READ_AT_ONCE {
            let place = match &mut self.place {
                Some(place) => place,
                none => none.insert(LogPlace::find(&self.log, self.since, None)?),
            };
            match place.read_on(&self.log)? {
                Ahead::Groups(chunk) => {
                    bytes += limits::FEED_READ_BYTES;
                    hand_out(&chunk, sees);
                }
                Ahead::NextSegment => {}
                Ahead::Nothing => return Ok(true),
            }
        }
        Ok(false)
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
