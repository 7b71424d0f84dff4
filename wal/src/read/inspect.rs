//! Looks at every byte of the log and says what it sees, for an operator. It stops at no fault and judges nothing:
//! whether a fault is a torn tail or rot is up to [`crate::Recovered::scan`].

use crate::batch::records;
use crate::error::OpenError;
use crate::format::{
    FLAG_IDLE, FLAG_OPEN, FLAG_SEAL, FLAG_THINNED, GroupHeader, Kind, frame_bytes, frame_crc_fits,
};
use crate::limits::BLOCK_BYTES;
use crate::lsn::Lsn;
use crate::segment::file::{Directory, Segment, path};
use crate::segment::past::Past;
use crate::segment::walk::{belongs, holds_what_it_says, is_zero, payload};
use crate::storage::Storage;

/// [`Seen::Segment::made`] of a segment in which the log goes on without the records that an operator gave up.
pub const MADE_AFTER_LOSS: &str = "after a loss";

/// What stands at a place of the log, in the order of the files and of their bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Seen<'a> {
    /// A segment begins.
    Segment {
        /// Its path, relative to the data directory.
        path: &'a str,
        /// Its length, bytes.
        bytes: u64,
        /// Why it was made: `ahead` of its use, at a `start`, `after a loss` that an operator accepted, or, when recovery
        /// needed its records no more, `of what readers still want`.
        made: &'static str,
        /// The newest record that was durable when it was made.
        base: Lsn,
    },
    /// A whole group.
    Group(SeenGroup<'a>),
    /// Bytes that are no group of this segment.
    Fault {
        /// The segment's path.
        path: &'a str,
        /// Where the bytes start.
        offset: u64,
        /// What is wrong with them.
        reason: String,
    },
    /// Everything from here to the end of the segment is zero: nothing was ever written there.
    Unused {
        /// The segment's path.
        path: &'a str,
        /// Where the zeros start.
        offset: u64,
    },
}

/// A whole group, seen on its own.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SeenGroup<'a> {
    /// The segment's path.
    pub path: &'a str,
    /// Where it starts in its segment, bytes.
    pub offset: u64,
    /// The number of the group.
    pub sequence: u64,
    /// LSN of its first record; of the next record to come, if it holds none.
    pub first: Lsn,
    /// The newest record that it stands for; the one before `first`, if it holds none.
    pub last: Lsn,
    /// How many records it holds.
    pub count: u32,
    /// Length of the records with their framing, bytes.
    pub bytes: u32,
    /// What a group without records is for: `idle`, `seal`, `open`, or `thinned`, where none of its records is left; empty
    /// for one with records.
    pub purpose: &'static str,
    is_thinned: bool,
    framed: &'a [u8],
}

impl<'a> SeenGroup<'a> {
    /// Its records in order.
    pub fn records(&self) -> impl Iterator<Item = (Lsn, &'a [u8])> + use<'a> {
        records(self.framed, self.first, self.is_thinned)
    }
}

/// Shows everything in the log's directory to `look`, segment by segment, oldest first; past segments come first.
///
/// # Errors
/// If the directory cannot be listed. A segment that cannot be read is shown as a fault.
pub fn inspect(storage: &dyn Storage, look: &mut dyn FnMut(Seen<'_>)) -> Result<(), OpenError> {
    let directory = Directory::read(storage)?;
    let past = directory.others.iter().filter_map(|name| Past::of(name));
    let past = past.map(|past| (past.path(), past.number));
    let log = directory.segments.iter().map(|&number| (path(number), number));
    for (path, number) in past.chain(log) {
        match Segment::map_at(storage, path.clone(), number) {
            Ok(segment) => show(&segment, look),
            Err(error) => look(Seen::Fault { path: &path, offset: 0, reason: error.to_string() }),
        }
    }
    Ok(())
}

fn show(segment: &Segment, look: &mut dyn FnMut(Seen<'_>)) {
    let path = segment.path.as_str();
    let made = match segment.header.kind {
        Kind::Ahead => "ahead",
        Kind::Start => "at a start",
        Kind::AfterLoss => MADE_AFTER_LOSS,
        Kind::Thinned => "of what readers still want",
    };
    look(Seen::Segment { path, bytes: segment.header.bytes, made, base: segment.header.base_lsn });
    let mut offset = BLOCK_BYTES;
    let mut faulty = false;
    while offset < segment.contents.len() {
        let rest = segment.from(offset);
        match group(segment, offset, rest) {
            Ok(found) => {
                faulty = false;
                offset += frame_bytes(found.bytes as usize);
                look(Seen::Group(found));
            }
            Err(_) if is_zero(&rest[..BLOCK_BYTES.min(rest.len())]) && is_zero(rest) => {
                look(Seen::Unused { path, offset: offset as u64 });
                return;
            }
            Err(reason) => {
                // One fault for a stretch of bad blocks, not one for each block.
                if !std::mem::replace(&mut faulty, true) {
                    look(Seen::Fault { path, offset: offset as u64, reason });
                }
                offset += BLOCK_BYTES;
            }
        }
    }
}

fn group<'a>(segment: &'a Segment, offset: usize, rest: &'a [u8]) -> Result<SeenGroup<'a>, String> {
    let (header, _) = GroupHeader::decode(rest).ok_or("no valid header of a group")?;
    if !belongs(&header, segment, offset) {
        return Err(format!("a group of segment {} at byte {}", header.segment, header.offset));
    }
    let frame =
        rest.get(..header.frame_len()).ok_or("the group is longer than what is left of the segment")?;
    if !frame_crc_fits(frame) {
        return Err(format!("the checksum of group {} is wrong", header.sequence));
    }
    if !holds_what_it_says(frame, &header) {
        return Err(format!("group {} does not hold {} records", header.sequence, header.count));
    }
    let purpose = match header.flags {
        FLAG_IDLE => "idle",
        FLAG_SEAL => "seal",
        FLAG_OPEN => "open",
        FLAG_THINNED => "thinned",
        _ => "",
    };
    Ok(SeenGroup {
        path: &segment.path,
        offset: offset as u64,
        sequence: header.sequence,
        first: header.first,
        last: header.last(),
        count: header.count,
        bytes: header.length,
        purpose,
        is_thinned: header.is_thinned(),
        framed: payload(frame),
    })
}
