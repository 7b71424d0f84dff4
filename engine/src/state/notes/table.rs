//! The notes of an event. Most things have none, so they stand in a table of their own: what has none costs nothing.

use std::collections::BTreeMap;

use crate::state::tables::digest;
use crate::state::tables::digest::Part;

/// The notes, each by the version that made what it stands beside: a hold, an order or a payment, of which no two have the same.
///
/// The note of a hold that a payment gave back stands by the version in which that failed, and waits there for late money.
#[derive(Debug, Default)]
pub(in crate::state) struct Notes {
    by_version: BTreeMap<u64, Box<str>>,
    /// Of all texts.
    bytes: u64,
}

impl Notes {
    /// From a snapshot. Of two by the same version, one is left.
    pub(in crate::state) fn from_rows(rows: Vec<(u64, Box<str>)>) -> Self {
        let mut notes = Self::default();
        for (version, text) in rows {
            notes.remove(version);
            notes.insert(version, text);
        }
        notes
    }

    /// By version.
    pub(in crate::state) fn rows(&self) -> impl Iterator<Item = (u64, Box<str>)> {
        self.iter().map(|(version, text)| (version, text.into()))
    }

    /// By version.
    pub(in crate::state) fn iter(&self) -> impl Iterator<Item = (u64, &str)> {
        self.by_version.iter().map(|(&version, text)| (version, &**text))
    }

    pub(in crate::state) fn len(&self) -> usize {
        self.by_version.len()
    }

    pub(in crate::state) fn is_empty(&self) -> bool {
        self.by_version.is_empty()
    }

    /// What they take in memory, bytes.
    pub(in crate::state) fn memory_bytes(&self) -> u64 {
        // With its place in the tree.
        const EACH: u64 = 64;
        EACH * self.len() as u64 + self.bytes
    }

    pub(in crate::state) fn get(&self, version: u64) -> Option<&str> {
        self.by_version.get(&version).map(|text| &**text)
    }

    /// A note of at least one byte, by a version that has none.
    pub(in crate::state) fn insert(&mut self, version: u64, text: Box<str>) {
        self.bytes += text.len() as u64;
        let before = self.by_version.insert(version, text);
        assert!(before.is_none(), "version {version} has two notes");
    }

    pub(in crate::state) fn remove(&mut self, version: u64) -> Option<Box<str>> {
        let text = self.by_version.remove(&version)?;
        self.bytes -= text.len() as u64;
        Some(text)
    }
}

/// The part of the digest of a note by this version.
pub(in crate::state) fn digest_term(version: u64, text: &str) -> u64 {
    digest::term(Part::Note, version, digest::bytes_term(text.as_bytes()), 0)
}
