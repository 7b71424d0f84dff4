//! Which keys are known, and which have been known for long enough.

use crate::numbers::{At, Millis};
use crate::state::{Event, KeyHash};

impl Event {
    /// Is the key known?
    #[must_use]
    pub fn knows(&self, key: &KeyHash) -> bool {
        self.keys.contains(key)
    }

    /// How many keys of accepted and of refused commands may be forgotten now, at most `most` of each: those older
    /// than `retention`, and refusals beyond the newest `refusals_max`.
    #[must_use]
    pub fn forgettable(
        &self,
        now: At,
        retention: Millis<u64>,
        refusals_max: u64,
        most: u32,
    ) -> Option<(u32, u32)> {
        let before = self.second(now.before(retention).unwrap_or_default());
        let counts = self.keys.forgettable(before, refusals_max, most);
        (counts != (0, 0)).then_some(counts)
    }

    /// Whole seconds since the creation: the age of keys.
    pub(in crate::state) fn second(&self, at: At) -> u32 {
        u32::try_from(at.since(self.created_at).0 / 1_000).unwrap_or(u32::MAX)
    }
}
