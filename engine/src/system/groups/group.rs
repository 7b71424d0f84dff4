//! One group: its place, its consumers, and what they have not acknowledged.

mod generation;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bincode::{Decode, Encode};

use super::dead::DeadLetter;
use super::{Care, Subjects};
use crate::mix::mix;
use crate::numbers::{At, EntryId};
use crate::system::coding::digest_of;

pub use generation::Generation;

/// The number of a group: the version of the record that made it. It is never given twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct GroupId(pub u64);

/// Which stream a group reads.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub enum GroupStream {
    /// That of all events.
    All,
    /// That of the event of this name.
    Event(Box<str>),
}

impl GroupStream {
    /// The place of an id: what is exact of it. `None` if no entry of this stream can have it.
    #[must_use]
    pub fn place(&self, id: EntryId) -> Option<u64> {
        match self {
            Self::All => (id.sequence == 0).then_some(id.time),
            Self::Event(_) => Some(id.sequence),
        }
    }

    pub(super) fn id(&self, place: u64, time: u64) -> EntryId {
        match self {
            Self::All => EntryId { time: place, sequence: 0 },
            Self::Event(_) => EntryId { time, sequence: place },
        }
    }

    /// Place and time of an entry, as records have it.
    pub(super) fn row(&self, id: EntryId) -> (u64, u64) {
        match self {
            Self::All => (id.time, 0),
            Self::Event(_) => (id.sequence, id.time),
        }
    }
}

/// As clients write it.
impl fmt::Display for GroupStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("feeds"),
            Self::Event(name) => write!(f, "feed:{name}"),
        }
    }
}

/// How far a group is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct GroupPlace {
    /// The id that is shown: that of the last entry which was given out, or that by which the place was set.
    pub last: EntryId,
    /// The next entry comes behind this id. It is that of an entry, or lies right before one: whether that is still kept can be seen.
    pub behind: EntryId,
}

/// What a group is, without its consumers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct Head {
    pub(super) id: GroupId,
    pub(super) stream: GroupStream,
    pub(super) name: Box<str>,
    pub(super) place: GroupPlace,
    /// The number of the next consumer.
    pub(super) next_consumer: u32,
}

/// A consumer group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    pub(super) head: Head,
    pub(super) consumers: BTreeMap<u32, Consumer>,
    names: BTreeMap<Box<str>, u32>,
    /// By their places, and so in the order of their ids.
    pub(super) pending: BTreeMap<u64, Pending>,
    /// What it does by itself with what is not acknowledged; `None` of a group of `XGROUP CREATE`.
    pub(super) care: Option<Box<Care>>,
    /// What it is given, if it is a generation of another group.
    pub(super) generation: Option<Box<Generation>>,
    /// The sum of the digests of consumers, entries and dead letters.
    pub(super) parts: u64,
}

/// Somebody who is given entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consumer {
    name: Box<str>,
    active_at: At,
    /// The places of what it has not acknowledged.
    pub(super) pending: BTreeSet<u64>,
}

/// An entry that was given out and is not acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Pending {
    /// The time in its id; 0 in the stream of all events.
    pub time: u64,
    /// The number of the consumer that has it; [`Group::NOBODY`] if nobody does.
    pub consumer: u32,
    /// When it was given to it.
    pub delivered_at: At,
    /// How often it was given out.
    pub deliveries: u32,
}

impl Consumer {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it was given something last; when it was made, if it never was.
    #[must_use]
    pub const fn active_at(&self) -> At {
        self.active_at
    }

    /// How many entries it has not acknowledged.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }
}

impl Group {
    /// In the place of a consumer's number: an entry is with nobody, and whoever asks is given it. In a group without terms, whoever takes it
    /// over.
    pub const NOBODY: u32 = u32::MAX;

    pub(super) fn of(head: Head) -> Self {
        let (consumers, names, pending) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { head, consumers, names, pending, care: None, generation: None, parts: 0 }
    }

    pub(super) fn with(self, care: Care) -> Self {
        Self { care: Some(Box::new(care)), ..self }
    }

