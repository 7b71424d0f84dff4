//! A pack: many entries in one file, each as it is or packed, and behind them an index.
//!
//! The bytes of an entry have their CRC in the index, the index has its own in the trailer, and the trailer's stands in
//! each manifest that names the pack. So damage to one entry costs that entry, and damage to anything else is found
//! when the pack is looked at for the first time.

use crc32fast::Hasher;
use holdfast_wal::Lsn;

use super::{
    Damage, Entry, FIELDS_AT, HEADER_BYTES, Place, Reason, array_at, damage, expect_crc, expect_field,
    expect_limit, finish_header, put, split_header, u32_at, u64_at,
};
use crate::limits::{ENTRIES_MAX, NOTE_BYTES_MAX};

const VERSION: u32 = 1;
const MAGIC: [u8; 4] = *b"HFSP";
const TRAILER_MAGIC: [u8; 4] = *b"HFSQ";

const NUMBER_AT: usize = FIELDS_AT;

const KEY_AT: usize = 0;
const LSN_AT: usize = KEY_AT + 8;
const BYTES_AT: usize = LSN_AT + 8;
const AT_AT: usize = BYTES_AT + 8;
const STORED_AT: usize = AT_AT + 8;
const CRC_AT: usize = STORED_AT + 8;
const STORED_CRC_AT: usize = CRC_AT + 4;
const NOTE_LENGTH_AT: usize = STORED_CRC_AT + 4;
const ROW_BYTES: usize = NOTE_LENGTH_AT + 1;

const TRAILER_MAGIC_AT: usize = 0;
const TRAILER_ROWS_AT: usize = TRAILER_MAGIC_AT + 4;
const TRAILER_INDEX_BYTES_AT: usize = TRAILER_ROWS_AT + 4;
const TRAILER_INDEX_CRC_AT: usize = TRAILER_INDEX_BYTES_AT + 8;
const TRAILER_CRC_AT: usize = TRAILER_INDEX_CRC_AT + 4;
const TRAILER_BYTES: usize = TRAILER_CRC_AT + 4;

/// What the trailer of a pack takes at the end of its file, bytes.
pub(crate) const PACK_TRAILER_BYTES: usize = TRAILER_BYTES;

const _: () = assert!(NOTE_BYTES_MAX <= u8::MAX as usize, "the length of a note is stored in one byte");

/// A pack whose index was read and checked. Its entries are checked when they are read.
#[derive(Debug, PartialEq, Eq)]
pub struct Pack {
    number: u64,
    bytes: u64,
    crc: u32,
    /// Strictly ascending by key.
    rows: Vec<Row>,
}

/// One entry of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) entry: Entry,
    note: Box<[u8]>,
}

impl Row {
    pub(crate) fn new(entry: Entry, note: &[u8]) -> Self {
        Self { entry, note: note.into() }
    }

    pub(crate) fn note(&self) -> &[u8] {
        &self.note
    }

    /// Bytes that it takes in its pack.
    pub(crate) fn bytes(&self) -> u64 {
        self.entry.stored() + (ROW_BYTES + self.note.len()) as u64
    }
}

impl Pack {
    /// Its number, which no other pack has, nor gets while a manifest names it.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Length of its file, bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) const fn crc(&self) -> u32 {
        self.crc
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.rows.iter().map(|row| row.entry)
    }

    pub(crate) fn row(&self, key: u64) -> Option<&Row> {
        self.rows.binary_search_by_key(&key, |row| row.entry.key).ok().map(|at| &self.rows[at])
    }
}

/// The header of a pack, which goes first.
pub(crate) fn pack_header(number: u64) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    put(&mut header, NUMBER_AT, number.to_le_bytes());
    finish_header(&mut header, MAGIC, VERSION);
    header
}

