//! Histograms of what groups are like: adding to one is two additions.

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

/// A histogram with these upper bounds.
#[derive(Debug)]
pub(crate) struct Histogram<const N: usize> {
    bounds: &'static [u64; N],
    counts: [AtomicU64; N],
    above: AtomicU64,
    sum: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    pub(crate) const fn new(bounds: &'static [u64; N]) -> Self {
        let counts = [const { AtomicU64::new(0) }; N];
        Self { bounds, counts, above: AtomicU64::new(0), sum: AtomicU64::new(0) }
    }

    pub(crate) fn add(&self, value: u64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        self.counts.get(place).unwrap_or(&self.above).fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    /// Each bucket is read once, and the count is theirs: a look from another thread is never at odds with itself.
    pub(crate) fn spread(&self) -> Spread {
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
        [0, 10, 11, 20, 21, 1_000].into_iter().for_each(|value| histogram.add(value));
        let spread = Spread { buckets: vec![(10, 2), (20, 2)], count: 6, sum: 1_062 };
        assert_eq!(histogram.spread(), spread);
    }
}
