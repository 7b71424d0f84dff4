//! The segments that are kept, oldest first: reading and removing start here.

use std::collections::VecDeque;

use crate::error::{OpenError, ReadError};
use crate::limits::SEGMENT_COUNTS_FOR;
use crate::lsn::Lsn;
use crate::segment::file::{DIR, Position, Segment, path};
use crate::segment::mapped::SealedLog;
use crate::segment::walk::{start_of, walk};
use crate::storage::Storage;

/// A segment that is kept, and the records that it holds. Known without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeptSegment {
    /// Its number; that of the next segment is larger.
    pub number: u64,
    /// Its first record; if it holds none, the first record after it.
    pub first: Lsn,
    /// The newest record up to its end; `None` for the running segment, which has no end yet.
    pub last: Option<Lsn>,
}

/// A segment that has ended: nothing writes to it any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sealed {
    pub(crate) number: u64,
    /// Its first record; if it holds none, the first record after it.
    pub(crate) first: Lsn,
    /// The newest record up to its end.
    pub(crate) last: Lsn,
    /// Length of the file, bytes.
    pub(crate) length: u64,
    /// What it takes on the disk, bytes: less than `length` once the unused end was given back.
    pub(crate) bytes: u64,
}

impl Sealed {
    /// What the segment counts for where a number of bytes of log is to be kept. Even an empty file costs something:
    /// it is looked at when the log is opened.
    const fn weight(&self) -> u64 {
        let least = self.length / SEGMENT_COUNTS_FOR;
        if self.bytes < least { least } else { self.bytes }
    }

    const fn kept(&self) -> KeptSegment {
        KeptSegment { number: self.number, first: self.first, last: Some(self.last) }
    }
}

/// The sealed segments and the start of the running one. Shared under a lock, which is held no longer than it takes
/// to map the segments.
#[derive(Debug)]
pub(crate) struct SegmentSet {
    sealed: VecDeque<Sealed>,
    /// Where the running segment starts: the sealed ones have to reach up to there.
    running: Position,
    running_number: u64,
}

/// What [`crate::Log::release`] has removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Released {
    /// How many segments were removed.
    pub segments: u64,
    /// What they took on the disk, bytes.
    pub bytes: u64,
    /// The oldest record that is kept; if none is, the LSN that the next record will have.
    pub first: Lsn,
}

impl SegmentSet {
    pub(crate) fn new(sealed: Vec<Sealed>, running: Position, running_number: u64) -> Self {
        Self { sealed: sealed.into(), running, running_number }
    }

    /// The running segment, of `bytes` bytes, has ended at `next`, where segment `number` goes on.
    ///
    /// The asserts cannot fire: the committer counts groups and records upwards, and the maker of segments gives each
    /// try a larger number than the one before, starting after the running segment.
    pub(crate) fn rotated(&mut self, bytes: u64, number: u64, next: Position) {
        assert!(number > self.running_number, "segments are numbered upwards");
        assert!(next.sequence >= self.running.sequence, "the log only grows");
        assert!(next.last >= self.running.last, "a record is never numbered again");
        let first = self.running.last.next();
        let (number_before, last) = (self.running_number, next.last);
        self.sealed.push_back(Sealed { number: number_before, first, last, length: bytes, bytes });
        self.running = next;
        self.running_number = number;
    }

    /// A sealed segment takes only `bytes` on the disk now.
    pub(crate) fn trimmed(&mut self, number: u64, bytes: u64) {
        let at = self.sealed.partition_point(|sealed| sealed.number < number);
        if let Some(sealed) = self.sealed.get_mut(at).filter(|sealed| sealed.number == number) {
            sealed.bytes = bytes;
        }
    }

