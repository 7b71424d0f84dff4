//! How much memory is used, and what no longer fits: new work is refused long before an allocation can fail.
//!
//! What is used is measured by whoever starts the engine, as the operating system counts it, so nothing is forgotten: log
//! that waits, connections, feeds, what the allocator keeps. It is looked at so often that events cannot grow past a margin
//! between two looks; on the way of a command one atomic is read.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use holdfast_wal::Lsn;
use parking_lot::Mutex;

use crate::limits;

/// What the process uses at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MemoryUse {
    /// What counts against the limit, bytes.
    pub counted: u64,
    /// What is in the machine's memory, bytes.
    pub resident: u64,
}

/// How much memory the process may use.
#[derive(Clone)]
pub struct MemoryLimit {
    /// Bytes.
    pub max: u64,
    /// Tells what is used; `None` if the system does not tell it.
    pub used: Arc<dyn Fn() -> Option<MemoryUse> + Send + Sync>,
    /// Gives the system what is free inside. Other threads may wait for memory meanwhile.
    pub give_back: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.max)
    }
}

/// Figures of the memory, bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MemoryStats {
    /// The limit; 0: there is none.
    pub max: u64,
    /// What counts against it.
    pub used: u64,
    /// The most that has counted against it, of what was seen.
    pub peak: u64,
    /// What is in the machine's memory.
    pub resident: u64,
    /// What events take, as an estimate.
    pub events: u64,
    /// What the snapshot takes that is being made.
    pub snapshot: u64,
    /// What the next snapshot is expected to take: the largest event, and where its records stand in the log.
    pub snapshot_needs: u64,
    /// What is used and free again inside: for new work, but not for other processes.
    pub reusable: u64,
}

/// The memory of the process, shared by whoever fills it. By default it has no limit.
#[derive(Debug, Default)]
pub struct MemoryGauge {
    limit: Option<MemoryLimit>,
    level: AtomicU8,
    /// What all events take, bytes, as an estimate, and what the largest has taken.
    events: AtomicU64,
    largest: AtomicU64,
    /// Records since the newest snapshot.
    snapshot_lsn: AtomicU64,
    /// What the snapshot takes that is being made, bytes.
    making: AtomicU64,
    /// What the last snapshot has left behind in the allocator, bytes: the next one takes it first.
    retained: AtomicU64,
    /// What was freed that the system may have back, bytes, as an estimate.
    freed: AtomicU64,
    judge: Mutex<Judge>,
}

/// What still fits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Level {
    Enough,
    /// Nothing new.
    Low,
    /// Nothing that writes.
    Full,
}

/// What was seen at one look, bytes.
#[derive(Clone, Copy, Default, Debug)]
struct Seen {
    counted: u64,
    resident: u64,
    events: u64,
    making: u64,
    retained: u64,
    needs: u64,
}

/// Remembers from look to look what events have freed that the operating system was not given back.
#[derive(Debug, Default)]
struct Judge {
    last: Seen,
    reusable: u64,
    peak: u64,
}

impl Judge {
    /// What still fits below `max`, and how many bytes are left until less does.
    fn look(&mut self, max: u64, seen: Seen) -> (Level, u64) {
        let grown = |now: u64, before: u64| now as i64 - before as i64;
        let given_back =
            (grown(seen.counted, self.last.counted) - grown(seen.making, self.last.making)).min(0);
        let freed = given_back - grown(seen.events, self.last.events);
        self.reusable = self.reusable.saturating_add_signed(freed);
        self.last = seen;
        self.peak = self.peak.max(seen.counted);
        let used = seen.counted.saturating_sub(self.reusable);
        let ahead = seen.needs.saturating_sub(seen.making.max(seen.retained));
        let (low, full) = (max / 100 * limits::MEMORY_NEW_WORK, max / 100 * limits::MEMORY_PROGRESS);
        match (used + ahead < low, used < full) {
            (true, _) => (Level::Enough, low - used - ahead),
            (false, true) => (Level::Low, full - used),
            (false, false) => (Level::Full, 0),
        }
    }
}

impl MemoryGauge {
    /// A gauge for this limit; without one there is always enough.
    pub(crate) fn new(limit: Option<MemoryLimit>) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Whether nothing new fits, and whether nothing fits at all.
    pub(crate) fn is_short(&self) -> (bool, bool) {
        let level = self.level.load(Relaxed);
        (level >= Level::Low as u8, level >= Level::Full as u8)
    }

