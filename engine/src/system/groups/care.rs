//! What a group does by itself with entries that are not acknowledged: gives them again, puts them aside, stops for a while.
//!
//! A group of `XGROUP CREATE` has none of it. One of `GROUP CREATE` has [`Terms`]: each entry has a time at which it is due again,
//! which follows from when and how often it was given out and from its place, so that a replay arrives at the same one.

use std::collections::{BTreeMap, BTreeSet};

use bincode::{Decode, Encode};

use super::dead::DeadLetter;
use super::serial::{Lines, Subjects};
use super::{Group, GroupBounds, GroupChange, Pending};
use crate::limits;
use crate::mix::mix;
use crate::numbers::{At, EntryId, Millis};
use crate::system::By;

/// How a group treats what is not acknowledged.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Terms {
    /// The kinds of change that it is given; all, if none is named.
    pub kinds: Vec<Box<str>>,
    /// After so many tries an entry is put aside.
    pub deliveries: u32,
    /// How long the first try may take; each further one twice as long as the one before.
    pub first: Millis<u64>,
    /// But no longer than this, and a quarter of it.
    pub max: Millis<u64>,
    /// The group stops when more than so many of a hundred outcomes within the window are failures; at 100 it never does.
    pub pause_percent: u32,
    /// The length of the window.
    pub pause_window: Millis<u64>,
    /// Nothing about an order, payment or hold is given out while an earlier change of the same is pending.
    pub serial: bool,
}

impl Default for Terms {
    fn default() -> Self {
        let (first, max) = limits::GROUP_BACKOFF;
        let (pause_percent, pause_window) = limits::GROUP_PAUSE;
        let deliveries = limits::GROUP_DELIVERIES;
        Self { kinds: Vec::new(), deliveries, first, max, pause_percent, pause_window, serial: false }
    }
}

impl Terms {
    /// How long a try may take that is the `deliveries`-th of the entry at this place. What was given out together does not come back
    /// together: up to a quarter is added, by the place.
    pub(super) fn wait(&self, deliveries: u32, place: u64) -> u64 {
        let doublings = deliveries.saturating_sub(1).min(32);
        let wait = u128::from(self.first.0) << doublings;
        let wait = u64::try_from(wait).unwrap_or(u64::MAX).min(self.max.0);
        let share = mix(place ^ (u64::from(deliveries) << 48)) % 1_024;
        wait.saturating_add((wait / 4).saturating_mul(share) / 1_024)
    }

    /// Whether a change of this kind is for the group.
    #[must_use]
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|wanted| **wanted == *kind)
    }
}

/// What became of what was given out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Tally {
    /// When the group went on last after it had stopped. What was given out before says nothing of now.
    pub from: At,
    /// When the window began that is counted now.
    pub since: At,
    /// Acknowledged in it.
    pub done: u32,
    /// Not acknowledged in time in it.
    pub failed: u32,
    /// Entries that were given again, ever.
    pub again: u64,
    /// Entries that were put aside, ever.
    pub died: u64,
}

impl Tally {
    /// The same at this time: a window that is over counts nothing.
    fn at(self, now: At, window: Millis<u64>) -> Self {
        if now.since(self.since) < window { self } else { Self { since: now, done: 0, failed: 0, ..self } }
    }
}

/// A group that gives out nothing new for now.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Paused {
    /// Since when.
    pub since: At,
    /// When one entry was given out last, to see whether it is done.
    pub tried_at: At,
    /// Why.
    pub cause: PauseCause,
}

/// Why a group gives out nothing new.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum PauseCause {
    /// So many of so many outcomes were failures. One entry at a time is tried until one is acknowledged.
    Failures(u32, u32),
    /// An operator said so.
    Operator(Box<By>),
}

/// What a group that has terms knows beside its entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Care {
    pub(super) terms: Terms,
    pub(super) tally: Tally,
    pub(super) paused: Option<Paused>,
    /// When which place is due again. One that waits for an earlier one is not here.
    due: BTreeSet<(At, u64)>,
    /// What was put aside, by its place; also what is out again, until it is acknowledged.
    pub(super) dead: BTreeMap<u64, DeadLetter>,
    /// How many of them are out again.
    pub(super) out: usize,
    /// Who waits for whom, if the group keeps an order.
    pub(super) lines: Lines,
}

/// An entry that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DueEntry {
    /// Its id.
    pub id: EntryId,
    /// It has had all its tries, so that it is to be put aside.
    pub is_over: bool,
}

