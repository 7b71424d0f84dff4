//! A snapshot is recovery, run early.
//!
//! The checkpointer never asks an actor for its state. It rebuilds each event from its last snapshot and the sealed
//! log, with the code that runs at start, compares digests record by record, and writes the event that it arrives at.
//! Selling never pauses, memory grows by one event, and recovery is exercised all day.
//!
//! Two sets of snapshots are kept, and the log back to the older one, so that a damaged snapshot costs time at the
//! next start and nothing else. The two never name the same copy of an event: an event to which nothing happens has
//! two, in two packs, and new sets name them in turn, so that a set costs what has changed and not what there is. The
//! copies are read back in turns, and a damaged one is made good from the other. A crash at any step leaves the sets
//! that were there before: the manifest of a new set is written last, and only then are old packs and log removed.
//!
//! If no snapshot of an event can be made, the event stays behind: an older snapshot stands in for it in the new set,
//! the log is kept from there, and the other events get new snapshots.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::sync::Arc;
use std::time::Instant;

use holdfast_snapshots::{Entry, EntryWriter, Manifest, Place, Store};
use holdfast_wal::{Log, Lsn, SealedLog};

use crate::feed::{FeedRetention, GroupLog, History};
use crate::journal::memory::MemoryGauge;
use crate::numbers::{At, EventId};
use crate::restore::newest::Newest;
use crate::restore::replay::guarded;
use crate::restore::restorable::Restorable;
use crate::restore::sets::{Found, Notes, Set};
use crate::state::{Event, TableSeed};
use crate::system::System;

mod keeping;
mod letting_go;
mod outcome;
mod rebuilding;
mod work;

pub(crate) use letting_go::LettingGo;
pub(crate) use outcome::Images;
pub use outcome::{CheckpointError, CheckpointReport, Image, Memory};
use work::{ByEvent, Made, Work, deal};

/// Sets of snapshots that are kept.
const KEPT: usize = 2;

/// Returns once everything that is appended is in sealed segments.
type Seal<'a> = &'a mut dyn FnMut() -> Result<(), CheckpointError>;

/// Makes snapshots, and rebuilds single events. Belongs to one background thread.
#[derive(Debug)]
pub struct Checkpointer {
    store: Arc<Store>,
    log: Log,
    seed: TableSeed,
    history: History,
    /// Free bytes of the disk that are reserved for the log; with 0 the disk is not asked how much is free.
    reserve: u64,
    memory: Arc<MemoryGauge>,
    /// Told of each new set before anything older is removed.
    newest: Option<Arc<Newest>>,
    /// Who needs log that no snapshot needs.
    others: LettingGo,
}

impl Checkpointer {
    /// A checkpointer for this store and log.
    #[must_use]
    pub fn new(store: Arc<Store>, log: Log, seed: TableSeed) -> Self {
        let history = History::new(log.clone(), FeedRetention::default());
        Self {
            store,
            log,
            seed,
            history,
            reserve: 0,
            memory: Arc::default(),
            newest: None,
            others: LettingGo::default(),
        }
    }

    /// Tells this gauge what a snapshot takes while it is made.
    #[must_use]
    pub(crate) fn minding(self, memory: Arc<MemoryGauge>) -> Self {
        Self { memory, ..self }
    }

    /// Asks this before log is let go of; not on a disk that is nearly full.
    #[must_use]
    pub(crate) fn asking(self, others: LettingGo) -> Self {
        Self { others, ..self }
    }

    /// Tells this of each new set, before anything older is removed.
    #[must_use]
    pub fn telling(self, newest: Arc<Newest>) -> Self {
        Self { newest: Some(newest), ..self }
    }

    /// Keeps this for the feeds of the log that the snapshots do not need.
    #[must_use]
    pub fn keeping_for_feeds(self, retention: FeedRetention) -> Self {
        Self { history: History::new(self.log.clone(), retention), ..self }
    }

    /// Keeps more of it, for what consumer groups have yet to do.
    #[must_use]
    pub fn keeping_for_groups(self, groups: Box<dyn GroupLog>) -> Self {
        Self { history: self.history.keeping_for(groups), ..self }
    }

    /// Makes no snapshot that leaves less than this many bytes of the disk free.
    #[must_use]
    pub fn leaving_free(self, bytes: u64) -> Self {
        Self { reserve: bytes, ..self }
    }

