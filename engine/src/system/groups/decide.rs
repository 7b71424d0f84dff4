//! What is asked about consumer groups becomes a fact, or is refused. Nothing here changes anything.

use super::{
    Batch, Group, GroupChange, GroupId, GroupPlace, GroupStream, Groups, Opening, PauseCause, Ranges,
};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::EntryId;
use crate::system::By;

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroupBounds {
    /// Groups, over all streams; at most [`limits::GROUPS_MAX`].
    pub groups: usize,
    /// Entries of a group that are not acknowledged; at most [`limits::GROUP_PENDING_MAX`].
    pub pending: usize,
    /// Entries of a group that were put aside; at most [`limits::GROUP_DEAD_MAX`]. Beyond it are only those that the log had no more: each of
    /// them counts as one that is not acknowledged.
    pub dead: usize,
}

impl Default for GroupBounds {
    fn default() -> Self {
        Self { groups: limits::GROUPS, pending: limits::GROUP_PENDING, dead: limits::GROUP_DEAD }
    }
}

/// What becomes of entries that a consumer is to be given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivered {
    /// It is given the first so many of them.
    Some(usize, GroupChange),
    /// It is given these. The others are pending until what is earlier about the same is done.
    Part(Vec<EntryId>, GroupChange),
    /// Somebody else was quicker: the group is elsewhere by now.
    Elsewhere,
    /// There is no room for more that is not acknowledged.
    Full,
}

impl Groups {
    /// A group of this name is to be there.
    ///
    /// # Errors
    /// If there is one, or there are too many.
    pub fn create(
        &self,
        (stream, name): (GroupStream, &str),
        place: GroupPlace,
        token: Option<&str>,
        bounds: GroupBounds,
    ) -> Result<GroupChange, Fault> {
        self.has_room((&stream, name), bounds)?;
        Ok(GroupChange::Created(stream, name.into(), place, token.map(Into::into)))
    }

    /// A group of this name is to be there, which has terms.
    ///
    /// # Errors
    /// If there is one, or there are too many.
    pub fn open(&self, opening: Opening, bounds: GroupBounds) -> Result<GroupChange, Fault> {
        self.has_room((&opening.stream, &opening.name), bounds)?;
        Ok(GroupChange::Opened(Box::new(opening)))
    }

    pub(super) fn has_room(&self, named: (&GroupStream, &str), bounds: GroupBounds) -> Result<(), Fault> {
        self.has_none(named)?;
        if self.all.len() >= bounds.groups {
            let message = format!("there are {} groups: groups.max allows no more", self.all.len());
            return Err(Fault::new(Code::TOO_MANY_GROUPS, message));
        }
        Ok(())
    }

    /// The group of this name, which is to have terms.
    ///
    /// # Errors
    /// If there is none, or it is one of `XGROUP CREATE`.
    pub fn with_terms(&self, (stream, name): (&GroupStream, &str)) -> Result<&Group, Fault> {
        let group = self.named((stream, name))?;
        if group.care().is_none() {
            let message = format!(
                "the group {name} of {stream} was made by XGROUP CREATE: it has no retries, no dead letters and no pause"
            );
            return Err(Fault::new(Code::GROUP_IS_PLAIN, message));
        }
        Ok(group)
    }

    /// A stream is to have no group of this name.
    ///
    /// # Errors
    /// If it has one.
    pub fn has_none(&self, (stream, name): (&GroupStream, &str)) -> Result<(), Fault> {
        match self.find(stream, name) {
            None => Ok(()),
            Some(_) => {
                let message = format!("Consumer Group name already exists: {name} of {stream}");
                Err(Fault::new(Code::GROUP_EXISTS, message))
            }
        }
    }

    /// The group of this name is to go on from there.
    ///
    /// # Errors
    /// If there is none.
    pub fn set(
        &self,
        (stream, name): (GroupStream, &str),
        place: GroupPlace,
        token: Option<&str>,
    ) -> Result<GroupChange, Fault> {
        let id = self.named((&stream, name))?.id();
        Ok(GroupChange::Set(id, (stream, name.into()), place, token.map(Into::into)))
    }

    /// The group of this name is to be there no more; `None` if it is not.
    #[must_use]
    pub fn destroy(&self, (stream, name): (GroupStream, &str), token: Option<&str>) -> Option<GroupChange> {
        let id = self.find(&stream, name)?.id();
        Some(GroupChange::Destroyed(id, (stream, name.into()), token.map(Into::into)))
    }

