//! Planned faults, and the counting of operations that makes them strike at the same place in every run.

use std::io;

/// A kind of operation of a [`Storage`](holdfast_wal::Storage) and its files, to say where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// [`Storage::create`](holdfast_wal::Storage::create)
    Create,
    /// [`Storage::open`](holdfast_wal::Storage::open)
    Open,
    /// [`Storage::read`](holdfast_wal::Storage::read) and [`Storage::read_uncached`](holdfast_wal::Storage::read_uncached)
    Read,
    /// [`Storage::list`](holdfast_wal::Storage::list)
    List,
    /// [`Storage::rename`](holdfast_wal::Storage::rename)
    Rename,
    /// [`Storage::remove`](holdfast_wal::Storage::remove)
    Remove,
    /// [`Storage::create_dir`](holdfast_wal::Storage::create_dir)
    CreateDir,
    /// [`Storage::sync_dir`](holdfast_wal::Storage::sync_dir)
    SyncDir,
    /// [`StorageFile::write_at`](holdfast_wal::StorageFile::write_at)
    Write,
    /// [`StorageFile::sync`](holdfast_wal::StorageFile::sync)
    Sync,
    /// [`StorageFile::truncate`](holdfast_wal::StorageFile::truncate)
    Truncate,
    /// [`StorageFile::free_tail`](holdfast_wal::StorageFile::free_tail)
    FreeTail,
}

/// A fault, which strikes once, except [`Fault::Always`]. `nth` counts from the moment of injection: 1 is the next
/// operation of the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The operation fails with an input/output error, having done nothing.
    ///
    /// A failed sync leaves the durable bytes (or names) as they were. A later sync reports success and does not
    /// write what the failed one should have written, as on Linux.
    Fail {
        /// The kind that fails; `None` is any.
        operation: Option<Operation>,
        /// Which one.
        nth: u64,
    },
    /// A write writes its first `bytes` bytes, and fails.
    ShortWrite {
        /// Which write.
        nth: u64,
        /// How much of it is written.
        bytes: usize,
    },
    /// A write and its sync report success, and the cache shows the bytes, but the disk never gets them.
    LostWrite {
        /// Which write.
        nth: u64,
    },
    /// Like a lost write, but its bytes land in another place of the disk, as far as there is room for them.
    MisdirectedWrite {
        /// Which write.
        nth: u64,
        /// The file that they land in.
        path: String,
        /// Where in that file, in bytes.
        offset: u64,
    },
    /// A read gives what the disk held before the last sync of the file.
    StaleRead {
        /// Which read.
        nth: u64,
    },
    /// All operations from the nth on fail as with `Fail`, until [`MemoryStorage::heal`](crate::MemoryStorage::heal).
    Always {
        /// The kind that fails; `None` is any.
        operation: Option<Operation>,
        /// The directory in which operations fail; empty for the whole disk.
        under: String,
        /// The first operation that fails.
        nth: u64,
    },
}

impl Fault {
    fn hits(&self, operation: Operation, path: &str) -> bool {
        match self {
            Self::Always { operation: wanted, under, .. } => {
                let within = |rest: &str| under.is_empty() || rest.is_empty() || rest.starts_with('/');
                wanted.is_none_or(|wanted| wanted == operation)
                    && path.strip_prefix(under.as_str()).is_some_and(within)
            }
            Self::Fail { operation: wanted, .. } => wanted.is_none_or(|wanted| wanted == operation),
            Self::ShortWrite { .. } | Self::LostWrite { .. } | Self::MisdirectedWrite { .. } => {
                operation == Operation::Write
            }
            Self::StaleRead { .. } => operation == Operation::Read,
        }
    }

    /// Counts an operation that the fault is about. Returns whether the fault strikes it.
    fn is_due(&mut self) -> bool {
        match self {
            Self::Fail { nth, .. }
            | Self::ShortWrite { nth, .. }
            | Self::LostWrite { nth }
            | Self::MisdirectedWrite { nth, .. }
            | Self::StaleRead { nth }
            | Self::Always { nth, .. } => {
                *nth = nth.saturating_sub(1);
                *nth == 0
            }
        }
    }

    const fn lasts(&self) -> bool {
        matches!(self, Self::Always { .. })
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    planned: Vec<Fault>,
    operations: u64,
    /// After this many operations all fail: the machine is off.
    stop_after: Option<u64>,
}

impl Faults {
    pub(super) fn plan(&mut self, fault: Fault) {
        self.planned.push(fault);
    }

    pub(super) fn heal(&mut self) {
        self.planned.clear();
    }

    pub(super) fn stop_after(&mut self, operations: u64) {
        self.stop_after = Some(self.operations + operations);
    }

    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    /// Counts an operation, and returns the fault that strikes it. If two faults strike the same operation, the one
    /// that was planned first does, and the other is spent.
    pub(super) fn count(&mut self, operation: Operation, path: &str) -> io::Result<Option<Fault>> {
        self.operations += 1;
        if self.stop_after.is_some_and(|limit| self.operations > limit) {
            return Err(io::Error::other("the simulated machine is off"));
        }
        let mut due = None;
        self.planned.retain_mut(|fault| {
            let is_due = fault.hits(operation, path) && fault.is_due();
            if is_due {
                due.get_or_insert_with(|| fault.clone());
            }
            !is_due || fault.lasts()
        });
        Ok(due)
    }
}

pub(super) fn injected() -> io::Error {
    io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error())
}
