//! How long something that failed waits before it is tried again: longer each time, up to a bound.

use std::time::{Duration, Instant};

/// The first wait: a fault that passes at once costs no more.
const FIRST: Duration = Duration::from_secs(1);
/// The longest: what an operator has mended is found to be so in that time.
const LONGEST: Duration = Duration::from_secs(600);

/// Not running at first, and again when it is put back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    last: Option<(Instant, Duration)>,
}

impl Backoff {
    /// It has failed: gives how long it is to wait now.
    pub(crate) fn failed(&mut self) -> Duration {
        let wait = self.last.map_or(FIRST, |(_, before)| (before * 2).min(LONGEST));
        self.last = Some((Instant::now(), wait));
        wait
    }

    /// Has anything failed since it was put back?
    pub(crate) const fn is_running(&self) -> bool {
        self.last.is_some()
    }

    /// May it be tried?
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
