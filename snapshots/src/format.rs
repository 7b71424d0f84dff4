//! Encodes and decodes entries, packs and manifests. No IO, and no memory is taken because a file says so: bytes are used
//! where they were read, and every length is checked against the bytes that are there.
//!
//! `FORMAT.md` draws these bytes. A change changes both, and the version.

use crc32fast::Hasher;
use holdfast_wal::Lsn;

use crate::error::{Damage, Reason};
use crate::limits::{CHUNK_BYTES_MAX, CHUNKS_MAX};

mod manifest;
mod pack;

pub use manifest::Manifest;
pub(crate) use manifest::{decode_manifest, encode_manifest, manifest_bytes};
pub use pack::Pack;
pub(crate) use pack::{Frame, PACK_TRAILER_BYTES, Row, check_stored, encode_rows, pack_header, read_pack};

/// The format version of an entry that is written, and the newest that is read.
const ENTRY_VERSION: u32 = 1;

const ENTRY_MAGIC: [u8; 4] = *b"HFSE";
const TRAILER_MAGIC: [u8; 4] = *b"HFST";

// The header of both kinds of files: magic, version and CRC keep their places in every version, so that a file of a
// newer build is told apart from a damaged one.
const MAGIC_AT: usize = 0;
const VERSION_AT: usize = MAGIC_AT + 4;
const FIELDS_AT: usize = VERSION_AT + 4;
const HEADER_CRC_AT: usize = HEADER_BYTES - 4;
pub(crate) const HEADER_BYTES: usize = 32;

const ENTRY_KEY_AT: usize = FIELDS_AT;
const ENTRY_LSN_AT: usize = ENTRY_KEY_AT + 8;
const ENTRY_ZERO_AT: usize = ENTRY_LSN_AT + 8;

const CHUNK_LENGTH_AT: usize = 0;
const CHUNK_CRC_AT: usize = CHUNK_LENGTH_AT + 4;
const CHUNK_HEADER_BYTES: usize = CHUNK_CRC_AT + 4;

const TRAILER_MAGIC_AT: usize = 0;
const TRAILER_CHUNKS_AT: usize = TRAILER_MAGIC_AT + 4;
const TRAILER_PAYLOAD_AT: usize = TRAILER_CHUNKS_AT + 4;
const TRAILER_BODY_CRC_AT: usize = TRAILER_PAYLOAD_AT + 8;
const TRAILER_CRC_AT: usize = TRAILER_BODY_CRC_AT + 4;
const TRAILER_BYTES: usize = TRAILER_CRC_AT + 4;

const _: () = assert!(ENTRY_ZERO_AT + 4 == HEADER_CRC_AT, "an entry's fields fill its header");

/// The state of one key after one record of the log, as a manifest names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The key whose state it is.
    pub key: u64,
    /// The newest record that is in the state.
    pub lsn: Lsn,
    /// Length in bytes, as it was before it was packed.
    pub bytes: u64,
    /// CRC32 that covers all of it, by way of the CRC of each of its parts.
    pub crc: u32,
    /// Where it stands.
    pub place: Place,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In a file of its own, as the first version wrote them.
    File,
    /// In a pack.
    Pack {
        /// The number of the pack.
        number: u64,
        /// Where in the pack it begins, bytes.
        at: u64,
        /// Bytes that it takes there: fewer than it has if it is packed.
        stored: u64,
        /// CRC32 of these bytes.
        stored_crc: u32,
    },
}

impl Entry {
    /// Whether both hold the same state of the same key, wherever they stand.
    #[must_use]
    pub fn is_same_state(&self, other: &Self) -> bool {
        (self.key, self.lsn, self.bytes, self.crc) == (other.key, other.lsn, other.bytes, other.crc)
    }

    /// Bytes that it takes on the disk.
    #[must_use]
    pub const fn stored(&self) -> u64 {
        match self.place {
            Place::File => self.bytes,
            Place::Pack { stored, .. } => stored,
        }
    }
}

/// Makes the parts of an entry's file, in the order in which they are written.
#[derive(Debug)]
pub(crate) struct EntryEncoder {
    key: u64,
    lsn: Lsn,
    body: Hasher,
    chunks: u32,
    payload: u64,
}

impl EntryEncoder {
    /// Begins an entry. Returns the header, which goes first.
    pub(crate) fn begin(key: u64, lsn: Lsn) -> (Self, [u8; HEADER_BYTES]) {
        let mut header = [0; HEADER_BYTES];
        put(&mut header, ENTRY_KEY_AT, key.to_le_bytes());
        put(&mut header, ENTRY_LSN_AT, lsn.0.to_le_bytes());
        finish_header(&mut header, ENTRY_MAGIC, ENTRY_VERSION);
        let mut body = Hasher::new();
        body.update(&header);
        (Self { key, lsn, body, chunks: 0, payload: 0 }, header)
    }

