//! What a new set keeps of the sets before it: copies of what has not changed, read back in turns; and what stands in for an
//! event of which no snapshot can be made.

use std::collections::HashSet;

use holdfast_snapshots::{Entry, Manifest, Place, WriteError};

use super::outcome::CheckpointError;
use super::work::{Made, Work};
use super::{Checkpointer, KEPT};
use crate::numbers::EventId;
use crate::restore::restorable::Restorable;
use crate::restore::sets::{Found, Set, restore_entry};
use crate::state::Event;
use crate::system::System;

impl Checkpointer {
    /// Reads back snapshots of the sets that are kept, and makes damaged ones good from those that hold the same. Returns
    /// how many, and those that are still damaged.
    pub(super) fn mend(&self, found: &mut Found) -> Result<(usize, HashSet<Entry>), CheckpointError> {
        let kept = &found.sets[..found.sets.len().min(KEPT)];
        let manifests: Vec<&Manifest> = kept.iter().map(|set| &set.manifest).collect();
        let faults = self.store.scrub(&manifests);
        let mut alarms: Vec<String> = faults.iter().map(|(_, fault)| fault.to_string()).collect();
        let mut damaged: HashSet<Entry> = faults.into_iter().map(|(entry, _)| entry).collect();
        let mut mended = 0;
        for set in kept {
            let others = || kept.iter().filter(|other| other.lsn() != set.lsn());
            let twin = |entry: &Entry| {
                others()
                    .filter_map(|other| other.manifest.entry(entry.key))
                    .find(|twin| !damaged.contains(twin))
            };
            let harmed = damaged.iter().filter(|entry| set.manifest.entry(entry.key) == Some(entry));
            let mut pairs: Vec<(Entry, Entry)> =
                harmed.filter_map(|entry| Some((*entry, *twin(entry)?))).collect();
            pairs.sort_unstable_by_key(|(entry, _)| entry.key);
            mended += self.store.mend(&set.manifest, &pairs).inspect_err(|_| self.store.abandon())?;
        }
        if mended > 0 {
            alarms.append(&mut found.alarms);
            *found = Set::find(&self.store)?;
            let sets = &found.sets;
            sets.first().into_iter().for_each(|set| self.is_newest(set.clone()));
            let is_named =
                |entry: &Entry| sets.iter().any(|set| set.manifest.entry(entry.key) == Some(entry));
            damaged.retain(is_named);
        }
        found.alarms.append(&mut alarms);
        Ok((mended, damaged))
    }

    pub(super) fn is_newest(&self, set: Set) {
        if let Some(newest) = &self.newest {
            newest.is(set);
        }
    }

    /// Carries over the entry of an event to which nothing has happened.
    pub(super) fn keep(&self, work: &Work<'_>, id: EventId, made: &mut Made) -> Result<(), CheckpointError> {
        let [newer, older] = [0, 1].map(|age| work.sets.get(age).and_then(|set| set.entry(id)).copied());
        let Some(newer) = newer.filter(|newer| !work.damaged.contains(newer)) else {
            return self.renew(work, id, made);
        };
        let is_shared = older == Some(newer);
        let is_twin = |older: &Entry| older.is_same_state(&newer) && older.place != Place::File;
        let twin = older.filter(|older| !is_shared && is_twin(older) && !work.damaged.contains(older));
        // A set at the LSN of the newest set replaces it; a later set must not name a copy that the newest names.
        let kept = if work.lsn == work.newest { Some(newer).filter(|_| !is_shared) } else { twin };
        if let Some(entry) = kept {
            made.carried_over += 1;
            made.entries.push(entry);
            return Ok(());
        }
        let Some(note) = work.sets[0].manifest.note(&newer) else {
            return match id {
                EventId::SYSTEM => self.pack::<System>(work, id, &newer, made),
                _ => self.pack::<Event>(work, id, &newer, made),
            };
        };
        self.room_for(newer.stored(), work.lets_go)?;
        match self.store.copy(&newer, note) {
            Ok(copy) => {
                made.take(copy);
                Ok(())
            }
            Err(WriteError::Read(fault)) => {
                made.alarms.push(fault.to_string());
                self.renew(work, id, made)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Writes an entry that has a file of its own into the pack, with its note.
    fn pack<C: Restorable>(
        &self,
        work: &Work<'_>,
        id: EventId,
        entry: &Entry,
        made: &mut Made,
    ) -> Result<(), CheckpointError> {
        match restore_entry::<C>(&self.store, entry, self.seed) {
            Ok(event) => self.write(work, id, made, &event),
            Err(fault) => {
                made.alarms.push(fault);
                self.renew(work, id, made)
            }
        }
    }

    /// No snapshot of the event can be made. If nothing on the disk restores it, memory is asked. If memory does not have it
    /// either, an older snapshot stands in for it. New sets name the older ones in turn, so that none goes while this lasts:
    /// it may be all that is left of the event.
    pub(super) fn stand_in(
        &self,
        work: &Work<'_>,
        id: EventId,
        error: &CheckpointError,
        made: &mut Made,
    ) -> Result<(), CheckpointError> {
        if let CheckpointError::Damaged { what, .. } = error {
            if let Some(image) = work.memory.and_then(|memory| memory.image(id)) {
                made.in_memory.insert(id, image);
                return Ok(());
            }
            // A new set may take the place of the one that cannot be read, which may have the event whole.
            if let Some(unread) = work.unread {
                return Err(CheckpointError::Unread { event: id, what: format!("{what}; {unread}") });
            }
            made.damaged.push(id);
        }
        made.behind.push((id, error.to_string()));
        let (newer, older) = (work.sets.first(), work.sets.get(1));
        let turn = if work.lsn == work.newest { [newer, older] } else { [older, newer] };
        let named = turn.iter().flatten().find_map(|set| Some((*set, *set.entry(id)?)));
        let from = match named {
            Some((set, entry)) => {
                // Among the others of this set, its pack would hide newer ones.
                let is_beside =
                    turn[0].is_some_and(|base| base.lsn() == set.lsn()) || entry.place == Place::File;
                let note = set.manifest.note(&entry).unwrap_or_default();
                made.entries.push(if is_beside { entry } else { self.store.copy_remains(&entry, note)? });
                Some(set.lacks_from(id))
            }
            None => newer
                .and_then(|set| set.notes.behind.get(&id).copied())
                .or_else(|| work.by_event.get(&id)?.first().map(|(lsn, _)| *lsn)),
        };
        made.notes.behind.extend(from.map(|from| (id, from)));
        Ok(())
    }
}