    /// An event that took `before` bytes takes `now`.
    pub(crate) fn event_takes(&self, before: u64, now: u64) {
        // Wraps both ways: the sum is right.
        self.events.fetch_add(now.wrapping_sub(before), Relaxed);
        self.largest.fetch_max(now, Relaxed);
    }

    /// So many bytes were freed for long, all over the memory: by an event that went to rest, say.
    pub(crate) fn frees(&self, bytes: u64) {
        self.freed.fetch_add(bytes, Relaxed);
    }

    /// Gives the system back what was freed, if that is worth it; returns how much it was. An allocator keeps it else, as it
    /// lies everywhere between what is not free.
    ///
    /// Not for a thread that sells: it may take some milliseconds, and others that allocate meanwhile may wait for a part of
    /// that.
    pub(crate) fn give_back(&self) -> Option<u64> {
        let limit = self.limit.as_ref()?;
        let freed = self.freed.load(Relaxed);
        if freed < limits::MEMORY_GIVEN_BACK {
            return None;
        }
        self.freed.fetch_sub(freed, Relaxed);
        // The next snapshot does not find it any more.
        self.retained.store(0, Relaxed);
        (limit.give_back)();
        Some(freed)
    }

    /// A snapshot that is being made takes so many bytes.
    pub(crate) fn making(&self, bytes: u64) {
        self.making.store(bytes, Relaxed);
    }

    /// A snapshot holds everything up to this record.
    pub(crate) fn snapshot_is_at(&self, lsn: Lsn) {
        self.snapshot_lsn.fetch_max(lsn.0, Relaxed);
    }

    /// What a snapshot of all that is appended would take beside the events, bytes.
    fn snapshot_needs(&self, appended: Lsn) -> u64 {
        let records = appended.0.saturating_sub(self.snapshot_lsn.load(Relaxed));
        self.largest.load(Relaxed) + records * limits::SNAPSHOT_RECORD_BYTES
    }

    /// Runs the making of a snapshot, and sees how much it has left behind in the allocator.
    pub(crate) fn watching_snapshot<T>(&self, appended: Lsn, make: impl FnOnce() -> T) -> T {
        let beside = |seen: Option<Seen>| seen.map_or(0, |seen| seen.counted.saturating_sub(seen.events));
        let before = beside(self.see(appended));
        let made = make();
        self.making(0);
        let left = beside(self.see(appended)).saturating_sub(before);
        // What an earlier one has left is used by this one.
        self.retained.fetch_max(left, Relaxed);
        made
    }

    /// By how many bytes a snapshot would go over the limit; `None` if it fits.
    pub(crate) fn snapshot_misses(&self, appended: Lsn) -> Option<u64> {
        let max = self.limit.as_ref()?.max;
        let seen = self.see(appended)?;
        (seen.counted + seen.needs)
            .saturating_sub(seen.retained)
            .checked_sub(max)
            .filter(|missing| *missing > 0)
    }

    /// What is used, and the limit, if `more` bytes would go over the limit.
    pub(crate) fn misses(&self, more: u64) -> Option<(u64, u64)> {
        let limit = self.limit.as_ref()?;
        let used = (limit.used)()?.counted;
        (used + more > limit.max).then_some((used, limit.max))
    }

    fn see(&self, appended: Lsn) -> Option<Seen> {
        let MemoryUse { counted, resident } = (self.limit.as_ref()?.used)()?;
        Some(Seen {
            counted,
            resident,
            events: self.events.load(Relaxed),
            making: self.making.load(Relaxed),
            retained: self.retained.load(Relaxed),
            needs: self.snapshot_needs(appended),
        })
    }

    /// Looks at what is used, and says when to look again. `None`: there is no limit, or nothing to look at.
    pub(crate) fn look(&self, appended: Lsn) -> Option<Duration> {
        let max = self.limit.as_ref()?.max;
        let seen = self.see(appended)?;
        let mut judge = self.judge.lock();
        let (level, left) = judge.look(max, seen);
        self.level.store(level as u8, Relaxed);
        let nanos = left.saturating_mul(1_000_000_000) / limits::MEMORY_GROWTH_MAX;
        Some(Duration::from_nanos(nanos).clamp(limits::MEMORY_LOOKED_AT_LEAST, limits::MEMORY_LOOKED_AT_MOST))
    }