impl Care {
    pub(super) fn of((terms, tally, paused): (Terms, Tally, Option<Paused>)) -> Self {
        let (due, dead, lines) = (BTreeSet::new(), BTreeMap::new(), Lines::default());
        Self { terms, tally, paused, due, dead, out: 0, lines }
    }

    /// As a snapshot has it, without what is put aside.
    pub(super) fn head(&self) -> (Terms, Tally, Option<Paused>) {
        (self.terms.clone(), self.tally, self.paused.clone())
    }

    /// How it treats what is not acknowledged.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What became of what was given out.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// Why it gives out nothing new, if it does not.
    #[must_use]
    pub const fn paused(&self) -> Option<&Paused> {
        self.paused.as_ref()
    }

    pub(super) fn about(&self) -> impl Iterator<Item = (u64, &Subjects)> {
        self.lines.about()
    }

    /// How many entries may be given out, now or later, whatever else is done.
    pub(super) fn due_count(&self) -> usize {
        self.due.len()
    }

    pub(super) fn is_due_at(&mut self, place: u64, pending: &Pending) {
        self.due.insert((self.due_of(place, pending), place));
    }

    pub(super) fn is_not_due(&mut self, place: u64, pending: &Pending) {
        self.due.remove(&(self.due_of(place, pending), place));
    }

    /// What is with nobody is due at once.
    fn due_of(&self, place: u64, pending: &Pending) -> At {
        let Pending { delivered_at, deliveries, consumer, .. } = *pending;
        let wait = if consumer == Group::NOBODY { 0 } else { self.terms.wait(deliveries, place) };
        At(delivered_at.0.saturating_add(wait))
    }

    /// The time from which on an entry may be given out again; `None` if there is none.
    #[must_use]
    pub fn next_at(&self) -> Option<At> {
        let (due, _) = *self.due.first()?;
        match &self.paused {
            None => Some(due),
            Some(Paused { tried_at, cause: PauseCause::Failures(..), .. }) => {
                Some(due.max(At(tried_at.0.saturating_add(limits::GROUP_PROBE.0))))
            }
            Some(Paused { cause: PauseCause::Operator(_), .. }) => None,
        }
    }

    pub(super) fn counts_done(&mut self, count: u64, at: At) {
        self.tally = self.tally.at(at, self.terms.pause_window);
        self.tally.done = self.tally.done.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub(super) fn counts_failed(&mut self, count: u64, at: At) {
        self.tally = self.tally.at(at, self.terms.pause_window);
        self.tally.failed = self.tally.failed.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Goes on, and counts anew.
    pub(super) fn goes_on(&mut self, at: At) {
        self.paused = None;
        self.tally = Tally { from: at, since: at, done: 0, failed: 0, ..self.tally };
    }

    /// So many failures more are too many of all outcomes: how many of how many.
    fn too_many(&self, failures: usize, now: At) -> Option<PauseCause> {
        let Tally { done, failed, .. } = self.tally.at(now, self.terms.pause_window);
        let failed = u64::from(failed) + failures as u64;
        let all = failed + u64::from(done);
        let share = u64::from(self.terms.pause_percent);
        let is_mass = all >= limits::GROUP_PAUSE_LEAST && failed * 100 > share * all;
        let few = |number| u32::try_from(number).unwrap_or(u32::MAX);
        (is_mass && self.paused.is_none()).then(|| PauseCause::Failures(few(failed), few(all)))
    }
}

/// What becomes of entries that are due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Retried {
    /// A consumer is given these again.
    Again(Vec<EntryId>, GroupChange),
    /// Too many failed: the group stops, and nobody is given anything.
    Stops(GroupChange),
    /// None of them is due any more.
    Nothing,
}

impl Group {
    /// What it knows of retries and dead letters; `None` of a group of `XGROUP CREATE`.
    #[must_use]
    pub fn care(&self) -> Option<&Care> {
        self.care.as_deref()
    }

    /// Whether it gives out nothing new for now.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.care().is_some_and(|care| care.paused.is_some())
    }

    /// Whether a consumer may be given what nobody was given yet.
    #[must_use]
    pub fn gives(&self, noack: bool, bounds: GroupBounds) -> bool {
        !self.is_paused() && !self.is_at_its_end() && (noack || self.room(bounds) > 0)
    }

    /// The time from which on an entry may be given out again; `None` if nothing is.
    #[must_use]
    pub fn due_at(&self) -> Option<At> {
        self.care()?.next_at()
    }