    /// The group of this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn named(&self, (stream, name): (&GroupStream, &str)) -> Result<&Group, Fault> {
        self.find(stream, name).ok_or_else(|| no_group(stream, name))
    }

    /// The group of this number, which had this name.
    ///
    /// # Errors
    /// If it is there no more.
    pub fn still(&self, id: GroupId, (stream, name): (&GroupStream, &str)) -> Result<&Group, Fault> {
        self.get(id).ok_or_else(|| {
            let what = format!("the consumer group {name} of {stream} no longer exists");
            Fault::new(Code::NO_GROUP, what)
        })
    }
}

impl Groups {
    /// Whether those who wait for the group may be given something else once this has happened: it is elsewhere, or has room again.
    #[must_use]
    pub fn wakes(&self, change: &GroupChange, bounds: GroupBounds) -> bool {
        let is_full = |id: &GroupId| self.get(*id).is_some_and(|group| !group.gives(false, bounds));
        let frees = |id: &GroupId, places: &mut dyn Iterator<Item = u64>| {
            self.get(*id).is_some_and(|group| group.frees(places))
        };
        let has_terms = |id: &GroupId| self.get(*id).is_some_and(|group| group.care().is_some());
        match change {
            GroupChange::Set(..)
            | GroupChange::Moved(..)
            | GroupChange::Returned(..)
            | GroupChange::Destroyed(..)
            | GroupChange::Closed(..)
            | GroupChange::Paused(..)
            | GroupChange::Resumed(..)
            | GroupChange::Redriven(_) => true,
            GroupChange::Left(id, _) => is_full(id) || has_terms(id),
            GroupChange::Dropped(act) => is_full(&act.group),
            GroupChange::Acked(id, places) => is_full(id) || frees(id, &mut places.iter()),
            GroupChange::Died(id, deaths) => {
                is_full(id) || frees(id, &mut deaths.iter().map(|death| death.place))
            }
            // What was taken over may be due earlier than before.
            GroupChange::Claimed(takeover) if has_terms(&takeover.group) => true,
            GroupChange::Claimed(takeover) => takeover.gone.count() > 0 && is_full(&takeover.group),
            GroupChange::Created(..)
            | GroupChange::Joined(..)
            | GroupChange::Delivered(..)
            | GroupChange::InOrder(..)
            | GroupChange::Passed(..)
            | GroupChange::Again(..)
            | GroupChange::Opened(_)
            | GroupChange::Generated(_)
            | GroupChange::Retried(..)
            | GroupChange::Skipped(..) => false,
        }
    }
}

impl Group {
    /// A consumer of this name is to be there; `None` if it is.
    ///
    /// # Errors
    /// If there are too many.
    pub fn join(&self, name: &str) -> Result<Option<GroupChange>, Fault> {
        if self.consumer(name).is_some() {
            return Ok(None);
        }
        if self.consumers.len() >= limits::GROUP_CONSUMERS_MAX {
            let message = format!(
                "the group {} has {} consumers: XGROUP DELCONSUMER those that are gone",
                self.name(),
                limits::GROUP_CONSUMERS_MAX
            );
            return Err(Fault::new(Code::TOO_MANY_GROUPS, message));
        }
        Ok(Some(GroupChange::Joined(self.id(), name.into())))
    }

    /// The consumer of this name is to be there no more, and how much it has not acknowledged; `None` if it is not.
    #[must_use]
    pub fn leave(&self, name: &str) -> Option<(GroupChange, usize)> {
        let number = self.consumer(name)?;
        Some((GroupChange::Left(self.id(), number), self.consumers.get(&number)?.pending()))
    }

    /// How many entries more there may be that are not acknowledged. Dead letters beyond their bound take room of it: so what a group has
    /// is bounded, whatever becomes of the log.
    #[must_use]
    pub fn room(&self, bounds: GroupBounds) -> usize {
        let beyond = self.care().map_or(0, |care| care.dead_beyond(bounds));
        bounds.pending.saturating_sub(self.pending.len() + beyond)
    }

