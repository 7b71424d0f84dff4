//! Brings a backup back as a data directory.

use holdfast_audit::DIR;
use holdfast_engine::{IDENTITY_COPY, IDENTITY_FILE};
use holdfast_wal::Storage;

use crate::Step;
use crate::catalogue::find;
use crate::check::fault_of;
use crate::copy::{Count, write};
use crate::error::BackupError;
use crate::manifest::{FileOf, Manifest};

/// Copies the backup of this name, or the newest one, into an empty directory. All of it is looked at before anything is written. The
/// identity comes last: without it no server starts on the directory.
///
/// # Errors
/// If the backup is damaged, the directory is not empty, or the medium says so. What was written is of no use then.
pub fn restore(
    target: &dyn Storage,
    name: Option<&str>,
    to: &dyn Storage,
    step: &mut Step<'_>,
) -> Result<Manifest, BackupError> {
    for dir in ["", "wal", "snapshots", DIR] {
        let there = to.list(dir).map_err(BackupError::io("list", dir))?;
        if let Some(file) = there.into_iter().find(|file| !(dir.is_empty() && file == "OWNER")) {
            return Err(BackupError::NotEmpty(file));
        }
    }
    let manifest = find(target, name)?;
    let mut count = Count { done: 0, of: 3 * manifest.bytes(), step };
    for file in &manifest.files {
        if let Some(fault) = fault_of(target, &manifest.name, file, &mut count)? {
            return Err(BackupError::Damaged(fault));
        }
    }
    for dir in ["wal", "snapshots", DIR] {
        to.create_dir(dir).map_err(BackupError::io("create", dir))?;
    }
    let is_identity = |file: &&FileOf| file.path == IDENTITY_FILE || file.path == IDENTITY_COPY;
    for file in manifest.files.iter().filter(|file| !is_identity(file)) {
        copy(target, &manifest.name, file, to, &mut count)?;
    }
    for dir in ["wal", "snapshots", DIR, ""] {
        to.sync_dir(dir).map_err(BackupError::io("sync", dir))?;
    }
    for file in manifest.files.iter().filter(is_identity) {
        copy(target, &manifest.name, file, to, &mut count)?;
        to.keep_private(&file.path).map_err(BackupError::io("protect", &file.path))?;
    }
    to.sync_dir("").map_err(BackupError::io("sync", ""))?;
    Ok(manifest)
}

fn copy(
    target: &dyn Storage,
    name: &str,
    file: &FileOf,
    to: &dyn Storage,
    count: &mut Count<'_, '_>,
) -> Result<(), BackupError> {
    let path = format!("{name}/{}", file.path);
    let contents = target.read(&path).map_err(BackupError::io("read", &path))?;
    let sha256 = write(&contents, to, &file.path, count)?;
    if sha256 == file.sha256 {
        return Ok(());
    }
    Err(BackupError::Damaged(format!("{path} is another one since it was looked at")))
}
