//! Entries of consumers that do not go on are taken over by others.

use super::{Batch, Counted, Group, GroupBounds, GroupChange, Takeover};
use crate::numbers::{At, EntryId, Millis};

/// How entries are taken over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Only what was given out so long ago at least.
    pub min_idle: Millis<u64>,
    /// When it counts as given out; `None`: now.
    pub given: Option<Given>,
    /// How often it counts as given out; `None`: once more, but not if ids alone are told.
    pub deliveries: Option<u32>,
    /// Ids alone are told.
    pub ids_alone: bool,
    /// Also what nobody has.
    pub force: bool,
}

/// When something counts as given out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    /// So long ago.
    Ago(Millis<u64>),
    /// Then; now, if that is still to come.
    At(At),
}

/// What a consumer is to take over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimed {
    /// The record of it; `None` if nothing happens.
    pub change: Option<GroupChange>,
    /// The entries, in the order in which they were named.
    pub ids: Vec<EntryId>,
}

impl Group {
    /// Whether an entry may be taken over at this time.
    #[must_use]
    pub fn is_free(&self, id: EntryId, claim: &Claim, now: At) -> bool {
        match self.pending_at(id) {
            Some(pending) => now.since(pending.delivered_at) >= claim.min_idle && self.is_first(id),
            None => claim.force,
        }
    }

    /// Entries from this one on that may be taken over, at most so many, and where to go on; it looks at ten times as many at most.
    #[must_use]
    pub fn free_from(
        &self,
        from: EntryId,
        claim: &Claim,
        (count, now): (usize, At),
    ) -> (Vec<EntryId>, Option<EntryId>) {
        let (mut ids, mut looked) = (Vec::new(), 0);
        for (id, pending) in self.pending_between((from, EntryId::LAST), None) {
            if ids.len() == count || looked == count.saturating_mul(10) {
                return (ids, Some(id));
            }
            looked += 1;
            if now.since(pending.delivered_at) >= claim.min_idle && self.is_first(id) {
                ids.push(id);
            }
        }
        (ids, None)
    }

    /// The time from which on something has waited so long that it may be taken over; `None` if nothing will, or the group does not run.
    #[must_use]
    pub fn free_at(&self, min_idle: Millis<u64>) -> Option<At> {
        let first = self.pending_between((EntryId::FIRST, EntryId::LAST), None);
        let first = first.filter(|(id, _)| !self.is_paused() && self.is_first(*id));
        Some(At(first.map(|(_, pending)| pending.delivered_at.0).min()?.saturating_add(min_idle.0)))
    }

    /// A consumer is to take over these entries, which are kept; of others that somebody has, and that are not kept any more, nobody is
    /// to have anything.
    #[must_use]
    pub fn claim(
        &self,
        consumer: u32,
        claim: &Claim,
        (entries, gone): (&[EntryId], &[EntryId]),
        (now, bounds): (At, GroupBounds),
    ) -> Claimed {
        let (mut ids, mut taken, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for id in entries.iter().copied().filter(|id| self.is_free(*id, claim, now)) {
            if ids.contains(&id) {
                continue;
            }
            let row = self.stream().row(id);
            if self.pending_at(id).is_some() {
                taken.push(id);
            } else if self.pending.contains_key(&row.0) || new.len() >= self.room(bounds) {
                continue;
            } else {
                new.push(row);
            }
            ids.push(id);
        }
        let gone = self.places(gone.iter().copied().filter(|id| self.pending_at(*id).is_some()));
        if ids.is_empty() && gone.count() == 0 {
            return Claimed { change: None, ids };
        }
        new.sort_unstable();
        let takeover = Takeover {
            group: self.id(),
            consumer,
            taken: self.places(taken.into_iter()),
            new: Batch::of(new),
            gone,
            delivered_at: match claim.given {
                None => now,
                Some(Given::Ago(ago)) => now.before(ago).unwrap_or_default(),
                Some(Given::At(at)) => at.min(now),
            },
            counted: match claim.deliveries {
                Some(times) => Counted::Times(times),
                None if claim.ids_alone => Counted::Same,
                None => Counted::More,
            },
        };
        Claimed { change: Some(GroupChange::Claimed(Box::new(takeover))), ids }
    }
}
