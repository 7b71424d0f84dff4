//! A disk in memory with the faults of a real one, the same for the same seed. It keeps durable bytes apart from
//! written ones, so that a simulation can crash, tear, rot, fail and fill it at any step.
//!
//! Assumptions about the disk. Except for the last, a real disk is no worse:
//! - A sector of 512 bytes is written whole or not at all.
//! - Nothing written is on the disk before its sync, and any part of it may be: sectors in any combination.
//! - A name is on the disk after the sync of its directory; a rename there is atomic.
//! - A sector that was written twice without a sync between is on the disk as before, or as written last.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use holdfast_wal::{Contents, Storage, StorageFile};
use parking_lot::{Mutex, MutexGuard};

use crate::random::Random;

mod fault;
mod file;
mod gate;
mod names;
mod sectors;
mod sparse;

pub use fault::{Fault, Operation};
use fault::{Faults, injected};
use file::{Fate, File};
use gate::Gate;
use names::{FileId, Names, directory_of};

/// What [`Storage::free_bytes`] says when there is no capacity: much, and safe to add to.
const UNLIMITED: u64 = 1 << 50;

/// A data directory in memory. Clones are handles of the same one; [`MemoryStorage::fork`] makes another.
///
/// A crash returns a new storage and leaves this one as it is. So many outcomes can be tried from one point, and a
/// handle of the old storage cannot write into the new one.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    state: Arc<Mutex<State>>,
    gate: Arc<Gate>,
}

#[derive(Clone, Debug, Default)]
struct State {
    files: BTreeMap<FileId, File>,
    names: Names,
    next_file: FileId,
    capacity: Option<u64>,
    faults: Faults,
}

impl MemoryStorage {
    /// An empty data directory on a disk without limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of this storage, with the same planned faults.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self::from_state(self.state.lock().clone())
    }

    /// The power is cut. The new storage has any part of the unsynced sectors and names, chosen by `seed`. It has no
    /// planned faults, and the same capacity.
    #[must_use]
    pub fn crash(&self, seed: u64) -> Self {
        self.crash_with(&mut Fate::Chance(&mut Random::new(seed)))
    }

    /// The power is cut, and everything that was not synced is lost.
    #[must_use]
    pub fn crash_losing_all(&self) -> Self {
        self.crash_with(&mut Fate::Lose)
    }

    /// The process is killed and the machine goes on: all that was written is there, and still not synced.
    #[must_use]
    pub fn crash_keeping_all(&self) -> Self {
        let mut state = self.state.lock().clone();
        state.faults = Faults::default();
        Self::from_state(state)
    }

    fn crash_with(&self, fate: &mut Fate<'_>) -> Self {
        let mut state = self.state.lock().clone();
        state.faults = Faults::default();
        state.names.crash(fate);
        state.collect();
        for file in state.files.values_mut() {
            file.crash(fate);
        }
        Self::from_state(state)
    }

    fn from_state(state: State) -> Self {
        Self { state: Arc::new(Mutex::new(state)), gate: Arc::default() }
    }

    /// Plans a fault.
    pub fn inject(&self, fault: Fault) {
        self.state.lock().faults.plan(fault);
    }

    /// Cancels all planned faults, and ends those that last. What they have done stays.
    pub fn heal(&self) {
        self.state.lock().faults.heal();
    }

    /// Lets this many more operations happen. All later ones fail and do nothing, as if the machine were off.
    pub fn stop_after(&self, operations: u64) {
        self.state.lock().faults.stop_after(operations);
    }

    /// The disk hangs: from now on operations of this kind wait, on every handle, until [`MemoryStorage::go_on`].
    /// Forks, and the storage after a crash, do not hang.
    pub fn hang(&self, operation: Operation) {
        self.gate.shut(operation);
    }

    /// Ends the hanging of operations of this kind: those that wait go on.
    pub fn go_on(&self, operation: Operation) {
        self.gate.open(operation);
    }

    /// Whether an operation of this kind hangs.
    #[must_use]
    pub fn hangs(&self, operation: Operation) -> bool {
        self.gate.holds_one(operation)
    }

    /// Waits until an operation of this kind hangs.
    pub fn wait_until_it_hangs(&self, operation: Operation) {
        self.gate.wait_for_one(operation);
    }

    /// Waits until operations of this kind do not hang, and locks the state.
    fn pass(&self, operation: Operation) -> MutexGuard<'_, State> {
        self.gate.pass(operation);
        self.state.lock()
    }

    /// The number of operations so far, with those that failed.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state.lock().faults.operations()
    }

    /// Sets how many bytes all files may take together; `None` is no limit. Holes count, but not ends that were given
    /// back. A write that does not fit writes what fits, and fails with `StorageFull`.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.state.lock().capacity = bytes;
    }

    /// Rot: turns over one bit of a file, counted from the lowest bit of its first byte.
    ///
    /// # Errors
    /// `NotFound` if there is no such file, `InvalidInput` if it has no such bit.
    pub fn flip_bit(&self, path: &str, bit: u64) -> io::Result<()> {
        if self.state.lock().file_mut(path)?.flip_bit(bit) {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{path} has no bit {bit}")))
        }
    }

    /// Memory gets tight: the cache drops every clean page. Bytes of a failed sync or a lost write are seen no more.
    pub fn drop_caches(&self) {
        self.state.lock().files.values_mut().for_each(File::drop_cache);
    }

    /// Puts a durable file of these bytes there, with its directory; replaces a file of that name. Not an operation:
    /// neither counted nor failed.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        let mut state = self.state.lock();
        let dir = directory_of(path);
        if !state.names.has_dir(dir) {
            state.names.create_dir(dir);
        }
        let id = state.add(File::durable(bytes));
        state.names.put(path, id);
    }

    /// The bytes of a file on the disk under its durable name; `None` if it has none. Not an operation.
    #[must_use]
    pub fn durable(&self, path: &str) -> Option<Vec<u8>> {
        let state = self.state.lock();
        let id = state.names.get_durable(path)?;
        state.files.get(&id).map(File::read_durable)
    }

    /// Sectors of a file that are written and not yet synced; `None` if there is no such file. Not an operation.
    #[must_use]
    pub fn unsynced_sectors(&self, path: &str) -> Option<u64> {
        let state = self.state.lock();
        let id = state.names.get(path)?;
        state.files.get(&id).map(File::unsynced)
    }
}