    /// What the sealed segments take on the disk, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.sealed.iter().map(|sealed| sealed.bytes).sum()
    }

    /// What the sealed segments that hold no record after `upto` take on the disk, bytes.
    pub(crate) fn bytes_upto(&self, upto: Lsn) -> u64 {
        self.sealed.iter().take_while(|sealed| sealed.last <= upto).map(|sealed| sealed.bytes).sum()
    }

    /// Newest record in a sealed segment.
    pub(crate) fn sealed_upto(&self) -> Lsn {
        self.running.last
    }

    /// The number of segments, with the running one.
    pub(crate) fn len(&self) -> u64 {
        self.sealed.len() as u64 + 1
    }

    /// The oldest segment that is kept.
    pub(crate) fn oldest(&self) -> u64 {
        self.sealed.front().map_or(self.running_number, |sealed| sealed.number)
    }

    /// The oldest record that is kept.
    pub(crate) fn first(&self) -> Lsn {
        self.sealed.front().map_or(self.running.last.next(), |sealed| sealed.first)
    }

    /// Maps the sealed segments that hold records at or after `from`. The caller holds the lock, so that no segment is
    /// removed before it is mapped, and validates them without the lock.
    pub(crate) fn map(&self, storage: &dyn Storage, from: Lsn) -> Result<Mapped, ReadError> {
        if from < self.first() {
            return Err(ReadError::Released { from, first: self.first() });
        }
        if from > self.running.last {
            return Ok(Mapped { segments: Vec::new(), start: self.running, end: self.running });
        }
        let mut segments = Vec::new();
        for sealed in self.sealed.iter().rev() {
            let segment = Segment::map(storage, sealed.number)?;
            let start = start_of(&segment).filter(|start| start.last < from);
            segments.push(segment);
            if let Some(start) = start {
                segments.reverse();
                return Ok(Mapped { segments, start, end: self.running });
            }
        }
        let oldest = self.sealed.front().map_or(0, |sealed| sealed.number);
        Err(ReadError::Corruption {
            file: path(oldest),
            segment: oldest,
            offset: crate::limits::BLOCK_BYTES as u64,
            group: 0,
            reason: format!("the first group of the segment, which is older than record {from}, is damaged"),
        })
    }

    pub(crate) fn bytes_but_oldest(&self) -> u64 {
        self.sealed.iter().skip(1).map(Sealed::weight).sum()
    }

    /// Every segment, oldest first, the running one last.
    pub(crate) fn kept(&self) -> Vec<KeptSegment> {
        self.sealed.iter().map(Sealed::kept).chain([self.running()]).collect()
    }

    /// The oldest segment after this number.
    pub(crate) fn after(&self, number: u64) -> Option<KeptSegment> {
        let at = self.sealed.partition_point(|sealed| sealed.number <= number);
        let sealed = self.sealed.get(at).map(Sealed::kept);
        sealed.or_else(|| (self.running_number > number).then(|| self.running()))
    }

    fn running(&self) -> KeptSegment {
        KeptSegment { number: self.running_number, first: self.running.last.next(), last: None }
    }

    /// The newest record in a sealed segment; `Some(None)` for the running segment, `None` for one that is not kept.
    pub(crate) fn end_of(&self, number: u64) -> Option<Option<Lsn>> {
        if number == self.running_number {
            return Some(None);
        }
        let at = self.sealed.partition_point(|sealed| sealed.number < number);
        self.sealed.get(at).filter(|sealed| sealed.number == number).map(|sealed| Some(sealed.last))
    }

    /// Takes the oldest segments out of the set, as long as they hold no record after `upto` and the sealed ones that are
    /// left count for `keep` bytes or more.
    pub(crate) fn take_upto(&mut self, upto: Lsn, keep: u64) -> VecDeque<Sealed> {
        let mut left: u64 = self.sealed.iter().map(Sealed::weight).sum();
        let goes = |sealed: &&Sealed| {
            left = left.saturating_sub(sealed.weight());
            sealed.last <= upto && left >= keep
        };
        let count = self.sealed.iter().take_while(goes).count();
        self.sealed.drain(..count).collect()
    }

    /// Takes back the segments that could not be removed, so that their removal is tried again.
    pub(crate) fn take_back(&mut self, mut taken: VecDeque<Sealed>) {
        taken.append(&mut self.sealed);
        self.sealed = taken;
    }
}

/// Sealed segments, mapped, not yet validated.
#[derive(Debug)]
pub(crate) struct Mapped {
    segments: Vec<Segment>,
    start: Position,
    end: Position,
}

impl Mapped {
    /// Reads every byte: a sealed segment has no torn tail to forgive.
    pub(crate) fn validate(self) -> Result<SealedLog, ReadError> {
        let Self { segments, start, end } = self;
        if segments.is_empty() {
            return Ok(SealedLog { segments, runs: Vec::new(), last: end.last });
        }
        let walked = walk(&segments, 0, start, Some(end.sequence))?;
        if walked.position.sequence != end.sequence || walked.position.chain != end.chain {
            let segment = &segments[walked.index];
            return Err(OpenError::Corruption {
                file: segment.path.clone(),
                segment: segment.header.number,
                offset: walked.offset as u64,
                group: walked.position.sequence,
                reason: crate::segment::walk::describe(&walked.misfit).to_owned(),
            }
            .into());
        }
        Ok(SealedLog { segments, runs: walked.runs, last: end.last })
    }
}

/// Removes segments, oldest first and each durably, so that a crash leaves no gap; takes each out of the list when it is
/// gone. A segment without a file was removed by an earlier try whose sync failed.
pub(crate) fn remove(storage: &dyn Storage, segments: &mut VecDeque<Sealed>) -> std::io::Result<()> {
    while let Some(segment) = segments.front() {
        match storage.remove(&path(segment.number)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => storage.sync_dir(DIR)?,
        }
        segments.pop_front();
    }
    Ok(())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const START: Position = Position { sequence: 5, last: Lsn(10), chain: 0 };

    fn rotated(number: u64, next: Position) -> SegmentSet {
        let mut set = SegmentSet::new(Vec::new(), START, 3);
        set.rotated(64, number, next);
        set
    }

    #[test]
    fn a_segment_that_has_ended_is_kept_before_the_one_that_goes_on() {
        let numbers = |set: &SegmentSet| set.kept().iter().map(|kept| kept.number).collect::<Vec<_>>();
        assert_eq!(numbers(&rotated(4, START)), [3, 4]);
        assert_eq!(numbers(&rotated(9, Position { sequence: 6, last: Lsn(11), chain: 1 })), [3, 9]);
    }

    #[test]
    #[should_panic(expected = "numbered upwards")]
    fn a_number_is_never_used_twice() {
        rotated(3, START);
    }

    #[test]
    #[should_panic(expected = "never numbered again")]
    fn records_are_not_numbered_again() {
        rotated(4, Position { last: Lsn(9), ..START });
    }
}
