//! What is kept of the snapshots: entries are read back now and then, and what no kept manifest needs is removed.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::PoisonError;

use holdfast_wal::Lsn;

use super::{Store, Writing, number_of};
use crate::error::{ReadError, WriteError};
use crate::format::{Entry, Manifest, Place};
use crate::names;
use crate::reader::{self, Open};

/// What [`Store::prune`] has done.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Manifests that are kept and whole, as far as they were looked at, with all their entries.
    pub manifests_kept: usize,
    /// Manifests removed.
    pub manifests_removed: usize,
    /// Packs removed, and entries with files of their own.
    pub files_removed: usize,
    /// Unfinished files removed.
    pub temporaries_removed: usize,
    /// Why manifests that were looked at do not count as whole: cause for an alarm.
    pub faults: Vec<ReadError>,
}

impl Store {
    /// Reads back entries of these manifests, and returns those that are damaged, each with the reason. A small store is
    /// read whole. Of a large one, packs that were not read back since they were written are, and entries that were
    /// damaged the last time, and of the others another part each time.
    pub fn scrub(&self, manifests: &[&Manifest]) -> Vec<(Entry, ReadError)> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (faults, next) = self.look(&mut writing, manifests);
        writing.next_look = next;
        faults
    }

    /// Reads back entries of these manifests, from where the next look begins. Returns where the one after it would, too.
    fn look(
        &self,
        writing: &mut Writing,
        manifests: &[&Manifest],
    ) -> (Vec<(Entry, ReadError)>, Option<Place>) {
        let mut entries: Vec<&Entry> = manifests.iter().flat_map(|manifest| &manifest.entries).collect();
        entries.sort_unstable_by_key(|entry| (entry.place, entry.key, entry.lsn));
        entries.dedup();
        let from = writing.next_look.map_or(0, |next| entries.partition_point(|entry| entry.place < next));
        let mut left = self.scrub_bytes;
        let mut next_look = None;
        let mut faults = Vec::new();
        let mut open: Option<Open> = None;
        for entry in entries[from..].iter().chain(&entries[..from]) {
            let is_turn = left > 0;
            let is_proven = number_of(entry).is_some_and(|number| writing.proven.contains(&number));
            if !is_turn && is_proven && !writing.damaged.contains(*entry) {
                next_look.get_or_insert(entry.place);
                continue;
            }
            left = left.saturating_sub(entry.stored().max(1));
            if !open.as_ref().is_some_and(|open| open.has(entry)) {
                open = None;
            }
            let checked = match open.take().map_or_else(|| Open::whole(self.storage(), entry), Ok) {
                Ok(there) => open.insert(there).stored(entry).map(drop),
                Err(fault) => Err(fault),
            };
            match checked {
                Ok(()) => drop(writing.damaged.remove(*entry)),
                Err(fault) => {
                    writing.damaged.insert(**entry);
                    faults.push((**entry, fault));
                }
            }
        }
        writing.proven.extend(entries.iter().filter_map(|entry| number_of(entry)));
        (faults, next_look)
    }

    /// Gives up the snapshot that is being made: removes what was written since the last manifest, as its room
    /// may be needed. To be called when a snapshot has failed, above all on a full disk. Files that cannot be removed
    /// now are removed by the next [`Store::prune`] or [`Store::tidy`].
    pub fn abandon(&self) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if writing.packing.take().is_some() {
            let _ = self.storage().remove(&names::path(names::PACK_TEMPORARY));
        }
        let unpublished = std::mem::take(&mut writing.unpublished);
        // After a failed sync, a manifest that names these packs may be there or not.
        if !writing.poisoned {
            let unpublished: HashSet<String> = unpublished.into_iter().map(names::pack).collect();
            let _ = self.remove_unnamed(|name| unpublished.contains(name));
        }
    }

    /// Removes the packs and entries that no manifest names, which a snapshot has left that a crash cut short. Returns how
    /// many. To be called at the start, after everything that is needed was read.
    ///
    /// Nothing is removed while a manifest cannot be read, as it may become readable or be restored.
    ///
    /// # Errors
    /// What the medium says.
    pub fn tidy(&self) -> Result<usize, WriteError> {
        let writing = self.turn()?;
        let unpublished: HashSet<String> = writing.unpublished.iter().copied().map(names::pack).collect();
        self.remove_unnamed(|name| !unpublished.contains(name))
    }

    /// Removes those of the chosen files that no manifest names, if all manifests are known.
    fn remove_unnamed(&self, chosen: impl Fn(&str) -> bool) -> Result<usize, WriteError> {
        let listing = self.listing()?;
        let mut named = HashSet::new();
        for lsn in &listing.manifests {
            let Ok(manifest) = reader::read_manifest(self.storage(), *lsn) else { return Ok(0) };
            named.extend(files_of(&manifest));
        }
        let mut files = listing.files();
        files.retain(|name| chosen(name) && !named.contains(name));
        self.remove(&files)
    }

    /// Keeps the `keep` newest manifests that are whole (at least one) with the packs and entries that they name, and
    /// what was written since the last manifest; removes the rest and unfinished files.
    ///
    /// A manifest counts as whole when it, the indexes of its packs, all that is new in it, and of the rest what a look
    /// reads back, are whole. While fewer than `keep` are whole and others are damaged, only unfinished files are removed,
    /// as what the damaged ones name may be all that is left. The same goes if the medium fails to read one, as it may be
    /// whole.
    ///
    /// # Errors
    /// What the medium says. A manifest is removed durably before the files that it names, so after an error or a
    /// crash at any step the manifests that are left are as whole as before.
    pub fn prune(&self, keep: usize) -> Result<Pruned, WriteError> {
        let mut writing = self.turn()?;
        let listing = self.listing()?;
        let mut pruned = Pruned::default();
        let mut manifests_kept = HashSet::new();
        let mut files_kept: HashSet<String> = writing.unpublished.iter().copied().map(names::pack).collect();
        let mut known = BTreeMap::new();
        for lsn in listing.manifests.iter().rev().copied() {
            if manifests_kept.len() == keep.max(1) {
                break;
            }
            match self.check(lsn, &mut writing, &mut known) {
                Ok(manifest) => {
                    manifests_kept.insert(lsn);
                    files_kept.extend(files_of(&manifest));
                }
                Err(fault) => pruned.faults.push(fault),
            }
        }
        pruned.manifests_kept = manifests_kept.len();

        let mut temporaries = listing.temporaries.clone();
        temporaries.retain(|name| writing.packing.is_none() || name != names::PACK_TEMPORARY);
        pruned.temporaries_removed = self.remove(&temporaries)?;
        let certain = pruned.faults.iter().all(ReadError::is_permanent);
        if certain && (pruned.faults.is_empty() || manifests_kept.len() >= keep.max(1)) {
            let manifests = listing.manifests.iter().filter(|lsn| !manifests_kept.contains(lsn));
            let manifests: Vec<String> = manifests.map(|lsn| names::manifest(*lsn)).collect();
            pruned.manifests_removed = self.remove(&manifests)?;
            if pruned.manifests_removed > 0 {
                self.sync_names(&mut writing)?;
            }
            let mut files = listing.files();
            files.retain(|name| !files_kept.contains(name));
            pruned.files_removed = self.remove(&files)?;
            writing.damaged.clear();
            writing.proven.retain(|number| files_kept.contains(&names::pack(*number)));
        }
        if pruned.files_removed + pruned.temporaries_removed > 0 {
            self.sync_names(&mut writing)?;
        }
        Ok(pruned)
    }

    /// Reads a manifest, and of its entries what a look reads back, without those of an earlier manifest.
    fn check(
        &self,
        lsn: Lsn,
        writing: &mut Writing,
        known: &mut BTreeMap<(u64, Place), Lsn>,
    ) -> Result<Manifest, ReadError> {
        let manifest = reader::read_manifest(self.storage(), lsn)?;
        let is_new = |entry: &Entry| known.get(&(entry.key, entry.place)) != Some(&entry.lsn);
        let entries = manifest.entries.iter().filter(|entry| is_new(entry)).copied().collect();
        let unread = Manifest { lsn, entries, meta: Vec::new(), packs: manifest.packs.clone() };
        // Looks at all sets together come to everything in turns; this one, at a part of a set, takes no turn from them.
        let (faults, _) = self.look(writing, &[&unread]);
        let mut counts = faults.into_iter().filter(|(entry, _)| !writing.excused.contains(&entry.key));
        match counts.next() {
            Some((_, fault)) => Err(fault),
            None => {
                known.extend(unread.entries.iter().map(|entry| ((entry.key, entry.place), entry.lsn)));
                Ok(manifest)
            }
        }
    }

    /// Removes files and returns their number.
    fn remove(&self, names: &[String]) -> Result<usize, WriteError> {
        for name in names {
            let path = names::path(name);
            match self.storage().remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(WriteError::io("remove", path, error));
                }
                _ => {}
            }
        }
        Ok(names.len())
    }
}

/// The names of the files that a manifest names.
fn files_of(manifest: &Manifest) -> impl Iterator<Item = String> + '_ {
    let packs = manifest.packs.iter().map(|pack| names::pack(pack.number()));
    let files = manifest.entries.iter().filter(|entry| entry.place == Place::File);
    packs.chain(files.map(names::file_of))
}
