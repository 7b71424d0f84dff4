//! Which keys are known, and which have been known for long enough.

use super::queue::Came;
use super::refusals::Next;
use crate::numbers::{Account, At, Millis};
use crate::state::{Event, Key, KeyHash, Told};

impl Event {
    /// Is the key known?
    #[must_use]
    pub fn knows(&self, key: &KeyHash) -> bool {
        self.keys.contains(key)
    }

    /// How many keys of accepted and of refused commands are older than `retention`, at most `most` of each.
    #[must_use]
    pub fn forgettable(&self, now: At, retention: Millis<u64>, most: u32) -> Option<(u32, u32)> {
        let before = self.second(now.before(retention).unwrap_or_default());
        let counts = self.keys.before(before, most);
        (counts != (0, 0)).then_some(counts)
    }

    /// How many keys of refused commands there are beyond `refusals_max`, at most `most`.
    #[must_use]
    pub fn surplus_refusals(&self, refusals_max: u64, most: u32) -> Option<u32> {
        let surplus = self.keys.refused().saturating_sub(refusals_max);
        (surplus > 0).then(|| surplus.min(u64::from(most)) as u32)
    }

    /// Remembers the answer under the key.
    pub(in crate::state) fn remember(&mut self, key: &Key, came: Came, told: Told<'_>) {
        let term = self.keys.remember(key, came, told);
        self.accounts.change(key.account, |used| used.keys += 1);
        self.sum.add(term);
    }

    /// Forgets keys that are old.
    pub(in crate::state) fn forget_keys(&mut self, accepted: u32, refused: u32) {
        self.forget(accepted, (refused, Next::Oldest));
    }

    /// Forgets keys of refused commands that are too many.
    pub(in crate::state) fn forget_refusals(&mut self, refused: u32) {
        self.forget(0, (refused, Next::OfTheMost));
    }

    fn forget(&mut self, accepted: u32, refused: (u32, Next)) {
        let accounts = &mut self.accounts;
        let gone = |account: Account| accounts.change(account, |used| used.keys -= 1);
        let term = self.keys.forget(accepted, refused, gone);
        self.sum.subtract(term);
    }

    /// When the key of a record came; `told_at` is the time that its answer tells.
    pub(in crate::state) fn came(&self, at: At, told_at: Option<At>) -> Came {
        let tick = told_at.map_or(0, |at| 1 + (at.since(self.created_at).0 % 1_000) as u16);
        Came { second: self.second(at), tick }
    }

    /// The time that the answer of a key tells.
    pub(in crate::state) fn told_at(&self, came: Came) -> Option<At> {
        let tick = came.tick.checked_sub(1)?;
        Some(self.created_at + Millis(u64::from(came.second) * 1_000 + u64::from(tick)))
    }

    /// Whole seconds since the creation: the age of keys.
    fn second(&self, at: At) -> u32 {
        u32::try_from(at.since(self.created_at).0 / 1_000).unwrap_or(u32::MAX)
    }
}
