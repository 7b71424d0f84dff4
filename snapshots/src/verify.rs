//! Looks at every file of the store and reports all faults, for an operator.

use std::collections::{HashMap, HashSet};

use holdfast_wal::Lsn;

use crate::error::ReadError;
use crate::format::{self, Entry, Place};
use crate::names::{self, Named};
use crate::reader;
use crate::store::{Store, number_of};

/// What a look at every file of the store has found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Every manifest, newest first.
    pub manifests: Vec<VerifiedManifest>,
    /// Entries that were read and checked; one that several manifests name is read once.
    pub entries_checked: usize,
    /// Bytes of the manifests, packs and entries that are whole.
    pub bytes_checked: u64,
    /// Packs and entries that no readable manifest names, by path: left by a snapshot that was not finished, and
    /// checked as well.
    pub unnamed: Vec<String>,
    /// Unfinished files, by path: left by a crash, removed when the store is opened.
    pub temporaries: Vec<String>,
    /// Files that are not of a snapshot, by path: never read or removed.
    pub unknown: Vec<String>,
    /// All faults in the order in which they were found.
    pub faults: Vec<ReadError>,
}

impl Verified {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// What a look at one manifest and its entries has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedManifest {
    /// Path relative to the data directory.
    pub file: String,
    /// The newest record that is in the snapshot.
    pub lsn: Lsn,
    /// Whether the manifest itself is whole; if not, what it names is unknown and the counts below are zero.
    pub readable: bool,
    /// Entries that it names.
    pub entries: usize,
    /// Entries that it names and that are missing or damaged.
    pub entries_broken: usize,
    /// Bytes of the entries that it names.
    pub bytes: u64,
}

impl VerifiedManifest {
    /// Whether recovery can begin with this snapshot.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.readable && self.entries_broken == 0
    }
}

impl Store {
    /// Reads and checks every manifest and every entry, and stops at no fault. Changes nothing.
    ///
    /// # Errors
    /// If the directory cannot be listed. All other faults are in [`Verified::faults`].
    pub fn verify(&self) -> Result<Verified, ReadError> {
        let listing = self.listing()?;
        let mut verified = Verified::default();
        let mut checked: HashMap<Entry, bool> = HashMap::new();
        for lsn in listing.manifests.into_iter().rev() {
            let manifest = self.verify_manifest(lsn, &mut checked, &mut verified);
            verified.manifests.push(manifest);
        }
        let packs: HashSet<u64> = checked.keys().filter_map(number_of).collect();
        for number in listing.packs {
            if !packs.contains(&number) {
                self.verify_pack(number, &mut verified);
            }
        }
        let files = checked.keys().filter(|entry| entry.place == Place::File);
        let named: HashSet<String> = files.map(names::file_of).collect();
        for (name, parsed) in listing.entries {
            let Named::Entry { key, lsn, crc } = parsed else { continue };
            if named.contains(&name) {
                continue;
            }
            verified.entries_checked += 1;
            match reader::read_unnamed(self.storage(), key, lsn, crc) {
                Ok(whole) => verified.bytes_checked += whole.entry().bytes,
                Err(fault) => verified.faults.push(fault),
            }
            verified.unnamed.push(names::path(&name));
        }
        verified.temporaries = listing.temporaries.iter().map(|name| names::path(name)).collect();
        verified.unknown = listing.unknown.iter().map(|name| names::path(name)).collect();
        Ok(verified)
    }

    /// A pack that no manifest names, or only one that cannot be used.
    fn verify_pack(&self, number: u64, verified: &mut Verified) {
        match reader::open_pack(self.storage(), number, None) {
            Ok(pack) => pack.entries().for_each(|entry| {
                self.verify_entry(&entry, verified);
            }),
            // It may be why a manifest cannot be used.
            Err(fault) if verified.faults.iter().any(|known| known.path() == fault.path()) => {}
            Err(fault) => verified.faults.push(fault),
        }
        verified.unnamed.push(names::path(&names::pack(number)));
    }

    /// Whether the entry is whole.
    fn verify_entry(&self, entry: &Entry, verified: &mut Verified) -> bool {
        verified.entries_checked += 1;
        let read = self.read(entry);
        match read {
            Ok(_) => verified.bytes_checked += entry.stored(),
            Err(fault) => {
                verified.faults.push(fault);
                return false;
            }
        }
        true
    }

    fn verify_manifest(
        &self,
        lsn: Lsn,
        checked: &mut HashMap<Entry, bool>,
        verified: &mut Verified,
    ) -> VerifiedManifest {
        let file = names::path(&names::manifest(lsn));
        let mut found =
            VerifiedManifest { file, lsn, readable: false, entries: 0, entries_broken: 0, bytes: 0 };
        let manifest = match reader::read_manifest(self.storage(), lsn) {
            Ok(manifest) => manifest,
            Err(fault) => {
                verified.faults.push(fault);
                return found;
            }
        };
        found.readable = true;
        found.entries = manifest.entries.len();
        let files = manifest.entries.iter().filter(|entry| entry.place == Place::File).count();
        verified.bytes_checked +=
            format::manifest_bytes(files, manifest.packs.len(), manifest.meta.len()) as u64;
        for entry in manifest.entries {
            found.bytes = found.bytes.saturating_add(entry.stored());
            let sound = match checked.get(&entry) {
                Some(sound) => *sound,
                None => self.verify_entry(&entry, verified),
            };
            checked.insert(entry, sound);
            found.entries_broken += usize::from(!sound);
        }
        found
    }
}
