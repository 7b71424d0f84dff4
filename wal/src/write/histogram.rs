//! Histograms: adding to one is two additions.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many were at most so large.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Spread {
    /// The upper bounds of the buckets, rising, each with how many are in it: above the bound before and at most this one. What
    /// is above the last bound is in none of them.
    pub buckets: Vec<(u64, u64)>,
    /// How many there are.
    pub count: u64,
    /// What they come to together.
    pub sum: u64,
}

impl Spread {
    /// Together with another of the same bounds, or with one that is empty.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        if self.buckets.is_empty() {
            return other.clone();
        }
        for ((_, count), (_, more)) in self.buckets.iter_mut().zip(&other.buckets) {
            *count += more;
        }
        self.count += other.count;
        self.sum += other.sum;
        self
    }
}

/// A histogram with these upper bounds, which rise.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    bounds: &'static [u64; N],
    counts: [AtomicU64; N],
    above: AtomicU64,
    sum: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    /// An empty one.
    #[must_use]
    pub const fn new(bounds: &'static [u64; N]) -> Self {
        let counts = [const { AtomicU64::new(0) }; N];
        Self { bounds, counts, above: AtomicU64::new(0), sum: AtomicU64::new(0) }
    }

    /// Counts a value.
    pub fn add(&self, value: u64) {
        self.bucket(value).fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    /// Counts a value without a locked instruction: for a histogram to which one thread alone adds.
    pub fn add_alone(&self, value: u64) {
        for (cell, more) in [(self.bucket(value), 1), (&self.sum, value)] {
            cell.store(cell.load(Relaxed).wrapping_add(more), Relaxed);
        }
    }

    fn bucket(&self, value: u64) -> &AtomicU64 {
        let place = self.bounds.partition_point(|bound| *bound < value);
        self.counts.get(place).unwrap_or(&self.above)
    }

    /// Each bucket is read once, and the count is theirs: a look from another thread is never at odds with itself.
    #[must_use]
    pub fn spread(&self) -> Spread {
        let counts = self.counts.iter().map(|count| count.load(Relaxed));
        let buckets: Vec<_> = self.bounds.iter().copied().zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum::<u64>() + self.above.load(Relaxed);
        Spread { buckets, count, sum: self.sum.load(Relaxed) }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_value_at_a_bound_is_in_its_bucket_and_one_above_all_counts() {
        let histogram = Histogram::new(&[10, 20]);
        [0, 10, 11].into_iter().for_each(|value| histogram.add(value));
        [20, 21, 1_000].into_iter().for_each(|value| histogram.add_alone(value));
        let spread = Spread { buckets: vec![(10, 2), (20, 2)], count: 6, sum: 1_062 };
        assert_eq!(histogram.spread(), spread);
        let twice = Spread { buckets: vec![(10, 4), (20, 4)], count: 12, sum: 2_124 };
        assert_eq!((Spread::default().and(&spread), spread.clone().and(&spread)), (spread, twice));
    }
}
