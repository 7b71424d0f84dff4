//! What can go wrong, with the file, the place in it, and what to do next.

use std::io;

/// What is wrong with the bytes of a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) offset: u64,
    pub(crate) reason: Reason,
}

impl Damage {
    /// The same, in a file that has the damaged part at byte `at`.
    pub(crate) fn behind(self, at: u64) -> Self {
        Self { offset: self.offset + at, ..self }
    }
}

/// How the bytes of a file differ from what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The file, or a part of it, is longer or shorter than it should be.
    #[error("{part} has {found} bytes where {expected} are needed")]
    Length {
        /// The part meant.
        part: &'static str,
        /// Bytes needed.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// A part does not begin with its own four bytes: it belongs to another kind of file.
    #[error("{part} does not begin with its magic bytes")]
    Magic {
        /// The part meant.
        part: &'static str,
    },
    /// A part has changed since it was written.
    #[error("{part} has CRC {computed:08x} where {stored:08x} is stored")]
    Checksum {
        /// The part meant.
        part: &'static str,
        /// CRC in the file or in the manifest.
        stored: u32,
        /// CRC of the bytes that are there.
        computed: u32,
    },
    /// A part is sound, and contradicts the file's name, the manifest or another part.
    #[error("{field} is {found} where {expected} is expected")]
    Field {
        /// The field meant.
        field: &'static str,
        /// The value that is known from elsewhere.
        expected: u64,
        /// The value in the file.
        found: u64,
    },
    /// A number is over its limit, so it cannot have been written by this format.
    #[error("{field} is {found}, over the limit of {limit}")]
    Limit {
        /// The field meant.
        field: &'static str,
        /// The limit.
        limit: u64,
        /// The value in the file.
        found: u64,
    },
    /// The keys of a manifest are not strictly ascending.
    #[error("key {key} follows a key that is not smaller")]
    Order {
        /// The key that is out of place.
        key: u64,
    },
    /// The file is whole, and has a format that this build cannot read.
    #[error("the format version is {found}, and this build reads {supported}")]
    Version {
        /// The newest version that this build reads.
        supported: u32,
        /// The version in the file.
        found: u32,
    },
}

/// A snapshot file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The medium refused.
    #[error("cannot {action} {path}: {source}; {}", self.next_step())]
    Io {
        /// Path relative to the data directory.
        path: String,
        /// What was tried, as in "cannot list".
        action: &'static str,
        /// What the medium said.
        source: io::Error,
    },
    /// The bytes of the file are wrong.
    #[error("{path} is unreadable at byte {offset}: {reason}; {}", self.next_step())]
    Damaged {
        /// Path relative to the data directory.
        path: String,
        /// Where in the file the damage begins, bytes.
        offset: u64,
        /// What is wrong.
        reason: Reason,
    },
}

impl ReadError {
    /// Path of the file or directory meant, relative to the data directory.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Io { path, .. } | Self::Damaged { path, .. } => path,
        }
    }

    /// What an operator can do now.
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "restore it from a backup, or fall back to an older snapshot"
            }
            Self::Io { .. } => "check the disk and the permissions, then try again",
            Self::Damaged { reason: Reason::Version { .. }, .. } => {
                "read it with the build that wrote it, or a newer one"
            }
            Self::Damaged { .. } => {
                "check the disk, then restore the file from a backup or fall back to an older snapshot"
            }
        }
    }

    /// Whether the file is known to be damaged, as opposed to unreadable at the moment.
    pub(crate) fn is_permanent(&self) -> bool {
        match self {
            Self::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::Damaged { .. } => true,
        }
    }

    pub(crate) fn io(action: &'static str, path: impl Into<String>, source: io::Error) -> Self {
        Self::Io { path: path.into(), action, source }
    }

    pub(crate) fn damaged(path: impl Into<String>, damage: Damage) -> Self {
        Self::Damaged { path: path.into(), offset: damage.offset, reason: damage.reason }
    }
}

/// A snapshot that could not be written, published or pruned. What was published before is untouched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The medium refused, or the closure that gives the bytes did. The unfinished file is removed; a new attempt
    /// begins afresh and repeats no failed sync.
    #[error("cannot {action} {path}: {source}; free space or check the disk, then make the snapshot anew")]
    Io {
        /// Path relative to the data directory.
        path: String,
        /// What was tried, as in "cannot sync".
        action: &'static str,
        /// What the medium said.
        source: io::Error,
    },
    /// The manifest contradicts itself or the files, so it was not written.
    #[error("manifest at {lsn} was not written: {fault}; report this fault of the program", lsn = .lsn.0)]
    Manifest {
        /// The manifest's LSN.
        lsn: holdfast_wal::Lsn,
        /// What is wrong with it.
        fault: ManifestFault,
    },
    /// Reading what is there failed, before anything was changed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A directory could not be synced earlier, so which names are durable is unknown.
    #[error("an earlier sync of the snapshot directory failed; check the disk, then restart")]
    Poisoned,
}

impl WriteError {
    pub(crate) fn io(action: &'static str, path: impl Into<String>, source: io::Error) -> Self {
        Self::Io { path: path.into(), action, source }
    }
}

/// What is wrong with a manifest that was to be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestFault {
    /// Two entries have the same key.
    #[error("key {key} is named twice")]
    KeyTwice {
        /// The key.
        key: u64,
    },
    /// An entry holds records after the manifest's place in the log.
    #[error("the entry of key {key} is of LSN {lsn}, after the manifest")]
    Ahead {
        /// The entry's key.
        key: u64,
        /// The entry's LSN.
        lsn: holdfast_wal::Lsn,
    },
    /// A pack that is named for another entry has an entry of the same key, and would be taken for it.
    #[error("the entry of key {key} is hidden by one in a pack with a higher number")]
    Hidden {
        /// The key.
        key: u64,
    },
    /// The entry has no file.
    #[error("there is no file {file}")]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The manifest has more of something than the format allows.
    #[error("{field} is {found}, over the limit of {limit}")]
    Limit {
        /// What there is too much of.
        field: &'static str,
        /// The limit.
        limit: usize,
        /// What was given.
        found: usize,
    },
}
