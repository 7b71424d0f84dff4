//! Writes packs and manifests: temporary name, sync, rename. The store makes the name durable, as it knows when.

use std::io;

use crc32fast::Hasher;
use holdfast_wal::{Lsn, Storage, StorageFile};
use miniz_oxide::deflate::compress_to_vec;

use crate::error::WriteError;
use crate::format::{self, Entry, EntryEncoder, Manifest, Pack, Place, Row};
use crate::limits::{
    CHUNK_BYTES_MAX, CHUNKS_MAX, NOTE_BYTES_MAX, PACKED_BYTES_MAX, PACKING_LEVEL, SYNC_EVERY_BYTES,
    WRITE_BUFFER_BYTES,
};
use crate::names;

/// A pack that is being written, under a temporary name.
#[derive(Debug)]
pub(crate) struct PackWriter {
    file: Box<dyn StorageFile>,
    number: u64,
    /// Bytes that are not written yet.
    buffer: Vec<u8>,
    /// Where the buffer goes.
    written: u64,
    /// The end of what was ever written.
    touched: u64,
    /// Bytes written since the last sync.
    unsynced: u64,
    rows: Vec<Row>,
    /// The end of the last entry that was finished.
    sound: u64,
    /// A write or a sync failed, so the file must never be finished.
    failed: bool,
}

impl PackWriter {
    pub(crate) fn create(storage: &dyn Storage, number: u64) -> Result<Self, WriteError> {
        let path = names::path(names::PACK_TEMPORARY);
        let file = create(storage, &path).map_err(|(action, error)| WriteError::io(action, path, error))?;
        let buffer = format::pack_header(number).to_vec();
        let (sound, rows) = (buffer.len() as u64, Vec::new());
        Ok(Self { file, number, buffer, written: 0, touched: 0, unsynced: 0, rows, sound, failed: false })
    }

    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn end(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Where it ends, for [`PackWriter::rewind`].
    pub(crate) fn mark(&self) -> (u64, usize) {
        (self.sound, self.rows.len())
    }

    /// Takes back all that was appended since.
    pub(crate) fn rewind(&mut self, (end, rows): (u64, usize)) {
        self.rows.truncate(rows);
        self.sound = end;
        match end.checked_sub(self.written) {
            Some(kept) => self.buffer.truncate(kept as usize),
            None => {
                self.buffer.clear();
                self.written = end;
            }
        }
    }

    fn add(&mut self, entry: Entry, note: &[u8]) -> Entry {
        self.rows.push(Row::new(entry, note));
        self.sound = self.end();
        entry
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.failed {
            return Err(io::Error::other("a write to the pack failed before"));
        }
        if self.buffer.len() + bytes.len() <= WRITE_BUFFER_BYTES {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush()?;
        self.put(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.put(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let put = self.file.write_at(self.written, bytes).and_then(|()| {
            self.written += bytes.len() as u64;
            self.touched = self.touched.max(self.written);
            self.unsynced += bytes.len() as u64;
            if self.unsynced >= SYNC_EVERY_BYTES {
                self.file.sync()?;
                self.unsynced = 0;
            }
            Ok(())
        });
        self.failed |= put.is_err();
        put
    }

    /// Adds an entry as it stands elsewhere, or what is left of it.
    pub(crate) fn copy(
        &mut self,
        of: &Entry,
        stored: &[u8],
        stored_crc: u32,
        note: &[u8],
    ) -> io::Result<Entry> {
        let mark = self.mark();
        self.append(stored).inspect_err(|_| self.rewind(mark))?;
        let place = Place::Pack { number: self.number, at: mark.0, stored: stored.len() as u64, stored_crc };
        Ok(self.add(Entry { place, ..*of }, note))
    }

    /// Writes the index and the trailer, and makes the bytes durable.
    fn finish(mut self) -> Result<Pack, (&'static str, io::Error)> {
        if self.failed {
            return Err(("write", io::Error::other("a write to the pack failed before")));
        }
        let (pack, end) = format::encode_rows(self.number, self.end(), std::mem::take(&mut self.rows));
        self.append(&end).and_then(|()| self.flush()).map_err(|error| ("write", error))?;
        assert_eq!(self.written, pack.bytes(), "a pack has the length that is told of it");
        if self.touched > self.written {
            self.file.truncate(self.written).map_err(|error| ("truncate", error))?;
        }
        self.file.sync().map_err(|error| ("sync", error))?;
        Ok(pack)
    }

    /// Finishes the pack and gives it its name, which is not durable yet.
    pub(crate) fn publish(self, storage: &dyn Storage) -> Result<Pack, WriteError> {
        let temporary = names::path(names::PACK_TEMPORARY);
        let number = self.number;
        let renamed = self.finish().and_then(|pack| {
            storage
                .rename(&temporary, &names::path(&names::pack(number)))
                .map_err(|error| ("rename", error))?;
            Ok(pack)
        });
        renamed.map_err(|(action, error)| abandon(storage, temporary, action, error))
    }
}

/// Takes the state of one key, chunk by chunk. Given to the closure of [`Store::write`](crate::Store::write).
#[derive(Debug)]
pub struct EntryWriter<'a> {
    pack: &'a mut PackWriter,
    encoder: EntryEncoder,
    /// What has not been given to the pack: all of it, as long as it may be packed.
    buffer: Vec<u8>,
    /// The CRC of what was given to the pack; there only for an entry that is too large to be packed.
    stored: Option<Hasher>,
    /// A chunk was refused or half written, so the entry must never be finished, even if the closure goes on.
    failed: bool,
}

impl EntryWriter<'_> {
    /// Appends one chunk, which is read back as one. An empty chunk counts too.
    ///
    /// # Errors
    /// `InvalidInput` if it has more than [`CHUNK_BYTES_MAX`] bytes or the entry has [`CHUNKS_MAX`] chunks
    /// already; otherwise what the medium says. The entry cannot be finished after that.
    pub fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        let appended = self.append(bytes);
        self.failed |= appended.is_err();
        appended
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(header) = self.encoder.chunk(bytes) else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "a chunk of {} bytes, where {CHUNKS_MAX} of {CHUNK_BYTES_MAX} are allowed",
                    bytes.len()
                ),
            ));
        };
        self.buffer.extend_from_slice(&header);
        if self.stored.is_none() && self.buffer.len() + bytes.len() <= PACKED_BYTES_MAX {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.hand_over()?;
        self.buffer.extend_from_slice(bytes);
        self.hand_over()
    }

    /// Gives the pack what is here, as it is.
    fn hand_over(&mut self) -> io::Result<()> {
        self.stored.get_or_insert_default().update(&self.buffer);
        self.pack.append(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self, at: u64) -> io::Result<(Entry, u32)> {
        if self.failed {
            return Err(io::Error::other("a chunk failed before"));
        }
        let (entry, trailer) = self.encoder.finish();
        self.buffer.extend_from_slice(&trailer);
        let crc = match self.stored {
            Some(mut crc) => {
                crc.update(&self.buffer);
                self.pack.append(&self.buffer)?;
                assert_eq!(self.pack.end() - at, entry.bytes, "an entry has the length that is told of it");
                crc.finalize()
            }
            None => {
                let packed = compress_to_vec(&self.buffer, PACKING_LEVEL);
                let stored = if packed.len() < self.buffer.len() { &packed } else { &self.buffer };
                self.pack.append(stored)?;
                crc32fast::hash(stored)
            }
        };
        Ok((entry, crc))
    }
}

