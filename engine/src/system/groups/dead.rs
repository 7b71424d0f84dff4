//! Entries that were put aside after their last try: with what they say, as the log is let go of.

use bincode::{Decode, Encode};

use super::{Care, Group, GroupBounds, GroupChange, Ranges, Subjects};
use crate::limits;
use crate::numbers::{At, EntryId};
use crate::system::By;

/// An entry that was put aside.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct DeadLetter {
    /// The time in its id; 0 in the stream of all events.
    pub time: u64,
    /// Why.
    pub cause: DeathCause,
    /// How often it was given out, the last time that it was.
    pub deliveries: u32,
    /// Who had it last; empty if nobody did.
    pub consumer: Box<str>,
    /// When it was given out last.
    pub delivered_at: At,
    /// When it was put aside.
    pub died_at: At,
    /// Its record, as the log has it; `None` if it was not kept any more, or has more than [`limits::DEAD_RECORD_BYTES_MAX`].
    pub record: Option<Box<[u8]>>,
    /// How often an operator had it tried again.
    pub redrives: u32,
    /// It is being tried again.
    pub is_out: bool,
    /// What it is about, in a group that keeps an order.
    pub about: Subjects,
}

/// Why an entry was put aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum DeathCause {
    /// It was given out as often as the terms of its group say.
    Deliveries,
    /// The log does not have it any more, so that nobody can be given it.
    Gone,
}

impl DeathCause {
    /// The word for operators.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deliveries => "deliveries",
            Self::Gone => "gone",
        }
    }
}

/// An entry that is to be put aside.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Death {
    /// Its place.
    pub place: u64,
    /// Why.
    pub cause: DeathCause,
    /// Its record, as [`DeadLetter::record`].
    pub record: Option<Box<[u8]>>,
}

/// Which dead letters of a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WhichDead {
    /// All that are not quarantined.
    All,
    /// These, whether they are quarantined or not.
    Ids(Vec<EntryId>),
}

/// What becomes of dead letters that an operator names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Chosen {
    /// These are meant.
    pub ids: Vec<EntryId>,
    /// So many that were named are not put aside.
    pub missing: u64,
    /// So many of all were tried again too often: they have to be named one by one.
    pub quarantined: u64,
    /// For so many there is no room among what is not acknowledged.
    pub no_room: u64,
}

impl DeadLetter {
    /// It is left alone unless it is named by its id.
    #[must_use]
    pub const fn is_quarantined(&self) -> bool {
        self.redrives >= limits::REDRIVES_MAX
    }
}

impl Care {
    /// What is put aside, and is not being tried again: by the places of the entries.
    pub fn dead(&self) -> impl DoubleEndedIterator<Item = (u64, &DeadLetter)> {
        self.dead.iter().filter(|(_, letter)| !letter.is_out).map(|(place, letter)| (*place, letter))
    }

    /// How many that are.
    #[must_use]
    pub fn dead_count(&self) -> usize {
        self.dead.len() - self.out
    }

    /// How many entries more may be put aside.
    pub(super) fn dead_room(&self, bounds: GroupBounds) -> usize {
        bounds.dead.saturating_sub(self.dead.len())
    }

    /// How many are put aside beyond what there is room for: the log had them no more.
    pub(super) fn dead_beyond(&self, bounds: GroupBounds) -> usize {
        self.dead.len().saturating_sub(bounds.dead)
    }
}

impl Group {
    /// The dead letters behind this id, at most so many, oldest entries first.
    pub fn dead_after(&self, after: EntryId) -> impl Iterator<Item = (EntryId, &DeadLetter)> {
        let all = self.care().into_iter().flat_map(Care::dead);
        all.map(|(place, letter)| (self.stream().id(place, letter.time), letter))
            .skip_while(move |(id, _)| *id <= after)
    }

    /// The record of an entry that is being tried again, if it was kept beside it.
    #[must_use]
    pub fn copy_of(&self, id: EntryId) -> Option<&[u8]> {
        let letter = self.care()?.dead.get(&self.stream().place(id)?)?;
        letter.record.as_deref()
    }

    /// These entries, which had had all their tries when somebody looked, are to be put aside as far as that is still so; or the group
    /// is to stop, as too many fail.
    #[must_use]
    pub fn die(&self, deaths: Vec<Death>, (now, bounds): (At, GroupBounds)) -> Option<GroupChange> {
        let care = self.care()?;
        let mut deaths = deaths;
        deaths.retain(|death| self.is_due(death.place, now));
        // What the log has no more is put aside in any case, as nobody can be given it: it takes the room of what could be tried on, and
        // beyond that the room of what may be pending.
        let is_gone = |death: &Death| death.cause == DeathCause::Gone;
        let gone =
            deaths.iter().filter(|death| is_gone(death) && !care.dead.contains_key(&death.place)).count();
        let mut room = care.dead_room(bounds).saturating_sub(gone);
        deaths.retain(|death| is_gone(death) || self.is_over(death.place, &mut room));
        let counts =
            |death: &Death| self.pending.get(&death.place).is_some_and(|pending| self.counts(pending));
        let is_tried = |death: &&Death| death.cause == DeathCause::Deliveries && counts(death);
        if let Some(stops) = self.stops(deaths.iter().filter(is_tried).count(), now) {
            return Some(stops);
        }
        (!deaths.is_empty()).then(|| GroupChange::Died(self.id(), deaths))
    }

