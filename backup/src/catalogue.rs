//! The backups of a target.

use std::io;

use holdfast_wal::Storage;

use crate::error::BackupError;
use crate::manifest::{Manifest, directories_of, path_of, path_of_new, path_of_whole};

/// The manifests of all backups, the oldest first. One that cannot be read stands as its error.
///
/// # Errors
/// If the target cannot be read.
pub fn list(target: &dyn Storage) -> Result<Vec<Result<Manifest, BackupError>>, BackupError> {
    let names = target.list("").map_err(BackupError::io("list", ""))?;
    let names = names.into_iter().filter(|name| name.ends_with(".json"));
    Ok(names.map(|path| Manifest::read(target, &path)).collect())
}

/// The backup of this name, or the newest one.
pub(crate) fn find(target: &dyn Storage, name: Option<&str>) -> Result<Manifest, BackupError> {
    let mut all = list(target)?;
    if let Some(name) = name {
        let is_it = |one: &Result<Manifest, BackupError>| match one {
            Ok(manifest) => manifest.name == name,
            Err(BackupError::Manifest { path, .. } | BackupError::Io { path, .. }) => *path == path_of(name),
            Err(_) => false,
        };
        if let Some(at) = all.iter().position(is_it) {
            return all.swap_remove(at);
        }
    } else if let Some(newest) = all.pop() {
        return newest;
    }
    let known: Vec<_> = all.into_iter().flatten().map(|manifest| manifest.name).collect();
    Err(BackupError::none(name, &known))
}

/// Removes all but the newest `keep` backups that can be read. Returns how many are gone.
///
/// # Errors
/// What the medium says. What is left of a backup then is removed by the next one.
pub fn prune(target: &dyn Storage, keep: usize) -> Result<usize, BackupError> {
    let whole: Vec<Manifest> = list(target)?.into_iter().flatten().collect();
    let go = &whole[..whole.len().saturating_sub(keep)];
    for manifest in go {
        let (done, new) = (path_of(&manifest.name), path_of_new(&manifest.name));
        target.rename(&done, &new).map_err(BackupError::io("rename", &done))?;
        target.sync_dir("").map_err(BackupError::io("sync", ""))?;
        remove(target, &manifest.name)?;
    }
    Ok(go.len())
}

/// Removes what was written of backups that were never finished.
pub(crate) fn remove_what_was_given_up(target: &dyn Storage) -> Result<(), BackupError> {
    for file in target.list("").map_err(BackupError::io("list", ""))? {
        if let Some(name) = file.strip_suffix(".json.new") {
            tracing::warn!(name, "what is left of a backup that was given up is removed");
            remove(target, name)?;
        }
    }
    Ok(())
}

/// Removes the files of a backup, and then what says that it is one that was given up. Its empty directories stay.
fn remove(target: &dyn Storage, name: &str) -> Result<(), BackupError> {
    for dir in directories_of(name) {
        for file in target.list(&dir).map_err(BackupError::io("list", &dir))? {
            remove_file(target, &format!("{dir}/{file}"))?;
        }
    }
    remove_file(target, &path_of_whole(name))?;
    remove_file(target, &path_of_new(name))?;
    target.sync_dir("").map_err(BackupError::io("sync", ""))
}

fn remove_file(target: &dyn Storage, path: &str) -> Result<(), BackupError> {
    match target.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::Io { action: "remove", path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}