impl State {
    /// Counts an operation whose only fault is to fail.
    fn begin(&mut self, operation: Operation, path: &str) -> io::Result<()> {
        match self.faults.count(operation, path)? {
            None => Ok(()),
            Some(_) => Err(injected()),
        }
    }

    fn id(&self, path: &str) -> io::Result<FileId> {
        self.names.get(checked(path)?).ok_or_else(|| not_found(path))
    }

    fn file(&self, path: &str) -> io::Result<&File> {
        let id = self.id(path)?;
        self.files.get(&id).ok_or_else(|| not_found(path))
    }

    fn file_mut(&mut self, path: &str) -> io::Result<&mut File> {
        let id = self.id(path)?;
        self.files.get_mut(&id).ok_or_else(|| not_found(path))
    }

    fn add(&mut self, file: File) -> FileId {
        let id = self.next_file;
        self.next_file += 1;
        self.files.insert(id, file);
        id
    }

    fn require_dir(&self, dir: &str) -> io::Result<()> {
        if self.names.has_dir(dir) { Ok(()) } else { Err(not_found(dir)) }
    }

    fn free(&self) -> u64 {
        let Some(capacity) = self.capacity else { return UNLIMITED };
        let used: u64 = self.names.live().filter_map(|id| self.files.get(&id)).map(File::taken).sum();
        capacity.saturating_sub(used)
    }

    /// Forgets files that no name leads to, now or after a crash.
    fn collect(&mut self) {
        let reachable = self.names.reachable();
        self.files.retain(|id, _| reachable.contains(id));
    }

    /// How much of `len` bytes at `offset` fits on the disk.
    fn fitting(&self, file: &File, offset: u64, len: usize) -> usize {
        let end = offset + len as u64;
        let growth = end.saturating_sub(file.len());
        let lacking = growth.saturating_sub(self.free());
        len.saturating_sub(lacking as usize)
    }

    fn write(&mut self, id: FileId, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let fault = self.faults.count(Operation::Write, path)?;
        // A file that has no name any more accepts writes that nobody will ever see.
        let Some(file) = self.files.get(&id) else { return Ok(()) };
        let fitting = self.fitting(file, offset, bytes.len());
        let Some(file) = self.files.get_mut(&id) else { return Ok(()) };
        match fault {
            None => file.write(offset, &bytes[..fitting]),
            Some(Fault::ShortWrite { bytes: short, .. }) => {
                file.write(offset, &bytes[..fitting.min(short)]);
                return Err(injected());
            }
            Some(Fault::LostWrite { .. }) => file.write_lost(offset, &bytes[..fitting]),
            Some(Fault::MisdirectedWrite { path, offset: wrong, .. }) => {
                file.write_lost(offset, &bytes[..fitting]);
                if let Ok(victim) = self.file_mut(&path) {
                    victim.overwrite_durable(wrong, &bytes[..fitting]);
                }
            }
            Some(Fault::Fail { .. } | Fault::StaleRead { .. } | Fault::Always { .. }) => {
                return Err(injected());
            }
        }
        if fitting < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl Storage for MemoryStorage {
    fn create(&self, path: &str) -> io::Result<Box<dyn StorageFile>> {
        let mut state = self.pass(Operation::Create);
        state.begin(Operation::Create, path)?;
        state.require_dir(directory_of(checked(path)?))?;
        if state.names.get(path).is_some() || state.names.has_dir(path) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, path.to_owned()));
        }
        let id = state.add(File::default());
        state.names.change(vec![(path.to_owned(), Some(id))]);
        Ok(Box::new(MemoryFile { storage: self.clone(), id, path: path.to_owned() }))
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn StorageFile>> {
        let mut state = self.pass(Operation::Open);
        state.begin(Operation::Open, path)?;
        let id = state.id(path)?;
        Ok(Box::new(MemoryFile { storage: self.clone(), id, path: path.to_owned() }))
    }

