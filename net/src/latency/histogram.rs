//! A histogram of durations. Its buckets end at the powers of two, as `LATENCY HISTOGRAM` of Redis tells them, and at the
//! durations that monitors ask for: of those each octave has at most one, so that a bucket is found without a search and
//! both are told exactly.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The durations at which monitors ask how many were at most so long, microseconds.
const EXPORTED: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

/// The longest power of two, 2^32 us: more than an hour. What takes longer is counted there.
const OCTAVES: usize = 33;

/// Two for each octave: up to what is exported within it, and the rest of it. The octave of number n ends at 2^n microseconds.
const BUCKETS: usize = 2 * OCTAVES;

/// The exported duration within each octave; [`u64::MAX`] where there is none.
const WITHIN: [u64; OCTAVES] = {
    let mut within = [u64::MAX; OCTAVES];
    let mut at = 0;
    while at < EXPORTED.len() {
        let octave = octave(EXPORTED[at]);
        assert!(within[octave] == u64::MAX, "an octave has one exported duration at most");
        within[octave] = EXPORTED[at];
        at += 1;
    }
    within
};

/// The octave of a duration: it is longer than half of what that ends at.
const fn octave(micros: u64) -> usize {
    let octave = (u64::BITS - micros.saturating_sub(1).leading_zeros()) as usize;
    if octave < OCTAVES { octave } else { OCTAVES - 1 }
}

/// A histogram that one thread writes and any thread reads.
#[derive(Debug)]
pub(super) struct Histogram {
    counts: [AtomicU64; BUCKETS],
    micros: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [const { AtomicU64::new(0) }; BUCKETS], micros: AtomicU64::new(0) }
    }
}

impl Histogram {
    /// So many took so long each. Called by one thread only: it adds without a locked instruction.
    #[inline]
    pub(super) fn took(&self, micros: u64, times: u64) {
        let octave = octave(micros);
        let bucket = 2 * octave + usize::from(micros > WITHIN[octave]);
        let add = |cell: &AtomicU64, more: u64| cell.store(cell.load(Relaxed).wrapping_add(more), Relaxed);
        add(&self.counts[bucket], times);
        add(&self.micros, micros.wrapping_mul(times));
    }

    pub(super) fn add_to(&self, sum: &mut Buckets) {
        for (sum, count) in sum.counts.iter_mut().zip(&self.counts) {
            *sum += count.load(Relaxed);
        }
        sum.micros = sum.micros.wrapping_add(self.micros.load(Relaxed));
    }
}

/// How many commands took how long, since the start of the server. It is never reset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Buckets {
    counts: [u64; BUCKETS],
    micros: u64,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { counts: [0; BUCKETS], micros: 0 }
    }
}

impl Buckets {
    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long all of them took together, microseconds.
    #[must_use]
    pub const fn micros(&self) -> u64 {
        self.micros
    }

    /// For each duration that monitors ask for, microseconds in rising order, from 100 us to 10 s: how many took at most so
    /// long. Those that took longer are in [`Buckets::count`] alone.
    pub fn exported(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        EXPORTED.iter().map(|&micros| (micros, self.counts[..=2 * octave(micros)].iter().sum()))
    }

    /// For each power of two up to which there are more than up to the one before, microseconds in rising order: how many took
    /// at most so long.
    #[must_use]
    pub fn octaves(&self) -> Vec<(u64, u64)> {
        let (mut upto, mut told) = (0, Vec::new());
        for octave in 0..OCTAVES {
            let more = self.counts[2 * octave] + self.counts[2 * octave + 1];
            if more > 0 {
                upto += more;
                told.push((1 << octave, upto));
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;

    fn of(durations: &[u64]) -> Buckets {
        let (histogram, mut buckets) = (Histogram::default(), Buckets::default());
        durations.iter().for_each(|micros| histogram.took(*micros, 1));
        histogram.add_to(&mut buckets);
        buckets
    }

    quickcheck! {
        /// What is told is exact, at every bound that is told.
        fn each_is_counted_up_to_its_bounds(durations: Vec<u32>) -> bool {
            let durations: Vec<u64> = durations.into_iter().map(|one| u64::from(one >> (one % 32))).collect();
            let buckets = of(&durations);
            let upto = |most: u64| durations.iter().filter(|one| **one <= most).count() as u64;
            buckets.exported().chain(buckets.octaves()).all(|(micros, count)| count == upto(micros))
                && buckets.count() == durations.len() as u64
                && buckets.micros() == durations.iter().sum::<u64>()
        }
    }

    #[test]
    fn a_duration_counts_at_its_bound_and_not_before() {
        let first = |micros| of(&[micros]).exported().find(|(_, count)| *count > 0).map(|(bound, _)| bound);
        for bound in EXPORTED {
            assert_eq!((first(bound), first(bound + 1) == Some(bound)), (Some(bound), false), "{bound}");
        }
        assert_eq!((first(0), first(10_000_001)), (Some(100), None));
        assert_eq!(of(&[0, 1, 2, 3, 4]).octaves(), [(1, 2), (2, 3), (4, 5)]);
        assert_eq!(of(&[u64::MAX]).octaves(), [(1 << 32, 1)], "however long it takes");
    }
}