/// The index and the trailer of a pack whose entries end at byte `end`; these go last.
pub(crate) fn encode_rows(number: u64, end: u64, mut rows: Vec<Row>) -> (Pack, Vec<u8>) {
    // Stable: of a key that was written twice, the newer one counts.
    rows.reverse();
    rows.sort_by_key(|row| row.entry.key);
    rows.dedup_by_key(|row| row.entry.key);
    let mut bytes = Vec::new();
    for Row { entry, note } in &rows {
        let Place::Pack { at, stored, stored_crc, .. } = entry.place else { continue };
        let mut row = [0; ROW_BYTES];
        put(&mut row, KEY_AT, entry.key.to_le_bytes());
        put(&mut row, LSN_AT, entry.lsn.0.to_le_bytes());
        put(&mut row, BYTES_AT, entry.bytes.to_le_bytes());
        put(&mut row, AT_AT, at.to_le_bytes());
        put(&mut row, STORED_AT, stored.to_le_bytes());
        put(&mut row, CRC_AT, entry.crc.to_le_bytes());
        put(&mut row, STORED_CRC_AT, stored_crc.to_le_bytes());
        row[NOTE_LENGTH_AT] = note.len() as u8;
        bytes.extend_from_slice(&row);
        bytes.extend_from_slice(note);
    }
    let mut trailer = [0; TRAILER_BYTES];
    put(&mut trailer, TRAILER_MAGIC_AT, TRAILER_MAGIC);
    put(&mut trailer, TRAILER_ROWS_AT, (rows.len() as u32).to_le_bytes());
    put(&mut trailer, TRAILER_INDEX_BYTES_AT, (bytes.len() as u64).to_le_bytes());
    put(&mut trailer, TRAILER_INDEX_CRC_AT, crc32fast::hash(&bytes).to_le_bytes());
    let crc = trailer_crc(&pack_header(number), &trailer);
    put(&mut trailer, TRAILER_CRC_AT, crc.to_le_bytes());
    bytes.extend_from_slice(&trailer);
    (Pack { number, bytes: end + bytes.len() as u64, crc, rows }, bytes)
}

/// The CRC of the trailer covers the header too, so that it stands for the whole file by way of the others.
fn trailer_crc(header: &[u8], trailer: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(header);
    hasher.update(trailer.get(..TRAILER_CRC_AT).unwrap_or_default());
    hasher.finalize()
}

/// Reads the index of the pack of this number from all of its file. `named` are the length and the CRC that a manifest has
/// of it, if one has.
pub(crate) fn read_pack(file: &[u8], number: u64, named: Option<(u64, u32)>) -> Result<Pack, Damage> {
    let found = file.len() as u64;
    if let Some((expected, _)) = named.filter(|(bytes, _)| *bytes != found) {
        return damage(found.min(expected), Reason::Length { part: "the file", expected, found });
    }
    let trailer = file.get(file.len().saturating_sub(TRAILER_BYTES)..).unwrap_or_default();
    let frame = Frame::read(file, trailer, number, (found, named.map(|(_, crc)| crc)))?;
    let (at, bytes) = frame.index();
    frame.pack(file.get(at as usize..at as usize + bytes).unwrap_or_default())
}

/// The header and the trailer of a pack, which were read and checked: they say where the index stands.
pub(crate) struct Frame {
    number: u64,
    bytes: u64,
    trailer: Trailer,
}

impl Frame {
    /// Checks what a pack of so many bytes begins and ends with; `crc` is what a manifest has of it, if one has.
    pub(crate) fn read(
        beginning: &[u8],
        end: &[u8],
        number: u64,
        (bytes, crc): (u64, Option<u32>),
    ) -> Result<Self, Damage> {
        let (header, ..) = split_header(beginning, MAGIC, VERSION)?;
        expect_field("the number", NUMBER_AT, number, u64_at(header, NUMBER_AT)?)?;
        let beside = (HEADER_BYTES + TRAILER_BYTES) as u64;
        let (Ok(trailer), Some(room)) = (end.try_into(), bytes.checked_sub(beside)) else {
            let (expected, found) = (TRAILER_BYTES as u64, bytes.saturating_sub(HEADER_BYTES as u64));
            return damage(HEADER_BYTES as u64, Reason::Length { part: "the trailer", expected, found });
        };
        let in_trailer = |damage: Damage| damage.behind(bytes - TRAILER_BYTES as u64);
        let trailer = check_trailer(header, trailer, crc).map_err(in_trailer)?;
        if trailer.index_bytes > room {
            let reason = Reason::Length { part: "the index", expected: trailer.index_bytes, found: room };
            return damage(TRAILER_INDEX_BYTES_AT as u64, reason).map_err(in_trailer);
        }
        Ok(Self { number, bytes, trailer })
    }

    /// Where the index begins, and how long it is, bytes.
    pub(crate) const fn index(&self) -> (u64, usize) {
        let bytes = self.trailer.index_bytes;
        (self.bytes - TRAILER_BYTES as u64 - bytes, bytes as usize)
    }

    /// The pack, if this is its index.
    pub(crate) fn pack(self, index: &[u8]) -> Result<Pack, Damage> {
        let (index_at, _) = self.index();
        let Self { number, bytes, trailer: Trailer { rows: count, index_crc, crc, .. } } = self;
        expect_crc("the index", index_at, index_crc, crc32fast::hash(index))?;
        let rows = read_rows(index, number, index_at).map_err(|damage| damage.behind(index_at))?;
        expect_field("the number of entries", TRAILER_ROWS_AT, rows.len() as u64, count.into())
            .map_err(|damage| damage.behind(bytes - TRAILER_BYTES as u64))?;
        Ok(Pack { number, bytes, crc, rows })
    }
}

