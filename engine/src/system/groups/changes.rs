//! What can happen to consumer groups, and the only way in which they change.

use bincode::{Decode, Encode};

use super::care::{Paused, Tally};
use super::group::Head;
use super::{
    Batch, Care, Death, Generation, Group, GroupId, GroupPlace, GroupStream, Groups, PauseCause, Pending,
    Ranges, Return, Subjects, Terms,
};
use crate::numbers::{At, EntryId};
use crate::system::By;

/// A fact about consumer groups. Its place among the variants is the log's format.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum GroupChange {
    /// There is a group more. Its number is the version of this record. The last part is the name of the token, if there was one.
    Created(GroupStream, Box<str>, GroupPlace, Option<Box<str>>),
    /// It goes on from another place. Stream and name are those of the group, for whoever reads this record alone.
    Set(GroupId, (GroupStream, Box<str>), GroupPlace, Option<Box<str>>),
    /// It is there no more, with all that is not acknowledged.
    Destroyed(GroupId, (GroupStream, Box<str>), Option<Box<str>>),
    /// It has a consumer more, whose number is the next.
    Joined(GroupId, Box<str>),
    /// It has a consumer less, with all that it has not acknowledged.
    Left(GroupId, u32),
    /// A consumer was given what comes next.
    Delivered(GroupId, u32, Batch),
    /// A consumer was given what comes next up to this entry, and acknowledges nothing.
    Passed(GroupId, u32, EntryId),
    /// A consumer was given once more what it has.
    Again(GroupId, u32, Ranges),
    /// These are done.
    Acked(GroupId, Ranges),
    /// A consumer was given what others have, and what nobody has.
    Claimed(Box<Takeover>),
    /// There is a group more, which has terms. Its number is the version of this record.
    Opened(Box<Opening>),
    /// A consumer was given again what was due.
    Retried(GroupId, u32, Ranges),
    /// These were put aside after their last try.
    Died(GroupId, Vec<Death>),
    /// What comes up to this entry is not of the kinds that the group is given.
    Skipped(GroupId, EntryId),
    /// It gives out nothing new from now on.
    Paused(GroupId, (GroupStream, Box<str>), PauseCause),
    /// An operator has it go on.
    Resumed(GroupId, (GroupStream, Box<str>), Box<By>),
    /// Dead letters are tried again.
    Redriven(Box<DeadAct>),
    /// Dead letters are given up.
    Dropped(Box<DeadAct>),
    /// It is there no more, with all that is not acknowledged and all that was put aside.
    Closed(GroupId, (GroupStream, Box<str>), Box<By>),
    /// A consumer was given what comes next, but for what has to wait until something about the same is done; and what each is about.
    InOrder(GroupId, u32, Batch, Vec<Subjects>),
    /// An operator has it go on from another place, with a reason.
    Moved(GroupId, (GroupStream, Box<str>), GroupPlace, Box<By>),
    /// Consumers do not go on with these: they are with nobody from then on.
    Returned(GroupId, Ranges, Return),
    /// There is a group more, which is a generation of another one. Its number is the version of this record.
    Generated(Box<(Opening, Generation)>),
}

/// A group that has terms.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Opening {
    /// Of which stream.
    pub stream: GroupStream,
    /// Its name.
    pub name: Box<str>,
    /// Where it begins.
    pub place: GroupPlace,
    /// How it treats what is not acknowledged.
    pub terms: Terms,
    /// Who made it.
    pub by: By,
}

/// What an operator does about dead letters.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct DeadAct {
    /// The group.
    pub group: GroupId,
    /// Its stream and name, for whoever reads this record alone.
    pub named: (GroupStream, Box<str>),
    /// The places of the letters.
    pub places: Ranges,
    /// Who does it.
    pub by: By,
}

/// What a consumer takes over.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Takeover {
    /// The group.
    pub group: GroupId,
    /// The number of the consumer.
    pub consumer: u32,
    /// What others have.
    pub taken: Ranges,
    /// What nobody has.
    pub new: Batch,
    /// What is not kept any more, so that nobody has it from now on.
    pub gone: Ranges,
    /// When it counts as given out.
    pub delivered_at: At,
    /// How often it counts as given out.
    pub counted: Counted,
}

/// How often an entry counts as given out that is taken over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Counted {
    /// As before.
    Same,
    /// Once more.
    More,
    /// So often.
    Times(u32),
}

impl Counted {
    const fn after(self, deliveries: u32) -> u32 {
        match self {
            Self::Same => deliveries,
            Self::More => deliveries.saturating_add(1),
            Self::Times(times) => times,
        }
    }
}

