//! Which file has which name: as this machine sees it, and as the disk would show it after a crash.

use std::collections::{BTreeMap, BTreeSet};

use super::file::Fate;

/// What a name leads to; a file keeps it through renames.
pub(super) type FileId = u64;

/// What one operation did to names. It reaches the disk whole or not at all, as in a journal, unless it spans two
/// directories of which only one is synced.
type Change = Vec<(String, Option<FileId>)>;

#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    live: BTreeMap<String, FileId>,
    durable: BTreeMap<String, FileId>,
    unsynced: Vec<Change>,
    directories: BTreeSet<String>,
}

impl Names {
    pub(super) fn get(&self, path: &str) -> Option<FileId> {
        self.live.get(path).copied()
    }

    pub(super) fn get_durable(&self, path: &str) -> Option<FileId> {
        self.durable.get(path).copied()
    }

    pub(super) fn change(&mut self, change: Change) {
        apply(&mut self.live, &change);
        self.unsynced.push(change);
    }

    /// Gives a file a name at once and durably.
    pub(super) fn put(&mut self, path: &str, file: FileId) {
        for change in &mut self.unsynced {
            change.retain(|(name, _)| name != path);
        }
        self.live.insert(path.to_owned(), file);
        self.durable.insert(path.to_owned(), file);
    }

    /// Files in a directory, by name; those below it are not in it.
    pub(super) fn list(&self, dir: &str) -> Vec<String> {
        let names = self.live.keys().filter(|path| directory_of(path) == dir);
        names.map(|path| path.rsplit('/').next().unwrap_or(path).to_owned()).collect()
    }

    /// Files that have a name now.
    pub(super) fn live(&self) -> impl Iterator<Item = FileId> + '_ {
        self.live.values().copied()
    }

    /// Files that have a name, or may have one after a crash.
    pub(super) fn reachable(&self) -> BTreeSet<FileId> {
        let unsynced = self.unsynced.iter().flatten().filter_map(|(_, file)| *file);
        self.live.values().chain(self.durable.values()).copied().chain(unsynced).collect()
    }

    pub(super) fn create_dir(&mut self, dir: &str) {
        for end in dir.match_indices('/').map(|(at, _)| at).chain([dir.len()]) {
            self.directories.insert(dir[..end].to_owned());
        }
    }

    pub(super) fn has_dir(&self, dir: &str) -> bool {
        dir.is_empty() || self.directories.contains(dir)
    }

    pub(super) fn sync_dir(&mut self, dir: &str) {
        for change in self.take_changes(dir) {
            apply(&mut self.durable, &[change]);
        }
    }

    /// A sync of a directory fails: as with files, the error is reported once, and the names are not tried again.
    pub(super) fn fail_sync_dir(&mut self, dir: &str) {
        drop(self.take_changes(dir));
    }

    fn take_changes(&mut self, dir: &str) -> Change {
        let mut taken = Change::new();
        for change in &mut self.unsynced {
            taken.extend(change.extract_if(.., |(path, _)| directory_of(path) == dir));
        }
        self.unsynced.retain(|change| !change.is_empty());
        taken
    }

    pub(super) fn crash(&mut self, fate: &mut Fate<'_>) {
        for change in std::mem::take(&mut self.unsynced) {
            if let Fate::Chance(random) = fate
                && random.below(2) == 0
            {
                apply(&mut self.durable, &change);
            }
        }
        self.live = self.durable.clone();
    }
}

/// The directory that holds a path; `""` for the data directory.
pub(super) fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn apply(names: &mut BTreeMap<String, FileId>, change: &[(String, Option<FileId>)]) {
    for (path, file) in change {
        match file {
            Some(file) => names.insert(path.clone(), *file),
            None => names.remove(path),
        };
    }
}
