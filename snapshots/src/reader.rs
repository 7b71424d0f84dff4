//! Reads one file: every byte is checked first, then the bytes are used where they are mapped, or were unpacked.

use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;

use holdfast_wal::{Contents, Lsn, Storage};
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::error::{Damage, ReadError, Reason};
use crate::format::{self, Entry, Frame, HEADER_BYTES, Manifest, PACK_TRAILER_BYTES, Pack, Place};
use crate::limits::PACKED_BYTES_MAX;
use crate::names;

/// The state of one key, whole: every byte was checked before this was made.
#[derive(Clone, Debug)]
pub struct EntryReader {
    entry: Entry,
    bytes: Bytes,
    chunks: u32,
}

#[derive(Clone, Debug)]
enum Bytes {
    Mapped(Contents, Range<usize>),
    Unpacked(Vec<u8>),
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Self::Mapped(contents, range) => contents.get(range.clone()).unwrap_or_default(),
            Self::Unpacked(bytes) => bytes,
        }
    }
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
        Chunks { rest: format::chunks(self.bytes.all()), left: self.chunks as usize }
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

/// The file that an entry stands in, or a piece of it.
pub(crate) struct Open {
    path: String,
    /// Where the piece begins, bytes.
    base: u64,
    contents: Contents,
}

impl Open {
    /// The whole file, mapped: for entries that stand side by side.
    pub(crate) fn whole(storage: &dyn Storage, entry: &Entry) -> Result<Self, ReadError> {
        let path = path_of(entry);
        let contents = storage.read(&path).map_err(|error| ReadError::io("read", path.as_str(), error))?;
        Ok(Self { path, base: 0, contents })
    }

    /// What this entry takes of its pack: to map all of it would cost what is in it. An entry that is large is mapped.
    pub(crate) fn of(storage: &dyn Storage, entry: &Entry) -> Result<Self, ReadError> {
        match entry.place {
            Place::Pack { at, stored, .. } if stored <= PACKED_BYTES_MAX as u64 => {
                let path = path_of(entry);
                let read = storage.read_at(&path, at, stored as usize);
                let piece = read.map_err(|error| ReadError::io("read", path.as_str(), error))?;
                Ok(Self { path, base: at, contents: Contents::new(piece) })
            }
            _ => Self::whole(storage, entry),
        }
    }

    /// Whether the entry stands in this file, if it is the whole file.
    pub(crate) fn has(&self, entry: &Entry) -> bool {
        self.path == path_of(entry)
    }

    /// The bytes of the entry as they stand there, and their CRC: checked, but not unpacked.
    pub(crate) fn stored(&self, entry: &Entry) -> Result<(&[u8], u32), ReadError> {
        let checked = match entry.place {
            Place::Pack { stored_crc, .. } => {
                format::check_stored(&self.contents, self.base, entry).map(|bytes| (bytes, stored_crc))
            }
            Place::File => format::check_entry(&self.contents, entry)
                .map(|_| (&*self.contents, crc32fast::hash(&self.contents))),
        };
        checked.map_err(|damage| ReadError::damaged(self.path.as_str(), damage))
    }

    /// What is left of the entry, unchecked.
    pub(crate) fn remains(&self, entry: &Entry) -> &[u8] {
        let Place::Pack { at, stored, .. } = entry.place else { return &self.contents };
        let at = (at - self.base) as usize;
        self.contents.get(at..at.saturating_add(stored as usize)).unwrap_or_default()
    }

    fn entry(&self, entry: &Entry) -> Result<EntryReader, ReadError> {
        let damaged = |damage| ReadError::damaged(self.path.as_str(), damage);
        let bytes = match entry.place {
            Place::File => Bytes::Mapped(self.contents.clone(), 0..self.contents.len()),
            Place::Pack { at, stored, .. } => {
                let bytes = format::check_stored(&self.contents, self.base, entry).map_err(damaged)?;
                if stored == entry.bytes {
                    let at = (at - self.base) as usize;
                    Bytes::Mapped(self.contents.clone(), at..at + stored as usize)
                } else {
                    Bytes::Unpacked(unpacked(bytes, entry, at).map_err(damaged)?)
                }
            }
        };
        let at = match entry.place {
            Place::File => 0,
            Place::Pack { at, .. } => at,
        };
        let chunks = format::check_entry(bytes.all(), entry).map_err(|damage| damaged(damage.behind(at)))?;
        Ok(EntryReader { entry: *entry, bytes, chunks })
    }
}

