//! Reads the log as it becomes durable, for the records that are about payments.

use holdfast_wal::{Chunk, Log, Lsn, ReadError, SegmentReader};

use crate::codec::{Topic, topic_of};
use crate::limits;
use crate::numbers::EventId;

/// So much is read until others are seen to.
const READ_AT_ONCE: usize = 64 * limits::FEED_READ_BYTES;

/// A place in the log.
pub(super) struct Reading {
    log: Log,
    /// The segment that is being read, and its reader.
    place: Option<(u64, SegmentReader)>,
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
            let Some((number, reader)) = &mut self.place else {
                let Some(place) = self.find()? else { return Ok(true) };
                self.place = Some(place);
                continue;
            };
            // Asked before reading: if there is a next segment, this one is sealed, and the reading below goes to its end.
            let next = self.log.segment_after(*number);
            if let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? {
                bytes += limits::FEED_READ_BYTES;
                hand_out(&chunk, sees);
                continue;
            }
            let Some(next) = next else { return Ok(true) };
            self.place = Some((next.number, self.log.read_segment(next.number, 0, next.first.previous())?));
        }
        Ok(false)
    }

    /// The place of the first group behind `since`.
    fn find(&self) -> Result<Option<(u64, SegmentReader)>, ReadError> {
        let segments = self.log.segments();
        let there = segments.iter().rev().find(|segment| segment.first <= self.since.next());
        let Some(there) = there else { return Ok(None) };
        let mut reader = self.log.read_segment(there.number, 0, there.first.previous())?;
        reader.pass_over(self.since)?;
        Ok(Some((there.number, reader)))
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