impl Groups {
    /// Makes a fact happen that the record of this version has. What is about a group or an entry that is not there changes nothing.
    pub(in crate::system) fn apply(&mut self, change: &GroupChange, (version, at): (u64, At)) {
        match change {
            GroupChange::Created(stream, name, place, _) => {
                let (id, stream, name) = (GroupId(version), stream.clone(), name.clone());
                self.put(Group::of(Head { id, stream, name, place: *place, next_consumer: 0 }));
            }
            GroupChange::Set(id, _, place, _) | GroupChange::Moved(id, _, place, _) => {
                self.with(*id, |group| group.head.place = *place);
            }
            GroupChange::Destroyed(id, ..) | GroupChange::Closed(id, ..) => drop(self.take(*id)),
            GroupChange::Joined(id, name) => self.with(*id, |group| {
                let number = group.head.next_consumer;
                group.head.next_consumer += 1;
                group.put_consumer(number, name.clone(), at);
            }),
            GroupChange::Left(id, consumer) => self.with(*id, |group| group.take_consumer(*consumer)),
            GroupChange::Delivered(id, consumer, batch) => self.with(*id, |group| {
                let mut last = None;
                for (place, time) in batch.iter() {
                    group.give(place, Pending { time, consumer: *consumer, delivered_at: at, deliveries: 1 });
                    last = Some((place, time));
                }
                let last = last.map(|(place, time)| group.head.stream.id(place, time));
                group.moves(last, (*consumer, at));
            }),
            GroupChange::Passed(id, consumer, last) => {
                self.with(*id, |group| group.moves(Some(*last), (*consumer, at)));
            }
            GroupChange::Again(id, consumer, places) => self.with(*id, |group| {
                group.regive(places, (*consumer, at), Counted::More);
                group.is_active(*consumer, at);
            }),
            GroupChange::Acked(id, places) => {
                self.with(*id, |group| {
                    let newest = places.iter().filter_map(|place| group.pending.get(&place));
                    let newest = newest.map(|pending| pending.delivered_at).max().unwrap_or_default();
                    for place in places.iter() {
                        group.release(place);
                        group.forget_letter(place);
                    }
                    group.was_acked(newest, places.count(), at);
                });
            }
            GroupChange::Claimed(takeover) => self.claim_happens(takeover, at),
            change => self.care_happens(change, (version, at)),
        }
    }

    /// Of groups that have terms.
    fn care_happens(&mut self, change: &GroupChange, (version, at): (u64, At)) {
        match change {
            GroupChange::Opened(opening) => self.put(opened(opening, version)),
            GroupChange::Generated(begun) => {
                let (opening, generation) = &**begun;
                self.put(opened(opening, version).with_generation(generation.clone()));
            }
            GroupChange::Retried(id, consumer, places) => self.with(*id, |group| {
                let had: Vec<_> = places.iter().filter_map(|place| group.pending.get(&place)).collect();
                let failures = had.iter().filter(|pending| group.counts(pending)).count() as u64;
                let again = had.iter().filter(|pending| pending.deliveries > 0).count() as u64;
                group.regive(places, (*consumer, at), Counted::More);
                group.is_active(*consumer, at);
                group.was_retried(again, failures, at);
            }),
            GroupChange::InOrder(id, consumer, batch, about) => {
                self.with(*id, |group| group.gives_in_order((*consumer, at), batch, about));
            }
            GroupChange::Returned(id, places, how) => {
                self.with(*id, |group| group.takes_back((places, *how), at));
            }
            GroupChange::Died(id, deaths) => self.with(*id, |group| group.dies(deaths, at)),
            GroupChange::Skipped(id, upto) => {
                self.with(*id, |group| group.head.place = GroupPlace { last: *upto, behind: *upto });
            }
            GroupChange::Paused(id, _, cause) => self.with(*id, |group| {
                let Some(care) = &mut group.care else { return };
                let since = care.paused.as_ref().map_or(at, |paused| paused.since);
                care.paused = Some(Paused { since, tried_at: at, cause: cause.clone() });
            }),
            GroupChange::Resumed(id, ..) => self.with(*id, |group| {
                group.care.iter_mut().for_each(|care| care.goes_on(at));
            }),
            GroupChange::Redriven(act) => self.with(act.group, |group| group.is_redriven(&act.places, at)),
            GroupChange::Dropped(act) => self.with(act.group, |group| {
                let is_out = |group: &Group, place| group.pending.contains_key(&place);
                for place in act.places.iter() {
                    if !is_out(group, place) {
                        group.take_letter(place);
                    }
                }
            }),
            _ => {}
        }
    }

    fn claim_happens(&mut self, takeover: &Takeover, at: At) {
        let Takeover { group, consumer, taken, new, gone, delivered_at, counted } = takeover;
        self.with(*group, |group| {
            for place in gone.iter() {
                group.release(place);
                group.letter_is_back(place);
            }
            group.regive(taken, (*consumer, *delivered_at), *counted);
            for (place, time) in new.iter() {
                let deliveries = counted.after(1);
                let (consumer, delivered_at) = (*consumer, *delivered_at);
                group.give(place, Pending { time, consumer, delivered_at, deliveries });
            }
            if taken.count() > 0 || new.iter().next().is_some() {
                group.is_active(*consumer, at);
            }
        });
    }

    /// The group as it is after `change`.
    fn with(&mut self, id: GroupId, change: impl FnOnce(&mut Group)) {
        let Some(group) = self.all.get_mut(&id) else { return };
        self.digest = self.digest.wrapping_sub(group.digest());
        change(group);
        self.digest = self.digest.wrapping_add(group.digest());
    }
}

fn opened(opening: &Opening, version: u64) -> Group {
    let Opening { stream, name, place, terms, by: _ } = opening;
    let (id, stream, name) = (GroupId(version), stream.clone(), name.clone());
    let care = Care::of((terms.clone(), Tally::default(), None));
    Group::of(Head { id, stream, name, place: *place, next_consumer: 0 }).with(care)
}

impl Group {
    pub(super) fn moves(&mut self, last: Option<EntryId>, (consumer, at): (u32, At)) {
        let Some(last) = last else { return };
        self.head.place = GroupPlace { last, behind: last };
        self.is_active(consumer, at);
    }

    /// Gives what somebody has to this consumer.
    fn regive(&mut self, places: &Ranges, (consumer, delivered_at): (u32, At), counted: Counted) {
        for place in places.iter() {
            if let Some(Pending { time, deliveries, .. }) = self.pending.get(&place).copied() {
                let deliveries = counted.after(deliveries);
                self.give(place, Pending { time, consumer, delivered_at, deliveries });
            }
        }
    }
}
