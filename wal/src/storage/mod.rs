//! The one seam between holdfast and the disk.
//!
//! Everything that touches a file goes through [`Storage`]: the log, the snapshots, their recovery. [`DiskStorage`]
//! is the real disk and the only place of the libraries that uses `std::fs`. Tests have a disk in memory, which a
//! simulation can crash, tear, rot, fail and fill at any step.
//!
//! Paths are relative to the data directory, with `/` between their parts (`wal/00000000000000000001.wal`).

mod disk;

use std::fmt::Debug;
use std::io;
use std::ops::Deref;
use std::sync::Arc;

pub use disk::{DirectoryLock, DiskStorage, LockError};

/// A directory of files with explicit durability.
///
/// What a caller may rely on: bytes that were written are readable at once by this process; they survive a crash
/// only after [`StorageFile::sync`]; a file's *name* (created, renamed, removed) survives a crash only after
/// [`Storage::sync_dir`] of the directory that holds it.
pub trait Storage: Send + Sync + Debug {
    /// Creates a file for writing.
    ///
    /// # Errors
    /// `AlreadyExists` if there is one of that name; otherwise what the medium says.
    fn create(&self, path: &str) -> io::Result<Box<dyn StorageFile>>;

    /// Opens an existing file for writing: to repair it, or to give its unused end back. Log and snapshots never change
    /// the contents of a finished file otherwise.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; otherwise what the medium says.
    fn open(&self, path: &str) -> io::Result<Box<dyn StorageFile>>;

    /// The contents of a file that nothing writes to any more, mapped into memory where the medium can do that.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; otherwise what the medium says.
    fn read(&self, path: &str) -> io::Result<Contents>;

    /// Reads a piece of a file that may still be written to, through the caches of the medium. Shorter than `len`
    /// where the file ends.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; otherwise what the medium says.
    fn read_at(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>>;

    /// Reads past every cache, from the medium itself: after a failed sync the page cache may show bytes that are
    /// not on the disk. Shorter than `len` where the file ends.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; otherwise what the medium says.
    fn read_uncached(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>>;

    /// The names (not paths) of the files in a directory, sorted by bytes; empty if the directory does not exist.
    ///
    /// # Errors
    /// What the medium says.
    fn list(&self, dir: &str) -> io::Result<Vec<String>>;

    /// Renames a file, and replaces a file that has the new name already; not durable before [`Storage::sync_dir`].
    ///
    /// # Errors
    /// `NotFound` if there is no `from`; otherwise what the medium says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file; not durable before [`Storage::sync_dir`].
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; otherwise what the medium says.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Creates a directory and its parents durably; nothing happens if it is there.
    ///
    /// # Errors
    /// What the medium says.
    fn create_dir(&self, dir: &str) -> io::Result<()>;

    /// Makes the names in a directory durable. `""` is the data directory itself.
    ///
    /// # Errors
    /// What the medium says; whether the names are durable is unknown then.
    fn sync_dir(&self, dir: &str) -> io::Result<()>;

    /// Lets nobody but its owner read or change a file, where the medium knows owners. Durable with what comes next.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; otherwise what the medium says, as that the file is not ours.
    fn keep_private(&self, _path: &str) -> io::Result<()> {
        Ok(())
    }

    /// What a file takes on the medium, bytes: less than its length where it has holes.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; otherwise what the medium says.
    fn bytes_taken(&self, path: &str) -> io::Result<u64>;

    /// Free space of the medium that holds the data directory, bytes.
    ///
    /// # Errors
    /// What the medium says.
    fn free_bytes(&self) -> io::Result<u64>;
}

/// One open file of a [`Storage`], owned by its only writer.
pub trait StorageFile: Send + Debug {
    /// Writes all of `bytes` at `offset`, growing the file where needed.
    ///
    /// # Errors
    /// What the medium says; any part of `bytes` may have been written.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes the file's bytes and length durable (`fdatasync`).
    ///
    /// # Errors
    /// What the medium says. **Never call it again after that**: a second call can report success for bytes that
    /// the kernel has already thrown away.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `len` bytes or extends it with zeros; durable with the next [`StorageFile::sync`].
    ///
    /// # Errors
    /// What the medium says.
    fn truncate(&mut self, len: u64) -> io::Result<()>;

    /// Gives the space of the file from byte `from` on back to the medium. The bytes there are zero already, so length
    /// and contents stay as they are. A crash may undo it.
    ///
    /// # Errors
    /// What the medium says; `Unsupported` if it cannot do this.
    fn free_tail(&mut self, from: u64) -> io::Result<()>;
}

/// The bytes of a finished file, shared without copying.
#[derive(Clone)]
pub struct Contents(Arc<dyn AsRef<[u8]> + Send + Sync>);

impl Contents {
    /// Wraps the owner of the bytes: a mapping, or a buffer.
    pub fn new(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(owner))
    }
}

impl Deref for Contents {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contents({} bytes)", self.len())
    }
}

/// The path itself, or an error if it leaves the data directory. Only this program makes paths, so the error shows a
/// defect.
fn checked(path: &str) -> io::Result<&str> {
    let plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if plain {
        Ok(path)
    } else {
        let message = format!("{path:?} is no path inside the data directory");
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}

/// Puts a small file with these bytes into the data directory, or in the place of the one that has the name; durably. After a crash there is
/// what was there before, or all of it, and perhaps `temporary`, which the next call removes. One that is private only its owner may read.
///
/// # Errors
/// What the medium says.
pub fn put_file(
    storage: &dyn Storage,
    (name, temporary): (&str, &str),
    bytes: &[u8],
    is_private: bool,
) -> io::Result<()> {
    if storage.list("")?.iter().any(|one| one == temporary) {
        storage.remove(temporary)?;
    }
    let mut file = storage.create(temporary)?;
    if is_private {
        storage.keep_private(temporary)?;
    }
    file.write_at(0, bytes)?;
    file.sync()?;
    storage.rename(temporary, name)?;
    storage.sync_dir("")
}