    /// Makes a snapshot of everything that is in sealed segments, and mends the damaged files of the sets that are kept.
    /// `None` if nothing is new since the last snapshot and nothing is wrong.
    ///
    /// # Errors
    /// If any step fails. What was there before is untouched. The files that were begun are removed, if the disk lets them
    /// be; a set stays that was finished when the last sync failed.
    pub fn run(&self) -> Result<Option<CheckpointReport>, CheckpointError> {
        self.run_from(Images::new(), false, None)
    }

    /// Like [`Checkpointer::run`], but asks memory for the events that nothing on the disk restores, before a set is
    /// published without them. `seal` returns once everything that is appended is in sealed segments.
    pub(crate) fn run_asking(
        &self,
        memory: &dyn Memory,
        seal: Seal<'_>,
    ) -> Result<Option<CheckpointReport>, CheckpointError> {
        self.run_from(Images::new(), false, Some((memory, seal)))
    }

    /// Like [`Checkpointer::run`], but each event starts from its image, so that no set is needed to know of the others.
    /// Every record that is in an image has to be in a sealed segment.
    pub(crate) fn run_with_all(&self, images: Images) -> Result<Option<CheckpointReport>, CheckpointError> {
        self.run_from(images, true, None)
    }

    fn run_from(
        &self,
        images: Images,
        are_all: bool,
        asked: Option<(&dyn Memory, Seal<'_>)>,
    ) -> Result<Option<CheckpointReport>, CheckpointError> {
        let started = Instant::now();
        let mut found = Set::find(&self.store)?;
        let (mended, damaged) = self.mend(&mut found)?;
        if found.sets.is_empty() {
            self.store.make_directory()?;
            // A set without one of the events would take what is left of it.
            if !are_all && self.log.first_lsn() > Lsn(1) {
                return Err(CheckpointError::NoSets);
            }
        }
        let Some(made) = self.attempt_with(&found, &damaged, images, asked)? else { return Ok(None) };
        let Made { lsn, records, mut alarms, behind, .. } = made;
        let mut segments_released = 0;
        if made.is_new || mended > 0 {
            let pruned = self.store.prune(KEPT)?;
            alarms.extend(pruned.faults.iter().map(ToString::to_string));
            segments_released = self.release(made.newest_at)?;
        } else if alarms.is_empty() && behind.is_empty() {
            return Ok(None);
        }
        alarms.sort();
        alarms.dedup();
        Ok(Some(CheckpointReport {
            lsn,
            written: made.written,
            carried_over: made.carried_over,
            mended,
            records,
            bytes: made.bytes,
            segments_released,
            took: started.elapsed(),
            alarms,
            behind,
            damaged: made.damaged,
        }))
    }

    /// Makes a set, once more as long as memory turns out to be all that has an event. Each time it has one more of them.
    fn attempt_with(
        &self,
        found: &Found,
        damaged: &HashSet<Entry>,
        mut images: Images,
        mut asked: Option<(&dyn Memory, Seal<'_>)>,
    ) -> Result<Option<Made>, CheckpointError> {
        loop {
            let memory = asked.as_ref().map(|(memory, _)| *memory);
            let made = self.attempt(found, damaged, &images, memory)?;
            match (made, &mut asked) {
                (Some(made), Some((_, seal))) if !made.in_memory.is_empty() => {
                    self.store.abandon();
                    images.extend(made.in_memory);
                    // Before a set is made of the images, every record in them is durable and in the log that is read.
                    seal()?;
                }
                (made, _) => return Ok(made),
            }
        }
    }

    /// Makes a set of everything that is in sealed segments, and publishes it if no event has to come from memory. `None` if
    /// there is nothing yet to make one of.
    fn attempt(
        &self,
        found: &Found,
        damaged: &HashSet<Entry>,
        images: &Images,
        memory: Option<&dyn Memory>,
    ) -> Result<Option<Made>, CheckpointError> {
        let sets = &found.sets[..];
        let newest = sets.first().map_or(Lsn::ZERO, Set::lsn);
        let is_new = self.log.sealed_upto() > newest;
        // Without a set, the images hold what was before the log.
        let from = if sets.is_empty() { self.log.first_lsn() } else { newest.next() };
        let sealed = is_new.then(|| self.log.read_sealed(from)).transpose()?;
        let by_event = sealed.as_ref().map_or_else(|| Ok(ByEvent::new()), |sealed| deal(sealed, from))?;
        let dealt = work::bytes(&by_event);
        self.memory.making(dealt);
        let lsn = sealed.as_ref().map_or(newest, SealedLog::last_lsn).max(newest);
        if lsn == Lsn::ZERO {
            return Ok(None);
        }
        let lets_go = sets.first().map_or(0, |newest| self.lets_go_after(newest));
        let unread = found.unread.as_deref();
        let by_event = &by_event;
        let work = Work { sets, damaged, lsn, newest, by_event, dealt, images, memory, unread, lets_go };
        self.make(&work, found.alarms.clone()).inspect_err(|_| self.store.abandon()).map(Some)
    }

    /// Checks that the disk has room for `needed` bytes above the reserve. A snapshot that allows to remove more log
    /// than it takes may use the reserve: a disk that is full of this log has no other way out.
    pub(crate) fn room_for(&self, needed: u64, lets_go: u64) -> Result<(), CheckpointError> {
        if self.reserve == 0 {
            return Ok(());
        }
        let (free, reserve) = (self.store.free_bytes()?, self.reserve);
        let pays_off = lets_go > needed && free >= needed;
        if free < reserve.saturating_add(needed) && !pays_off {
            return Err(CheckpointError::NoRoom { needed, free, reserve });
        }
        Ok(())
    }

    /// Log that can be removed after a further set, bytes: what the newest set does not need. 0 if there is nothing
    /// to make a set of.
    pub(crate) fn lets_go(&self) -> Result<u64, CheckpointError> {
        let Found { sets, .. } = Set::find(&self.store)?;
        Ok(sets.first().map_or(0, |newest| self.lets_go_after(newest)))
    }

    fn lets_go_after(&self, newest: &Set) -> u64 {
        if self.log.sealed_upto() <= newest.lsn() {
            return 0;
        }
        self.log.sealed_bytes_upto(newest.log_needed_by_sales().previous())
    }

    fn make(&self, work: &Work<'_>, alarms: Vec<String>) -> Result<Made, CheckpointError> {
        let base = work.sets.first();
        let known = base.map(|set| set.notes.clone()).unwrap_or_default();
        let ids: BTreeSet<EventId> = base
            .into_iter()
            .flat_map(|set| set.events().chain(set.notes.behind.keys().copied()))
            .chain(work.by_event.keys().copied())
            .chain(work.images.keys().copied())
            .collect();
        let newest_id = ids.last().copied().unwrap_or_default();
        let notes = Notes { next_id: known.next_id.max(newest_id.next()), ..Notes::default() };
        let needed = work.estimate();
        self.room_for(needed, work.lets_go)?;
        let records = work.by_event.values().map(|records| records.len() as u64).sum();
        let newest_at = work::newest_at(work.by_event);
        let mut made = Made { lsn: work.lsn, newest_at, records, alarms, notes, needed, ..Made::default() };
        for id in ids {
            let stays = !work.by_event.contains_key(&id)
                && !work.images.contains_key(&id)
                && !known.behind.contains_key(&id);
            let done = if stays { self.keep(work, id, &mut made) } else { self.renew(work, id, &mut made) };
            match done {
                Err(error) if error.is_of_one() => self.stand_in(work, id, &error, &mut made)?,
                done => done?,
            }
            // A name never changes. With a snapshot stands a note that has it.
            if made
                .entries
                .last()
                .is_none_or(|entry| entry.key != u64::from(id) || entry.place == Place::File)
                && let Some(name) = work.sets.iter().find_map(|set| set.name(id))
            {
                made.notes.names.insert(id, name);
            }
        }
        if !made.in_memory.is_empty() {
            return Ok(made);
        }
        let before = base.map(|set| (&set.manifest.entries, &set.notes.behind));
        made.is_new =
            work.lsn > work.newest || made.written > 0 || before != Some((&made.entries, &made.notes.behind));
        self.store.excuse(made.notes.behind.keys().copied().map(u64::from));
        if made.is_new {
            let (entries, meta) = (std::mem::take(&mut made.entries), made.notes.encode());
            let packs = work.sets.iter().flat_map(|set| set.manifest.packs.iter().cloned()).collect();
            let spare = if self.reserve == 0 {
                u64::MAX
            } else {
                self.store.free_bytes()?.saturating_sub(self.reserve)
            };
            let manifest = Manifest { lsn: work.lsn, entries, meta, packs };
            self.is_newest(Set { manifest: self.store.publish(manifest, spare)?, notes: made.notes.clone() });
        }
        Ok(made)
    }

    /// Writes a new entry of an event, made from its newest snapshot and the log since.
    fn renew(&self, work: &Work<'_>, id: EventId, made: &mut Made) -> Result<(), CheckpointError> {
        match id {
            EventId::SYSTEM => self.renew_as::<System>(work, id, made),
            _ => self.renew_as::<Event>(work, id, made),
        }
    }

    fn renew_as<C: Restorable>(
        &self,
        work: &Work<'_>,
        id: EventId,
        made: &mut Made,
    ) -> Result<(), CheckpointError> {
        let since = work.by_event.get(&id);
        let event: C = match work.images.get(&id) {
            Some(image) => self.go_on(id, image, since)?,
            None => self.rebuild_from(work.sets, id, since, &mut made.alarms)?,
        };
        self.memory.making(work.dealt + event.memory_bytes());
        guarded(|| event.check()).map_err(|what| CheckpointError::Event { event: id, what })?;
        self.write(work, id, made, &event)
    }

    /// Writes an entry at the LSN of the new set, unless that would use the reserve.
    fn write(
        &self,
        work: &Work<'_>,
        id: EventId,
        made: &mut Made,
        event: &impl Restorable,
    ) -> Result<(), CheckpointError> {
        let mut bytes = 0;
        let mut write = |writer: &mut EntryWriter<'_>| {
            event.write(|chunk| {
                bytes += chunk.len() as u64;
                self.room_for(chunk.len() as u64, work.lets_go).map_err(io::Error::other)?;
                writer.chunk(chunk)
            })
        };
        let written = guarded(|| {
            let note = event.note();
            Ok(self.store.write((id.into(), work.lsn, &note), &mut write))
        });
        let written = written.map_err(|what| CheckpointError::Event { event: id, what })?;
        match written {
            Ok(entry) => {
                made.take(entry);
                Ok(())
            }
            Err(error) => {
                // A set that was begun and did not fit takes more than estimated: at least twice what is written by now.
                let takes = made.needed.max(2 * (made.bytes + bytes)).saturating_sub(made.bytes);
                self.room_for(takes, work.lets_go)?;
                Err(error.into())
            }
        }
    }

    /// Removes log that no sale needs, only the feeds or the system event out of service, oldest first, as long as
    /// the disk is short of space or has no room for a snapshot of `needed` bytes. Returns the number of segments
    /// that were removed.
    ///
    /// # Errors
    /// If the snapshots cannot be looked at, or the log cannot be removed.
    pub(crate) fn relieve(&self, needed: u64) -> Result<u64, CheckpointError> {
        let is_short = || self.log.is_short_of_space() || self.room_for(needed, 0).is_err();
        if !is_short() {
            return Ok(0);
        }
        let Some(upto) = self.needless(Set::log_needed_by_sales)? else { return Ok(0) };
        let mut released = 0;
        while is_short() {
            match self.log.release_beyond(upto, self.log.bytes_but_oldest())?.segments {
                0 => break,
                segments => released += segments,
            }
        }
        Ok(released)
    }

    /// Lets go of log that neither a kept snapshot nor a feed nor anybody else needs at this time.
    fn release(&self, now: At) -> Result<u64, CheckpointError> {
        let Some(upto) = self.needless(Set::log_needed)? else { return Ok(0) };
        Ok(self.history.settle(self.others.upto(upto), now)?)
    }

    /// The newest record of the log that no kept snapshot needs, each from its `first` on. With a single set, the
    /// whole log takes the place of the second one.
    fn needless(&self, first: fn(&Set) -> Lsn) -> Result<Option<Lsn>, CheckpointError> {
        let Found { sets, .. } = Set::find(&self.store)?;
        let needed = sets.iter().map(first).min().filter(|_| sets.len() >= KEPT);
        Ok(needed.map(Lsn::previous))
    }
}

#[cfg(test)]
mod tests;
