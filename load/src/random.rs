//! Chance that can be repeated: every choice of a run is a function of its seed and a number.

/// The `n`th random number of a seed (splitmix64: Steele, Lea, Flood, 2014).
#[must_use]
pub const fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// Exponentially distributed with mean 1: the gap between independent arrivals.
    pub(crate) fn gap(&mut self) -> f64 {
        let bits = mix(self.seed, self.thrown) >> 11;
        self.thrown += 1;
        // In (0, 1]: the logarithm of 0 is no gap.
        let unit = (bits + 1) as f64 / (1_u64 << 53) as f64;
        -unit.ln()
    }
}

/// All numbers below `size`, each once and out of order: seats as people choose them, not as caches prefer them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scatter {
    size: u64,
    stride: u64,
    offset: u64,
}

impl Scatter {
    pub(crate) fn new(seed: u64, size: u32) -> Self {
        let size = u64::from(size.max(1));
        let mut stride = (mix(seed, 0) % size).max(1);
        while gcd(stride, size) != 1 {
            stride += 1;
        }
        Self { size, stride, offset: mix(seed, 1) % size }
    }

    /// The `n`th number.
    pub(crate) const fn at(&self, n: u64) -> u32 {
        ((n % self.size * self.stride + self.offset) % self.size) as u32
    }
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scatter_names_each_number_once() {
        for size in [1, 2, 7, 1_000, 4_096] {
            let scatter = Scatter::new(u64::from(size), size);
            let mut seen: Vec<u32> = (0..u64::from(size)).map(|n| scatter.at(n)).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..size), "{size}");
        }
    }

    #[test]
    fn gaps_have_mean_one() {
        let mut dice = Dice::new(5);
        let sum: f64 = (0..100_000).map(|_| dice.gap()).sum();
        assert!((sum / 100_000.0 - 1.0).abs() < 0.02, "{sum}");
    }
}
