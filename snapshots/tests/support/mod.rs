//! A storage that stops at a chosen operation, over the in-memory one, and helpers to write and look at
//! snapshots.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use holdfast_snapshots::{Catalogued, Entry, Manifest, ReadError, Store, WriteError};
use holdfast_wal::{Contents, Lsn, MemoryStorage, Storage, StorageFile};

/// What happens at and after the chosen operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It and all later ones fail: the process is dead.
    Dead,
    /// It fails, later ones work: the medium hiccups.
    Once,
}

/// Counts the operations that change something, and stops at one of them.
#[derive(Debug)]
pub(crate) struct Stopping {
    inner: Arc<MemoryStorage>,
    clock: Arc<Clock>,
}

#[derive(Debug)]
struct Clock {
    done: AtomicUsize,
    at: usize,
    stop: Stop,
}

impl Clock {
    fn tick(&self) -> io::Result<()> {
        let now = self.done.fetch_add(1, Ordering::Relaxed);
        let stopped = match self.stop {
            Stop::Dead => now >= self.at,
            Stop::Once => now == self.at,
        };
        if stopped { Err(io::Error::other("stopped")) } else { Ok(()) }
    }
}

impl Stopping {
    pub(crate) fn new(inner: &Arc<MemoryStorage>, at: usize, stop: Stop) -> Arc<Self> {
        let clock = Arc::new(Clock { done: AtomicUsize::new(0), at, stop });
        Arc::new(Self { inner: Arc::clone(inner), clock })
    }

    pub(crate) fn operations(&self) -> usize {
        self.clock.done.load(Ordering::Relaxed)
    }
}

impl Storage for Stopping {
    fn create(&self, path: &str) -> io::Result<Box<dyn StorageFile>> {
        self.clock.tick()?;
        Ok(Box::new(StoppingFile { inner: self.inner.create(path)?, clock: Arc::clone(&self.clock) }))
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn StorageFile>> {
        self.clock.tick()?;
        Ok(Box::new(StoppingFile { inner: self.inner.open(path)?, clock: Arc::clone(&self.clock) }))
    }

    fn read(&self, path: &str) -> io::Result<Contents> {
        self.inner.read(path)
    }

    fn read_uncached(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.inner.read_uncached(path, offset, len)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.inner.list(dir)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.clock.tick()?;
        self.inner.rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.clock.tick()?;
        self.inner.remove(path)
    }

    fn create_dir(&self, dir: &str) -> io::Result<()> {
        self.clock.tick()?;
        self.inner.create_dir(dir)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        self.clock.tick()?;
        self.inner.sync_dir(dir)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.inner.free_bytes()
    }
}

#[derive(Debug)]
struct StoppingFile {
    inner: Box<dyn StorageFile>,
    clock: Arc<Clock>,
}

impl StorageFile for StoppingFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.clock.tick() {
            // What a failed write leaves behind is up to the medium: here the first half.
            self.inner.write_at(offset, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.inner.write_at(offset, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.clock.tick()?;
        self.inner.sync()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.clock.tick()?;
        self.inner.truncate(len)
    }
}

pub(crate) fn write(store: &Store, key: u64, lsn: u64, chunks: &[Vec<u8>]) -> Result<Entry, WriteError> {
    store.write(key, Lsn(lsn), &mut |writer| chunks.iter().try_for_each(|chunk| writer.chunk(chunk)))
}

pub(crate) fn publish(store: &Store, lsn: u64, entries: &[Entry]) -> Result<Manifest, WriteError> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| entry.key);
    let manifest = Manifest { lsn: Lsn(lsn), entries, meta: format!("meta {lsn}").into_bytes() };
    store.publish(&manifest).map(|()| manifest)
}

pub(crate) fn read(store: &Store, entry: &Entry) -> Result<Vec<Vec<u8>>, ReadError> {
    store.read(entry).map(|reader| reader.chunks().map(<[u8]>::to_vec).collect())
}

/// Manifests that are whole themselves, newest first.
pub(crate) fn present(store: &Store) -> Vec<Manifest> {
    let manifests = store.manifests().unwrap();
    manifests
        .into_iter()
        .filter_map(|found| match found {
            Catalogued::Present(manifest) => Some(manifest),
            Catalogued::Unreadable { .. } => None,
        })
        .collect()
}

/// Puts a file there as it is.
pub(crate) fn put(storage: &dyn Storage, path: &str, bytes: &[u8]) {
    if storage.read(path).is_ok() {
        storage.remove(path).unwrap();
    }
    let mut file = storage.create(path).unwrap();
    file.write_at(0, bytes).unwrap();
    file.sync().unwrap();
}

pub(crate) fn paths(storage: &dyn Storage) -> Vec<String> {
    let names = storage.list("snapshots").unwrap();
    names.iter().map(|name| format!("snapshots/{name}")).collect()
}

/// Cuts the power: of what was not synced, anything may be lost.
pub(crate) fn crash(storage: &MemoryStorage, seed: u64) {
    storage.crash(seed);
}
