//! Why a backup could not be made, found or brought back.

use std::io;

use holdfast_engine::{Code, Fault, Interrupted};

/// Why something about a backup failed. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It was to end.
    #[error("it was stopped")]
    Interrupted,
    /// The log could not be sealed, or the snapshots not be listed.
    #[error("the data directory cannot be read: {0}")]
    Source(String),
    /// Files of the data directory were removed each time that they were looked for.
    #[error("{path} was removed while it was looked for, five times: try again")]
    Gone {
        /// The last one.
        path: String,
    },
    /// A file could not be read or written.
    #[error("failed to {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file, relative to its directory.
        path: String,
        /// Why it failed.
        source: io::Error,
    },
    /// What was written is not what is read back from the medium.
    #[error(
        "{path} was read back from the medium, and is not what was written: the medium of the backups is damaged"
    )]
    ReadBack {
        /// The file.
        path: String,
    },
    /// There is no backup, or none of this name.
    #[error("there is no backup {name}; there are: {known}")]
    None {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A manifest cannot be read.
    #[error("{path} is no manifest of a backup that this version reads: {what}")]
    Manifest {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// A file of a backup is not what its manifest says.
    #[error("{0}")]
    Damaged(String),
    /// No backup has the moment that is to be gone back to.
    #[error("there is no backup that has {what}; the newest one has {has}")]
    NotThere {
        /// The moment, in words.
        what: String,
        /// What there is.
        has: String,
    },
    /// The directory that is to be restored into has something in it.
    #[error("the directory has {0:?} in it: a backup is restored into an empty directory only")]
    NotEmpty(String),
    /// A node is to be made of a backup of a server that is none.
    #[error(
        "the backup {0} is of a server that is no node of a cluster: `holdfast backup restore` brings it back"
    )]
    NoNode(String),
    /// What was restored cannot be brought back.
    #[error("what was restored does not start: {0}")]
    DoesNotStart(String),
}

impl BackupError {
    pub(crate) fn io(action: &'static str, path: &str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// There is none of this name, or none at all, among those that are known.
    pub(crate) fn none(name: Option<&str>, known: &[impl AsRef<str>]) -> Self {
        let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Self::None { name: name.unwrap_or("at all").to_owned(), known }
    }
}

impl From<Interrupted> for BackupError {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<&BackupError> for Fault {
    fn from(error: &BackupError) -> Self {
        let code = match error {
            BackupError::Damaged(_)
            | BackupError::Manifest { .. }
            | BackupError::ReadBack { .. }
            | BackupError::None { .. }
            | BackupError::DoesNotStart(_) => Code::BACKUP_DAMAGED,
            BackupError::Interrupted
            | BackupError::Source(_)
            | BackupError::Gone { .. }
            | BackupError::Io { .. }
            | BackupError::NotThere { .. }
            | BackupError::NoNode(_)
            | BackupError::NotEmpty(_) => Code::JOB_FAILED,
        };
        Self::new(code, error.to_string())
    }
}
