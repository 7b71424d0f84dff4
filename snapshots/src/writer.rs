//! Writes one file: temporary name, sync, rename. The store makes the name durable, as it knows when.

use std::io;

use holdfast_wal::{Lsn, Storage, StorageFile};

use crate::error::WriteError;
use crate::format::{self, Entry, EntryEncoder, Manifest};
use crate::limits::{CHUNK_BYTES_MAX, CHUNKS_MAX, SYNC_EVERY_BYTES, WRITE_BUFFER_BYTES};
use crate::names;

/// Takes the state of one key, chunk by chunk. Given to the closure of [`Store::write`](crate::Store::write).
#[derive(Debug)]
pub struct EntryWriter {
    file: Box<dyn StorageFile>,
    encoder: EntryEncoder,
    /// Bytes that are not written yet.
    buffer: Vec<u8>,
    /// The number of bytes written: where the buffer goes.
    written: u64,
    /// Bytes written since the last sync.
    unsynced: u64,
    /// A chunk was refused or half written, so the file must never be finished, even if the closure goes on.
    failed: bool,
}

impl EntryWriter {
    fn new(file: Box<dyn StorageFile>, key: u64, lsn: Lsn) -> Self {
        let (encoder, header) = EntryEncoder::begin(key, lsn);
        Self { file, encoder, buffer: header.to_vec(), written: 0, unsynced: 0, failed: false }
    }

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
        if self.buffer.len() + bytes.len() <= WRITE_BUFFER_BYTES {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush()?;
        self.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.write(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(self.written, bytes)?;
        self.written += bytes.len() as u64;
        self.unsynced += bytes.len() as u64;
        if self.unsynced >= SYNC_EVERY_BYTES {
            self.file.sync()?;
            self.unsynced = 0;
        }
        Ok(())
    }

    /// Writes the trailer and makes the bytes durable.
    fn finish(mut self) -> Result<Entry, (&'static str, io::Error)> {
        if self.failed {
            return Err(("write", io::Error::other("a chunk failed before")));
        }
        let encoder = std::mem::replace(&mut self.encoder, EntryEncoder::begin(0, Lsn::ZERO).0);
        let (entry, trailer) = encoder.finish();
        self.buffer.extend_from_slice(&trailer);
        self.flush().map_err(|error| ("write", error))?;
        assert_eq!(self.written, entry.bytes, "an entry has the length that is told of it");
        self.file.sync().map_err(|error| ("sync", error))?;
        Ok(entry)
    }
}

/// Writes an entry and gives it its name, which is not durable yet.
pub(crate) fn write_entry(
    storage: &dyn Storage,
    key: u64,
    lsn: Lsn,
    write: &mut dyn FnMut(&mut EntryWriter) -> io::Result<()>,
) -> Result<Entry, WriteError> {
    let temporary = names::path(names::ENTRY_TEMPORARY);
    let written = create(storage, &temporary).and_then(|file| {
        let mut writer = EntryWriter::new(file, key, lsn);
        write(&mut writer).map_err(|error| ("write", error))?;
        writer.finish()
    });
    let renamed = written.and_then(|entry| {
        storage
            .rename(&temporary, &names::path(&names::of_entry(&entry)))
            .map_err(|error| ("rename", error))?;
        Ok(entry)
    });
    renamed.map_err(|(action, error)| abandon(storage, temporary, action, error))
}

/// Writes a manifest and gives it its name, which is not durable yet.
pub(crate) fn write_manifest(storage: &dyn Storage, manifest: &Manifest) -> Result<(), WriteError> {
    let bytes = format::encode_manifest(manifest)
        .map_err(|fault| WriteError::Manifest { lsn: manifest.lsn, fault })?;
    let temporary = names::path(names::MANIFEST_TEMPORARY);
    let written = create(storage, &temporary).and_then(|mut file| {
        file.write_at(0, &bytes).map_err(|error| ("write", error))?;
        file.sync().map_err(|error| ("sync", error))
    });
    let renamed = written.and_then(|()| {
        storage
            .rename(&temporary, &names::path(&names::manifest(manifest.lsn)))
            .map_err(|error| ("rename", error))
    });
    renamed.map_err(|(action, error)| abandon(storage, temporary, action, error))
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