/// What the trailer says.
struct Trailer {
    rows: u32,
    index_bytes: u64,
    index_crc: u32,
    /// Its own.
    crc: u32,
}

/// Checks the trailer by itself and against the CRC that a manifest has of it.
fn check_trailer(
    header: &[u8],
    trailer: &[u8; TRAILER_BYTES],
    named: Option<u32>,
) -> Result<Trailer, Damage> {
    if !trailer.starts_with(&TRAILER_MAGIC) {
        return damage(0, Reason::Magic { part: "the trailer" });
    }
    let crc = u32_at(trailer, TRAILER_CRC_AT)?;
    expect_crc("the trailer", 0, crc, trailer_crc(header, trailer))?;
    expect_crc("the pack named by the manifest", 0, named.unwrap_or(crc), crc)?;
    let rows = u32_at(trailer, TRAILER_ROWS_AT)?;
    expect_limit("the number of entries", TRAILER_ROWS_AT, ENTRIES_MAX, rows as usize)?;
    let index_bytes = u64_at(trailer, TRAILER_INDEX_BYTES_AT)?;
    Ok(Trailer { rows, index_bytes, index_crc: u32_at(trailer, TRAILER_INDEX_CRC_AT)?, crc })
}

/// Reads the rows of an index whose entries end at byte `entries_end` of the pack. Damage is told from its first byte on.
fn read_rows(index: &[u8], number: u64, entries_end: u64) -> Result<Vec<Row>, Damage> {
    let mut rows: Vec<Row> = Vec::with_capacity(index.len() / (ROW_BYTES + 32));
    let mut rest = index;
    while !rest.is_empty() {
        let offset = (index.len() - rest.len()) as u64;
        let (row, after) = read_row(rest, number).map_err(|damage| damage.behind(offset))?;
        let Row { entry, .. } = &row;
        if rows.last().is_some_and(|before| before.entry.key >= entry.key) {
            return damage(offset, Reason::Order { key: entry.key });
        }
        if let Place::Pack { at, stored, .. } = entry.place
            && (at < HEADER_BYTES as u64 || at.checked_add(stored).is_none_or(|end| end > entries_end))
        {
            let (limit, found) = (entries_end, at.saturating_add(stored));
            return damage(offset, Reason::Limit { field: "the end of the entry", limit, found });
        }
        rows.push(row);
        rest = after;
    }
    Ok(rows)
}

/// The first row, and what follows it.
fn read_row(bytes: &[u8], number: u64) -> Result<(Row, &[u8]), Damage> {
    let row: [u8; ROW_BYTES] = array_at(bytes, 0)?;
    let length = usize::from(row[NOTE_LENGTH_AT]);
    let Some((note, after)) = bytes.get(ROW_BYTES..).and_then(|rest| rest.split_at_checked(length)) else {
        let (expected, found) = ((ROW_BYTES + length) as u64, bytes.len() as u64);
        return damage(0, Reason::Length { part: "the row", expected, found });
    };
    let (at, stored) = (u64_at(&row, AT_AT)?, u64_at(&row, STORED_AT)?);
    let entry = Entry {
        key: u64_at(&row, KEY_AT)?,
        lsn: Lsn(u64_at(&row, LSN_AT)?),
        bytes: u64_at(&row, BYTES_AT)?,
        crc: u32_at(&row, CRC_AT)?,
        place: Place::Pack { number, at, stored, stored_crc: u32_at(&row, STORED_CRC_AT)? },
    };
    Ok((Row::new(entry, note), after))
}

/// The bytes of an entry in a piece of its pack that begins at byte `base`, if they are those that were written.
pub(crate) fn check_stored<'a>(piece: &'a [u8], base: u64, entry: &Entry) -> Result<&'a [u8], Damage> {
    let Place::Pack { at, stored, stored_crc, .. } = entry.place else { return Ok(piece) };
    let range = (at - base) as usize..(at - base).saturating_add(stored) as usize;
    let Some(bytes) = piece.get(range) else {
        let (expected, found) = (at.saturating_add(stored), base + piece.len() as u64);
        return damage(found.min(at), Reason::Length { part: "the pack", expected, found });
    };
    expect_crc("the entry", at, stored_crc, crc32fast::hash(bytes))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
