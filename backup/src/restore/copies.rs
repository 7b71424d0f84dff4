//! The files of a backup, read as the data directory that they are a copy of. Nothing can be written through it.

use std::collections::BTreeMap;
use std::io;

use holdfast_engine::Identity;
use holdfast_wal::{Contents, Storage, StorageFile};

use crate::Directory;
use crate::archive::{Archived, list};
use crate::error::BackupError;
use crate::manifest::{FileOf, Manifest};

/// Copies of the files of one data directory.
#[derive(Debug)]
pub(crate) struct Copies {
    /// Each path in the data directory, with where its copy is.
    files: BTreeMap<String, (Directory, String)>,
}

impl Copies {
    /// The files of a backup.
    pub(crate) fn of(target: &Directory, manifest: &Manifest) -> Self {
        let place = |path: &str| (Directory::clone(target), format!("{}/{path}", manifest.name));
        Self { files: manifest.files.iter().map(|file| (file.path.clone(), place(&file.path))).collect() }
    }

    /// With the segments of an archive that go on where the backup ends, with the record `last_lsn`; up to the first gap.
    pub(super) fn and_archived(
        &mut self,
        archive: &Directory,
        identity: &Identity,
        mut last_lsn: u64,
    ) -> Result<Vec<(Archived, FileOf)>, BackupError> {
        let (newest, mut added) = (self.newest_segment(), Vec::new());
        for archived in list(&**archive, identity)?.into_iter().filter(|archived| archived.segment > newest) {
            if archived.first_lsn != last_lsn + 1 {
                break;
            }
            last_lsn = archived.last_lsn;
            let path = format!("wal/{}", archived.name());
            let file = FileOf { path: path.clone(), bytes: archived.bytes, sha256: archived.sha256.clone() };
            self.files.insert(path, (Directory::clone(archive), archived.path(identity.branch.number)));
            added.push((archived, file));
        }
        Ok(added)
    }

    /// The number of the newest segment of the log.
    fn newest_segment(&self) -> u64 {
        let number = |path: &String| path.strip_prefix("wal/")?.strip_suffix(".wal")?.parse().ok();
        self.files.keys().filter_map(number).max().unwrap_or(0)
    }

    fn place(&self, path: &str) -> io::Result<&(Directory, String)> {
        self.files.get(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn read_only<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Storage for Copies {
    fn create(&self, _: &str) -> io::Result<Box<dyn StorageFile>> {
        read_only()
    }

    fn open(&self, _: &str) -> io::Result<Box<dyn StorageFile>> {
        read_only()
    }

    fn read(&self, path: &str) -> io::Result<Contents> {
        let (directory, path) = self.place(path)?;
        directory.read(path)
    }

    fn read_at(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let (directory, path) = self.place(path)?;
        directory.read_at(path, offset, len)
    }

    fn read_uncached(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let (directory, path) = self.place(path)?;
        directory.read_uncached(path, offset, len)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let parts = self.files.keys().map(|path| path.rsplit_once('/').unwrap_or(("", path)));
        let mut names: Vec<_> = parts.filter(|(of, _)| *of == dir).map(|(_, name)| name.to_owned()).collect();
        names.sort();
        Ok(names)
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        read_only()
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        read_only()
    }

    fn create_dir(&self, _: &str) -> io::Result<()> {
        read_only()
    }

    fn sync_dir(&self, _: &str) -> io::Result<()> {
        read_only()
    }

    fn bytes_taken(&self, path: &str) -> io::Result<u64> {
        let (directory, path) = self.place(path)?;
        directory.bytes_taken(path)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(0)
    }
}