    /// Entries that are due at this time, at most so many: those that were due first. A group that has stopped tries one.
    #[must_use]
    pub fn due(&self, count: usize, (now, bounds): (At, GroupBounds)) -> Vec<DueEntry> {
        let Some(care) = self.care().filter(|care| care.next_at().is_some_and(|at| at <= now)) else {
            return Vec::new();
        };
        let mut room = care.dead_room(bounds);
        let due = care.due.range(..=(now, u64::MAX)).take(if care.paused.is_some() { 1 } else { count });
        due.filter_map(|(_, place)| {
            let id = self.stream().id(*place, self.pending.get(place)?.time);
            Some(DueEntry { id, is_over: self.is_over(*place, &mut room) })
        })
        .collect()
    }

    /// Whether a pending entry has had all its tries and is to be put aside, where there is so much room.
    pub(super) fn is_over(&self, place: u64, room: &mut usize) -> bool {
        let Some((care, pending)) = self.care().zip(self.pending.get(&place)) else { return false };
        let is_last = pending.deliveries >= care.terms.deliveries && pending.delivered_at >= care.tally.from;
        let is_new = !care.dead.contains_key(&place);
        let is_over = care.paused.is_none() && is_last && (!is_new || *room > 0);
        *room -= usize::from(is_over && is_new);
        is_over
    }

    /// A consumer is to be given these entries again, as far as they are due and have tries left: somebody else may have had one since
    /// it was looked for.
    #[must_use]
    pub fn retry(&self, consumer: u32, entries: &[EntryId], (now, bounds): (At, GroupBounds)) -> Retried {
        let tried = if self.is_paused() { self.due(1, (now, bounds)) } else { Vec::new() };
        let room = self.care().map_or(0, |care| care.dead_room(bounds));
        let may = |id: &EntryId| {
            if self.is_paused() {
                return tried.iter().any(|one| one.id == *id);
            }
            let place = self.stream().row(*id).0;
            // Of several that are over, the next look puts aside as many as there is room for.
            self.pending_at(*id).is_some() && self.is_due(place, now) && !self.is_over(place, &mut { room })
        };
        let ids: Vec<_> = entries.iter().copied().filter(may).collect();
        if ids.is_empty() {
            return Retried::Nothing;
        }
        if let Some(stops) = self.stops(self.failures(&ids), now) {
            return Retried::Stops(stops);
        }
        let places = self.places(ids.iter().copied());
        Retried::Again(ids, GroupChange::Retried(self.id(), consumer, places))
    }

    /// Whether the entry at this place may be given out again.
    pub(super) fn is_due(&self, place: u64, now: At) -> bool {
        let Some((care, pending)) = self.care().zip(self.pending.get(&place)) else { return false };
        care.lines.is_first(place) && care.due_of(place, pending) <= now
    }

    /// How many of these are due because somebody who had them did not acknowledge them.
    fn failures(&self, ids: &[EntryId]) -> usize {
        ids.iter().filter(|id| self.pending_at(**id).is_some_and(|pending| self.counts(pending))).count()
    }

    /// Whether it is a failure if this is not acknowledged in time.
    pub(super) fn counts(&self, pending: &Pending) -> bool {
        let from = self.care().map_or(At(0), |care| care.tally.from);
        pending.consumer != Self::NOBODY && pending.delivered_at >= from
    }

    /// The group is to stop, if so many failures more are too many.
    pub(super) fn stops(&self, failures: usize, now: At) -> Option<GroupChange> {
        let cause = self.care()?.too_many(failures, now)?;
        let named = (self.stream().clone(), self.name().into());
        Some(GroupChange::Paused(self.id(), named, cause))
    }
}

/// How it changes.
impl Group {
    /// These were given again.
    pub(super) fn was_retried(&mut self, count: u64, failures: u64, at: At) {
        let Some(care) = self.care.as_deref_mut() else { return };
        care.counts_failed(failures, at);
        care.tally.again += count;
        if let Some(paused) = &mut care.paused {
            paused.tried_at = at;
        }
    }

    /// Of these, which are done, one was given out after the group had stopped: it goes on. So does one that has nothing left to try.
    pub(super) fn was_acked(&mut self, newest: At, count: u64, at: At) {
        let has_none = self.pending.is_empty();
        let Some(care) = self.care.as_deref_mut() else { return };
        care.counts_done(count, at);
        if let Some(Paused { since, cause: PauseCause::Failures(..), .. }) = care.paused
            && (newest >= since || has_none)
        {
            care.goes_on(at);
        }
    }
}