    pub(super) fn with_generation(self, generation: Generation) -> Self {
        Self { generation: Some(Box::new(generation)), ..self }
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> GroupId {
        self.head.id
    }

    /// Which stream it reads.
    #[must_use]
    pub const fn stream(&self) -> &GroupStream {
        &self.head.stream
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// How far it is.
    #[must_use]
    pub const fn place(&self) -> GroupPlace {
        self.head.place
    }

    /// Its consumers by their numbers.
    pub fn consumers(&self) -> impl Iterator<Item = (u32, &Consumer)> {
        self.consumers.iter().map(|(number, consumer)| (*number, consumer))
    }

    /// Its consumers by their names.
    pub fn consumers_by_name(&self) -> impl Iterator<Item = (u32, &Consumer)> {
        self.names.values().filter_map(|number| Some((*number, self.consumers.get(number)?)))
    }

    /// The number of a consumer; `None` if there is none of this name.
    #[must_use]
    pub fn consumer(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// The name of a consumer.
    #[must_use]
    pub fn name_of(&self, consumer: u32) -> &str {
        self.consumers.get(&consumer).map_or("", Consumer::name)
    }

    /// How many entries are not acknowledged.
    #[must_use]
    pub fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// The place of the first entry that it needs the log for: of what is not acknowledged, if there is no copy of it, or else of what comes
    /// next. A generation that is at its end needs no more than that.
    #[must_use]
    pub fn first_needed(&self) -> u64 {
        let dead = self.care().map(|care| &care.dead);
        let is_copied =
            |place: &u64| dead.and_then(|dead| dead.get(place)).is_some_and(|letter| letter.record.is_some());
        let next = match self.is_at_its_end() {
            true => u64::MAX,
            false => self.head.stream.row(self.head.place.behind).0.saturating_add(1),
        };
        let pending = self.pending.keys().find(|place| !is_copied(place));
        pending.map_or(next, |place| next.min(*place))
    }

    /// The first entry that is not acknowledged, and the last.
    #[must_use]
    pub fn ends(&self) -> Option<[EntryId; 2]> {
        let id = |(place, pending): (&u64, &Pending)| self.head.stream.id(*place, pending.time);
        Some([id(self.pending.first_key_value()?), id(self.pending.last_key_value()?)])
    }

    /// When that happened which the first entry is about that is not acknowledged; in the stream of all events, when it was given out.
    #[must_use]
    pub fn oldest_at(&self) -> Option<At> {
        let (_, pending) = self.pending.first_key_value()?;
        Some(if pending.time > 0 { At(pending.time) } else { pending.delivered_at })
    }

    /// The entry of an id, if it is not acknowledged.
    #[must_use]
    pub fn pending_at(&self, id: EntryId) -> Option<&Pending> {
        let pending = self.pending.get(&self.head.stream.place(id)?)?;
        let (place, _) = self.head.stream.row(id);
        (self.head.stream.id(place, pending.time) == id).then_some(pending)
    }

    /// What is not acknowledged between two ids, of one consumer if one is named, in the order of ids.
    pub fn pending_between(
        &self,
        (from, to): (EntryId, EntryId),
        consumer: Option<u32>,
    ) -> impl Iterator<Item = (EntryId, &Pending)> {
        let first = self.first_place(from);
        let own = consumer.and_then(|number| self.consumers.get(&number)).into_iter();
        let own = own.flat_map(move |consumer| consumer.pending.range(first..));
        let own = own.filter_map(|place| Some((*place, self.pending.get(place)?)));
        let all = consumer.is_none().then(|| self.pending.range(first..)).into_iter().flatten();
        let all = all.map(|(place, pending)| (*place, pending));
        all.chain(own)
            .map(|(place, pending)| (self.head.stream.id(place, pending.time), pending))
            .skip_while(move |(id, _)| *id < from)
            .take_while(move |(id, _)| *id <= to)
    }

    /// A place before which nothing has this id or a greater one. Readers go on behind an id that they were told.
    fn first_place(&self, from: EntryId) -> u64 {
        let known = [Some(from), from.previous()].into_iter().flatten();
        let known = known.filter(|id| self.pending_at(*id).is_some());
        known.filter_map(|id| self.head.stream.place(id)).next().unwrap_or(0)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (u64, Pending)> {
        self.pending.iter().map(|(place, pending)| (*place, *pending))
    }

    pub(super) fn digest(&self) -> u64 {
        let care = self.care().map_or(0, |care| digest_of(&(self.head.id, care.head())));
        let generation = self.generation().map_or(0, |one| digest_of(&(self.head.id, one)));
        digest_of(&self.head).wrapping_add(self.parts).wrapping_add(care).wrapping_add(generation)
    }
}

/// How it changes: each step keeps the indexes and the sum of the digests.
impl Group {
    pub(super) fn put_consumer(&mut self, number: u32, name: Box<str>, active_at: At) {
        self.names.insert(name.clone(), number);
        let consumer = Consumer { name, active_at, pending: BTreeSet::new() };
        self.parts = self.parts.wrapping_add(self.sum_of(number, &consumer));
        self.consumers.insert(number, consumer);
    }

    /// With all that it has not acknowledged; if the group has terms, that is with nobody from then on.
    pub(super) fn take_consumer(&mut self, number: u32) {
        let Some(consumer) = self.consumers.remove(&number) else { return };
        self.parts = self.parts.wrapping_sub(self.sum_of(number, &consumer));
        self.names.remove(&consumer.name);
        for place in consumer.pending {
            match self.pending.get(&place).copied().filter(|_| self.care.is_some()) {
                Some(pending) => self.give(place, Pending { consumer: Self::NOBODY, ..pending }),
                None => self.release(place),
            }
        }
    }

    pub(super) fn is_active(&mut self, number: u32, at: At) {
        let Some(mut consumer) = self.consumers.remove(&number) else { return };
        self.parts = self.parts.wrapping_sub(self.sum_of(number, &consumer));
        consumer.active_at = at;
        self.parts = self.parts.wrapping_add(self.sum_of(number, &consumer));
        self.consumers.insert(number, consumer);
    }

    /// Gives an entry to a consumer, from whoever has it. What is of no consumer changes nothing.
    pub(super) fn give(&mut self, place: u64, pending: Pending) {
        let about = self.subjects(place);
        self.give_about(place, pending, about);
    }

    /// The same, of an entry that is about these.
    pub(super) fn give_about(&mut self, place: u64, pending: Pending, about: Subjects) {
        if !self.has(pending.consumer) {
            return;
        }
        self.release(place);
        self.parts = self.parts.wrapping_add(self.sum(place, &pending));
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.insert(place);
        }
        self.pending.insert(place, pending);
        self.enters(place, &pending, about);
        self.letter_is_out(place);
    }

    /// Nobody has the entry any more.
    pub(super) fn release(&mut self, place: u64) {
        let Some(pending) = self.pending.remove(&place) else { return };
        self.parts = self.parts.wrapping_sub(self.sum(place, &pending));
        self.leaves(place, &pending);
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&place);
        }
    }

    /// Whether an entry may be with this consumer.
    fn has(&self, consumer: u32) -> bool {
        self.consumers.contains_key(&consumer) || consumer == Self::NOBODY
    }

    pub(super) fn put_letter(&mut self, place: u64, letter: DeadLetter) {
        let sum = digest_of(&(self.head.id, place, &letter));
        let Some(care) = &mut self.care else { return };
        self.parts = self.parts.wrapping_add(sum);
        care.out += usize::from(letter.is_out);
        care.dead.insert(place, letter);
    }

    /// What was put aside and is given out is not both.
    fn letter_is_out(&mut self, place: u64) {
        if self.care().is_some_and(|care| care.dead.contains_key(&place))
            && let Some(letter) = self.take_letter(place)
        {
            self.put_letter(place, DeadLetter { is_out: true, ..letter });
        }
    }

    pub(super) fn take_letter(&mut self, place: u64) -> Option<DeadLetter> {
        let care = self.care.as_mut()?;
        let letter = care.dead.remove(&place)?;
        care.out -= usize::from(letter.is_out);
        self.parts = self.parts.wrapping_sub(digest_of(&(self.head.id, place, &letter)));
        Some(letter)
    }

    pub(super) fn restore_consumer(&mut self, number: u32, name: Box<str>, at: At) -> Result<(), String> {
        let is_behind = self.consumers.last_key_value().is_none_or(|(last, _)| *last < number);
        if !is_behind || self.names.contains_key(&name) {
            return Err("a consumer is not behind the one before, or has its name".to_owned());
        }
        self.put_consumer(number, name, at);
        Ok(())
    }

    pub(super) fn restore_pending(&mut self, rows: Vec<(u64, Pending)>) -> Result<(), String> {
        for (place, pending) in rows {
            let is_behind = self.pending.last_key_value().is_none_or(|(last, _)| *last < place);
            if !is_behind || !self.has(pending.consumer) {
                return Err("an entry is not behind the one before, or with nobody".to_owned());
            }
            self.give(place, pending);
        }
        Ok(())
    }

    fn sum_of(&self, number: u32, consumer: &Consumer) -> u64 {
        digest_of(&(self.head.id, number, &consumer.name, consumer.active_at))
    }

    /// There may be thousands in a record, so nothing is allocated for it.
    fn sum(&self, place: u64, pending: &Pending) -> u64 {
        let Pending { time, consumer, delivered_at, deliveries } = pending;
        let words = [place, *time, u64::from(*consumer) << 32 | u64::from(*deliveries), delivered_at.0];
        words.into_iter().fold(mix(self.head.id.0), |sum, word| mix(sum ^ word))
    }
}