fn unpacked(stored: &[u8], entry: &Entry, at: u64) -> Result<Vec<u8>, Damage> {
    let limit = (entry.bytes as usize).min(PACKED_BYTES_MAX);
    let (expected, found) = (entry.bytes, stored.len() as u64);
    let part = "the packed entry";
    decompress_to_vec_with_limit(stored, limit)
        .map_err(|_| Damage { offset: at, reason: Reason::Length { part, expected, found } })
}

fn path_of(entry: &Entry) -> String {
    names::path(&names::file_of(entry))
}

/// Reads and checks an entry.
pub(crate) fn read_entry(storage: &dyn Storage, entry: &Entry) -> Result<EntryReader, ReadError> {
    Open::of(storage, entry)?.entry(entry)
}

/// Reads and checks an entry that is known by the name of its file only.
pub(crate) fn read_unnamed(
    storage: &dyn Storage,
    key: u64,
    lsn: Lsn,
    crc: u32,
) -> Result<EntryReader, ReadError> {
    let entry = Entry { key, lsn, bytes: 0, crc, place: Place::File };
    let open = Open::of(storage, &entry)?;
    let bytes = open.contents.len() as u64;
    open.entry(&Entry { bytes, ..entry })
}

/// Reads and checks the index of a pack from all of its file; `named` are the length and the CRC that a manifest has of it.
pub(crate) fn open_pack(
    storage: &dyn Storage,
    number: u64,
    named: Option<(u64, u32)>,
) -> Result<Pack, ReadError> {
    let path = names::path(&names::pack(number));
    let contents = storage.read(&path).map_err(|error| ReadError::io("read", path.as_str(), error))?;
    format::read_pack(&contents, number, named).map_err(|damage| ReadError::damaged(path, damage))
}

/// The same of a pack that a manifest names, without its entries: every new set reads the indexes of those before it, and the
/// entries may be all that there is.
fn open_named(storage: &dyn Storage, number: u64, bytes: u64, crc: u32) -> Result<Pack, ReadError> {
    let path = names::path(&names::pack(number));
    let read = |at: u64, len: usize| {
        storage.read_at(&path, at, len).map_err(|error| ReadError::io("read", path.as_str(), error))
    };
    let damaged = |damage| ReadError::damaged(path.as_str(), damage);
    // One byte more: the file may be longer than it was.
    let end = read(bytes.saturating_sub(PACK_TRAILER_BYTES as u64), PACK_TRAILER_BYTES + 1)?;
    if end.len() != PACK_TRAILER_BYTES {
        return open_pack(storage, number, Some((bytes, crc)));
    }
    let frame = Frame::read(&read(0, HEADER_BYTES)?, &end, number, (bytes, Some(crc))).map_err(damaged)?;
    let (at, len) = frame.index();
    frame.pack(&read(at, len)?).map_err(damaged)
}

/// Reads and checks the file of the manifest at `lsn`, and the indexes of its packs.
pub(crate) fn read_manifest(storage: &dyn Storage, lsn: Lsn) -> Result<Manifest, ReadError> {
    let path = names::path(&names::manifest(lsn));
    let contents = storage.read(&path).map_err(|error| ReadError::io("read", path.as_str(), error))?;
    let named = format::decode_manifest(&contents, lsn).map_err(|damage| ReadError::damaged(path, damage))?;
    let packs =
        named.packs.iter().map(|&(number, bytes, crc)| open_named(storage, number, bytes, crc).map(Arc::new));
    let packs = packs.collect::<Result<Vec<_>, _>>()?;
    Ok(Manifest::of(lsn, named.files, packs, named.meta))
}

/// The numbers of the packs that a manifest names, whether or not they are there.
pub(crate) fn packs_named(storage: &dyn Storage, lsn: Lsn) -> Vec<u64> {
    let Ok(contents) = storage.read(&names::path(&names::manifest(lsn))) else { return Vec::new() };
    let named = format::decode_manifest(&contents, lsn);
    named.map_or_else(|_| Vec::new(), |named| named.packs.iter().map(|pack| pack.0).collect())
}
