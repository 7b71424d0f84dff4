//! A place in the log, from which what is durable is read on, segment after segment, while the log grows.

use holdfast_wal::{Chunk, Log, Lsn, ReadError, SegmentReader};

use crate::limits;

/// So much is read at once, bytes, until whoever reads sees to other things.
pub(crate) const READ_AT_ONCE: usize = 64 * limits::FEED_READ_BYTES;

/// A place in the log, between two groups.
#[derive(Debug)]
pub(crate) struct LogPlace {
    /// The segment that is being read.
    segment: u64,
    reader: SegmentReader,
}

/// What there is at a place.
pub(crate) enum Ahead {
    /// These groups: the place is behind them now.
    Groups(Chunk),
    /// The end of a segment: the place is at the beginning of the next one now.
    NextSegment,
    /// Nothing that is durable.
    Nothing,
}

impl LogPlace {
    /// The place of the first group with a record after `since`, from the place `before` if that is before it in the same segment.
    ///
    /// # Errors
    /// If the log does not have that record any more, or cannot be read.
    pub(crate) fn find(log: &Log, since: Lsn, before: Option<Self>) -> Result<Self, ReadError> {
        let segments = log.segments();
        let Some(there) = segments.iter().rev().find(|segment| segment.first <= since.next()) else {
            return Err(ReadError::Released { from: since.next(), first: log.first_lsn() });
        };
        let before = before.filter(|place| place.segment == there.number && place.last() <= since);
        let mut place = match before {
            Some(place) => place,
            None => Self {
                segment: there.number,
                reader: log.read_segment(there.number, 0, there.first.previous())?,
            },
        };
        place.reader.pass_over(since)?;
        Ok(place)
    }

    /// Reads the next groups, about [`limits::FEED_READ_BYTES`] of them.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub(crate) fn read_on(&mut self, log: &Log) -> Result<Ahead, ReadError> {
        // Asked before reading: if there is a next segment, this one is sealed, and the reading below goes to its end.
        let next = log.segment_after(self.segment);
        if let Some(chunk) = self.reader.next(limits::FEED_READ_BYTES)? {
            return Ok(Ahead::Groups(chunk));
        }
        let Some(next) = next else { return Ok(Ahead::Nothing) };
        let reader = log.read_segment(next.number, 0, next.first.previous())?;
        *self = Self { segment: next.number, reader };
        Ok(Ahead::NextSegment)
    }

    /// The newest record before it.
    pub(crate) const fn last(&self) -> Lsn {
        self.reader.last()
    }
}

/// Reads on through the log as it becomes durable, a good part at a time.
#[derive(Debug)]
pub(crate) struct LogFollower {
    /// How far it has read; `None` until it has found where to begin.
    place: Option<LogPlace>,
    /// Without a place, it begins behind this record.
    since: Lsn,
}

impl LogFollower {
    /// Reads what stands behind this record.
    pub(crate) const fn since(since: Lsn) -> Self {
        Self { place: None, since }
    }

    /// Hands out what has become durable, or about [`READ_AT_ONCE`] of it. Returns whether that was all.
    ///
    /// # Errors
    /// If the log does not have it any more, or cannot be read: the next call tries the same again.
    pub(crate) fn read(&mut self, log: &Log, mut sees: impl FnMut(&Chunk)) -> Result<bool, ReadError> {
        let mut bytes = 0;
        while bytes < READ_AT_ONCE {
            let place = match &mut self.place {
                Some(place) => place,
                none => none.insert(LogPlace::find(log, self.since, None)?),
            };
            match place.read_on(log)? {
                Ahead::Groups(chunk) => {
                    bytes += limits::FEED_READ_BYTES;
                    sees(&chunk);
                }
                Ahead::NextSegment => {}
                Ahead::Nothing => return Ok(true),
            }
        }
        Ok(false)
    }
}
