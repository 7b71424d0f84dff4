//! The catalogue: which snapshots there are, and in what order a new one becomes durable. What is kept of them, and read
//! back, is in `keeping`; which packs become one, in `merging`.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_wal::{Lsn, Storage};

use crate::error::{ManifestFault, ReadError, WriteError};
use crate::format::{Entry, Manifest, Place};
use crate::limits::SCRUB_BYTES;
use crate::names::{self, DIRECTORY, Named};
use crate::reader::{self, EntryReader, Open};
use crate::writer::{self, EntryWriter, PackWriter};

mod keeping;
mod merging;

pub use keeping::Pruned;

/// The snapshots of one data directory, in its directory `snapshots`.
///
/// Reading takes no lock. [`Store::write`], [`Store::copy`], [`Store::mend`], [`Store::publish`], [`Store::abandon`],
/// [`Store::scrub`], [`Store::prune`] and [`Store::tidy`] take turns; the closure given to `write` must not call them.
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
/// let entry = store.write((7, Lsn(41), b"a note"), &mut |writer| writer.chunk(b"the state of key 7"))?;
/// let manifest = Manifest { lsn: Lsn(42), entries: vec![entry], meta: Vec::new(), packs: Vec::new() };
/// store.publish(manifest, u64::MAX)?;
///
/// let Some(Catalogued::Present(newest)) = store.manifests()?.into_iter().next() else { panic!("it was published") };
/// assert_eq!(newest.note(&entry), Some(&b"a note"[..]));
/// let state = store.read(&newest.entries[0])?;
/// assert!(state.chunks().eq([b"the state of key 7"]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Store {
    storage: Arc<dyn Storage>,
    writing: Mutex<Writing>,
    /// Bytes of entries that one look reads back at least.
    scrub_bytes: u64,
}