    fn read(&self, path: &str) -> io::Result<Contents> {
        let mut state = self.pass(Operation::Read);
        let fault = state.faults.count(Operation::Read, path)?;
        let file = state.file(path)?;
        match fault {
            None => Ok(Contents::new(file.read())),
            Some(Fault::StaleRead { .. }) => Ok(Contents::new(file.read_stale(0, usize::MAX))),
            Some(_) => Err(injected()),
        }
    }

    fn read_at(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut state = self.pass(Operation::Read);
        let fault = state.faults.count(Operation::Read, path)?;
        let file = state.file(path)?;
        match fault {
            None => Ok(file.read_at(offset, len)),
            Some(Fault::StaleRead { .. }) => Ok(file.read_stale(offset, len)),
            Some(_) => Err(injected()),
        }
    }

    fn read_uncached(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut state = self.pass(Operation::Read);
        let fault = state.faults.count(Operation::Read, path)?;
        let file = state.file(path)?;
        match fault {
            None => Ok(file.read_uncached(offset, len)),
            Some(Fault::StaleRead { .. }) => Ok(file.read_stale(offset, len)),
            Some(_) => Err(injected()),
        }
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let mut state = self.pass(Operation::List);
        state.begin(Operation::List, dir)?;
        Ok(state.names.list(dir))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.pass(Operation::Rename);
        state.begin(Operation::Rename, from)?;
        let (from, to) = (checked(from)?, checked(to)?);
        let id = state.id(from)?;
        state.require_dir(directory_of(to))?;
        if from != to {
            state.names.change(vec![(from.to_owned(), None), (to.to_owned(), Some(id))]);
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut state = self.pass(Operation::Remove);
        state.begin(Operation::Remove, path)?;
        state.id(path)?;
        state.names.change(vec![(path.to_owned(), None)]);
        Ok(())
    }

    fn create_dir(&self, dir: &str) -> io::Result<()> {
        let mut state = self.pass(Operation::CreateDir);
        state.begin(Operation::CreateDir, dir)?;
        if state.names.get(checked(dir)?).is_some() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        state.names.create_dir(dir);
        Ok(())
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        let mut state = self.pass(Operation::SyncDir);
        let fault = state.faults.count(Operation::SyncDir, dir)?;
        state.require_dir(dir)?;
        if fault.is_some() {
            state.names.fail_sync_dir(dir);
            return Err(injected());
        }
        state.names.sync_dir(dir);
        state.collect();
        Ok(())
    }

    fn bytes_taken(&self, path: &str) -> io::Result<u64> {
        let mut state = self.pass(Operation::List);
        state.begin(Operation::List, path)?;
        Ok(state.file(path)?.taken())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.state.lock().free())
    }
}

#[derive(Debug)]
struct MemoryFile {
    storage: MemoryStorage,
    id: FileId,
    /// The path under which it was opened, which faults refer to.
    path: String,
}

impl StorageFile for MemoryFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.storage.pass(Operation::Write).write(self.id, &self.path, offset, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.storage.pass(Operation::Sync);
        let fault = state.faults.count(Operation::Sync, &self.path)?;
        let Some(file) = state.files.get_mut(&self.id) else { return Ok(()) };
        if fault.is_some() {
            file.fail_sync();
            return Err(injected());
        }
        file.sync();
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.storage.pass(Operation::Truncate);
        state.begin(Operation::Truncate, &self.path)?;
        let free = state.free();
        let Some(file) = state.files.get_mut(&self.id) else { return Ok(()) };
        if len.saturating_sub(file.len()) > free {
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.truncate(len);
        Ok(())
    }

    fn free_tail(&mut self, from: u64) -> io::Result<()> {
        let mut state = self.storage.pass(Operation::FreeTail);
        state.begin(Operation::FreeTail, &self.path)?;
        if let Some(file) = state.files.get_mut(&self.id) {
            file.free_tail(from);
        }
        Ok(())
    }
}

fn not_found(path: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, path.to_owned())
}

/// A path that leaves the data directory is refused, as the disk refuses it.
fn checked(path: &str) -> io::Result<&str> {
    let plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if plain { Ok(path) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, path.to_owned())) }
}
