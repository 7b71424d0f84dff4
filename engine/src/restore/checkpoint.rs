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

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use holdfast_snapshots::{EntryWriter, Manifest, Place, Store};
use holdfast_wal::{Log, Lsn, SealedLog};

use crate::codec::event_of;
use crate::feed::{FeedRetention, History};
use crate::journal::memory::MemoryGauge;
use crate::numbers::{At, EventId};
use crate::restore::newest::Newest;
use crate::restore::replay::{Replay, guarded};
use crate::restore::restorable::Restorable;
use crate::restore::sets::{Notes, Set, restore_entry};
use crate::state::{Event, TableSeed};
use crate::system::System;

mod keeping;
mod outcome;
mod work;

pub(crate) use outcome::Images;
pub use outcome::{CheckpointError, CheckpointReport, Image};
use work::{ByEvent, Made, Work, deal};

/// Sets of snapshots that are kept.
const KEPT: usize = 2;
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
}

impl Checkpointer {
    /// A checkpointer for this store and log.
    #[must_use]
    pub fn new(store: Arc<Store>, log: Log, seed: TableSeed) -> Self {
        let history = History::new(log.clone(), FeedRetention::default());
        Self { store, log, seed, history, reserve: 0, memory: Arc::default(), newest: None }
    }

    /// Tells this gauge what a snapshot takes while it is made.
    #[must_use]
    pub(crate) fn minding(self, memory: Arc<MemoryGauge>) -> Self {
        Self { memory, ..self }
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
        self.run_with(&Images::new())
    }

    /// Like [`Checkpointer::run`], but events with an image start from their image. Every record that is in an image
    /// has to be in a sealed segment.
    pub(crate) fn run_with(&self, images: &Images) -> Result<Option<CheckpointReport>, CheckpointError> {
        self.run_from(images, false)
    }

    /// As [`Checkpointer::run_with`], where each event has its image, so that no set is needed to know of the others.
    pub(crate) fn run_with_all(&self, images: &Images) -> Result<Option<CheckpointReport>, CheckpointError> {
        self.run_from(images, true)
    }