/// What the writer knows besides the files.
#[derive(Debug, Default)]
struct Writing {
    /// The pack that is being written: the next manifest may name its entries.
    packing: Option<PackWriter>,
    /// Packs that were finished since the last manifest.
    unpublished: HashSet<u64>,
    /// Packs that were read back whole since they were written.
    proven: HashSet<u64>,
    /// Entries that were damaged when they were last read.
    damaged: HashSet<Entry>,
    /// Where the next look begins.
    next_look: Option<Place>,
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
        /// Whether it is known to be damaged or gone. If not, the medium failed to read it, and it may be whole.
        is_damaged: bool,
    },
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
        Self { storage, writing: Mutex::default(), scrub_bytes: SCRUB_BYTES }
    }

    /// Reads back this many bytes of entries at each look at what is kept, at least.
    #[must_use]
    pub fn scrubbing(self, bytes: u64) -> Self {
        Self { scrub_bytes: bytes, ..self }
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
                Err(error) => Catalogued::Unreadable {
                    file: error.path().to_owned(),
                    reason: error.to_string(),
                    is_damaged: error.is_permanent(),
                },
            })
            .collect())
    }

    /// Writes the state of a key as it is after a record, with a note of at most
    /// [`NOTE_BYTES_MAX`](crate::NOTE_BYTES_MAX) bytes that can be read without it; durable once a manifest names it.
    ///
    /// # Errors
    /// What the medium or the closure says, or that a chunk was refused. Nothing is left of the entry then.
    pub fn write(
        &self,
        (key, lsn, note): (u64, Lsn, &[u8]),
        write: &mut dyn FnMut(&mut EntryWriter<'_>) -> io::Result<()>,
    ) -> Result<Entry, WriteError> {
        let mut writing = self.turn()?;
        let pack = self.packing(&mut writing)?;
        let written = writer::write_entry(pack, (key, lsn, note), write);
        written.map_err(|error| WriteError::io("write", names::path(names::PACK_TEMPORARY), error))
    }

    /// Writes an entry once more, as it is, so that the next manifest may name the copy.
    ///
    /// # Errors
    /// What the medium says; [`WriteError::Read`] if the entry is damaged. Nothing is left of the copy then.
    pub fn copy(&self, entry: &Entry, note: &[u8]) -> Result<Entry, WriteError> {
        let mut writing = self.turn()?;
        let open = Open::of(&*self.storage, entry)?;
        let (stored, crc) = open.stored(entry)?;
        copied(self.packing(&mut writing)?, entry, (stored, crc), note)
    }

    /// Writes once more what is left of an entry that may be damaged: as damaged as it is, and known to be. Nothing, if its
    /// file is gone.
    ///
    /// # Errors
    /// What the medium says of the copy; [`WriteError::Read`] if the medium fails to read the entry, as it may be whole.
    pub fn copy_remains(&self, entry: &Entry, note: &[u8]) -> Result<Entry, WriteError> {
        let mut writing = self.turn()?;
        let crc = match entry.place {
            Place::Pack { stored_crc, .. } => stored_crc,
            Place::File => entry.crc,
        };
        let open = match Open::of(&*self.storage, entry) {
            Ok(open) => Some(open),
            Err(fault) if fault.is_permanent() => None,
            Err(fault) => return Err(fault.into()),
        };
        let remains = open.as_ref().map_or(&[][..], |open| open.remains(entry));
        copied(self.packing(&mut writing)?, entry, (remains, crc), note)
    }

    /// Makes damaged entries of a manifest good from entries that hold the same, each with the damaged one before it:
    /// they are copied to a further pack of the manifest, in one step for all of them. Those that hold something else,
    /// or cannot be read, are left out. Returns how many were made good. To be called before anything is written.
    ///
    /// # Errors
    /// As [`Store::publish`].
    pub fn mend(&self, manifest: &Manifest, pairs: &[(Entry, Entry)]) -> Result<usize, WriteError> {
        let mut entries: BTreeMap<u64, Entry> =
            manifest.entries.iter().map(|entry| (entry.key, *entry)).collect();
        let mut mended = 0;
        for (damaged, whole) in pairs.iter().filter(|(damaged, whole)| damaged.is_same_state(whole)) {
            let note = manifest.note(damaged).unwrap_or_default();
            match self.copy(whole, note) {
                Ok(copy) => {
                    entries.insert(copy.key, copy);
                    mended += 1;
                }
                Err(WriteError::Read(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if mended > 0 {
            self.publish(Manifest { entries: entries.into_values().collect(), ..manifest.clone() }, 0)?;
        }
        Ok(mended)
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
    /// crash. Replaces a manifest at the same LSN. Its `packs` are those in which its entries stand, and may be more.
    /// Packs that have become waste in part, or small beside what is new, are merged with the one that is written, as far
    /// as that takes no more than `spare` bytes. Returns the manifest with the places where its entries are now.
    ///
    /// # Errors
    /// If the manifest is impossible (a key twice, an entry after it, an entry without a file, too large), or what the
    /// medium says. What was published before is always untouched. If the last sync of the directory failed, the new
    /// manifest may be there or not, and the store takes nothing more.
    pub fn publish(&self, mut manifest: Manifest, spare: u64) -> Result<Manifest, WriteError> {
        let mut writing = self.turn()?;
        manifest.entries.sort_by_key(|entry| entry.key);
        // What is impossible is found before anything is written.
        writer::encode_manifest(&manifest)?;
        self.all_are_there(&manifest, &writing)?;
        self.merge(&mut manifest, &mut writing, spare)?;
        if let Some(packing) = writing.packing.take_if(|packing| !packing.rows().is_empty()) {
            let number = packing.number();
            let pack = packing.publish(&*self.storage)?;
            writing.unpublished.insert(number);
            manifest.packs.push(Arc::new(pack));
        }
        let manifest = as_it_will_be_read(manifest)?;
        self.sync_names(&mut writing)?;
        writer::write_manifest(&*self.storage, manifest.lsn, &writer::encode_manifest(&manifest)?)?;
        self.sync_names(&mut writing)?;
        writing.unpublished.clear();
        Ok(manifest)
    }

    /// Every entry stands in a file that there is, or in the pack that is being written.
    fn all_are_there(&self, manifest: &Manifest, writing: &Writing) -> Result<(), WriteError> {
        let present: HashSet<String> = list(&*self.storage)?.into_iter().collect();
        let mut packs: HashSet<u64> = manifest.packs.iter().map(|pack| pack.number()).collect();
        packs.retain(|number| present.contains(&names::pack(*number)));
        packs.extend(writing.packing.as_ref().map(PackWriter::number));
        let is_there = |entry: &&Entry| match number_of(entry) {
            None => present.contains(&names::file_of(entry)),
            Some(number) => packs.contains(&number),
        };
        let mut needed = manifest.entries.iter().filter(|entry| !writing.excused.contains(&entry.key));
        let Some(missing) = needed.find(|entry| !is_there(entry)) else { return Ok(()) };
        let fault = ManifestFault::Missing { file: names::file_of(missing) };
        Err(WriteError::Manifest { lsn: manifest.lsn, fault })
    }

    /// The pack that is being written, a new one if there is none.
    fn packing<'a>(&self, writing: &'a mut Writing) -> Result<&'a mut PackWriter, WriteError> {
        let packing = match writing.packing.take() {
            Some(packing) => packing,
            None => PackWriter::create(&*self.storage, self.next_number()?)?,
        };
        Ok(writing.packing.insert(packing))
    }

    /// A number that no pack has, nor one that is gone and still named.
    fn next_number(&self) -> Result<u64, WriteError> {
        let listing = self.listing()?;
        let named = listing.manifests.iter().flat_map(|lsn| reader::packs_named(&*self.storage, *lsn));
        Ok(named.chain(listing.packs.iter().copied()).max().unwrap_or(0) + 1)
    }

    fn turn(&self) -> Result<MutexGuard<'_, Writing>, WriteError> {
        // A panic of the closure that gives the bytes leaves the pack without the entry, so the state under the lock is
        // good once the pack was rewound.
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if writing.poisoned { Err(WriteError::Poisoned) } else { Ok(writing) }
    }

    fn sync_names(&self, writing: &mut Writing) -> Result<(), WriteError> {
        self.storage.sync_dir(DIRECTORY).map_err(|error| {
            writing.poisoned = true;
            WriteError::io("sync", DIRECTORY, error)
        })
    }

    pub(crate) fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    pub(crate) fn listing(&self) -> Result<Listing, ReadError> {
        let mut listing = Listing::default();
        for name in list(&*self.storage)? {
            match names::parse(&name) {
                Named::Manifest(lsn) => listing.manifests.push(lsn),
                Named::Pack(number) => listing.packs.push(number),
                named @ Named::Entry { .. } => listing.entries.push((name, named)),
                Named::Temporary => listing.temporaries.push(name),
                Named::Unknown => listing.unknown.push(name),
            }
        }
        listing.manifests.sort_unstable();
        Ok(listing)
    }
}

/// Adds bytes of an entry to the pack; nothing is left of them if that fails.
fn copied(
    pack: &mut PackWriter,
    entry: &Entry,
    (stored, crc): (&[u8], u32),
    note: &[u8],
) -> Result<Entry, WriteError> {
    let copied = pack.copy(entry, stored, crc, note);
    copied.map_err(|error| WriteError::io("write", names::path(names::PACK_TEMPORARY), error))
}

/// The manifest with the packs that it needs, if it will be read as it is meant. Its entries are in the order of their keys.
fn as_it_will_be_read(manifest: Manifest) -> Result<Manifest, WriteError> {
    let Manifest { lsn, entries, meta, mut packs } = manifest;
    let needed: HashSet<u64> = entries.iter().filter_map(number_of).collect();
    packs.retain(|pack| needed.contains(&pack.number()));
    packs.sort_by_key(|pack| pack.number());
    packs.dedup_by_key(|pack| pack.number());
    let files = entries.iter().filter(|entry| entry.place == Place::File).copied().collect();
    let read = Manifest::of(lsn, files, packs, meta);
    let differs =
        (0..read.entries.len().max(entries.len())).find(|&at| read.entries.get(at) != entries.get(at));
    let keys =
        |at: usize| [&read.entries, &entries].into_iter().filter_map(move |list| Some(list.get(at)?.key));
    match differs.and_then(|at| keys(at).min()) {
        Some(key) => Err(WriteError::Manifest { lsn, fault: ManifestFault::Hidden { key } }),
        None => Ok(read),
    }
}

/// The number of the pack that the entry stands in.
pub(crate) fn number_of(entry: &Entry) -> Option<u64> {
    match entry.place {
        Place::File => None,
        Place::Pack { number, .. } => Some(number),
    }
}

/// The names in the directory, by kind.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Oldest first.
    pub(crate) manifests: Vec<Lsn>,
    pub(crate) packs: Vec<u64>,
    pub(crate) entries: Vec<(String, Named)>,
    pub(crate) temporaries: Vec<String>,
    pub(crate) unknown: Vec<String>,
}

impl Listing {
    /// The files that manifests name.
    fn files(&self) -> Vec<String> {
        let packs = self.packs.iter().copied().map(names::pack);
        packs.chain(self.entries.iter().map(|(name, _)| name.clone())).collect()
    }
}

fn list(storage: &dyn Storage) -> Result<Vec<String>, ReadError> {
    storage.list(DIRECTORY).map_err(|error| ReadError::io("list", DIRECTORY, error))
}
