//! Makes a copy of a log end after a record that was not its last: for a data directory that is to go on from there.
//!
//! A group of the log is never divided where it stands. The new end is a new segment, as a start makes one: it goes on
//! right before the group that has the record, and holds that group once more, with its records up to this one, and the
//! seal of a stop. What the copy had from that group on is overwritten with zeros or removed: it never happened here.

use std::sync::Arc;

use crate::error::OpenError;
use crate::format::{FLAG_SEAL, GROUP_HEADER_BYTES, GroupHeader, Kind, frame_bytes};
use crate::limits::{BLOCK_BYTES, SEGMENT_BYTES_MIN};
use crate::lsn::Lsn;
use crate::recover::recovery::Recovered;
use crate::segment::file::{DIR, Directory, Position, make, nonce, path, zero};
use crate::segment::walk::{payload, written_end};
use crate::storage::Storage;

/// Why a copy of a log was not made to end earlier.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShortenError {
    /// The copy cannot be read or written, or is damaged.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// A group that was whole a moment ago is not any more.
    #[error(transparent)]
    Changed(#[from] crate::error::ReadError),
    /// The copy does not have this record.
    #[error("the log has records {first} to {last}, and {lsn} is none of them")]
    NotThere {
        /// The record that was to be the last.
        lsn: Lsn,
        /// The oldest record that is there.
        first: Lsn,
        /// The newest one.
        last: Lsn,
    },
}

/// Makes the log end after this record, durably. To be called on a copy that nothing else uses, whose segments are all a
/// part of it, and that is of no use until this returns: a crash on the way leaves it with any part of what comes behind.
/// `seed` makes the nonce of the new segment the same at every run; `None` draws it.
///
/// # Errors
/// If the record is not there, or the medium fails.
pub fn shorten(storage: &Arc<dyn Storage>, lsn: Lsn, seed: Option<u64>) -> Result<(), ShortenError> {
    let log = Recovered::scan_copies(storage, Lsn(1))?;
    let none = || ShortenError::NotThere { lsn, first: log.first_lsn(), last: log.last_lsn() };
    let group = log.groups(lsn).next().ok_or_else(none)??;
    let (segment, _) =
        log.read().find(|(segment, _)| segment.header.number == group.segment).ok_or_else(none)?;
    // The cast holds: segments are mapped.
    let offset = group.offset as usize;
    let (header, _) = GroupHeader::decode(segment.from(offset)).ok_or_else(none)?;
    if !(header.first..=header.last()).contains(&lsn) || group.first != header.first {
        return Err(none());
    }
    let directory = Directory::read(&**storage)?;
    let end = End { header, lsn, number: directory.next };
    let nonce = nonce(seed, end.number).map_err(OpenError::io(DIR, "draw a nonce for"))?;
    let frames = end.frames(payload(segment.from(offset)), nonce);

    // The newest goes first, so that there is never a hole.
    for later in directory.segments.iter().rev().filter(|number| **number > group.segment) {
        storage.remove(&path(*later)).map_err(OpenError::io(&path(*later), "remove"))?;
        storage.sync_dir(DIR).map_err(OpenError::io(DIR, "sync"))?;
    }
    // What was copied at a start stands in the segment before too, and is void there.
    let before = log.read().filter(|(before, _)| before.header.number < group.segment);
    for (segment, end) in before.chain([(segment, offset)]) {
        let written = written_end(&segment.contents).saturating_sub(end) as u64;
        if written > 0 {
            zero(&**storage, &segment.path, end as u64, written)?;
        }
    }
    let bytes = SEGMENT_BYTES_MIN.max((2 * BLOCK_BYTES + frames.len()) as u64);
    let oldest = directory.segments.first().copied().unwrap_or(end.number);
    let header = end.base().segment_header(Kind::Start, end.number, nonce, bytes, oldest);
    make(&**storage, header, &frames, &mut || Ok(())).map_err(OpenError::from)?;
    Ok(())
}

/// The new end of a log.
struct End {
    /// Of the group that has the last record.
    header: GroupHeader,
    lsn: Lsn,
    /// Of the new segment.
    number: u64,
}

impl End {
    /// Where the new segment goes on.
    fn base(&self) -> Position {
        let GroupHeader { sequence, first, before, .. } = self.header;
        Position { sequence, last: first.previous(), chain: before }
    }

    /// What the new segment holds behind its header: the group with its records up to the last one, and the seal.
    fn frames(&self, framed: &[u8], nonce: u64) -> Vec<u8> {
        let mut frames = vec![0; GROUP_HEADER_BYTES];
        let count = self.lsn.0 - self.base().last.0;
        let mut rest = framed;
        for _ in 0..count {
            // They were counted when the group was validated.
            let Some((record, behind)) = crate::batch::split_record(rest) else { break };
            frames.extend_from_slice(&(record.len() as u32).to_le_bytes());
            frames.extend_from_slice(record);
            rest = behind;
        }
        let length = (frames.len() - GROUP_HEADER_BYTES) as u32;
        let offset = BLOCK_BYTES as u64;
        let (segment, count) = (self.number, count as u32);
        let group = GroupHeader { nonce, segment, offset, count, length, ..self.header };
        let chain = group.encode(&mut frames);
        frames.resize(frame_bytes(length as usize), 0);
        let seal = GroupHeader {
            flags: FLAG_SEAL,
            offset: offset + frames.len() as u64,
            sequence: group.sequence + 1,
            first: self.lsn.next(),
            durable_upto: group.sequence,
            count: 0,
            length: 0,
            before: chain,
            ..group
        };
        let mut frame = vec![0; GROUP_HEADER_BYTES];
        seal.encode(&mut frame);
        frame.resize(frame_bytes(0), 0);
        frames.extend_from_slice(&frame);
        frames
    }
}
