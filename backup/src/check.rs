//! Looks whether a backup is what its manifest says.

use std::collections::BTreeSet;
use std::io;

use holdfast_wal::Storage;

use crate::Step;
use crate::catalogue::find;
use crate::copy::{Count, hash};
use crate::error::BackupError;
use crate::manifest::{FileOf, Manifest, directories_of};

/// Reads each file of the backup of this name, or of the newest one. Returns its manifest and what is wrong.
///
/// # Errors
/// If there is no such backup, its manifest cannot be read, or it is to end.
pub fn check(
    target: &dyn Storage,
    name: Option<&str>,
    step: &mut Step<'_>,
) -> Result<(Manifest, Vec<String>), BackupError> {
    let manifest = find(target, name)?;
    let mut count = Count { done: 0, of: manifest.bytes(), step };
    let mut faults = Vec::new();
    for file in &manifest.files {
        faults.extend(fault_of(target, &manifest.name, file, &mut count)?);
    }
    let known: BTreeSet<String> =
        manifest.files.iter().map(|file| format!("{}/{}", manifest.name, file.path)).collect();
    for dir in directories_of(&manifest.name) {
        for file in target.list(&dir).map_err(BackupError::io("list", &dir))? {
            let path = format!("{dir}/{file}");
            if !known.contains(&path) {
                faults.push(format!("{path} is no file of the backup"));
            }
        }
    }
    Ok((manifest, faults))
}

/// What is wrong with a file of a backup, if anything is.
pub(crate) fn fault_of(
    target: &dyn Storage,
    name: &str,
    file: &FileOf,
    count: &mut Count<'_, '_>,
) -> Result<Option<String>, BackupError> {
    fault_at(target, &format!("{name}/{}", file.path), file, count)
}

/// What is wrong with a copy at this path, if anything is.
pub(crate) fn fault_at(
    target: &dyn Storage,
    path: &str,
    file: &FileOf,
    count: &mut Count<'_, '_>,
) -> Result<Option<String>, BackupError> {
    match hash(target, path, count) {
        Ok((bytes, _)) if bytes != file.bytes => {
            Ok(Some(format!("{path} has {bytes} bytes, and had {} when it was made", file.bytes)))
        }
        Ok((_, sha256)) if sha256 != file.sha256 => Ok(Some(format!("{path} is not what was written"))),
        Ok(_) => Ok(None),
        Err(BackupError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(Some(format!("{path} is missing")))
        }
        Err(BackupError::Io { source, .. }) => Ok(Some(format!("{path} cannot be read: {source}"))),
        Err(error) => Err(error),
    }
}
