//! How the log is doing, for the decision whether to take more work: atomics only.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::format::{FLAG_OPEN, FLAG_SEAL};
use crate::limits::{
    BLOCK_BYTES, FAST_GROUP, FAST_GROUPS_MIN, KEPT_OF_LAST_SEGMENT, SLOW_REMEMBERED, STALLED,
};
use crate::options::Options;
use crate::write::histogram::{Histogram, Spread};

/// How the log and its disk are doing: each flag is a reason to take less work. Cheap to ask for: a few atomics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Pressure {
    /// Appended, not yet durable, bytes.
    pub pending_bytes: usize,
    /// Less than `reserve_bytes` are free on the disk.
    pub low_space: bool,
    /// The running segment has room for what was appended and no more, and the disk has no room for the next segment.
    pub out_of_space: bool,
    /// The running segment has room for what was appended and no more, and making the next segment fails for another
    /// reason: descriptors, permissions, a failing disk.
    pub no_segment: bool,
    /// The group in flight, or the last group if it ended within the last second, takes longer than `slow_sync` to be
    /// written and synced.
    pub slow: bool,
    /// The group in flight has been waiting for the disk for longer than [`crate::Options::stalled`].
    pub stalled: bool,
    /// The log is poisoned or stopped.
    pub failed: bool,
    /// How long the last sync took, microseconds.
    pub sync_us: u64,
}

impl Pressure {
    /// Whether nothing more should be appended: a record would find no place, or not be written for a long time, and
    /// replies that rest on it would wait as long.
    #[must_use]
    pub const fn takes_nothing(&self) -> bool {
        self.failed || self.out_of_space || self.no_segment || self.stalled
    }
}

/// Counts since the log was started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Groups written, with the empty ones.
    pub groups: u64,
    /// Records written.
    pub records: u64,
    /// Payload written: records with their framing, bytes.
    pub bytes: u64,
    /// Bytes written to segments, with headers and padding.
    pub written_bytes: u64,
    /// Syncs of groups.
    pub syncs: u64,
    /// How long the last sync took, microseconds.
    pub sync_us_last: u64,
    /// How long the longest sync took, microseconds.
    pub sync_us_max: u64,
    /// How long all syncs took, microseconds.
    pub sync_us_total: u64,
    /// Payload of the last group that held records, bytes.
    pub group_bytes_last: u64,
    /// Records of the last group that held any.
    pub group_records_last: u64,
    /// Segments that are kept, with the running one.
    pub segments: u64,
    /// Segments that are kept for readers alone, under names of their own.
    pub past_segments: u64,
    /// Those of them that are thinned.
    pub past_thinned: u64,
    /// What they take on the disk, bytes.
    pub past_bytes: u64,
    /// What the log and the past segments take on the disk, bytes. The running segment and the one made ahead count with their full length.
    pub disk_bytes: u64,
    /// How often making the next segment failed for another reason than want of room.
    pub segments_failed: u64,
    /// Free space on the disk when it was last looked at, bytes.
    pub free_bytes: u64,
}

/// What groups were like since the log was started.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GroupStats {
    /// How long a write and its sync took, microseconds.
    pub sync_us: Spread,
    /// How many records a group with any had.
    pub records: Spread,
}

/// Bounds of the histogram of syncs, microseconds: as fine below a millisecond as above, since disks are on both sides.
const SYNC_BOUNDS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];
/// Bounds of the histogram of records in a group.
const RECORDS_BOUNDS: [u64; 8] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];

/// The state of the segment after the running one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// It is there, or being made.
    Coming,
    /// The disk has no room for it.
    NoRoom,
    /// Making it fails.
    Fails,
}

/// The figures of a running log. The committer writes them, and the free space is written after each look at it; any
/// thread reads them.
#[derive(Debug)]
pub(crate) struct Gauges {
    epoch: Instant,
    slow_sync_us: u64,
    stalled_us: u64,
    /// The end of the running segment that takes nothing new while there is no next segment, bytes: with room for a proof
    /// and a seal.
    kept: u64,
    /// What is left of the running segment, bytes.
    left: AtomicU64,
    next: AtomicU8,
    segments_failed: AtomicU64,
    /// When the group in flight was taken: microseconds since `epoch`, plus one; 0 while there is none.
    group_began: AtomicU64,
    group_ended: AtomicU64,
    group_us_last: AtomicU64,
    /// The number of fast groups in a row, up to the last one.
    fast_groups: AtomicU64,
    sync_us_last: AtomicU64,
    sync_us_max: AtomicU64,
    sync_us_total: AtomicU64,
    syncs: AtomicU64,
    sync_us: Histogram<{ SYNC_BOUNDS.len() }>,
    group_records: Histogram<{ RECORDS_BOUNDS.len() }>,
    groups: AtomicU64,
    records: AtomicU64,
    bytes: AtomicU64,
    written_bytes: AtomicU64,
    record_bytes: AtomicU64,
    group_bytes_last: AtomicU64,
    group_records_last: AtomicU64,
    free_bytes: AtomicU64,
    pub(crate) low_space: AtomicBool,
    pub(crate) failed: AtomicBool,
}