    pub(crate) fn stats(&self) -> MemoryStats {
        let judge = self.judge.lock();
        let Seen { counted, resident, events, making, needs, .. } = judge.last;
        MemoryStats {
            max: self.limit.as_ref().map_or(0, |limit| limit.max),
            used: counted,
            peak: judge.peak,
            resident,
            events,
            snapshot: making,
            snapshot_needs: needs,
            reusable: judge.reusable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u64 = 1_000;

    fn seen(counted: u64, events: u64) -> Seen {
        Seen { counted, events, ..Seen::default() }
    }

    #[test]
    fn new_work_ends_before_what_is_running() {
        let look = |counted| Judge::default().look(MAX, seen(counted, 0)).0;
        assert_eq!([899, 900, 969, 970].map(look), [Level::Enough, Level::Low, Level::Low, Level::Full]);
    }

    #[test]
    fn the_next_snapshot_has_its_room_and_counts_once() {
        let look = |making, retained| {
            Judge::default()
                .look(MAX, Seen { counted: 500, making, retained, needs: 500, ..Seen::default() })
                .0
        };
        assert_eq!(look(0, 0), Level::Low, "no snapshot could be made");
        assert_eq!(look(101, 0), Level::Enough, "what it has taken is in what is used");
        assert_eq!(look(0, 101), Level::Enough, "what the last one has left is there for the next");
    }

    #[test]
    fn what_events_free_is_there_again_unless_the_system_got_it_back() {
        let mut judge = Judge::default();
        assert_eq!(judge.look(MAX, seen(950, 800)).0, Level::Low);
        assert_eq!(judge.look(MAX, seen(950, 700)), (Level::Enough, 50), "keys were forgotten");
        assert_eq!(judge.look(MAX, seen(950, 750)), (Level::Low, 70), "and half of it is used again");
        assert_eq!(judge.look(MAX, seen(900, 750)), (Level::Low, 70), "the rest went back to the system");
        assert_eq!((judge.reusable, judge.peak), (0, 950));
    }

    #[test]
    fn a_snapshot_that_is_freed_leaves_what_events_have_freed() {
        let mut judge = Judge::default();
        judge.look(MAX, seen(900, 700));
        judge.look(MAX, seen(900, 600));
        judge.look(MAX, Seen { making: 50, ..seen(950, 600) });
        judge.look(MAX, seen(900, 600));
        assert_eq!(judge.reusable, 100);
    }

    #[test]
    fn what_is_freed_is_given_back_when_it_is_worth_it_and_is_then_no_room_for_a_snapshot() {
        let given = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&given);
        let give_back = Arc::new(move || {
            count.fetch_add(1, Relaxed);
        });
        let used = Arc::new(|| Some(MemoryUse::default()));
        let gauge = MemoryGauge::new(Some(MemoryLimit { max: MAX, used, give_back }));
        gauge.retained.store(7, Relaxed);
        gauge.frees(limits::MEMORY_GIVEN_BACK - 1);
        assert_eq!((gauge.give_back(), given.load(Relaxed), gauge.retained.load(Relaxed)), (None, 0, 7));
        gauge.frees(2);
        assert_eq!(gauge.give_back(), Some(limits::MEMORY_GIVEN_BACK + 1));
        assert_eq!((gauge.give_back(), given.load(Relaxed), gauge.retained.load(Relaxed)), (None, 1, 0));
    }

    #[test]
    fn the_less_is_left_the_sooner_it_is_looked_at() {
        let used = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&used);
        let used_now = move || Some(MemoryUse { counted: told.load(Relaxed), resident: 0 });
        let gauge = MemoryGauge::new(Some(MemoryLimit {
            max: 1 << 30,
            used: Arc::new(used_now),
            give_back: Arc::new(|| {}),
        }));
        let look = |counted| {
            used.store(counted, Relaxed);
            gauge.look(Lsn::ZERO).map(|again| (gauge.is_short(), again))
        };
        assert_eq!(look(0), Some(((false, false), limits::MEMORY_LOOKED_AT_MOST)));
        let (short, soon) = look((1 << 30) / 100 * 89).expect("there is a limit");
        assert_eq!((short, soon < limits::MEMORY_LOOKED_AT_MOST), ((false, false), true));
        assert_eq!(look((1 << 30) / 100 * 96).map(|(short, _)| short), Some((true, false)));
        assert_eq!(look(1 << 30), Some(((true, true), limits::MEMORY_LOOKED_AT_LEAST)));
        assert_eq!(MemoryGauge::default().look(Lsn::ZERO), None);
    }
}
