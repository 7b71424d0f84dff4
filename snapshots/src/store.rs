//! The catalogue: which snapshots there are, in what order a new one becomes durable, and when one may be removed.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_wal::{Lsn, Storage};

use crate::error::{ManifestFault, ReadError, WriteError};
use crate::format::{self, Entry, Manifest};
use crate::names::{self, DIRECTORY, Named};
use crate::reader::{self, EntryReader};
use crate::writer::{self, EntryWriter};

/// The snapshots of one data directory, in its directory `snapshots`.
///
/// Reading takes no lock. [`Store::write`], [`Store::mend`], [`Store::publish`], [`Store::abandon`],
/// [`Store::prune`] and [`Store::tidy`] take turns; the closure given to `write` must not call them.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// use holdfast_snapshots::{Catalogued, Manifest, Store};
/// use holdfast_wal::{DiskStorage, Lsn, Storage};
///
/// # let directory = holdfast_testkit::TempDir::new();
/// let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory.path())?);
/// let store = Store::open(storage)?;
/// let entry = store.write(7, Lsn(41), &mut |writer| writer.chunk(b"the state of key 7"))?;
/// store.publish(&Manifest { lsn: Lsn(42), entries: vec![entry], meta: Vec::new() })?;
///
/// let Some(Catalogued::Present(newest)) = store.manifests()?.into_iter().next() else { panic!("it was published") };
/// let state = store.read(&newest.entries[0])?;
/// assert!(state.chunks().eq([b"the state of key 7"]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Store {
    storage: Arc<dyn Storage>,
    writing: Mutex<Writing>,
}

/// What the writer knows besides the files.
#[derive(Debug, Default)]
struct Writing {
    /// Files of entries written since the last manifest: the next one may name them.
    unpublished: HashSet<String>,
    /// Keys whose state cannot be read for now, see [`Store::excuse`].
    excused: HashSet<u64>,
    /// A sync of the directory failed.
    poisoned: bool,
}

/// A manifest in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Catalogued {
    /// The manifest is whole. Its entries are checked when they are read.
    Present(Manifest),
    /// The manifest's file cannot be used. This is cause for an alarm; the manifest must not be taken as absent.
    Unreadable {
        /// Path relative to the data directory.
        file: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
}

/// What [`Store::prune`] has done.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Manifests that are kept and whole, with all their entries.
    pub manifests_kept: usize,
    /// Manifests removed.
    pub manifests_removed: usize,
    /// Entries removed.
    pub entries_removed: usize,
    /// Unfinished files removed.
    pub temporaries_removed: usize,
    /// Why manifests that were looked at do not count as whole: cause for an alarm.
    pub faults: Vec<ReadError>,
}