    /// Those of the dead letters that are to be tried again.
    #[must_use]
    pub fn redrives(&self, which: &WhichDead, bounds: GroupBounds) -> Chosen {
        let mut chosen = self.chosen(which);
        if *which == WhichDead::All {
            let before = chosen.ids.len();
            chosen.ids.retain(|id| !self.letter(*id).is_some_and(DeadLetter::is_quarantined));
            chosen.quarantined = (before - chosen.ids.len()) as u64;
        }
        let room = self.room(bounds);
        chosen.no_room = chosen.ids.len().saturating_sub(room) as u64;
        chosen.ids.truncate(room);
        chosen
    }

    /// Those that an operator names and that are put aside.
    #[must_use]
    pub fn chosen(&self, which: &WhichDead) -> Chosen {
        let mut ids: Vec<_> = match which {
            WhichDead::All => self.dead_after(EntryId::FIRST).map(|(id, _)| id).collect(),
            WhichDead::Ids(ids) => ids.clone(),
        };
        ids.sort_unstable();
        ids.dedup();
        let named = ids.len();
        ids.retain(|id| self.letter(*id).is_some());
        Chosen { missing: (named - ids.len()) as u64, ids, ..Chosen::default() }
    }

    /// The dead letter of an id; `None` if there is none, or it is being tried again.
    #[must_use]
    pub fn letter(&self, id: EntryId) -> Option<&DeadLetter> {
        let place = self.stream().place(id)?;
        let letter = self.care()?.dead.get(&place)?;
        (!letter.is_out && self.stream().id(place, letter.time) == id).then_some(letter)
    }

    /// These are to be tried again; `None` if there are none.
    #[must_use]
    pub fn redrive(&self, ids: &[EntryId], by: By) -> Option<GroupChange> {
        self.about(ids, by, GroupChange::Redriven)
    }

    /// These are given up; `None` if there are none.
    #[must_use]
    pub fn drop_dead(&self, ids: &[EntryId], by: By) -> Option<GroupChange> {
        self.about(ids, by, GroupChange::Dropped)
    }

    fn about(
        &self,
        ids: &[EntryId],
        by: By,
        act: fn(Box<super::DeadAct>) -> GroupChange,
    ) -> Option<GroupChange> {
        let places: Ranges = self.places(ids.iter().copied());
        let named = (self.stream().clone(), self.name().into());
        (places.count() > 0).then(|| act(Box::new(super::DeadAct { group: self.id(), named, places, by })))
    }
}

/// How it changes.
impl Group {
    pub(super) fn dies(&mut self, deaths: &[Death], at: At) {
        let mut failures = 0;
        for Death { place, cause, record } in deaths {
            let Some(pending) = self.pending.get(place).copied() else { continue };
            let consumer = self.name_of(pending.consumer).into();
            let before = self.take_letter(*place);
            let letter = DeadLetter {
                time: pending.time,
                cause: *cause,
                deliveries: pending.deliveries,
                consumer,
                delivered_at: pending.delivered_at,
                died_at: at,
                redrives: before.as_ref().map_or(0, |before| before.redrives),
                record: record.clone().or(before.and_then(|before| before.record)),
                is_out: false,
                about: self.subjects(*place),
            };
            failures += u64::from(*cause == DeathCause::Deliveries && self.counts(&pending));
            self.release(*place);
            self.put_letter(*place, letter);
        }
        if let Some(care) = self.care.as_deref_mut() {
            care.counts_failed(failures, at);
            care.tally.died += deaths.len() as u64;
        }
    }

    pub(super) fn is_redriven(&mut self, places: &Ranges, at: At) {
        for place in places.iter() {
            let Some(mut letter) = self.take_letter(place) else { continue };
            let (time, consumer, was_out) = (letter.time, Self::NOBODY, letter.is_out);
            let about = letter.about.clone();
            letter.redrives = letter.redrives.saturating_add(u32::from(!was_out));
            self.put_letter(place, letter);
            if !was_out {
                let pending = super::Pending { time, consumer, delivered_at: at, deliveries: 0 };
                self.give_about(place, pending, about);
            }
        }
    }

    /// What was tried again cannot be taken out of the group: it is put aside as before.
    pub(super) fn letter_is_back(&mut self, place: u64) {
        if let Some(letter) = self.take_letter(place) {
            self.put_letter(place, DeadLetter { is_out: false, ..letter });
        }
    }

    /// Of what nobody has any more there is no dead letter either; what is put aside stays.
    pub(super) fn forget_letter(&mut self, place: u64) {
        if self.care().and_then(|care| care.dead.get(&place)).is_some_and(|letter| letter.is_out) {
            self.take_letter(place);
        }
    }
}
