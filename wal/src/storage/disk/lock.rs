//! One owner for a data directory.
//!
//! The lock is on the directory's own descriptor. A lock *file* can be deleted and made anew while its owner lives,
//! and then there are two owners; a directory with files in it cannot. The kernel drops the lock with the process,
//! however that ends, so there is never a stale one to clean up.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

/// The file with the process id of the owner, for the message to a second process; nothing is decided by it.
const OWNER: &str = "OWNER";

/// Why a data directory could not be locked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another process, or another part of this one, has the lock.
    #[error(
        "data directory {} is in use by {}; stop that one first, or give this one another directory",
        directory.display(),
        owner.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Held {
        /// The directory that was asked for.
        directory: PathBuf,
        /// The process id of the owner, if the owner has written it down.
        owner: Option<u32>,
    },
    /// The file system cannot tell.
    #[error("data directory {} cannot be locked; it has to be on a file system with flock", directory.display())]
    Io {
        /// The directory that was asked for.
        directory: PathBuf,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
}

/// Proof that this process alone owns a data directory, until it is dropped.
#[derive(Debug)]
#[must_use = "the directory is unlocked as soon as this is dropped"]
pub struct DirectoryLock {
    directory: OwnedFd,
}

impl DirectoryLock {
    pub(super) fn take(root: BorrowedFd<'_>, path: &Path) -> Result<Self, LockError> {
        let io = |errno: Errno| LockError::Io { directory: path.to_path_buf(), source: errno.into() };
        // A lock belongs to an open description; one of its own makes a second lock fail in this process as well.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::openat(root, ".", flags, Mode::empty()).map_err(io)?;
        match rustix::fs::flock(&directory, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(LockError::Held { directory: path.to_path_buf(), owner: read_owner(root) });
            }
            Err(errno) => return Err(io(errno)),
        }
        let lock = Self { directory };
        // A failure costs no more than a message: a full disk must not keep the owner out.
        let _ = lock.write_owner();
        Ok(lock)
    }

    fn write_owner(&self) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.directory, OWNER, flags, Mode::from_raw_mode(0o640))?;
        File::from(fd).write_all(format!("{}\n", std::process::id()).as_bytes())
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Removed before it is unlocked, as the next owner may write its own file right after.
        let _ = rustix::fs::unlinkat(&self.directory, OWNER, AtFlags::empty());
        // Closing the descriptor unlocks only if it is the last: a child process has copies of all until it runs its program.
        let _ = rustix::fs::flock(&self.directory, FlockOperation::Unlock);
    }
}

fn read_owner(root: BorrowedFd<'_>) -> Option<u32> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(root, OWNER, flags, Mode::empty()).ok()?;
    let mut text = String::new();
    File::from(fd).take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(all(test, not(loom)))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

    use holdfast_testkit::TempDir;

    use crate::storage::disk::DiskStorage;

    /// A process that is being started has copies of all descriptors until it runs its own program.
    #[test]
    fn a_lock_is_let_go_of_while_a_copy_of_its_descriptor_is_open() {
        let scratch = TempDir::new();
        let storage = DiskStorage::open(scratch.path()).unwrap();
        let lock = storage.lock().unwrap();
        let _copy = lock.directory.try_clone().unwrap();
        drop(lock);
        let _again = storage.lock().unwrap();
    }
}