    /// A consumer is to be given these entries, which come behind this place; it acknowledges none if `noack`.
    #[must_use]
    pub fn deliver(
        &self,
        (consumer, noack): (u32, bool),
        behind: EntryId,
        entries: &[EntryId],
        bounds: GroupBounds,
    ) -> Delivered {
        if self.place().behind != behind {
            return Delivered::Elsewhere;
        }
        if self.is_paused() {
            return Delivered::Full;
        }
        if noack {
            return match entries.last() {
                Some(last) => Delivered::Some(entries.len(), GroupChange::Passed(self.id(), consumer, *last)),
                None => Delivered::Elsewhere,
            };
        }
        let count = entries.len().min(self.room(bounds));
        if count == 0 {
            return Delivered::Full;
        }
        let rows = entries[..count].iter().map(|id| self.stream().row(*id));
        Delivered::Some(count, GroupChange::Delivered(self.id(), consumer, Batch::of(rows)))
    }

    /// A consumer is to be given these entries once more, as far as it has them; `None` if it has none of them.
    #[must_use]
    pub fn again(&self, consumer: u32, entries: &[EntryId]) -> Option<GroupChange> {
        let has = |id: &EntryId| self.pending_at(*id).is_some_and(|pending| pending.consumer == consumer);
        let places = self.places(entries.iter().filter(|id| has(id)).copied());
        (places.count() > 0).then_some(GroupChange::Again(self.id(), consumer, places))
    }

    /// These entries are done. Those that are not with anybody, or are none, count for nothing.
    #[must_use]
    pub fn ack(&self, entries: &[EntryId]) -> (Option<GroupChange>, u64) {
        let places = self.places(entries.iter().copied().filter(|id| self.pending_at(*id).is_some()));
        let count = places.count();
        ((count > 0).then_some(GroupChange::Acked(self.id(), places)), count)
    }

    /// The entry is done, if it is with this consumer and was given to it as often as it knows: whoever has taken it over meanwhile has it.
    #[must_use]
    pub fn ack_own(&self, consumer: &str, (id, deliveries): (EntryId, u32)) -> Option<GroupChange> {
        let is_own = |pending: &&super::Pending| {
            pending.deliveries == deliveries && Some(pending.consumer) == self.consumer(consumer)
        };
        self.pending_at(id).filter(is_own)?;
        Some(GroupChange::Acked(self.id(), self.places([id].into_iter())))
    }

    /// What comes up to this entry, behind this place, is not for the group; `None` if it is elsewhere by now.
    #[must_use]
    pub fn skip(&self, behind: EntryId, upto: EntryId) -> Option<GroupChange> {
        let is_on = self.place().behind == behind && upto > behind && !self.is_paused();
        is_on.then(|| GroupChange::Skipped(self.id(), upto))
    }

    /// An operator stops it; `None` if one has.
    #[must_use]
    pub fn pause(&self, by: By) -> Option<GroupChange> {
        let paused = self.care()?.paused().map(|paused| &paused.cause);
        let is_news = !matches!(paused, Some(PauseCause::Operator(_)));
        let named = (self.stream().clone(), self.name().into());
        is_news.then(|| GroupChange::Paused(self.id(), named, PauseCause::Operator(Box::new(by))))
    }

    /// An operator has it go on; `None` if it has not stopped.
    #[must_use]
    pub fn resume(&self, by: By) -> Option<GroupChange> {
        let named = (self.stream().clone(), self.name().into());
        self.is_paused().then(|| GroupChange::Resumed(self.id(), named, Box::new(by)))
    }

    /// An operator has it go on from there, with a reason.
    #[must_use]
    pub fn moves_to(&self, place: GroupPlace, by: By) -> GroupChange {
        GroupChange::Moved(self.id(), (self.stream().clone(), self.name().into()), place, Box::new(by))
    }

    /// An operator ends it, with a reason.
    #[must_use]
    pub fn close(&self, by: By) -> GroupChange {
        GroupChange::Closed(self.id(), (self.stream().clone(), self.name().into()), Box::new(by))
    }

    /// The places of entries, each once, whatever their order.
    pub(super) fn places(&self, entries: impl Iterator<Item = EntryId>) -> Ranges {
        let mut places: Vec<_> = entries.filter_map(|id| self.stream().place(id)).collect();
        places.sort_unstable();
        places.dedup();
        Ranges::of(places)
    }
}

fn no_group(stream: &GroupStream, name: &str) -> Fault {
    Fault::new(Code::NO_GROUP, format!("No such consumer group {name} of {stream}"))
}
