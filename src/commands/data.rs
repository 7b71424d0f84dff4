//! Opening a data directory, and what each refusal means for the exit code.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_engine::{
    At, Code, EventId, IdentityError, NotOwner, OpenError, RecoveryError, System, read_system,
};
use holdfast_snapshots::{Catalogued, Store};
use holdfast_wal::{DirectoryLock, DiskStorage, LockError, Lsn, Storage};

use crate::exit::Failure;
use crate::settings::Span;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Prints to standard output. A reader that has seen enough (`| head`) is no fault.
pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Opens the directory for a command that only looks. The server must not be running, as it writes to the directory.
pub(crate) fn open_existing(path: &Path) -> Result<(DiskStorage, DirectoryLock), Failure> {
    must_be_there(path)?;
    open(path)
}

fn must_be_there(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Ok(());
    }
    let message = format!("there is no directory {}", path.display());
    Err(Failure::refused(Code::DIRECTORY_UNUSABLE, message))
}

/// Opens the directory for a command that reads what never changes: sealed groups, snapshots. That needs no lock. What is
/// removed meanwhile is reported as missing, or as the end.
pub(crate) fn open_to_look(path: &Path) -> Result<DiskStorage, Failure> {
    must_be_there(path)?;
    storage(path)
}

fn storage(path: &Path) -> Result<DiskStorage, Failure> {
    DiskStorage::open(path).map_err(|error| {
        Failure::refused(Code::DIRECTORY_UNUSABLE, format!("the data directory {}: {error}", path.display()))
    })
}

/// Opens and locks the directory; makes it if it does not exist.
pub(crate) fn open(path: &Path) -> Result<(DiskStorage, DirectoryLock), Failure> {
    let storage = storage(path)?;
    let lock = storage.lock().map_err(|error| match &error {
        LockError::Held { .. } => Failure::refused(Code::DIRECTORY_LOCKED, error.to_string()),
        _ => Failure::refused(Code::DIRECTORY_UNUSABLE, error.to_string()),
    })?;
    Ok((storage, lock))
}

/// The failure of the process when the engine refuses to start.
pub(crate) fn refusal(path: &Path, error: &OpenError) -> Failure {
    let code = match error {
        OpenError::Identity(IdentityError::Foreign(_)) => Code::NOT_A_DATA_DIRECTORY,
        OpenError::Identity(IdentityError::OtherVersion { .. }) => Code::OTHER_VERSION,
        OpenError::Identity(IdentityError::Damaged(_) | IdentityError::Differ(..)) => Code::LOG_DAMAGED,
        OpenError::Identity(IdentityError::Io { .. }) | OpenError::Thread(_) | OpenError::Disk(_) => {
            Code::DIRECTORY_UNUSABLE
        }
        OpenError::ClockAhead { .. } => Code::CLOCK_AHEAD,
        OpenError::Snapshots(_) => Code::SNAPSHOTS_DAMAGED,
        OpenError::Log(error) => log_code(error),
        OpenError::Recovery(RecoveryError::NoMemory { .. }) => Code::MEMORY_TOO_SMALL,
        OpenError::Recovery(RecoveryError::Defect(_)) => Code::DIGEST_MISMATCH,
        OpenError::Recovery(RecoveryError::Log(_)) => Code::LOG_DAMAGED,
        OpenError::Lost(lost) => lost.code,
        OpenError::NotOwner(NotOwner::Not(_)) => Code::FENCED,
        OpenError::Recovery(_) => Code::SNAPSHOTS_DAMAGED,
    };
    Failure::refused(code, format!("the data directory {}: {}", path.display(), told(error)))
}

/// A time as people read it.
pub(crate) fn utc(at: At) -> String {
    // The calendar of the library ends with the year 9999.
    let at = UNIX_EPOCH + Duration::from_millis(at.0.min(253_402_300_799_000));
    humantime::format_rfc3339_seconds(at).to_string()
}

/// A time of the wall clock as the log has it.
pub(crate) fn unix(time: SystemTime) -> At {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    At(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Bytes that nobody can guess.
///
/// # Errors
/// The operating system has none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::fault(Code::DEFECT, format!("no random bytes: {error}")))?;
    Ok(bytes)
}

/// What the wall clock says: people and their programs ask in its time.
pub(crate) fn now() -> At {
    unix(wall())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command of a person is dated by the wall clock, and so is the end of a certificate"
)]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}

/// The error in words, with times as people read them.
fn told(error: &OpenError) -> String {
    let OpenError::ClockAhead { wall_at, newest_at, allowed } = error else { return error.to_string() };
    let (wall, newest, days) = (utc(*wall_at), utc(*newest_at), wall_at.since(*newest_at).0 / DAY_MS);
    let allowed = Span::millis(allowed.0).text();
    format!(
        "the clock of this machine says {wall}, and the newest record is of {newest}, {days} days before; \
         clock.max_ahead allows {allowed}. If the clock is right, start once with --accept-clock"
    )
}

/// The code of a refusal of the log.
pub(crate) const fn log_code(error: &holdfast_wal::OpenError) -> Code {
    match error {
        holdfast_wal::OpenError::OtherVersion { .. } => Code::OTHER_VERSION,
        holdfast_wal::OpenError::Io { .. } => Code::DIRECTORY_UNUSABLE,
        _ => Code::LOG_DAMAGED,
    }
}

/// The system event of the newest snapshot that has it.
pub(crate) fn system_of_snapshots(storage: &Arc<dyn Storage>) -> Result<Option<System>, Failure> {
    let store = Store::attach(Arc::clone(storage));
    let damaged =
        |error: &dyn std::fmt::Display| Failure::refused(Code::SNAPSHOTS_DAMAGED, error.to_string());
    let mut manifests = store.manifests().map_err(|error| damaged(&error))?;
    manifests.sort_by_key(|catalogued| match catalogued {
        Catalogued::Present(manifest) => std::cmp::Reverse(manifest.lsn),
        Catalogued::Unreadable { .. } => std::cmp::Reverse(Lsn::ZERO),
    });
    let entries = manifests.iter().filter_map(|catalogued| match catalogued {
        Catalogued::Present(manifest) => {
            manifest.entries.iter().find(|entry| entry.key == u64::from(EventId::SYSTEM))
        }
        Catalogued::Unreadable { .. } => None,
    });
    // One that is removed or damaged is no reason to tell nothing: the next one has less, and the log the rest.
    Ok(entries
        .filter_map(|entry| store.read(entry).ok())
        .find_map(|reader| read_system(reader.chunks()).ok()))
}