    /// The header of the next chunk, which goes before `payload`; `None` if the entry or the chunk would be too large.
    pub(crate) fn chunk(&mut self, payload: &[u8]) -> Option<[u8; CHUNK_HEADER_BYTES]> {
        if payload.len() > CHUNK_BYTES_MAX || self.chunks >= CHUNKS_MAX {
            return None;
        }
        let length = u32::try_from(payload.len()).ok()?.to_le_bytes();
        let crc = chunk_crc(length, payload);
        self.body.update(&crc.to_le_bytes());
        self.chunks += 1;
        self.payload += payload.len() as u64;
        let mut header = [0; CHUNK_HEADER_BYTES];
        put(&mut header, CHUNK_LENGTH_AT, length);
        put(&mut header, CHUNK_CRC_AT, crc.to_le_bytes());
        Some(header)
    }

    /// Ends the entry: the trailer goes last.
    pub(crate) fn finish(self) -> (Entry, [u8; TRAILER_BYTES]) {
        let mut trailer = [0; TRAILER_BYTES];
        put(&mut trailer, TRAILER_MAGIC_AT, TRAILER_MAGIC);
        put(&mut trailer, TRAILER_CHUNKS_AT, self.chunks.to_le_bytes());
        put(&mut trailer, TRAILER_PAYLOAD_AT, self.payload.to_le_bytes());
        put(&mut trailer, TRAILER_BODY_CRC_AT, self.body.finalize().to_le_bytes());
        let crc = crc32fast::hash(&trailer[..TRAILER_CRC_AT]);
        put(&mut trailer, TRAILER_CRC_AT, crc.to_le_bytes());
        let bytes = entry_bytes(self.chunks, self.payload);
        (Entry { key: self.key, lsn: self.lsn, bytes, crc, place: Place::File }, trailer)
    }
}

/// Checks every byte of an entry, by itself and against what is known of the entry. Returns the number of chunks.
pub(crate) fn check_entry(file: &[u8], entry: &Entry) -> Result<u32, Damage> {
    let found = file.len() as u64;
    if found != entry.bytes {
        return damage(
            found.min(entry.bytes),
            Reason::Length { part: "the file", expected: entry.bytes, found },
        );
    }
    let (header, rest, _) = split_header(file, ENTRY_MAGIC, ENTRY_VERSION)?;
    expect_field("the key", ENTRY_KEY_AT, entry.key, u64_at(header, ENTRY_KEY_AT)?)?;
    expect_field("the LSN", ENTRY_LSN_AT, entry.lsn.0, u64_at(header, ENTRY_LSN_AT)?)?;
    expect_field("the reserved field", ENTRY_ZERO_AT, 0, u32_at(header, ENTRY_ZERO_AT)?.into())?;

    let Some((mut chunks_left, trailer)) = rest.split_last_chunk::<TRAILER_BYTES>() else {
        let expected = TRAILER_BYTES as u64;
        let found = rest.len() as u64;
        return damage(HEADER_BYTES as u64, Reason::Length { part: "the trailer", expected, found });
    };
    let trailer_at = found - TRAILER_BYTES as u64;
    let in_trailer = |damage: Damage| damage.behind(trailer_at);
    let (chunks, payload, body_crc) = check_trailer(trailer, entry.crc).map_err(in_trailer)?;

    let mut body = Hasher::new();
    body.update(header);
    let mut at = HEADER_BYTES as u64;
    let (mut chunks_found, mut payload_found) = (0_u32, 0_u64);
    while !chunks_left.is_empty() {
        let (chunk, stored, rest) =
            split_chunk(chunks_left).map_err(|reason| Damage { offset: at, reason })?;
        let length = u32::try_from(chunk.len()).unwrap_or(u32::MAX).to_le_bytes();
        expect_crc("the chunk", at, stored, chunk_crc(length, chunk))?;
        body.update(&stored.to_le_bytes());
        chunks_found = chunks_found.saturating_add(1);
        payload_found += chunk.len() as u64;
        at += (CHUNK_HEADER_BYTES + chunk.len()) as u64;
        chunks_left = rest;
    }
    expect_field("the number of chunks", TRAILER_CHUNKS_AT, chunks_found.into(), chunks.into())
        .map_err(in_trailer)?;
    expect_field("the length of the chunks", TRAILER_PAYLOAD_AT, payload_found, payload)
        .map_err(in_trailer)?;
    expect_crc("the sequence of chunks", 0, body_crc, body.finalize())?;
    debug_assert_eq!(entry_bytes(chunks, payload), found);
    Ok(chunks)
}

/// The chunks of a file that [`check_entry`] found whole.
pub(crate) fn chunks(file: &[u8]) -> &[u8] {
    let end = file.len().saturating_sub(TRAILER_BYTES);
    file.get(HEADER_BYTES..end).unwrap_or_default()
}

