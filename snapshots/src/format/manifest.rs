//! A manifest: which packs, and which files of the first version, are the state of everything.

use std::sync::Arc;

use holdfast_wal::Lsn;

use super::{
    Damage, Entry, FIELDS_AT, HEADER_BYTES, HEADER_CRC_AT, Pack, Place, Reason, damage, expect_crc,
    expect_field, expect_limit, finish_header, put, split_header, u32_at, u64_at,
};
use crate::error::ManifestFault;
use crate::limits::{ENTRIES_MAX, META_BYTES_MAX, PACKS_MAX};

/// The version that is written, and the newest that is read. The first one has no packs.
const VERSION: u32 = 2;
const MAGIC: [u8; 4] = *b"HFSM";

const LSN_AT: usize = FIELDS_AT;
const ENTRIES_AT: usize = LSN_AT + 8;
const META_AT: usize = ENTRIES_AT + 4;
const PACKS_AT: usize = META_AT + 4;

const NAMED_KEY_AT: usize = 0;
const NAMED_LSN_AT: usize = NAMED_KEY_AT + 8;
const NAMED_BYTES_AT: usize = NAMED_LSN_AT + 8;
const NAMED_CRC_AT: usize = NAMED_BYTES_AT + 8;
const NAMED_BYTES: usize = NAMED_CRC_AT + 4;

const PACK_NUMBER_AT: usize = 0;
const PACK_BYTES_AT: usize = PACK_NUMBER_AT + 8;
const PACK_CRC_AT: usize = PACK_BYTES_AT + 8;
const PACK_BYTES: usize = PACK_CRC_AT + 4;

const CRC_BYTES: usize = 4;

const _: () = assert!(PACKS_AT + 4 == HEADER_CRC_AT, "a manifest's fields fill its header");

/// The state of everything at one place of the log: the entries that make it up.
///
/// An entry that was made before the manifest's LSN is still the state of its key, as no record of the key lies between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The newest record that is in the state.
    pub lsn: Lsn,
    /// One entry for each key; ascending by key when read.
    pub entries: Vec<Entry>,
    /// Opaque bytes of the caller that belong to no key; at most [`META_BYTES_MAX`].
    pub meta: Vec<u8>,
    /// The packs in which entries stand, by number.
    pub packs: Vec<Arc<Pack>>,
}

impl Manifest {
    /// The manifest that names these files, and packs in the order of their numbers. Of several packs that have a key, the
    /// one with the highest number counts.
    pub(crate) fn of(lsn: Lsn, files: Vec<Entry>, packs: Vec<Arc<Pack>>, meta: Vec<u8>) -> Self {
        let mut entries: Vec<Entry> = packs.iter().rev().flat_map(|pack| pack.entries()).collect();
        entries.extend(files);
        // Stable: the first of a key is that of the newest pack.
        entries.sort_by_key(|entry| entry.key);
        entries.dedup_by_key(|entry| entry.key);
        Self { lsn, entries, meta, packs }
    }

    /// The entry of a key.
    #[must_use]
    pub fn entry(&self, key: u64) -> Option<&Entry> {
        self.entries.binary_search_by_key(&key, |entry| entry.key).ok().map(|at| &self.entries[at])
    }

    /// What was noted with an entry of it; `None` where it stands in a file of its own.
    #[must_use]
    pub fn note(&self, entry: &Entry) -> Option<&[u8]> {
        let Place::Pack { number, .. } = entry.place else { return None };
        let at = self.packs.binary_search_by_key(&number, |pack| pack.number()).ok()?;
        self.packs[at].row(entry.key).map(super::Row::note)
    }
}

/// A manifest as it stands in its file: the packs are only named.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) files: Vec<Entry>,
    /// Number, length and CRC of each pack.
    pub(crate) packs: Vec<(u64, u64, u32)>,
    pub(crate) meta: Vec<u8>,
}

/// Length of a manifest's file in bytes.
pub(crate) const fn manifest_bytes(files: usize, packs: usize, meta: usize) -> usize {
    HEADER_BYTES + files * NAMED_BYTES + packs * PACK_BYTES + meta + CRC_BYTES
}

const _: () = assert!(
    manifest_bytes(ENTRIES_MAX, PACKS_MAX, META_BYTES_MAX) < 512 << 20,
    "a manifest is held in memory"
);

