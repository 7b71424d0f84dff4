//! Groups that keep an order: of what is about one order, payment or hold, nothing is given out before all that came earlier is done.
//!
//! What an entry is about is written down in four bytes each. Two names that have the same four wait for each other without need, and
//! nothing else comes of it. An entry that has to wait is pending, with nobody; it is due once it is the first of each of its lines.

use std::collections::{BTreeMap, BTreeSet};

use bincode::{Decode, Encode};

use super::{Batch, Delivered, Group, GroupBounds, GroupChange, Pending};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::mix::{mix, mix_bytes};
use crate::numbers::{At, EntryId};
use crate::system::coding::digest_of;

/// An order, a payment or a hold: four bytes that stand for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct Subject([u8; 4]);

/// What an entry is about; mostly one or two, and nothing of an entry that waits for none.
pub type Subjects = Box<[Subject]>;

impl Subject {
    /// A hold of an event.
    #[must_use]
    pub fn hold(event: &str, hold: u64) -> Self {
        Self::of(event, 0, &hold.to_le_bytes())
    }

    /// An order or a payment of an event: no two of them have one name, but for an order and what pays it.
    #[must_use]
    pub fn named(event: &str, name: &str) -> Self {
        Self::of(event, 1, name.as_bytes())
    }

    fn of(event: &str, kind: u64, what: &[u8]) -> Self {
        let sum = mix_bytes(mix(event.len() as u64), event.as_bytes());
        let sum = mix_bytes(mix(sum ^ ((what.len() as u64) << 1) ^ kind), what);
        let [first, second, third, fourth, ..] = sum.to_le_bytes();
        Self([first, second, third, fourth])
    }
}

/// Who waits for whom. Empty in a group that keeps no order.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Lines {
    /// What entries are about, by their places; those about nothing are not here.
    about: BTreeMap<u64, Subjects>,
    /// The places of those that are about the same stand behind each other.
    lines: BTreeSet<(Subject, u64)>,
}

impl Lines {
    pub(super) fn about(&self) -> impl Iterator<Item = (u64, &Subjects)> {
        self.about.iter().map(|(place, about)| (*place, about))
    }

    /// Of an entry that comes next from a snapshot.
    pub(super) fn knows(&mut self, place: u64, about: Subjects) {
        self.about.insert(place, about);
    }

    fn first(&self, subject: Subject) -> Option<u64> {
        self.lines.range((subject, 0)..=(subject, u64::MAX)).next().map(|(_, place)| *place)
    }

    /// Whether nothing earlier is about any of these.
    fn is_free(&self, place: u64, about: &[Subject]) -> bool {
        about.iter().all(|subject| self.first(*subject).is_none_or(|first| first >= place))
    }

    pub(super) fn is_first(&self, place: u64) -> bool {
        self.about.get(&place).is_none_or(|about| self.is_free(place, about))
    }

    fn enter(&mut self, place: u64, about: Subjects) {
        self.lines.extend(about.iter().map(|subject| (*subject, place)));
        if !about.is_empty() {
            self.about.insert(place, about);
        }
    }

    fn leave(&mut self, place: u64) -> Subjects {
        let about = self.about.remove(&place).unwrap_or_default();
        for subject in &about {
            self.lines.remove(&(*subject, place));
        }
        about
    }
}

impl Group {
    /// Whether it keeps the order of what is about the same.
    #[must_use]
    pub fn is_serial(&self) -> bool {
        self.care().is_some_and(|care| care.terms().serial)
    }

    /// How many entries wait until earlier ones about the same are done.
    #[must_use]
    pub fn held_back(&self) -> usize {
        self.care().map_or(0, |care| self.pending.len() - care.due_count())
    }

    /// An option of a command that would give something out of order is for other groups.
    ///
    /// # Errors
    /// If this one keeps the order.
    pub fn allows(&self, option: &str) -> Result<(), Fault> {
        if !self.is_serial() {
            return Ok(());
        }
        let message = format!(
            "the group {} is SERIAL and takes no {option}: an entry would be out before an earlier one about the same is done",
            self.name()
        );
        Err(Fault::new(Code::SYNTAX, message))
    }

