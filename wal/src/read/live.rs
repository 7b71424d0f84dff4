//! Reads what is durable, in sealed segments and in the running one, while the committer goes on writing.
//!
//! Nothing is mapped: the running segment changes under a reader, so it is read in pieces, each validated by itself,
//! and never beyond the newest durable record. A chunk that was read stays readable after the log has removed its
//! segment.

use std::io;
use std::sync::Arc;

use crate::error::ReadError;
use crate::format::{GroupHeader, Kind, SegmentHeader, frame_bytes, frame_crc_fits};
use crate::limits::BLOCK_BYTES;
use crate::lsn::Lsn;
use crate::segment::file::path;
use crate::segment::mapped::{Group, group};
use crate::segment::walk::holds_what_it_says;
use crate::write::shared::Shared;

/// Whole groups that were read at once; all of their records are durable.
#[derive(Debug)]
pub struct Chunk {
    bytes: Vec<u8>,
    headers: Vec<(usize, GroupHeader)>,
}

impl Chunk {
    /// The groups, in order. Empty groups are left out, as they only prove that others were durable.
    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.headers.iter().filter_map(|(at, header)| {
            let frame = self.bytes.get(*at..at + header.frame_len())?;
            (header.count > 0).then(|| group(header, frame, header.first))
        })
    }
}

/// Reads one segment from a group on, chunk by chunk.
#[derive(Debug)]
pub struct SegmentReader {
    shared: Arc<Shared>,
    number: u64,
    edition: u64,
    nonce: u64,
    is_thinned: bool,
    offset: u64,
    /// The newest record before `offset`.
    last: Lsn,
}

impl SegmentReader {
    /// A reader that begins with the group at byte `offset` of the segment, 0 for the first group. `last` is the newest
    /// record before that group.
    pub(crate) fn open(
        shared: &Arc<Shared>,
        (number, edition): (u64, u64),
        offset: u64,
        last: Lsn,
    ) -> Result<Self, ReadError> {
        let offset = offset.max(BLOCK_BYTES as u64);
        let shared = Arc::clone(shared);
        let mut reader = Self { shared, number, edition, nonce: 0, is_thinned: false, offset, last };
        let bytes = reader.read(0, BLOCK_BYTES)?;
        let header = SegmentHeader::decode(&bytes).ok().filter(|header| header.number == number);
        let header = header.ok_or_else(|| reader.damaged(0, "the segment's own header is damaged"))?;
        (reader.nonce, reader.is_thinned) = (header.nonce, header.kind == Kind::Thinned);
        Ok(reader)
    }

    /// Where the next group starts, bytes.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The newest record that was read or passed over.
    #[must_use]
    pub const fn last(&self) -> Lsn {
        self.last
    }

    /// Passes over the groups that hold no record after `upto`. Only their headers are read.
    ///
    /// # Errors
    /// As [`SegmentReader::next`].
    pub fn pass_over(&mut self, upto: Lsn) -> Result<(), ReadError> {
        let end = self.end()?;
        while self.last < end {
            let bytes = self.read(self.offset, BLOCK_BYTES)?;
            let header = self.header(&bytes)?;
            if header.last() > upto {
                return Ok(());
            }
            self.offset += frame_bytes(header.length as usize) as u64;
            self.last = header.last();
        }
        Ok(())
    }

    /// The header of the group that belongs at the front of `bytes`: of this segment and place, with the record after
    /// `self.last` as its first. So the LSNs that a reader gives have no gap, and a group that would make one is an
    /// error.
    fn header(&self, bytes: &[u8]) -> Result<GroupHeader, ReadError> {
        let belongs = |header: &GroupHeader| {
            header.nonce == self.nonce
                && header.segment == self.number
                && header.offset == self.offset
                && header.first == self.last.next()
                && header.is_thinned() == self.is_thinned
        };
        let header = GroupHeader::decode(bytes).map(|(header, _)| header).filter(belongs);
        header.ok_or_else(|| self.damaged(self.offset, "the group that belongs here is not there"))
    }

    /// The next groups: about `bytes` of them, and at least one if one more is durable. `None` at the end of what is
    /// durable: go on later, or in the next segment if this one is sealed.
    ///
    /// # Errors
    /// [`ReadError::Released`] if the segment is not kept any more; [`ReadError::Corruption`] if durable bytes are not
    /// what was written; otherwise what the medium says.
    pub fn next(&mut self, bytes: usize) -> Result<Option<Chunk>, ReadError> {
        let end = self.end()?;
        if self.last >= end {
            return Ok(None);
        }
        let mut want = bytes.next_multiple_of(BLOCK_BYTES).max(BLOCK_BYTES);
        loop {
            let bytes = self.read(self.offset, want)?;
            match self.split(&bytes, end)? {
                Split::Groups(headers) => return Ok(Some(Chunk { bytes, headers })),
                Split::NeedsMore(frame) if frame > want && bytes.len() == want => want = frame,
                Split::NeedsMore(_) => {
                    return Err(self.damaged(self.offset, "the segment ends within a group"));
                }
            }
        }
    }

    /// The newest durable record of this segment or an older one.
    fn end(&self) -> Result<Lsn, ReadError> {
        // Read before the lock is taken: if this is the running segment still, the record stands in it or before it.
        let durable = self.shared.durable.get();
        self.look_up().map(|(_, last)| last.unwrap_or(durable))
    }

    fn look_up(&self) -> Result<(String, Option<Lsn>), ReadError> {
        let segments = self.shared.segments.lock();
        let found = segments.look_up(self.number, self.edition);
        found.ok_or_else(|| ReadError::Released { from: self.last.next(), first: segments.first() })
    }

    fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, ReadError> {
        let (path, _) = self.look_up()?;
        match self.shared.storage.read_at(&path, offset, len) {
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                let first = self.shared.segments.lock().first();
                Err(ReadError::Released { from: self.last.next(), first })
            }
            read => {
                // The file of this path may have been replaced while it was read.
                self.look_up()?;
                read.map_err(|source| ReadError::Io { path, action: "read", source })
            }
        }
    }

    fn damaged(&self, offset: u64, reason: &str) -> ReadError {
        let (number, reason) = (self.number, reason.to_owned());
        let file = self.look_up().map_or_else(|_| path(number), |(path, _)| path);
        ReadError::Corruption { file, segment: number, offset, group: 0, reason }
    }

    /// Takes in the whole groups at the front of `bytes`, up to the record `end`.
    fn split(&mut self, bytes: &[u8], end: Lsn) -> Result<Split, ReadError> {
        let mut headers = Vec::new();
        let mut at = 0;
        while self.last < end && at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let header = self.header(rest)?;
            let Some(frame) = rest.get(..header.frame_len()) else {
                if headers.is_empty() {
                    return Ok(Split::NeedsMore(frame_bytes(header.length as usize)));
                }
                break;
            };
            if !frame_crc_fits(frame) || !holds_what_it_says(frame, &header) {
                return Err(self.damaged(self.offset, "the group's checksum is wrong"));
            }
            headers.push((at, header));
            let length = frame_bytes(header.length as usize);
            at += length;
            self.offset += length as u64;
            self.last = header.last();
        }
        if headers.is_empty() {
            return Err(self.damaged(self.offset, "the segment ends before what was written"));
        }
        Ok(Split::Groups(headers))
    }
}

enum Split {
    Groups(Vec<(usize, GroupHeader)>),
    /// The first group alone takes this many bytes.
    NeedsMore(usize),
}
