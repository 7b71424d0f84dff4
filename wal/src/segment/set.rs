//! The segments that are kept, oldest first: reading and removing start here.

use std::collections::VecDeque;

use crate::error::{OpenError, ReadError};
use crate::limits::SEGMENT_COUNTS_FOR;
use crate::lsn::Lsn;
use crate::segment::file::{Position, Segment, path};
use crate::segment::mapped::SealedLog;
use crate::segment::past::{History, Past};
use crate::segment::walk::{start_of, walk};
use crate::storage::Storage;

/// What a segment is kept for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeptAs {
    /// For readers alone, as it was written.
    Past,
    /// For readers alone, with some of its records.
    Thinned,
    /// A part of the log that has ended.
    Sealed,
    /// The part of the log that is written to.
    Running,
}

/// A segment that is kept, and the records that it holds. Known without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeptSegment {
    /// Its number; that of the next segment is larger.
    pub number: u64,
    /// Its first record; if it holds none, the first record after it.
    pub first: Lsn,
    /// The newest record up to its end; `None` for the running segment, which has no end yet.
    pub last: Option<Lsn>,
    /// What it is kept for.
    pub kept_as: KeptAs,
    /// What it counts for where a number of bytes is to be kept: what it takes on the disk, and a 64th of a segment at
    /// least. 0 for the running segment.
    pub weight: u64,
    /// Another number each time that it is thinned: places in another edition are of no use.
    pub edition: u64,
}

impl KeptSegment {
    /// Its file, in the data directory.
    #[must_use]
    pub fn path(&self) -> String {
        let is_thinned = match self.kept_as {
            KeptAs::Sealed | KeptAs::Running => return path(self.number),
            KeptAs::Past => false,
            KeptAs::Thinned => true,
        };
        let Self { number, first, edition, weight: bytes, .. } = *self;
        Past { number, first, last: self.last.unwrap_or(first), is_thinned, bytes, edition }.path()
    }
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
        let (number, first, last) = (self.number, self.first, Some(self.last));
        KeptSegment { number, first, last, kept_as: KeptAs::Sealed, weight: self.weight(), edition: 0 }
    }
}

/// The past segments, the sealed segments and the start of the running one. Shared under a lock, which is never held while one is read.
#[derive(Debug)]
pub(crate) struct SegmentSet {
    pub(crate) history: History,
    /// What a past segment counts for at least, bytes.
    past_weighs: u64,
    sealed: VecDeque<Sealed>,
    /// Where the running segment starts: the sealed ones have to reach up to there.
    running: Position,
    running_number: u64,
    /// A segment that is gone from the directory, or has another name there, by a sync that failed: a crash may bring it
    /// back. Segments that are younger stay as long as the running one does not say that it is gone.
    doubtful: Option<u64>,
}

/// What [`crate::Log::release`] has removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Released {
    /// How many segments were removed.
    pub segments: u64,
    /// What they took on the disk, bytes.
    pub bytes: u64,
    /// The oldest record of the log; if there is none, the LSN that the next record will have.
    pub first: Lsn,
}

impl SegmentSet {
    pub(crate) fn new(sealed: Vec<Sealed>, running: Position, running_number: u64) -> Self {
        let history = History::default();
        let sealed = sealed.into();
        Self { history, past_weighs: 0, sealed, running, running_number, doubtful: None }
    }

    /// With these past segments, from a log with segments of this many bytes.
    pub(crate) fn with_history(self, past: VecDeque<Past>, segment_bytes: u64) -> Self {
        Self { history: History::new(past), past_weighs: segment_bytes / SEGMENT_COUNTS_FOR, ..self }
    }