/// The bytes of a manifest's file.
pub(crate) fn encode_manifest(manifest: &Manifest) -> Result<Vec<u8>, ManifestFault> {
    let Manifest { lsn, entries, meta, packs } = manifest;
    within("the number of entries", ENTRIES_MAX, entries.len())?;
    within("the number of packs", PACKS_MAX, packs.len())?;
    within("the length of the opaque part", META_BYTES_MAX, meta.len())?;
    let mut ascending: Vec<&Entry> = entries.iter().collect();
    ascending.sort_by_key(|entry| entry.key);
    for (entry, next) in ascending.iter().zip(ascending.iter().skip(1)) {
        if entry.key == next.key {
            return Err(ManifestFault::KeyTwice { key: entry.key });
        }
    }
    if let Some(entry) = ascending.iter().find(|entry| entry.lsn > *lsn) {
        return Err(ManifestFault::Ahead { key: entry.key, lsn: entry.lsn });
    }
    ascending.retain(|entry| entry.place == Place::File);

    let mut header = [0; HEADER_BYTES];
    put(&mut header, LSN_AT, lsn.0.to_le_bytes());
    put(&mut header, ENTRIES_AT, (ascending.len() as u32).to_le_bytes());
    put(&mut header, META_AT, (meta.len() as u32).to_le_bytes());
    put(&mut header, PACKS_AT, (packs.len() as u32).to_le_bytes());
    finish_header(&mut header, MAGIC, VERSION);

    let length = manifest_bytes(ascending.len(), packs.len(), meta.len());
    let mut file = Vec::with_capacity(length);
    file.extend_from_slice(&header);
    for entry in ascending {
        let mut named = [0; NAMED_BYTES];
        put(&mut named, NAMED_KEY_AT, entry.key.to_le_bytes());
        put(&mut named, NAMED_LSN_AT, entry.lsn.0.to_le_bytes());
        put(&mut named, NAMED_BYTES_AT, entry.bytes.to_le_bytes());
        put(&mut named, NAMED_CRC_AT, entry.crc.to_le_bytes());
        file.extend_from_slice(&named);
    }
    for pack in packs {
        let mut named = [0; PACK_BYTES];
        put(&mut named, PACK_NUMBER_AT, pack.number().to_le_bytes());
        put(&mut named, PACK_BYTES_AT, pack.bytes().to_le_bytes());
        put(&mut named, PACK_CRC_AT, pack.crc().to_le_bytes());
        file.extend_from_slice(&named);
    }
    file.extend_from_slice(meta);
    let crc = crc32fast::hash(&file);
    file.extend_from_slice(&crc.to_le_bytes());
    assert_eq!(file.len(), length, "a manifest has the length that its header says");
    Ok(file)
}

fn within(field: &'static str, limit: usize, found: usize) -> Result<(), ManifestFault> {
    if found <= limit { Ok(()) } else { Err(ManifestFault::Limit { field, limit, found }) }
}

/// Reads the file of the manifest at `lsn`. It takes memory in proportion to the file that is there.
pub(crate) fn decode_manifest(file: &[u8], lsn: Lsn) -> Result<Named, Damage> {
    let (header, rest, version) = split_header(file, MAGIC, VERSION)?;
    expect_field("the LSN", LSN_AT, lsn.0, u64_at(header, LSN_AT)?)?;
    let count = u32_at(header, ENTRIES_AT)? as usize;
    let meta_bytes = u32_at(header, META_AT)? as usize;
    let packs = u32_at(header, PACKS_AT)? as usize;
    if version == 1 {
        expect_field("the reserved field", PACKS_AT, 0, packs as u64)?;
    }
    expect_limit("the number of entries", ENTRIES_AT, ENTRIES_MAX, count)?;
    expect_limit("the length of the opaque part", META_AT, META_BYTES_MAX, meta_bytes)?;
    expect_limit("the number of packs", PACKS_AT, PACKS_MAX, packs)?;

    let (expected, found) = (manifest_bytes(count, packs, meta_bytes) as u64, file.len() as u64);
    if expected != found {
        return damage(found.min(expected), Reason::Length { part: "the file", expected, found });
    }
    let crc_at = file.len() - CRC_BYTES;
    let computed = crc32fast::hash(file.get(..crc_at).unwrap_or_default());
    expect_crc("the file", crc_at as u64, u32_at(file, crc_at)?, computed)?;

    let (named, rest) = rest.split_at_checked(count * NAMED_BYTES).unwrap_or_default();
    let (packed, rest) = rest.split_at_checked(packs * PACK_BYTES).unwrap_or_default();
    let meta = rest.get(..meta_bytes).unwrap_or_default().to_vec();
    let files = decode_files(named, lsn)?;
    let packs_at = (HEADER_BYTES + named.len()) as u64;
    let mut packs: Vec<(u64, u64, u32)> = Vec::with_capacity(packs);
    for (index, named) in packed.chunks_exact(PACK_BYTES).enumerate() {
        let number = u64_at(named, PACK_NUMBER_AT)?;
        if packs.last().is_some_and(|before| before.0 >= number) {
            return damage(packs_at + (index * PACK_BYTES) as u64, Reason::Order { key: number });
        }
        packs.push((number, u64_at(named, PACK_BYTES_AT)?, u32_at(named, PACK_CRC_AT)?));
    }
    Ok(Named { files, packs, meta })
}

fn decode_files(named: &[u8], lsn: Lsn) -> Result<Vec<Entry>, Damage> {
    let mut files: Vec<Entry> = Vec::with_capacity(named.len() / NAMED_BYTES);
    for (index, named) in named.chunks_exact(NAMED_BYTES).enumerate() {
        let offset = (HEADER_BYTES + index * NAMED_BYTES) as u64;
        let entry = Entry {
            key: u64_at(named, NAMED_KEY_AT)?,
            lsn: Lsn(u64_at(named, NAMED_LSN_AT)?),
            bytes: u64_at(named, NAMED_BYTES_AT)?,
            crc: u32_at(named, NAMED_CRC_AT)?,
            place: Place::File,
        };
        if files.last().is_some_and(|before| before.key >= entry.key) {
            return damage(offset, Reason::Order { key: entry.key });
        }
        if entry.lsn > lsn {
            let (limit, found) = (lsn.0, entry.lsn.0);
            return damage(offset, Reason::Limit { field: "the entry's LSN", limit, found });
        }
        files.push(entry);
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
