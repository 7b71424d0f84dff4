//! What can go wrong, as data: every refusal names the file, the place, the reason, and the next step.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use crate::lsn::Lsn;

/// Bytes of the log that differ from what was written there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Damage {
    pub(crate) segment: u64,
    pub(crate) file: String,
    pub(crate) offset: u64,
    pub(crate) group: u64,
    pub(crate) reason: String,
}

/// Why a log cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The medium refused.
    #[error("cannot {action} {path}: {source}; see to the disk, then start again")]
    Io {
        /// The file or directory, relative to the data directory.
        path: String,
        /// What was being done to it.
        action: &'static str,
        /// What the medium said.
        source: io::Error,
    },
    /// Bytes that were acknowledged are gone or wrong. Nothing was changed.
    #[error(
        "{file} is damaged at byte {offset} (group {group}): {reason}; restore the file from a copy, or accept the \
         loss of everything from there on with `holdfast wal repair --accept-loss-from {segment}:{offset}`"
    )]
    Corruption {
        /// The file, relative to the data directory.
        file: String,
        /// The number of the segment.
        segment: u64,
        /// Where in the file the first damaged group starts, bytes.
        offset: u64,
        /// Sequence of the group that ought to be there.
        group: u64,
        /// What the damage was noticed by.
        reason: String,
    },
    /// The log was written by another version of holdfast.
    #[error(
        "{file} has format version {found}, and this holdfast knows {known}; use the version that wrote it"
    )]
    OtherVersion {
        /// The file, relative to the data directory.
        file: String,
        /// The version in the file.
        found: u32,
        /// The version that this crate writes.
        known: u32,
    },
    /// The options contradict each other.
    #[error("the log's options cannot work: {reason}")]
    Options {
        /// The options at fault, and the contradiction.
        reason: String,
    },
}

impl OpenError {
    pub(crate) fn io(path: &str, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, action, source }
    }
}

impl From<Damage> for OpenError {
    fn from(damage: Damage) -> Self {
        let Damage { segment, file, offset, group, reason } = damage;
        Self::Corruption { file, segment, offset, group, reason }
    }
}

/// Why sealed segments cannot be read back.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The medium refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// The file, relative to the data directory.
        path: String,
        /// What was being done to it.
        action: &'static str,
        /// What the medium said.
        source: io::Error,
    },
    /// A sealed segment is damaged: take a snapshot of what is in memory, and look at the disk.
    #[error(
        "{file} is damaged at byte {offset} (group {group}): {reason}; the log cannot be replayed from there"
    )]
    Corruption {
        /// The file, relative to the data directory.
        file: String,
        /// The number of the segment.
        segment: u64,
        /// Where in the file the first damaged group starts, bytes.
        offset: u64,
        /// Sequence of the group that ought to be there.
        group: u64,
        /// What the damage was noticed by.
        reason: String,
    },
    /// The log has removed records that were asked for.
    #[error("the log no longer holds record {from}: it starts at {first}")]
    Released {
        /// The first record that was asked for.
        from: Lsn,
        /// The oldest record that is kept.
        first: Lsn,
    },
}

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io { path, action, source } => Self::Io { path, action, source },
            OpenError::Corruption { file, segment, offset, group, reason } => {
                Self::Corruption { file, segment, offset, group, reason }
            }
            OpenError::OtherVersion { file, found, known } => Self::Io {
                path: file,
                action: "understand",
                source: io::Error::other(format!("format version {found}, not {known}")),
            },
            OpenError::Options { reason } => Self::Io {
                path: String::new(),
                action: "read with these options",
                source: io::Error::other(reason),
            },
        }
    }
}

impl From<Damage> for ReadError {
    fn from(damage: Damage) -> Self {
        OpenError::from(damage).into()
    }
}

/// The log takes nothing any more: a write or a sync failed, or the log was stopped. Records that were not durable by
/// then are never acknowledged; whether they reached the medium shows at the next start. A poisoned log stays poisoned.
#[derive(Clone, Debug, Error)]
#[error("{0}")]
pub struct Poisoned(Arc<Cause>);

#[derive(Debug, Error)]
enum Cause {
    #[error(
        "the log failed to {action} {file} at byte {offset}: {source}; nothing is retried: restart the process"
    )]
    Failed { action: &'static str, file: String, offset: u64, source: io::Error },
    #[error("the log was stopped")]
    Stopped,
    #[error("the log's committer ended without being stopped; restart the process")]
    Abandoned,
    #[error("{0}")]
    Forbidden(Box<str>),
}

impl Poisoned {
    pub(crate) fn failed(action: &'static str, file: &str, offset: u64, source: io::Error) -> Self {
        Self(Arc::new(Cause::Failed { action, file: file.to_owned(), offset, source }))
    }

    pub(crate) fn stopped() -> Self {
        Self(Arc::new(Cause::Stopped))
    }

    pub(crate) fn abandoned() -> Self {
        Self(Arc::new(Cause::Abandoned))
    }

    /// Whoever stands in front of the log wants nothing more to be written, for this reason.
    #[must_use]
    pub fn forbidden(why: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Cause::Forbidden(why.into())))
    }

    /// Whether nothing failed here: [`Poisoned::forbidden`] was said.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(*self.0, Cause::Forbidden(_))
    }

    /// Whether the log was stopped on purpose, and nothing failed.
    #[must_use]
    pub fn is_stop(&self) -> bool {
        matches!(*self.0, Cause::Stopped)
    }
}
