//! Entries that a consumer does not go on with are given back, so that nobody waits for it in vain.

use bincode::{Decode, Encode};

use super::{Group, GroupChange, Pending, Ranges};
use crate::numbers::{At, EntryId};

/// How an entry is given back, as `XNACK` has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Return {
    /// The consumer ends: it counts as if it had not been given out.
    Silent,
    /// The consumer cannot do it: it failed, and is due when it would have been, had it not been given back.
    Fail,
    /// Nobody can do it: it counts as having had all its tries.
    Fatal,
}

impl Group {
    /// Consumers give these back, as far as somebody has them; and how many that are.
    #[must_use]
    pub fn give_back(&self, entries: &[EntryId], how: Return) -> (Option<GroupChange>, u64) {
        let is_with = |id: &EntryId| self.pending_at(*id).is_some_and(|out| out.consumer != Self::NOBODY);
        let places = self.places(entries.iter().copied().filter(is_with));
        let count = places.count();
        ((count > 0).then_some(GroupChange::Returned(self.id(), places, how)), count)
    }

    /// The group is to stop, if too many of what was given out failed.
    #[must_use]
    pub fn stops_now(&self, now: At) -> Option<GroupChange> {
        self.stops(0, now)
    }
}

/// How it changes.
impl Group {
    pub(super) fn takes_back(&mut self, (places, how): (&Ranges, Return), at: At) {
        let mut failures = 0;
        for place in places.iter() {
            let Some(pending) = self.pending.get(&place).copied() else { continue };
            failures += u64::from(how == Return::Fail && self.counts(&pending));
            let Pending { time, deliveries, .. } = pending;
            let terms = self.care().map(super::Care::terms);
            let deliveries = match how {
                Return::Silent => deliveries.saturating_sub(1),
                Return::Fail => deliveries,
                Return::Fatal => terms.map_or(u32::MAX, |terms| terms.deliveries.max(deliveries)),
            };
            // What is with nobody is due at once, and whoever looks for what has waited long finds it in a group without terms.
            let delivered_at = match terms {
                None => At(0),
                Some(terms) if how == Return::Fail => At(at.0.saturating_add(terms.wait(deliveries, place))),
                Some(_) => at,
            };
            self.give(place, Pending { time, consumer: Self::NOBODY, delivered_at, deliveries });
        }
        if let Some(care) = self.care.as_deref_mut() {
            care.counts_failed(failures, at);
        }
    }
}
