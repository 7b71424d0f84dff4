//! Which keys are known, and which have been known for long enough.

use crate::state::{Event, KeyHash};

impl Event {
    /// Is the key known?
    #[must_use]
    pub fn knows(&self, key: &KeyHash) -> bool {
        self.keys.contains(key)
    }

    /// How many keys of accepted and of refused commands may be forgotten now, at most `most` of each: those older
    /// than `retention_ms`, and refusals beyond the newest `refusals_max`.
    #[must_use]
    pub fn forgettable(
        &self,
        now: u64,
        retention_ms: u64,
        refusals_max: u64,
        most: u32,
    ) -> Option<(u32, u32)> {
        let before = now.saturating_sub(retention_ms).saturating_sub(self.created_at) / 1_000;
        let second = u32::try_from(before).unwrap_or(u32::MAX);
        let counts = self.keys.forgettable(second, refusals_max, most);
        (counts != (0, 0)).then_some(counts)
    }

    /// Whole seconds since the creation: the age of keys.
    pub(in crate::state) fn second(&self, at: u64) -> u32 {
        u32::try_from(at.saturating_sub(self.created_at) / 1_000).unwrap_or(u32::MAX)
    }
}