    fn run_from(&self, images: &Images, are_all: bool) -> Result<Option<CheckpointReport>, CheckpointError> {
        let started = Instant::now();
        let mut alarms = Vec::new();
        let mut sets = Set::find(&self.store, &mut alarms)?;
        let (mended, damaged) = self.mend(&mut sets, &mut alarms)?;
        let newest = sets.first().map_or(Lsn::ZERO, Set::lsn);
        let is_new = self.log.sealed_upto() > newest;
        let from = if sets.is_empty() {
            self.store.make_directory()?;
            // The images hold what was before the log.
            self.log.first_lsn()
        } else {
            newest.next()
        };
        // A set without one of the events would take what is left of it.
        if sets.is_empty() && !are_all && from > Lsn(1) {
            return Err(CheckpointError::NoSets);
        }
        let sealed = is_new.then(|| self.log.read_sealed(from)).transpose()?;
        let by_event = sealed.as_ref().map_or_else(|| Ok(ByEvent::new()), |sealed| deal(sealed, from))?;
        let dealt = work::bytes(&by_event);
        self.memory.making(dealt);
        let lsn = sealed.as_ref().map_or(newest, SealedLog::last_lsn).max(newest);
        if lsn == Lsn::ZERO {
            return Ok(None);
        }
        let lets_go = sets.first().map_or(0, |newest| self.lets_go_after(newest));
        let work =
            Work { sets: &sets, damaged: &damaged, lsn, newest, by_event: &by_event, dealt, images, lets_go };
        let made = self.make(&work, alarms).inspect_err(|_| self.store.abandon())?;
        let Made { mut alarms, behind, .. } = made;
        let mut segments_released = 0;
        if made.is_new || mended > 0 {
            let pruned = self.store.prune(KEPT)?;
            alarms.extend(pruned.faults.iter().map(ToString::to_string));
            segments_released = self.release(work::newest_at(&by_event))?;
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
            records: by_event.values().map(|records| records.len() as u64).sum(),
            bytes: made.bytes,
            segments_released,
            took: started.elapsed(),
            alarms,
            behind,
            only_in_memory: made.only_in_memory,
        }))
    }

    /// Rebuilds one event from its newest usable snapshot and the sealed log, for an actor whose event is out of
    /// service. Every record of the event must be in sealed segments.
    ///
    /// # Errors
    /// If no snapshot can be used and the log does not reach back, or a record cannot be replayed.
    pub fn rebuild(&self, id: EventId) -> Result<Event, CheckpointError> {
        self.rebuild_as(id)
    }

    /// As [`Checkpointer::rebuild`], of the system event.
    ///
    /// # Errors
    /// As [`Checkpointer::rebuild`].
    pub fn rebuild_system(&self) -> Result<System, CheckpointError> {
        self.rebuild_as(EventId::SYSTEM)
    }

    fn rebuild_as<C: Restorable>(&self, id: EventId) -> Result<C, CheckpointError> {
        let mut alarms = Vec::new();
        let sets = Set::find(&self.store, &mut alarms)?;
        self.rebuild_from(&sets, id, None, &mut alarms)
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
        let sets = Set::find(&self.store, &mut Vec::new())?;
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
        let mut made = Made { alarms, notes, needed, ..Made::default() };
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

    fn go_on<C: Restorable>(
        &self,
        id: EventId,
        image: &Image,
        since: Option<&Vec<(Lsn, &[u8])>>,
    ) -> Result<C, CheckpointError> {
        let chunks = image.chunks.iter().map(Vec::as_slice);
        let event = guarded(|| C::read(chunks, self.seed).map_err(|error| error.to_string()))
            .map_err(|what| CheckpointError::Event { event: id, what })?;
        let replay = Replay::from_snapshot(id, event, image.upto, self.seed);
        finish(id, replay, since.map_or(&[], Vec::as_slice))
    }

    /// Rebuilds an event from its newest snapshot and the records since. If that cannot be used: from an older
    /// snapshot or from nothing, and more of the log. `since` are its sealed records after the newest set, if they
    /// are at hand.
    fn rebuild_from<C: Restorable>(
        &self,
        sets: &[Set],
        id: EventId,
        since: Option<&Vec<(Lsn, &[u8])>>,
        alarms: &mut Vec<String>,
    ) -> Result<C, CheckpointError> {
        let mut reasons = Vec::new();
        let mut through = |replay: Replay<C>, from: Lsn, is_newest: bool| match since {
            Some(records) if is_newest => Some(finish(id, replay, records)),
            _ => match self.through_the_log(id, replay, from) {
                Err(CheckpointError::Log(fault)) => {
                    reasons.push(fault.to_string());
                    None
                }
                done => Some(done),
            },
        };
        let newest = |set: &Set| set.lsn() == sets[0].lsn() && !set.notes.behind.contains_key(&id);
        for set in sets {
            let Some(entry) = set.entry(id) else { continue };
            match restore_entry(&self.store, entry, self.seed) {
                Ok(event) => {
                    let from = set.lacks_from(id);
                    let replay = Replay::from_snapshot(id, event, Lsn(from.0 - 1), self.seed);
                    if let Some(done) = through(replay, from, newest(set)) {
                        return done;
                    }
                }
                Err(reason) => {
                    alarms.push(format!("the snapshot of event {id} at {:?}: {reason}", set.lsn()));
                }
            }
        }
        // Events are never removed, so a set that does not name this event is older than the event.
        let older = sets.iter().find(|set| set.entry(id).is_none());
        let from = older.map_or(Lsn(1), |set| set.lacks_from(id));
        let is_newest = older.map_or(sets.is_empty(), newest);
        through(Replay::from_nothing(id, self.seed), from, is_newest)
            .unwrap_or_else(|| Err(CheckpointError::Damaged { event: id, what: reasons.join("; ") }))
    }

    fn through_the_log<C: Restorable>(
        &self,
        id: EventId,
        mut replay: Replay<C>,
        from: Lsn,
    ) -> Result<C, CheckpointError> {
        let sealed = self.log.read_sealed(from)?;
        for group in sealed.groups(from) {
            for (lsn, bytes) in group?.records() {
                if event_of(bytes) == Some(id) {
                    replay.record(lsn, bytes)?;
                }
            }
        }
        finish(id, replay, &[])
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

    /// Lets go of log that neither a kept snapshot nor a feed needs at this time.
    fn release(&self, now: At) -> Result<u64, CheckpointError> {
        let Some(upto) = self.needless(Set::log_needed)? else { return Ok(0) };
        Ok(self.history.settle(upto, now)?)
    }

    /// The newest record of the log that no kept snapshot needs, each from its `first` on. With a single set, the
    /// whole log takes the place of the second one.
    fn needless(&self, first: fn(&Set) -> Lsn) -> Result<Option<Lsn>, CheckpointError> {
        let sets = Set::find(&self.store, &mut Vec::new())?;
        let needed = sets.iter().map(first).min().filter(|_| sets.len() >= KEPT);
        Ok(needed.map(Lsn::previous))
    }
}

fn finish<C: Restorable>(
    id: EventId,
    mut replay: Replay<C>,
    records: &[(Lsn, &[u8])],
) -> Result<C, CheckpointError> {
    for (lsn, bytes) in records {
        replay.record(*lsn, bytes)?;
    }
    let done = replay.finish().map(|(event, _)| event);
    done.ok_or_else(|| CheckpointError::Event { event: id, what: "it has no records".to_owned() })
}

#[cfg(test)]
mod tests;