impl Store {
    /// Opens the snapshots for reading and writing: creates the directory, removes unfinished files, and makes the names
    /// that are there durable. Only one process may have a data directory open.
    ///
    /// # Errors
    /// What the medium says.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, ReadError> {
        let store = Self::attach(storage);
        store.make_directory()?;
        for name in list(&*store.storage)? {
            if names::parse(&name) == Named::Temporary {
                let path = names::path(&name);
                store.storage.remove(&path).map_err(|error| ReadError::io("remove", path, error))?;
            }
        }
        // A process that was killed may have left a manifest that is visible and not durable. From here on log and older
        // snapshots are removed because of it, and it must not be lost after them.
        store.storage.sync_dir(DIRECTORY).map_err(|error| ReadError::io("sync", DIRECTORY, error))?;
        Ok(store)
    }

    /// Attaches to the snapshots without changing anything, for inspection. [`Store::open`] tidies up.
    #[must_use]
    pub fn attach(storage: Arc<dyn Storage>) -> Self {
        Self { storage, writing: Mutex::default() }
    }

    /// Creates the directory, if it is gone.
    ///
    /// # Errors
    /// What the medium says.
    pub fn make_directory(&self) -> Result<(), ReadError> {
        self.storage.create_dir(DIRECTORY).map_err(|error| ReadError::io("create", DIRECTORY, error))
    }

    /// Every manifest, newest first; empty when there is none. Their entries are not looked at.
    ///
    /// # Errors
    /// The directory cannot be listed. A manifest that cannot be read is no error, but
    /// [`Catalogued::Unreadable`].
    pub fn manifests(&self) -> Result<Vec<Catalogued>, ReadError> {
        let newest_first = self.listing()?.manifests.into_iter().rev();
        Ok(newest_first
            .map(|lsn| match reader::read_manifest(&*self.storage, lsn) {
                Ok(manifest) => Catalogued::Present(manifest),
                Err(error) => {
                    Catalogued::Unreadable { file: error.path().to_owned(), reason: error.to_string() }
                }
            })
            .collect())
    }

    /// Writes the state of `key` as it is after the record `lsn`; durable once a manifest names it.
    ///
    /// # Errors
    /// What the medium or the closure says, or that a chunk was refused. Nothing is left of the entry then.
    pub fn write(
        &self,
        key: u64,
        lsn: Lsn,
        write: &mut dyn FnMut(&mut EntryWriter) -> io::Result<()>,
    ) -> Result<Entry, WriteError> {
        let mut writing = self.turn()?;
        let entry = writer::write_entry(&*self.storage, key, lsn, write)?;
        writing.unpublished.insert(names::of_entry(&entry));
        Ok(entry)
    }

    /// Writes the file of an entry anew, as it is damaged or gone. The chunks have to be the very ones that the entry
    /// had; otherwise nothing is changed, and this returns false. The file is replaced in one step; a crash leaves
    /// the damaged one or the whole one.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn mend<'a>(
        &self,
        entry: &Entry,
        chunks: &(impl Iterator<Item = &'a [u8]> + Clone),
    ) -> Result<bool, WriteError> {
        let mut writing = self.turn()?;
        if format::entry_of(entry.key, entry.lsn, chunks.clone()) != Some(*entry) {
            return Ok(false);
        }
        writer::write_entry(&*self.storage, entry.key, entry.lsn, &mut |writer| {
            chunks.clone().try_for_each(|chunk| writer.chunk(chunk))
        })?;
        self.sync_names(&mut writing)?;
        Ok(true)
    }

    /// The state of these keys cannot be read for now, and manifests with the others must not wait for it. From now
    /// on [`Store::publish`] accepts the entries of these keys with or without a file, and [`Store::prune`] keeps
    /// them without reading them.
    pub fn excuse(&self, keys: impl IntoIterator<Item = u64>) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        writing.excused = keys.into_iter().collect();
    }

    /// Free space of the medium, bytes.
    ///
    /// # Errors
    /// What the medium says.
    pub fn free_bytes(&self) -> io::Result<u64> {
        self.storage.free_bytes()
    }

    /// Reads an entry that a manifest names. Every byte of it is checked before this returns.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or is not the one that the manifest named.
    pub fn read(&self, entry: &Entry) -> Result<EntryReader, ReadError> {
        reader::read_entry(&*self.storage, entry)
    }

    /// Makes a snapshot of what was written: when this returns, the manifest and all that it names survive a
    /// crash. Replaces a manifest at the same LSN.
    ///
    /// # Errors
    /// If the manifest is impossible (a key twice, an entry after it, an entry without a file, too large), or what the
    /// medium says. What was published before is always untouched. If the last sync of the directory failed, the new
    /// manifest may be there or not, and the store takes nothing more.
    pub fn publish(&self, manifest: &Manifest) -> Result<(), WriteError> {
        let mut writing = self.turn()?;
        let present: HashSet<String> = list(&*self.storage)?.into_iter().collect();
        let needed = manifest.entries.iter().filter(|entry| !writing.excused.contains(&entry.key));
        if let Some(file) = needed.map(names::of_entry).find(|file| !present.contains(file)) {
            let fault = ManifestFault::Missing { file };
            return Err(WriteError::Manifest { lsn: manifest.lsn, fault });
        }
        self.sync_names(&mut writing)?;
        writer::write_manifest(&*self.storage, manifest)?;
        self.sync_names(&mut writing)?;
        writing.unpublished.clear();
        Ok(())
    }

    /// Gives up the snapshot that is being made: removes the entries written since the last manifest, as their room
    /// may be needed. To be called when a snapshot has failed, above all on a full disk. Files that cannot be removed
    /// now are removed by the next [`Store::prune`] or [`Store::tidy`].
    pub fn abandon(&self) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let unpublished = std::mem::take(&mut writing.unpublished);
        // After a failed sync, a manifest that names these entries may be there or not.
        if !writing.poisoned {
            let _ = self.remove_unnamed(|name| unpublished.contains(name));
        }
    }

    /// Removes the entries that no manifest names, which a snapshot has left that a crash cut short. Returns how
    /// many. To be called at the start, after everything that is needed was read.
    ///
    /// Nothing is removed while a manifest cannot be read, as it may become readable or be restored.
    ///
    /// # Errors
    /// What the medium says.
    pub fn tidy(&self) -> Result<usize, WriteError> {
        let writing = self.turn()?;
        self.remove_unnamed(|name| !writing.unpublished.contains(name))
    }

    /// Removes those of the chosen entries that no manifest names, if all manifests are known.
    fn remove_unnamed(&self, chosen: impl Fn(&str) -> bool) -> Result<usize, WriteError> {
        let listing = self.listing()?;
        let mut named = HashSet::new();
        for lsn in listing.manifests {
            let Ok(manifest) = reader::read_manifest(&*self.storage, lsn) else { return Ok(0) };
            named.extend(manifest.entries.iter().map(names::of_entry));
        }
        let names = listing.entries.into_iter().map(|(name, _)| name);
        let unnamed: Vec<String> = names.filter(|name| chosen(name) && !named.contains(name)).collect();
        self.remove(&unnamed)
    }

    /// Keeps the `keep` newest manifests that are whole (at least one) with the entries that they name, and
    /// entries written since the last manifest; removes the rest and unfinished files.
    ///
    /// A manifest counts as whole when it and every entry of it were read back, so this reads all that it keeps.
    /// While fewer than `keep` are whole and others are damaged, only unfinished files are removed, as the entries
    /// that the damaged ones name may be all that is left. The same goes if the medium fails to read one, as it may
    /// be whole.
    ///
    /// # Errors
    /// What the medium says. A manifest is removed durably before the entries that it names, so after an error or a
    /// crash at any step the manifests that are left are as whole as before.
    pub fn prune(&self, keep: usize) -> Result<Pruned, WriteError> {
        let mut writing = self.turn()?;
        let listing = self.listing()?;
        let mut pruned = Pruned::default();
        let mut manifests_kept = HashSet::new();
        let mut entries_kept = HashSet::new();
        let mut whole = HashSet::new();
        for lsn in listing.manifests.iter().rev().copied() {
            if manifests_kept.len() == keep.max(1) {
                break;
            }
            match self.check(lsn, &mut whole, &writing.excused) {
                Ok(manifest) => {
                    manifests_kept.insert(lsn);
                    entries_kept.extend(manifest.entries.iter().map(names::of_entry));
                }
                Err(fault) => pruned.faults.push(fault),
            }
        }
        pruned.manifests_kept = manifests_kept.len();

        pruned.temporaries_removed = self.remove(&listing.temporaries)?;
        let certain = pruned.faults.iter().all(ReadError::is_permanent);
        if certain && (pruned.faults.is_empty() || manifests_kept.len() >= keep.max(1)) {
            let manifests = listing.manifests.iter().filter(|lsn| !manifests_kept.contains(lsn));
            let manifests: Vec<String> = manifests.map(|lsn| names::manifest(*lsn)).collect();
            pruned.manifests_removed = self.remove(&manifests)?;
            if pruned.manifests_removed > 0 {
                self.sync_names(&mut writing)?;
            }
            let entries = listing.entries.into_iter().map(|(name, _)| name);
            let entries: Vec<String> = entries
                .filter(|name| !entries_kept.contains(name) && !writing.unpublished.contains(name))
                .collect();
            pruned.entries_removed = self.remove(&entries)?;
        }
        if pruned.entries_removed + pruned.temporaries_removed > 0 {
            self.sync_names(&mut writing)?;
        }
        Ok(pruned)
    }

    /// Reads a manifest and its entries, without those that were read for an earlier manifest.
    fn check(
        &self,
        lsn: Lsn,
        whole: &mut HashSet<Entry>,
        excused: &HashSet<u64>,
    ) -> Result<Manifest, ReadError> {
        let manifest = reader::read_manifest(&*self.storage, lsn)?;
        for entry in &manifest.entries {
            if !whole.contains(entry) && !excused.contains(&entry.key) {
                self.read(entry)?;
                whole.insert(*entry);
            }
        }
        Ok(manifest)
    }

    fn turn(&self) -> Result<MutexGuard<'_, Writing>, WriteError> {
        // A panic of the closure that gives the bytes leaves a temporary file behind and nothing else, so the state under
        // the lock is good.
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if writing.poisoned { Err(WriteError::Poisoned) } else { Ok(writing) }
    }

    fn sync_names(&self, writing: &mut Writing) -> Result<(), WriteError> {
        self.storage.sync_dir(DIRECTORY).map_err(|error| {
            writing.poisoned = true;
            WriteError::io("sync", DIRECTORY, error)
        })
    }

    /// Removes files and returns their number.
    fn remove(&self, names: &[String]) -> Result<usize, WriteError> {
        for name in names {
            let path = names::path(name);
            match self.storage.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(WriteError::io("remove", path, error));
                }
                _ => {}
            }
        }
        Ok(names.len())
    }

    pub(crate) fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    pub(crate) fn listing(&self) -> Result<Listing, ReadError> {
        let mut listing = Listing::default();
        for name in list(&*self.storage)? {
            match names::parse(&name) {
                Named::Manifest(lsn) => listing.manifests.push(lsn),
                named @ Named::Entry { .. } => listing.entries.push((name, named)),
                Named::Temporary => listing.temporaries.push(name),
                Named::Unknown => listing.unknown.push(name),
            }
        }
        listing.manifests.sort_unstable();
        Ok(listing)
    }
}

/// The names in the directory, by kind.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Oldest first.
    pub(crate) manifests: Vec<Lsn>,
    pub(crate) entries: Vec<(String, Named)>,
    pub(crate) temporaries: Vec<String>,
    pub(crate) unknown: Vec<String>,
}

fn list(storage: &dyn Storage) -> Result<Vec<String>, ReadError> {
    storage.list(DIRECTORY).map_err(|error| ReadError::io("list", DIRECTORY, error))
}