    /// As [`Group::deliver`], with what each entry is about.
    #[must_use]
    pub fn deliver_in_order(
        &self,
        consumer: u32,
        behind: EntryId,
        entries: &[(EntryId, Subjects)],
        bounds: GroupBounds,
    ) -> Delivered {
        let Some(care) = self.care().filter(|_| self.place().behind == behind) else {
            return Delivered::Elsewhere;
        };
        let count = entries.len().min(self.room(bounds));
        if self.is_paused() || count == 0 {
            return Delivered::Full;
        }
        let (mut given, mut before) = (Vec::new(), BTreeSet::new());
        for (id, about) in &entries[..count] {
            let (place, _) = self.stream().row(*id);
            let is_free = care.lines.is_free(place, about);
            if is_free && about.iter().all(|subject| !before.contains(subject)) {
                given.push(*id);
            }
            before.extend(about.iter().copied());
        }
        let rows = entries[..count].iter().map(|(id, _)| self.stream().row(*id));
        let about = entries[..count].iter().map(|(_, about)| about.clone()).collect();
        Delivered::Part(given, GroupChange::InOrder(self.id(), consumer, Batch::of(rows), about))
    }

    /// Whether somebody waits for one of these to be done.
    pub(super) fn frees(&self, places: impl Iterator<Item = u64>) -> bool {
        let Some(lines) = self.care().map(|care| &care.lines) else { return false };
        let behind = |place: u64, subject: &Subject| {
            lines.lines.range((*subject, place.saturating_add(1))..=(*subject, u64::MAX)).next().is_some()
        };
        let about = |place| lines.about.get(&place).map(|about| (place, about));
        places.filter_map(about).any(|(place, about)| about.iter().any(|subject| behind(place, subject)))
    }

    /// Whether nothing earlier about the same is pending.
    pub(super) fn is_first(&self, id: EntryId) -> bool {
        let (place, _) = self.stream().row(id);
        self.care().is_none_or(|care| care.lines.is_first(place))
    }
}

/// How it changes.
impl Group {
    /// A consumer is given these, but for those that have to wait.
    pub(super) fn gives_in_order(&mut self, (consumer, at): (u32, At), batch: &Batch, about: &[Subjects]) {
        let mut last = None;
        for ((place, time), about) in batch.iter().zip(about) {
            let is_free = self.care().is_none_or(|care| care.lines.is_free(place, about));
            let (consumer, deliveries) = if is_free { (consumer, 1) } else { (Self::NOBODY, 0) };
            self.give_about(place, Pending { time, consumer, delivered_at: at, deliveries }, about.clone());
            last = Some((place, time));
        }
        let last = last.map(|(place, time)| self.head.stream.id(place, time));
        self.moves(last, (consumer, at));
    }

    /// What comes next from a snapshot is about these.
    pub(super) fn knows(&mut self, rows: Vec<(u64, Subjects)>) {
        let Some(care) = &mut self.care else { return };
        rows.into_iter().for_each(|(place, about)| care.lines.knows(place, about));
    }

    /// What a pending entry is about.
    pub(super) fn subjects(&self, place: u64) -> Subjects {
        self.care().and_then(|care| care.lines.about.get(&place)).cloned().unwrap_or_default()
    }

    /// An entry is pending from now on: those about the same that come later wait for it.
    pub(super) fn enters(&mut self, place: u64, pending: &Pending, about: Subjects) {
        let sum = self.sum_about(place, &about);
        let Some(care) = &mut self.care else { return };
        self.parts = self.parts.wrapping_add(sum);
        for subject in &about {
            let later = care.lines.first(*subject).filter(|first| *first > place);
            if let Some((later, waits)) = later.and_then(|later| Some((later, self.pending.get(&later)?))) {
                care.is_not_due(later, waits);
            }
        }
        care.lines.enter(place, about);
        if care.lines.is_first(place) {
            care.is_due_at(place, pending);
        }
    }

    /// It is not any more: those that waited for it alone are due.
    pub(super) fn leaves(&mut self, place: u64, pending: &Pending) {
        let Some(care) = &mut self.care else { return };
        care.is_not_due(place, pending);
        let about = care.lines.leave(place);
        for subject in &about {
            let next = care.lines.first(*subject).filter(|next| care.lines.is_first(*next));
            if let Some((next, waits)) = next.and_then(|next| Some((next, self.pending.get(&next)?))) {
                care.is_due_at(next, waits);
            }
        }
        self.parts = self.parts.wrapping_sub(self.sum_about(place, &about));
    }

    fn sum_about(&self, place: u64, about: &Subjects) -> u64 {
        if about.is_empty() { 0 } else { digest_of(&(self.head.id, place, about)) }
    }
}
