//! The real medium: files below one directory of a Linux file system.
//!
//! Everything is opened relative to the descriptor of the data directory, so that the directory that is locked and
//! the one that is written are the same, even when somebody moves or replaces the path underneath.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use memmap2::{Advice, Mmap};
use rustix::fs::{AtFlags, Dir, FallocateFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::{Contents, Storage, StorageFile, checked};

mod lock;
mod uncached;

pub use lock::{DirectoryLock, LockError};

const FILE_MODE: Mode = Mode::from_raw_mode(0o640);
/// Of what nobody but the server has to read.
const PRIVATE_MODE: Mode = Mode::from_raw_mode(0o600);
const DIRECTORY_MODE: Mode = Mode::from_raw_mode(0o750);

/// The files below one data directory.
///
/// It owns the descriptor of the directory. The lock is separate ([`DiskStorage::lock`]), as tools that only read
/// need none.
#[derive(Debug)]
pub struct DiskStorage {
    root: OwnedFd,
    path: PathBuf,
}

impl DiskStorage {
    /// Opens the data directory, and makes it durably first if it does not exist. Its parent has to exist.
    ///
    /// # Errors
    /// What the file system says: the parent is missing, this is no directory, or it may not be entered.
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        let path = root.as_ref();
        match rustix::fs::mkdir(path, DIRECTORY_MODE) {
            Ok(()) => {
                let parent = match path.parent() {
                    Some(parent) if !parent.as_os_str().is_empty() => parent,
                    _ => Path::new("."),
                };
                let parent = rustix::fs::open(parent, directory_flags(), Mode::empty())?;
                rustix::fs::fsync(parent)?;
            }
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
        let root = rustix::fs::open(path, directory_flags(), Mode::empty())?;
        Ok(Self { root, path: path.to_path_buf() })
    }

    /// Where the data directory is, as it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes this process the only owner of the data directory for as long as the lock lives.
    ///
    /// # Errors
    /// [`LockError::Held`] if another owner lives, in this process or another.
    pub fn lock(&self) -> Result<DirectoryLock, LockError> {
        DirectoryLock::take(self.root.as_fd(), &self.path)
    }

    fn open_file(&self, path: &str, flags: OFlags) -> io::Result<File> {
        let fd = rustix::fs::openat(&self.root, checked(path)?, flags | OFlags::CLOEXEC, FILE_MODE)?;
        Ok(File::from(fd))
    }

    fn open_dir(&self, dir: &str) -> io::Result<OwnedFd> {
        let dir = if dir.is_empty() { "." } else { checked(dir)? };
        Ok(rustix::fs::openat(&self.root, dir, directory_flags(), Mode::empty())?)
    }
}

impl Storage for DiskStorage {
    fn create(&self, path: &str) -> io::Result<Box<dyn StorageFile>> {
        let file = self.open_file(path, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL)?;
        Ok(Box::new(DiskFile { file }))
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(DiskFile { file: self.open_file(path, OFlags::RDWR)? }))
    }

    fn read(&self, path: &str) -> io::Result<Contents> {
        map(&self.open_file(path, OFlags::RDONLY)?)
    }

    fn read_at(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        uncached::read_to_end(&self.open_file(path, OFlags::RDONLY)?, offset, len)
    }

    fn read_uncached(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        match self.open_file(path, OFlags::RDONLY | OFlags::DIRECT) {
            Ok(file) => match uncached::read_direct(&file, offset, len) {
                Err(error) if is_refusal(&error) => {}
                done => return done,
            },
            Err(error) if is_refusal(&error) => {}
            Err(error) => return Err(error),
        }
        uncached::read_dropping_cache(&self.open_file(path, OFlags::RDONLY)?, offset, len)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let fd = match self.open_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            opened => opened?,
        };
        let mut names = Vec::new();
        for entry in Dir::read_from(&fd)? {
            let entry = entry?;
            let name = entry.file_name();
            let kind = match entry.file_type() {
                FileType::Unknown => {
                    let stat = rustix::fs::statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
                    FileType::from_raw_mode(stat.st_mode)
                }
                known => known,
            };
            if kind == FileType::RegularFile {
                // Holdfast names files in ASCII; a name that is not UTF-8 belongs to another program and stays unlisted.
                names.extend(OsStr::from_bytes(name.to_bytes()).to_str().map(str::to_owned));
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.root, checked(from)?, &self.root, checked(to)?)?)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.root, checked(path)?, AtFlags::empty())?)
    }

    fn create_dir(&self, dir: &str) -> io::Result<()> {
        let dir = checked(dir)?;
        let mut parent = "";
        for end in dir.match_indices('/').map(|(at, _)| at).chain([dir.len()]) {
            let child = &dir[..end];
            match rustix::fs::mkdirat(&self.root, child, DIRECTORY_MODE) {
                // Synced even if it was there: a crash may have come between the making and the syncing.
                Ok(()) | Err(Errno::EXIST) => self.sync_dir(parent)?,
                Err(errno) => return Err(errno.into()),
            }
            parent = child;
        }
        // A file of that name is found here, not at the first write.
        self.open_dir(dir).map(drop)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        Ok(rustix::fs::fsync(self.open_dir(dir)?)?)
    }

    fn keep_private(&self, path: &str) -> io::Result<()> {
        let file = self.open_file(path, OFlags::RDONLY)?;
        let mode = Mode::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
        // Not written again at each start.
        if mode.intersects(Mode::RWXG | Mode::RWXO) {
            rustix::fs::fchmod(&file, PRIVATE_MODE)?;
        }
        Ok(())
    }

    fn bytes_taken(&self, path: &str) -> io::Result<u64> {
        // `st_blocks` counts units of 512 bytes, whatever the blocks of the file system are.
        const UNIT: u64 = 512;
        let stat = rustix::fs::statat(&self.root, checked(path)?, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(UNIT))
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::fstatvfs(&self.root)?;
        // `f_bavail` leaves out what the file system keeps for root: nobody else gets those blocks.
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

#[derive(Debug)]
struct DiskFile {
    file: File,
}

impl StorageFile for DiskFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        // Never retried, not even after EINTR: the kernel marks pages clean that it failed to write.
        Ok(rustix::fs::fdatasync(&self.file)?)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn free_tail(&mut self, from: u64) -> io::Result<()> {
        let len = self.file.metadata()?.len().saturating_sub(from);
        if len == 0 {
            return Ok(());
        }
        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        Ok(rustix::fs::fallocate(&self.file, hole, from, len)?)
    }
}

