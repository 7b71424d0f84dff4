//! What can happen to consumer groups, and the only way in which they change.

use bincode::{Decode, Encode};

use super::group::Head;
use super::{Batch, Group, GroupId, GroupPlace, GroupStream, Groups, Pending, Ranges};
use crate::numbers::{At, EntryId};

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
            GroupChange::Set(id, _, place, _) => self.with(*id, |group| group.head.place = *place),
            GroupChange::Destroyed(id, ..) => drop(self.take(*id)),
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
                self.with(*id, |group| places.iter().for_each(|place| group.release(place)));
            }
            GroupChange::Claimed(takeover) => self.claim_happens(takeover, at),
        }
    }

    fn claim_happens(&mut self, takeover: &Takeover, at: At) {
        let Takeover { group, consumer, taken, new, gone, delivered_at, counted } = takeover;
        self.with(*group, |group| {
            gone.iter().for_each(|place| group.release(place));
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

impl Group {
    fn moves(&mut self, last: Option<EntryId>, (consumer, at): (u32, At)) {
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