impl Gauges {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            epoch: Instant::now(),
            slow_sync_us: micros(options.slow_sync),
            // A disk that does not even count as slow has not stalled.
            stalled_us: micros(options.stalled.unwrap_or(STALLED.max(options.slow_sync))),
            kept: options.segment_bytes / KEPT_OF_LAST_SEGMENT + 2 * BLOCK_BYTES as u64,
            left: AtomicU64::new(u64::MAX),
            next: AtomicU8::new(Next::Coming as u8),
            segments_failed: AtomicU64::new(0),
            group_began: AtomicU64::new(0),
            group_ended: AtomicU64::new(0),
            group_us_last: AtomicU64::new(0),
            fast_groups: AtomicU64::new(0),
            sync_us_last: AtomicU64::new(0),
            sync_us_max: AtomicU64::new(0),
            sync_us_total: AtomicU64::new(0),
            syncs: AtomicU64::new(0),
            sync_us: Histogram::new(&SYNC_BOUNDS),
            group_records: Histogram::new(&RECORDS_BOUNDS),
            groups: AtomicU64::new(0),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            written_bytes: AtomicU64::new(0),
            record_bytes: AtomicU64::new(0),
            group_bytes_last: AtomicU64::new(0),
            group_records_last: AtomicU64::new(0),
            free_bytes: AtomicU64::new(u64::MAX),
            low_space: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        micros(self.epoch.elapsed())
    }

    /// A group was taken. Called before the disk is asked for anything, as a write may hang as well as a sync. A
    /// group that has to wait for the next segment begins twice, and the first time counts.
    pub(crate) fn group_begins(&self) {
        let _ = self.group_began.compare_exchange(0, self.now() + 1, Relaxed, Relaxed);
    }

    /// The group is durable.
    pub(crate) fn group_ends(&self) {
        let (now, began) = (self.now(), self.group_began.swap(0, Relaxed));
        let took = now.saturating_sub(began.saturating_sub(1));
        self.group_us_last.store(took, Relaxed);
        let fast = if took <= micros(FAST_GROUP) { self.fast_groups.load(Relaxed) + 1 } else { 0 };
        self.fast_groups.store(fast, Relaxed);
        self.group_ended.store(now, Relaxed);
    }

    pub(crate) fn synced(&self, took: Duration) {
        let took = micros(took);
        self.sync_us_last.store(took, Relaxed);
        self.sync_us_max.fetch_max(took, Relaxed);
        self.sync_us_total.fetch_add(took, Relaxed);
        self.syncs.fetch_add(1, Relaxed);
        self.sync_us.add(took);
    }

    /// How long the last group took from when it was taken until it was durable, microseconds.
    pub(crate) fn group_us_last(&self) -> u64 {
        self.group_us_last.load(Relaxed)
    }

    /// Whether the disk has been fast for a while, so that a thread may wait for it.
    pub(crate) fn is_fast(&self) -> bool {
        self.fast_groups.load(Relaxed) >= FAST_GROUPS_MIN
    }

    /// The running segment has `bytes` left.
    pub(crate) fn room_left(&self, bytes: u64) {
        self.left.store(bytes, Relaxed);
    }

    pub(crate) fn set_next(&self, next: Next) {
        self.next.store(next as u8, Relaxed);
    }

    pub(crate) fn next(&self) -> Next {
        match self.next.load(Relaxed) {
            next if next == Next::NoRoom as u8 => Next::NoRoom,
            next if next == Next::Fails as u8 => Next::Fails,
            _ => Next::Coming,
        }
    }

    pub(crate) fn segment_failed(&self) {
        self.segments_failed.fetch_add(1, Relaxed);
    }

    /// A group of `records` is durable: `payload` bytes with their framing, `written` bytes with header and padding.
    pub(crate) fn group_written(&self, records: u32, payload: u64, written: u64, flags: u16) {
        self.groups.fetch_add(1, Relaxed);
        self.written_bytes.fetch_add(written, Relaxed);
        if flags & (FLAG_OPEN | FLAG_SEAL) == 0 {
            self.record_bytes.fetch_add(written, Relaxed);
        }
        if records > 0 {
            self.group_records.add(records.into());
            self.records.fetch_add(records.into(), Relaxed);
            self.bytes.fetch_add(payload, Relaxed);
            self.group_bytes_last.store(payload, Relaxed);
            self.group_records_last.store(records.into(), Relaxed);
        }
    }

    pub(crate) fn free_space(&self, free: u64, reserve: u64) {
        self.free_bytes.store(free, Relaxed);
        self.low_space.store(free < reserve, Relaxed);
    }

    pub(crate) fn free(&self) -> u64 {
        self.free_bytes.load(Relaxed)
    }

    pub(crate) fn record_bytes(&self) -> u64 {
        self.record_bytes.load(Relaxed)
    }

    /// For how long the group in flight has been so, microseconds; 0 if there is none.
    fn group_runs(&self) -> u64 {
        match self.group_began.load(Relaxed) {
            0 => 0,
            began => self.now().saturating_sub(began - 1),
        }
    }

    fn slow(&self, runs: u64) -> bool {
        // A disk that has been idle since could not show that it is fast again: after a while it gets the chance.
        runs > self.slow_sync_us
            || self.group_us_last.load(Relaxed) > self.slow_sync_us
                && self.now().saturating_sub(self.group_ended.load(Relaxed)) < micros(SLOW_REMEMBERED)
    }

    pub(crate) fn pressure(&self, pending_bytes: usize) -> Pressure {
        let runs = self.group_runs();
        let next = self.next();
        // What was appended still has its place before the kept end, so no reply ever rests on a record without a place.
        let at_the_end = next != Next::Coming && self.left.load(Relaxed) < self.kept + pending_bytes as u64;
        Pressure {
            pending_bytes,
            low_space: self.low_space.load(Relaxed),
            out_of_space: at_the_end && next == Next::NoRoom,
            no_segment: at_the_end && next == Next::Fails,
            slow: self.slow(runs),
            // A group without a place waits for the next segment, not for an answer of the disk.
            stalled: runs > self.stalled_us && !at_the_end,
            failed: self.failed.load(Relaxed),
            sync_us: self.sync_us_last.load(Relaxed),
        }
    }

    pub(crate) fn group_stats(&self) -> GroupStats {
        GroupStats { sync_us: self.sync_us.spread(), records: self.group_records.spread() }
    }

    /// The figures, without those of the segments.
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            groups: self.groups.load(Relaxed),
            records: self.records.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            written_bytes: self.written_bytes.load(Relaxed),
            syncs: self.syncs.load(Relaxed),
            sync_us_last: self.sync_us_last.load(Relaxed),
            sync_us_max: self.sync_us_max.load(Relaxed),
            sync_us_total: self.sync_us_total.load(Relaxed),
            group_bytes_last: self.group_bytes_last.load(Relaxed),
            group_records_last: self.group_records_last.load(Relaxed),
            segments_failed: self.segments_failed.load(Relaxed),
            free_bytes: self.free_bytes.load(Relaxed),
            ..Stats::default()
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn gauges(slow_sync: Duration) -> Gauges {
        Gauges::new(&Options { slow_sync, ..Options::default() })
    }

    #[test]
    fn a_group_on_its_way_is_slow_before_it_is_durable() {
        let gauges = gauges(Duration::ZERO);
        assert!(!gauges.pressure(0).slow);
        gauges.group_begins();
        while gauges.group_runs() == 0 {}
        assert!(gauges.pressure(0).slow);
        gauges.group_ends();
        assert!(gauges.pressure(0).slow);
    }

    #[test]
    fn no_group_is_slow_for_an_endless_patience() {
        let gauges = gauges(Duration::MAX);
        gauges.group_begins();
        while gauges.group_runs() == 0 {}
        assert!(!gauges.pressure(0).slow);
    }

    #[test]
    fn what_was_appended_has_its_place_before_the_kept_end() {
        let gauges = gauges(Duration::MAX);
        let kept = Options::default().segment_bytes / KEPT_OF_LAST_SEGMENT + 2 * BLOCK_BYTES as u64;
        gauges.room_left(kept + 100);
        let seen = |pending| {
            let pressure = gauges.pressure(pending);
            (pressure.out_of_space, pressure.no_segment)
        };
        assert_eq!(seen(101), (false, false), "the next segment is there");
        gauges.set_next(Next::NoRoom);
        assert_eq!((seen(100), seen(101)), ((false, false), (true, false)));
        gauges.set_next(Next::Fails);
        assert_eq!((seen(100), seen(101)), ((false, false), (false, true)));
    }

    #[test]
    fn a_group_has_stalled_when_it_runs_for_long_and_is_slow() {
        for (slow, stalled) in [(Duration::ZERO, true), (STALLED, true), (Duration::MAX, false)] {
            let gauges = gauges(slow);
            let gauges = Gauges { epoch: gauges.epoch - 2 * STALLED, ..gauges };
            gauges.group_began.store(1, Relaxed);
            assert_eq!(gauges.pressure(0).stalled, stalled, "{slow:?}");
        }
    }
}