    /// The running segment, of `bytes` bytes, has ended at `next`, where segment `number` goes on. It says that all before
    /// `oldest` are gone.
    ///
    /// The asserts cannot fire: the committer counts groups and records upwards, and the maker of segments gives each
    /// try a larger number than the one before, starting after the running segment.
    pub(crate) fn rotated(&mut self, bytes: u64, (number, oldest): (u64, u64), next: Position) {
        assert!(number > self.running_number, "segments are numbered upwards");
        assert!(next.sequence >= self.running.sequence, "the log only grows");
        assert!(next.last >= self.running.last, "a record is never numbered again");
        let first = self.running.last.next();
        let (number_before, last) = (self.running_number, next.last);
        self.sealed.push_back(Sealed { number: number_before, first, last, length: bytes, bytes });
        self.running = next;
        self.running_number = number;
        self.doubtful = self.doubtful.filter(|doubtful| *doubtful >= oldest);
    }

    /// The sync failed that was to make it last that this segment is gone.
    pub(crate) fn doubt(&mut self, number: u64) {
        self.doubtful = self.doubtful.max(Some(number));
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

    /// The oldest sealed segment as a past one, if there is a segment after it.
    pub(crate) fn oldest_as_past(&self) -> Option<Past> {
        let sealed = self.sealed.front()?;
        let next = self.sealed.get(1).map_or(self.running.last.next(), |next| next.first);
        let Sealed { number, first, bytes, .. } = *sealed;
        Some(Past { number, first, last: next.previous(), is_thinned: false, bytes, edition: 0 })
    }

    /// Takes the oldest sealed segment out of the set.
    pub(crate) fn take_oldest(&mut self) -> VecDeque<Sealed> {
        self.sealed.pop_front().into_iter().collect()
    }

    /// The oldest sealed segment has become a past one.
    pub(crate) fn retired(&mut self, past: Past) {
        self.sealed.pop_front();
        self.history.segments.push_back(past);
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

    /// The oldest segment of the log.
    pub(crate) fn oldest(&self) -> u64 {
        self.sealed.front().map_or(self.running_number, |sealed| sealed.number)
    }

    /// The oldest record of the log.
    pub(crate) fn first(&self) -> Lsn {
        self.sealed.front().map_or(self.running.last.next(), |sealed| sealed.first)
    }

    /// Which sealed segments may hold records at or after `from`. They are mapped without the lock: that reads them, and the committer
    /// needs the lock to go on with the next segment.
    pub(crate) fn seek(&self, from: Lsn) -> Result<Sought, ReadError> {
        if from < self.first() {
            return Err(ReadError::Released { from, first: self.first() });
        }
        let is_empty = from > self.running.last;
        let sealed = self.sealed.iter().rev().filter(|_| !is_empty);
        Ok(Sought { numbers: sealed.map(|sealed| sealed.number).collect(), from, end: self.running })
    }

    pub(crate) fn bytes_but_oldest(&self) -> u64 {
        self.ended().skip(1).map(|kept| kept.weight).sum()
    }

    /// The segments that nothing is written to any more, oldest first.
    fn ended(&self) -> impl Iterator<Item = KeptSegment> + '_ {
        let past = self.history.segments.iter().map(|past| self.kept_past(past));
        past.chain(self.sealed.iter().map(Sealed::kept))
    }

    fn kept_past(&self, past: &Past) -> KeptSegment {
        let Past { number, first, last, is_thinned, bytes, edition } = *past;
        let kept_as = if is_thinned { KeptAs::Thinned } else { KeptAs::Past };
        KeptSegment { number, first, last: Some(last), kept_as, weight: bytes.max(self.past_weighs), edition }
    }

    /// Every segment, oldest first, the running one last.
    pub(crate) fn kept(&self) -> Vec<KeptSegment> {
        self.ended().chain([self.running()]).collect()
    }

    /// The oldest segment after this number.
    pub(crate) fn after(&self, number: u64) -> Option<KeptSegment> {
        let past = self.history.segments.partition_point(|past| past.number <= number);
        if let Some(past) = self.history.segments.get(past) {
            return Some(self.kept_past(past));
        }
        let at = self.sealed.partition_point(|sealed| sealed.number <= number);
        let sealed = self.sealed.get(at).map(Sealed::kept);
        sealed.or_else(|| (self.running_number > number).then(|| self.running()))
    }

    fn running(&self) -> KeptSegment {
        let (number, first) = (self.running_number, self.running.last.next());
        KeptSegment { number, first, last: None, kept_as: KeptAs::Running, weight: 0, edition: 0 }
    }

    /// The edition in which a segment is kept now; 0 if it is not.
    pub(crate) fn edition(&self, number: u64) -> u64 {
        self.history.find(number).map_or(0, |past| past.edition)
    }

    /// The path of a segment, and the newest record up to its end: `None` for the running segment. `None` as a whole if
    /// this edition is not kept.
    pub(crate) fn look_up(&self, number: u64, edition: u64) -> Option<(String, Option<Lsn>)> {
        if let Some(past) = self.history.find(number) {
            return (past.edition == edition).then(|| (past.path(), Some(past.last)));
        }
        if number == self.running_number {
            return Some((path(number), None));
        }
        let at = self.sealed.partition_point(|sealed| sealed.number < number);
        let sealed = self.sealed.get(at).filter(|sealed| sealed.number == number)?;
        Some((path(number), Some(sealed.last)))
    }

    /// Takes the oldest segments out of the set, as long as they hold no record after `upto` and those that have ended and
    /// are left count for `keep` bytes or more; none that is younger than one that may come back. Returns the sealed ones;
    /// the past ones are [obsolete](History) now, and their number and bytes are returned.
    pub(crate) fn take_upto(&mut self, upto: Lsn, keep: u64) -> (VecDeque<Sealed>, Released) {
        let mut left: u64 = self.ended().map(|kept| kept.weight).sum();
        let goes = |kept: &KeptSegment| {
            left = left.saturating_sub(kept.weight);
            kept.last.is_some_and(|last| last <= upto) && left >= keep
        };
        let mut count = self.ended().take_while(goes).count();
        let past = count.min(self.history.segments.len());
        if self.doubtful.is_some() {
            count = past;
        }
        let sealed: VecDeque<_> = self.sealed.drain(..count - past).collect();
        let past_bytes: u64 = self.history.segments.iter().take(past).map(|past| past.bytes).sum();
        let bytes = past_bytes + sealed.iter().map(|sealed| sealed.bytes).sum::<u64>();
        self.history.drop_oldest(past);
        (sealed, Released { segments: count as u64, bytes, first: Lsn::ZERO })
    }

    /// Takes back the segments that could not be removed, so that their removal is tried again.
    pub(crate) fn take_back(&mut self, mut taken: VecDeque<Sealed>) {
        taken.append(&mut self.sealed);
        self.sealed = taken;
    }
}

/// Sealed segments, not yet mapped.
#[derive(Debug)]
pub(crate) struct Sought {
    /// Newest first.
    numbers: Vec<u64>,
    from: Lsn,
    end: Position,
}

impl Sought {
    /// Maps those that hold such records. One that is removed meanwhile cannot be read; one that is mapped stays readable.
    pub(crate) fn map(self, storage: &dyn Storage) -> Result<Mapped, ReadError> {
        let Self { numbers, from, end } = self;
        let Some(oldest) = numbers.last().copied() else {
            return Ok(Mapped { segments: Vec::new(), start: end, end });
        };
        let mut segments = Vec::new();
        for number in numbers {
            let segment = Segment::map(storage, number)?;
            let start = start_of(&segment).filter(|start| start.last < from);
            segments.push(segment);
            if let Some(start) = start {
                segments.reverse();
                return Ok(Mapped { segments, start, end });
            }
        }
        Err(ReadError::Corruption {
            file: path(oldest),
            segment: oldest,
            offset: crate::limits::BLOCK_BYTES as u64,
            group: 0,
            reason: format!("the first group of the segment, which is older than record {from}, is damaged"),
        })
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const START: Position = Position { sequence: 5, last: Lsn(10), chain: 0 };

    fn rotated(number: u64, next: Position) -> SegmentSet {
        let mut set = SegmentSet::new(Vec::new(), START, 3);
        set.rotated(64, (number, 3), next);
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
