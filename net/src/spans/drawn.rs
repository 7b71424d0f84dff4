//! Which commands without a trace get one of their own, and its numbers. They are made here, at the door: below it a trace is a trace.

use holdfast_engine::Trace;

/// A connection's own sequence of numbers (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). No
/// secret is made of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    /// So many of 2^64; 0: none.
    own: u64,
    state: u64,
}

impl Draws {
    pub(super) const fn new(own: u64, seed: u64) -> Self {
        // Neighbouring seeds begin far from each other.
        Self { own, state: mixed(seed) }
    }

    /// Whether any command gets one.
    pub(crate) const fn are_on(self) -> bool {
        self.own > 0
    }

    /// Whether the next command does.
    pub(crate) const fn chooses(&mut self) -> bool {
        self.are_on() && self.next() <= self.own
    }

    /// A new trace, and the number of its first span.
    pub(crate) fn trace(&mut self) -> Trace {
        let (high, low) = (self.number(), self.number());
        let trace_id = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        Trace { trace_id, span_id: self.number().to_be_bytes() }
    }

    /// All zeros are no number of a trace or a span.
    const fn number(&mut self) -> u64 {
        let next = self.next();
        if next == 0 { 1 } else { next }
    }

    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.state)
    }
}

const fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::spans::Spans;

    #[test]
    fn about_the_share_is_chosen_and_none_of_none() {
        for (millionths, least, most) in [(0, 0, 0), (10_000, 800, 1_200), (500_000, 49_000, 51_000)] {
            let mut draws = Spans::on(1).0.drawing(millionths, 7).draws();
            let chosen = (0..100_000).filter(|_| draws.chooses()).count();
            assert!((least..=most).contains(&chosen), "{millionths}: {chosen}");
        }
        let mut all = Spans::on(1).0.drawing(1_000_000, 7).draws();
        assert!((0..100_000).all(|_| all.chooses()));
    }

    /// Connections, and starts with other seeds, have no trace in common.
    #[test]
    fn no_two_traces_are_the_same() {
        let mut seen = BTreeSet::new();
        for seed in [7, 1 << 40] {
            let spans = Spans::on(1).0.drawing(1, seed);
            for _ in 0..100 {
                let mut draws = spans.draws();
                assert!((0..100).all(|_| seen.insert(draws.trace().to_string())));
            }
        }
    }
}