/// Splits off the first chunk: its payload, its stored CRC (not checked), and the rest.
pub(crate) fn split_chunk(bytes: &[u8]) -> Result<(&[u8], u32, &[u8]), Reason> {
    let Some((header, rest)) = bytes.split_first_chunk::<CHUNK_HEADER_BYTES>() else {
        let expected = CHUNK_HEADER_BYTES as u64;
        return Err(Reason::Length { part: "the chunk's header", expected, found: bytes.len() as u64 });
    };
    let [l0, l1, l2, l3, c0, c1, c2, c3] = *header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    let crc = u32::from_le_bytes([c0, c1, c2, c3]);
    let limit = CHUNK_BYTES_MAX as u64;
    if u64::from(length) > limit {
        return Err(Reason::Limit { field: "the chunk's length", limit, found: length.into() });
    }
    let Some((payload, rest)) = rest.split_at_checked(length as usize) else {
        return Err(Reason::Length { part: "the chunk", expected: length.into(), found: rest.len() as u64 });
    };
    Ok((payload, crc, rest))
}

fn check_trailer(trailer: &[u8; TRAILER_BYTES], crc: u32) -> Result<(u32, u64, u32), Damage> {
    if !trailer.starts_with(&TRAILER_MAGIC) {
        return damage(0, Reason::Magic { part: "the trailer" });
    }
    let found = u32_at(trailer, TRAILER_CRC_AT)?;
    expect_crc("the trailer", 0, found, crc32fast::hash(&trailer[..TRAILER_CRC_AT]))?;
    expect_crc("the entry named by the manifest", 0, crc, found)?;
    let chunks = u32_at(trailer, TRAILER_CHUNKS_AT)?;
    expect_limit("the number of chunks", TRAILER_CHUNKS_AT, CHUNKS_MAX as usize, chunks as usize)?;
    Ok((chunks, u64_at(trailer, TRAILER_PAYLOAD_AT)?, u32_at(trailer, TRAILER_BODY_CRC_AT)?))
}

/// Splits off the header of a file and checks its magic, CRC and version, which is told too.
fn split_header(
    file: &[u8],
    magic: [u8; 4],
    newest: u32,
) -> Result<(&[u8; HEADER_BYTES], &[u8], u32), Damage> {
    let Some((header, rest)) = file.split_first_chunk::<HEADER_BYTES>() else {
        let found = file.len() as u64;
        let expected = HEADER_BYTES as u64;
        return damage(found, Reason::Length { part: "the header", expected, found });
    };
    if !header.starts_with(&magic) {
        return damage(0, Reason::Magic { part: "the header" });
    }
    expect_crc("the header", 0, u32_at(header, HEADER_CRC_AT)?, crc32fast::hash(&header[..HEADER_CRC_AT]))?;
    let found = u32_at(header, VERSION_AT)?;
    if !(1..=newest).contains(&found) {
        return damage(VERSION_AT as u64, Reason::Version { supported: newest, found });
    }
    Ok((header, rest, found))
}

fn finish_header(header: &mut [u8; HEADER_BYTES], magic: [u8; 4], version: u32) {
    put(header, MAGIC_AT, magic);
    put(header, VERSION_AT, version.to_le_bytes());
    let crc = crc32fast::hash(&header[..HEADER_CRC_AT]);
    put(header, HEADER_CRC_AT, crc.to_le_bytes());
}

/// The CRC of a chunk. It covers the length too, so that a chunk cannot be read as a shorter or longer one.
fn chunk_crc(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}

const fn entry_bytes(chunks: u32, payload: u64) -> u64 {
    (HEADER_BYTES + TRAILER_BYTES) as u64 + chunks as u64 * CHUNK_HEADER_BYTES as u64 + payload
}

fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    bytes[at..at + N].copy_from_slice(&value);
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Damage> {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
    found.copied().ok_or(Damage {
        offset: at as u64,
        reason: Reason::Length { part: "the field", expected: N as u64, found: bytes.len() as u64 },
    })
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Damage> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, Damage> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

fn expect_field(field: &'static str, at: usize, expected: u64, found: u64) -> Result<(), Damage> {
    if expected == found { Ok(()) } else { damage(at as u64, Reason::Field { field, expected, found }) }
}

fn expect_limit(field: &'static str, at: usize, limit: usize, found: usize) -> Result<(), Damage> {
    if found <= limit {
        return Ok(());
    }
    damage(at as u64, Reason::Limit { field, limit: limit as u64, found: found as u64 })
}

fn expect_crc(part: &'static str, offset: u64, stored: u32, computed: u32) -> Result<(), Damage> {
    if stored == computed { Ok(()) } else { damage(offset, Reason::Checksum { part, stored, computed }) }
}

fn damage<T>(offset: u64, reason: Reason) -> Result<T, Damage> {
    Err(Damage { offset, reason })
}

#[cfg(test)]
mod tests;