/// Writes an entry into the pack. If that fails, nothing is left of it.
pub(crate) fn write_entry(
    pack: &mut PackWriter,
    (key, lsn, note): (u64, Lsn, &[u8]),
    write: &mut dyn FnMut(&mut EntryWriter<'_>) -> io::Result<()>,
) -> io::Result<Entry> {
    assert!(note.len() <= NOTE_BYTES_MAX, "a note is short");
    let mark = pack.mark();
    // What a closure that panicked has left is no entry.
    pack.rewind(mark);
    let at = mark.0;
    let (encoder, header) = EntryEncoder::begin(key, lsn);
    let mut writer =
        EntryWriter { pack: &mut *pack, encoder, buffer: header.to_vec(), stored: None, failed: false };
    let written = match write(&mut writer) {
        Ok(()) => writer.finish(at),
        Err(error) => Err(error),
    };
    let placed = written.map(|(entry, stored_crc)| {
        let place = Place::Pack { number: pack.number, at, stored: pack.end() - at, stored_crc };
        pack.add(Entry { place, ..entry }, note)
    });
    placed.inspect_err(|_| pack.rewind(mark))
}

/// Writes a manifest and gives it its name, which is not durable yet.
pub(crate) fn write_manifest(storage: &dyn Storage, lsn: Lsn, bytes: &[u8]) -> Result<(), WriteError> {
    let temporary = names::path(names::MANIFEST_TEMPORARY);
    let written = create(storage, &temporary).and_then(|mut file| {
        file.write_at(0, bytes).map_err(|error| ("write", error))?;
        file.sync().map_err(|error| ("sync", error))
    });
    let renamed = written.and_then(|()| {
        storage.rename(&temporary, &names::path(&names::manifest(lsn))).map_err(|error| ("rename", error))
    });
    renamed.map_err(|(action, error)| abandon(storage, temporary, action, error))
}

/// The bytes of a manifest's file.
pub(crate) fn encode_manifest(manifest: &Manifest) -> Result<Vec<u8>, WriteError> {
    let lsn = manifest.lsn;
    format::encode_manifest(manifest).map_err(|fault| WriteError::Manifest { lsn, fault })
}

/// Creates a temporary file; replaces one that an earlier attempt could not remove.
fn create(storage: &dyn Storage, path: &str) -> Result<Box<dyn StorageFile>, (&'static str, io::Error)> {
    match storage.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            storage.remove(path).map_err(|error| ("remove", error))?;
            storage.create(path).map_err(|error| ("create", error))
        }
        created => created.map_err(|error| ("create", error)),
    }
}

fn abandon(storage: &dyn Storage, path: String, action: &'static str, error: io::Error) -> WriteError {
    // A failure does not matter: the file would take up space until the next attempt removes it. What is reported is
    // why the file was given up.
    let _ = storage.remove(&path);
    WriteError::io(action, path, error)
}
