//! Reads one file: every byte is checked first, then the bytes are used where they are mapped.

use std::iter::FusedIterator;

use holdfast_wal::{Contents, Lsn, Storage};

use crate::error::ReadError;
use crate::format::{self, Entry, Manifest};
use crate::names;

/// The state of one key, whole: every byte was checked before this was made.
#[derive(Clone, Debug)]
pub struct EntryReader {
    entry: Entry,
    contents: Contents,
    chunks: u32,
}

impl EntryReader {
    /// The entry that is read.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The chunks in the order in which they were written, with the same bounds. Nothing is copied.
    #[must_use]
    pub fn chunks(&self) -> Chunks<'_> {
        Chunks { rest: format::chunks(&self.contents), left: self.chunks as usize }
    }
}

/// The chunks of an entry.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let (chunk, _, rest) = format::split_chunk(self.rest).ok()?;
        self.rest = rest;
        Some(chunk)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Chunks<'_> {}

impl FusedIterator for Chunks<'_> {}

/// Reads and checks the file of an entry.
pub(crate) fn read_entry(storage: &dyn Storage, entry: &Entry) -> Result<EntryReader, ReadError> {
    let path = names::path(&names::of_entry(entry));
    let contents = storage.read(&path).map_err(|error| ReadError::io("read", path.as_str(), error))?;
    match format::check_entry(&contents, entry) {
        Ok(chunks) => Ok(EntryReader { entry: *entry, contents, chunks }),
        Err(damage) => Err(ReadError::damaged(path, damage)),
    }
}

/// Reads and checks an entry that is known by the name of its file only.
pub(crate) fn read_unnamed(
    storage: &dyn Storage,
    key: u64,
    lsn: Lsn,
    crc: u32,
) -> Result<EntryReader, ReadError> {
    let path = names::path(&names::entry(key, lsn, crc));
    let contents = storage.read(&path).map_err(|error| ReadError::io("read", path.as_str(), error))?;
    let entry = Entry { key, lsn, bytes: contents.len() as u64, crc };
    match format::check_entry(&contents, &entry) {
        Ok(chunks) => Ok(EntryReader { entry, contents, chunks }),
        Err(damage) => Err(ReadError::damaged(path, damage)),
    }
}

/// Reads and checks the file of the manifest at `lsn`.
pub(crate) fn read_manifest(storage: &dyn Storage, lsn: Lsn) -> Result<Manifest, ReadError> {
    let path = names::path(&names::manifest(lsn));
    let contents = storage.read(&path).map_err(|error| ReadError::io("read", path.as_str(), error))?;
    format::decode_manifest(&contents, lsn).map_err(|damage| ReadError::damaged(path, damage))
}
