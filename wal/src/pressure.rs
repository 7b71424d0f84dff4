//! How the log is doing, for those who decide whether to take more work: atomics only.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::limits::{SLOW_REMEMBERED, STALLED_SYNC};

/// What speaks for taking less work. Cheap: a few atomics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Pressure {
    /// Appended, not yet durable, bytes.
    pub pending_bytes: usize,
    /// Less than `reserve_bytes` are free on the disk.
    pub low_space: bool,
    /// The running segment is almost full and the disk has no room for the next. What is appended all the same may
    /// have to wait until there is.
    pub out_of_space: bool,
    /// The running sync, or the last one within a second, is over `slow_sync`.
    pub slow: bool,
    /// The running sync takes longer than a second.
    pub stalled: bool,
    /// The log is poisoned or stopped.
    pub failed: bool,
    /// How long the last sync took, microseconds.
    pub sync_us: u64,
}

/// Counts since the log was started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Groups written, the empty ones among them.
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
    /// Free space on the disk when it was last looked at, bytes.
    pub free_bytes: u64,
}

/// Written by the committer (and the free space by whoever looks at it), read by anybody.
#[derive(Debug)]
pub(crate) struct Gauges {
    epoch: Instant,
    slow_sync_us: u64,
    /// Microseconds since `epoch`, plus one; 0 while no sync runs.
    sync_started: AtomicU64,
    sync_ended: AtomicU64,
    sync_us_last: AtomicU64,
    sync_us_max: AtomicU64,
    sync_us_total: AtomicU64,
    syncs: AtomicU64,
    groups: AtomicU64,
    records: AtomicU64,
    bytes: AtomicU64,
    written_bytes: AtomicU64,
    group_bytes_last: AtomicU64,
    group_records_last: AtomicU64,
    free_bytes: AtomicU64,
    pub(crate) low_space: AtomicBool,
    pub(crate) out_of_space: AtomicBool,
    pub(crate) failed: AtomicBool,
}

impl Gauges {
    pub(crate) fn new(slow_sync: Duration) -> Self {
        Self {
            epoch: Instant::now(),
            slow_sync_us: micros(slow_sync),
            sync_started: AtomicU64::new(0),
            sync_ended: AtomicU64::new(0),
            sync_us_last: AtomicU64::new(0),
            sync_us_max: AtomicU64::new(0),
            sync_us_total: AtomicU64::new(0),
            syncs: AtomicU64::new(0),
            groups: AtomicU64::new(0),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            written_bytes: AtomicU64::new(0),
            group_bytes_last: AtomicU64::new(0),
            group_records_last: AtomicU64::new(0),
            free_bytes: AtomicU64::new(u64::MAX),
            low_space: AtomicBool::new(false),
            out_of_space: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        micros(self.epoch.elapsed())
    }

    pub(crate) fn sync_begins(&self) -> u64 {
        let now = self.now();
        self.sync_started.store(now + 1, Relaxed);
        now
    }

    pub(crate) fn sync_ends(&self, began: u64) {
        let now = self.now();
        let took = now - began;
        self.sync_us_last.store(took, Relaxed);
        self.sync_us_max.fetch_max(took, Relaxed);
        self.sync_us_total.fetch_add(took, Relaxed);
        self.syncs.fetch_add(1, Relaxed);
        self.sync_ended.store(now, Relaxed);
        self.sync_started.store(0, Relaxed);
    }

    pub(crate) fn group_written(&self, records: u32, payload: u64, written: u64) {
        self.groups.fetch_add(1, Relaxed);
        self.written_bytes.fetch_add(written, Relaxed);
        if records > 0 {
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

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    fn slow(&self) -> bool {
        let started = self.sync_started.load(Relaxed);
        if started != 0 && self.now().saturating_sub(started - 1) > self.slow_sync_us {
            return true;
        }
        // A disk that nothing is asked of since cannot show that it has recovered: after a while it gets the chance.
        let last = self.sync_us_last.load(Relaxed);
        last > self.slow_sync_us
            && self.now().saturating_sub(self.sync_ended.load(Relaxed)) < micros(SLOW_REMEMBERED)
    }

    fn stalled(&self) -> bool {
        match self.sync_started.load(Relaxed) {
            0 => false,
            // What is not even slow has not stalled.
            started => self.now().saturating_sub(started - 1) > micros(STALLED_SYNC).max(self.slow_sync_us),
        }
    }

    pub(crate) fn pressure(&self, pending_bytes: usize) -> Pressure {
        Pressure {
            pending_bytes,
            low_space: self.low_space.load(Relaxed),
            out_of_space: self.out_of_space.load(Relaxed),
            slow: self.slow(),
            stalled: self.stalled(),
            failed: self.failed.load(Relaxed),
            sync_us: self.sync_us_last.load(Relaxed),
        }
    }

    pub(crate) fn stats(&self, segments: u64) -> Stats {
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
            segments,
            free_bytes: self.free_bytes.load(Relaxed),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_running_sync_is_slow_before_it_ends() {
        let gauges = Gauges::new(Duration::ZERO);
        assert!(!gauges.pressure(0).slow);
        let began = gauges.sync_begins();
        while gauges.now() <= began {}
        assert!(gauges.pressure(0).slow);
        gauges.sync_ends(began);
        assert!(gauges.pressure(0).slow);
        assert_eq!(gauges.stats(1).syncs, 1);
    }

    #[test]
    fn no_sync_is_slow_for_an_endless_patience() {
        let gauges = Gauges::new(Duration::MAX);
        let began = gauges.sync_begins();
        while gauges.now() <= began {}
        assert!(!gauges.pressure(0).slow);
    }

    #[test]
    fn a_sync_has_stalled_when_it_runs_for_long_and_is_slow() {
        for (slow, stalled) in [(Duration::ZERO, true), (STALLED_SYNC, true), (Duration::MAX, false)] {
            let gauges = Gauges::new(slow);
            let epoch = gauges.epoch - 2 * STALLED_SYNC;
            let gauges = Gauges { epoch, ..gauges };
            gauges.sync_started.store(1, Relaxed);
            assert_eq!(gauges.pressure(0).stalled, stalled, "{slow:?}");
        }
    }
}
