//! Writes a thinned segment: the records that readers still want, and which records it stands for.

use std::io;
use std::thread;

use crate::batch::push_numbered;
use crate::format::{FLAG_THINNED, GROUP_HEADER_BYTES, GroupHeader, Kind, SegmentHeader, frame_bytes};
use crate::limits::{BLOCK_BYTES, PREPARE_CHUNK_BYTES, PREPARE_PAUSE, THINNED_GROUP_BYTES};
use crate::lsn::Lsn;
use crate::storage::{Storage, StorageFile};

/// A thinned segment that is being written. It has its name only when it is whole.
#[derive(Debug)]
pub(crate) struct Thinner {
    file: Box<dyn StorageFile>,
    header: SegmentHeader,
    offset: u64,
    sequence: u64,
    /// The first record that the next group stands for.
    first: Lsn,
    /// That group: room for its header, and its records.
    frame: Vec<u8>,
    count: u32,
    /// Bytes since the last sync.
    unsynced: usize,
}

impl Thinner {
    /// Begins the file at `path`; the first record that it stands for is `first`.
    pub(crate) fn begin(
        storage: &dyn Storage,
        path: &str,
        (number, nonce): (u64, u64),
        first: Lsn,
    ) -> io::Result<Self> {
        let header = SegmentHeader {
            kind: Kind::Thinned,
            number,
            nonce,
            bytes: 0,
            base_sequence: 0,
            base_lsn: first.previous(),
            base_chain: 0,
            oldest: number,
        };
        Ok(Self {
            file: storage.create(path)?,
            header,
            offset: BLOCK_BYTES as u64,
            sequence: 0,
            first,
            frame: vec![0; GROUP_HEADER_BYTES],
            count: 0,
            unsynced: 0,
        })
    }

    /// Takes the next record.
    pub(crate) fn take(&mut self, lsn: Lsn, record: &[u8]) -> io::Result<()> {
        if self.frame.len() + record.len() > THINNED_GROUP_BYTES && self.count > 0 {
            self.end_group(lsn.previous())?;
        }
        push_numbered(lsn, record, &mut self.frame);
        self.count += 1;
        Ok(())
    }

    /// Ends the segment, which stands for the records up to `last`, and makes it durable. Returns its length, bytes.
    pub(crate) fn finish(mut self, last: Lsn) -> io::Result<u64> {
        if self.first <= last {
            self.end_group(last)?;
        }
        self.header.bytes = self.offset;
        self.file.write_at(0, &self.header.encode())?;
        self.file.sync()?;
        Ok(self.offset)
    }

    fn end_group(&mut self, last: Lsn) -> io::Result<()> {
        self.sequence += 1;
        let header = GroupHeader {
            flags: FLAG_THINNED,
            nonce: self.header.nonce,
            segment: self.header.number,
            offset: self.offset,
            sequence: self.sequence,
            first: self.first,
            durable_upto: last.0,
            count: self.count,
            // A group is not much longer than a record, whose length is a `u32` with room to spare.
            length: (self.frame.len() - GROUP_HEADER_BYTES) as u32,
            before: 0,
        };
        header.encode(&mut self.frame);
        let length = frame_bytes(header.length as usize);
        self.frame.resize(length, 0);
        self.breathe(length)?;
        self.file.write_at(self.offset, &self.frame)?;
        self.offset += length as u64;
        self.first = last.next();
        self.count = 0;
        self.frame.clear();
        self.frame.resize(GROUP_HEADER_BYTES, 0);
        Ok(())
    }

    /// Commits of the log find the disk free between two chunks.
    fn breathe(&mut self, length: usize) -> io::Result<()> {
        if self.unsynced + length > PREPARE_CHUNK_BYTES {
            self.file.sync()?;
            thread::sleep(PREPARE_PAUSE);
            self.unsynced = 0;
        }
        self.unsynced += length;
        Ok(())
    }
}