/// So much of a mapped file is brought into memory at a time: a multiple of a page.
const POPULATED_BYTES: usize = 256 * 1024;

/// Maps a whole file and brings it into memory at once: a sector that cannot be read is then an error of this call, where
/// touching it later would end the process with SIGBUS.
fn map(file: &File) -> io::Result<Contents> {
    if file.metadata()?.len() == 0 {
        return Ok(Contents::new(Vec::new()));
    }
    #[expect(unsafe_code, reason = "mapping a file is unsafe as others may change it")]
    // SAFETY: `Storage::read` is for files that nobody writes to any more; the lock of the directory keeps other
    // processes of holdfast away, and the one call that cuts a finished file (repair) runs with no log open.
    let map = unsafe { Mmap::map(file) }?;
    match populate(&map) {
        Ok(()) => Ok(Contents::new(map)),
        // Linux before 5.14 knows no `MADV_POPULATE_READ`.
        Err(error) if is_refusal(&error) => Ok(Contents::new(map)),
        // The kernel says EFAULT or the like; a plain read gives the medium's own error, or the bytes.
        Err(_) => Ok(Contents::new(uncached::read_to_end(file, 0, map.len())?)),
    }
}

/// Piece by piece: whoever else needs the memory of the process to be laid out otherwise waits for a piece, and not for a segment.
fn populate(map: &Mmap) -> io::Result<()> {
    let mut pieces = (0..map.len()).step_by(POPULATED_BYTES);
    pieces.try_for_each(|at| map.advise_range(Advice::PopulateRead, at, POPULATED_BYTES.min(map.len() - at)))
}

fn directory_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC
}

/// Whether the system does not offer this operation here, as opposed to having tried it and failed.
fn is_refusal(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS))
}
