//! Opening a data directory, and what each refusal means for the exit code.

use std::io::Write as _;
use std::path::Path;

use holdfast_engine::{Code, IdentityError, OpenError, RecoveryError};
use holdfast_wal::{DirectoryLock, DiskStorage, LockError};

use crate::exit::Failure;

/// Prints to standard output. A reader that has seen enough (`| head`) is no fault.
pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Opens the directory for a command that only looks; the server must not be running, as it writes beside.
pub(crate) fn open_existing(path: &Path) -> Result<(DiskStorage, DirectoryLock), Failure> {
    if !path.is_dir() {
        let message = format!("there is no directory {}", path.display());
        return Err(Failure::refused(Code::DIRECTORY_UNUSABLE, message));
    }
    open(path)
}

/// Opens and locks the directory, making it if need be.
pub(crate) fn open(path: &Path) -> Result<(DiskStorage, DirectoryLock), Failure> {
    let unusable = |error: std::io::Error| {
        Failure::refused(Code::DIRECTORY_UNUSABLE, format!("the data directory {}: {error}", path.display()))
    };
    let storage = DiskStorage::open(path).map_err(unusable)?;
    let lock = storage.lock().map_err(|error| match &error {
        LockError::Held { .. } => Failure::refused(Code::DIRECTORY_LOCKED, error.to_string()),
        _ => Failure::refused(Code::DIRECTORY_UNUSABLE, error.to_string()),
    })?;
    Ok((storage, lock))
}

/// What a refusal of the engine to start means.
pub(crate) fn refusal(path: &Path, error: &OpenError) -> Failure {
    let code = match error {
        OpenError::Identity(IdentityError::Foreign(_)) => Code::NOT_A_DATA_DIRECTORY,
        OpenError::Identity(IdentityError::OtherVersion { .. }) => Code::OTHER_VERSION,
        OpenError::Identity(IdentityError::Damaged(_) | IdentityError::Differ(..)) => Code::LOG_DAMAGED,
        OpenError::Identity(IdentityError::Io { .. }) | OpenError::Thread(_) | OpenError::Disk(_) => {
            Code::DIRECTORY_UNUSABLE
        }
        OpenError::Snapshots(_) => Code::SNAPSHOTS_DAMAGED,
        OpenError::Log(error) => log_code(error),
        OpenError::Recovery(RecoveryError::Defect(_)) => Code::DIGEST_MISMATCH,
        OpenError::Lost(lost) => lost.code,
        OpenError::Recovery(_) => Code::SNAPSHOTS_DAMAGED,
    };
    Failure::refused(code, format!("the data directory {}: {error}", path.display()))
}

/// What a refusal of the log means.
pub(crate) const fn log_code(error: &holdfast_wal::OpenError) -> Code {
    match error {
        holdfast_wal::OpenError::OtherVersion { .. } => Code::OTHER_VERSION,
        holdfast_wal::OpenError::Io { .. } => Code::DIRECTORY_UNUSABLE,
        _ => Code::LOG_DAMAGED,
    }
}
