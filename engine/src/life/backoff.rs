//! How long to wait before something that failed is tried again: longer each time, up to a bound.

use std::time::{Duration, Instant};

/// The first wait: short, as many faults pass at once.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait: when an operator has mended the fault, it is noticed within this time.
const LONGEST: Duration = Duration::from_secs(600);

/// The waits between tries. It starts with the first failure; a success replaces it with a fresh one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    last: Option<(Instant, Duration)>,
}

impl Backoff {
    /// A try has failed: returns how long to wait before the next one.
    pub(crate) fn failed(&mut self) -> Duration {
        let wait = self.last.map_or(FIRST, |(_, before)| (before * 2).min(LONGEST));
        self.last = Some((Instant::now(), wait));
        wait
    }

    /// Whether a try has failed since the last success.
    pub(crate) const fn is_running(&self) -> bool {
        self.last.is_some()
    }

    /// Whether the wait is over, so that the next try may come.
    pub(crate) fn is_over(&self) -> bool {
        self.last.is_none_or(|(since, wait)| since.elapsed() >= wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound() {
        let mut backoff = Backoff::default();
        assert!(backoff.is_over() && !backoff.is_running());
        let waits: Vec<u64> = (0..12).map(|_| backoff.failed().as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
        assert!(!backoff.is_over() && backoff.is_running());
    }
}
