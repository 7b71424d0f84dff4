//! Outcomes of the last while. The window moves in sixtieths of itself, so that it takes the same memory however much happens.

use super::outcome::{Outcome, Tally};
use crate::numbers::{At, Millis};

/// Parts of a window.
pub(super) const PARTS: u64 = 60;

/// Outcomes of the last while.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// Milliseconds of a part.
    each: u64,
    /// The number of the newest part since 1970.
    newest: u64,
    parts: [Tally; PARTS as usize],
}

impl Window {
    pub(super) fn new(length: Millis<u64>) -> Self {
        let parts = [Tally::default(); PARTS as usize];
        Self { each: length.0.div_ceil(PARTS).max(1), newest: 0, parts }
    }

    /// Counts an outcome. Events are stamped by several threads, so it may be a little older than the newest one.
    pub(super) fn add(&mut self, at: At, outcome: Outcome) {
        self.goes_on(at);
        let part = at.0 / self.each;
        if part + PARTS > self.newest {
            self.parts[(part % PARTS) as usize].add(outcome);
        }
    }

    /// What is in the window at this time.
    pub(super) fn sum(&mut self, now: At) -> Tally {
        self.goes_on(now);
        let mut sum = Tally::default();
        self.parts.iter().for_each(|part| sum += *part);
        sum
    }

    pub(super) fn clear(&mut self) {
        self.parts = [Tally::default(); PARTS as usize];
    }

    /// Lets go of what is older than the window at this time.
    fn goes_on(&mut self, now: At) {
        let newest = now.0 / self.each;
        for part in self.newest + 1..=newest.min(self.newest + PARTS) {
            self.parts[(part % PARTS) as usize] = Tally::default();
        }
        self.newest = self.newest.max(newest);
    }
}
