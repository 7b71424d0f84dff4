//! The walk through the segments, group by group, as far as each group is the one that belongs at its place.
//!
//! The walk says precisely what is wrong at the place where it ends; what follows from that is decided in
//! [`crate::recover::recovery`].

use std::ops::Range;

use crate::batch::{holds_exactly, holds_numbered};
use crate::error::{Damage, OpenError};
use crate::format::{Chain, GroupHeader, Kind, frame_bytes, frame_crc_fits};
use crate::limits::{BLOCK_BYTES, SECTOR_BYTES};
use crate::lsn::Lsn;
use crate::segment::file::{Position, Segment};

/// What stands at a place instead of the group that belongs there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Misfit {
    /// The place of a header holds zeros, or the segment ends there.
    Empty,
    /// Bytes that are no valid header.
    NoHeader,
    /// A valid header of the expected group, and sectors of its frame that never arrived.
    Holes,
    /// A valid header of the expected group, all of whose sectors arrived, and yet it is wrong.
    Whole(String),
    /// A valid header of another group or place.
    Foreign(String),
}

/// The misfit in words, for an error.
pub(crate) fn describe(misfit: &Misfit) -> &str {
    match misfit {
        Misfit::Empty => "nothing is there",
        Misfit::NoHeader => "what is there has no valid header",
        Misfit::Holes => "parts of the group are not there",
        Misfit::Whole(reason) | Misfit::Foreign(reason) => reason,
    }
}

/// Looks for the group that belongs at `offset` of a segment; `bytes` start there. Returns its header and its link.
pub(crate) fn examine(
    bytes: &[u8],
    segment: &Segment,
    offset: usize,
    expected: &Position,
) -> Result<(GroupHeader, Chain), Misfit> {
    let Some((header, chain)) = GroupHeader::decode(bytes) else {
        let sector = bytes.get(..SECTOR_BYTES).unwrap_or(bytes);
        return Err(if is_zero(sector) { Misfit::Empty } else { Misfit::NoHeader });
    };
    if !belongs(&header, segment, offset) {
        let reason = format!(
            "it holds a group of segment {} at byte {}: a misdirected write, or a file that was copied over",
            header.segment, header.offset
        );
        return Err(Misfit::Foreign(reason));
    }
    if header.is_thinned() {
        return Err(Misfit::Foreign("it holds a group of a thinned segment".to_owned()));
    }
    if header.sequence != expected.sequence {
        return Err(Misfit::Foreign(format!(
            "it holds group {}: a write was lost, or came twice",
            header.sequence
        )));
    }
    if header.first != expected.last.next() {
        return Err(Misfit::Foreign(format!(
            "the group starts with record {} instead of {}",
            header.first,
            expected.last.next()
        )));
    }
    if header.before != expected.chain || header.durable_upto.checked_add(1) != Some(header.sequence) {
        return Err(Misfit::Foreign("the group does not follow the one before it".to_owned()));
    }
    let Some(frame) = bytes.get(..header.frame_len()) else {
        return Err(Misfit::Whole("the group is longer than what is left of the segment".to_owned()));
    };
    if !frame_crc_fits(frame) {
        return Err(if frame.chunks(SECTOR_BYTES).any(is_zero) {
            Misfit::Holes
        } else {
            Misfit::Whole("all of the group arrived, and its checksum is wrong".to_owned())
        });
    }
    if !holds_what_it_says(frame, &header) {
        return Err(Misfit::Whole(format!("the group's bytes are not {} records", header.count)));
    }
    Ok((header, chain))
}

/// Whether a valid header was written to this place of this segment.
pub(crate) fn belongs(header: &GroupHeader, segment: &Segment, offset: usize) -> bool {
    header.nonce == segment.header.nonce
        && header.segment == segment.header.number
        && header.offset == offset as u64
}

/// Whether a whole frame holds exactly the records that its header says.
pub(crate) fn holds_what_it_says(frame: &[u8], header: &GroupHeader) -> bool {
    let framed = payload(frame);
    if header.is_thinned() {
        holds_numbered(framed, header.count, header.first, header.last())
    } else {
        holds_exactly(framed, header.count)
    }
}

pub(crate) fn payload(frame: &[u8]) -> &[u8] {
    frame.get(crate::format::GROUP_HEADER_BYTES..).unwrap_or_default()
}

pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    static ZEROS: [u8; BLOCK_BYTES] = [0; BLOCK_BYTES];
    bytes.chunks(BLOCK_BYTES).all(|chunk| chunk == &ZEROS[..chunk.len()])
}

/// Where the blocks of zeros at the end of `bytes` start.
pub(crate) fn written_end(bytes: &[u8]) -> usize {
    let unused = bytes.rchunks(BLOCK_BYTES).take_while(|block| is_zero(block));
    bytes.len() - unused.map(<[u8]>::len).sum::<usize>()
}

/// Where a segment starts, if it says so: a segment that was made ready ahead says it with its first group, the
/// others with their headers.
pub(crate) fn start_of(segment: &Segment) -> Option<Position> {
    let header = &segment.header;
    match header.kind {
        Kind::Start | Kind::AfterLoss => Some(Position {
            sequence: header.base_sequence + 1,
            last: header.base_lsn,
            chain: header.base_chain,
        }),
        Kind::Thinned => None,
        Kind::Ahead => {
            let bytes = segment.from(BLOCK_BYTES);
            let (first, _) = GroupHeader::decode(bytes)?;
            let start = Position {
                sequence: first.sequence,
                last: Lsn(first.first.0.checked_sub(1)?),
                chain: first.before,
            };
            examine(bytes, segment, BLOCK_BYTES, &start).ok().map(|_| start)
        }
    }
}

/// The groups of one segment that belong to the log.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Index of the segment.
    pub(crate) index: usize,
    pub(crate) offsets: Range<usize>,
    /// Where the run starts.
    pub(crate) start: Position,
    /// Newest record at its end.
    pub(crate) last: Lsn,
}

/// The newest group that the walk has seen.
#[derive(Clone, Debug)]
pub(crate) struct Newest {
    pub(crate) header: GroupHeader,
    pub(crate) index: usize,
    pub(crate) offset: usize,
    /// Where the log would go on without it.
    pub(crate) before: Position,
}

/// How far the walk got.
#[derive(Clone, Debug)]
pub(crate) struct Walked {
    pub(crate) runs: Vec<Run>,
    pub(crate) newest: Option<Newest>,
    /// The position of the group that belongs where the walk ended.
    pub(crate) position: Position,
    pub(crate) index: usize,
    pub(crate) offset: usize,
    /// What stands there instead.
    pub(crate) misfit: Misfit,
}

/// Walks `segments` (oldest first) from the start of `segments[first]`, and stops before group `until`, or at the
/// first place where the group that belongs there is not.
///
/// # Errors
/// Where two segments contradict each other.
pub(crate) fn walk(
    segments: &[Segment],
    first: usize,
    start: Position,
    until: Option<u64>,
) -> Result<Walked, OpenError> {
    let mut runs = Vec::new();
    let mut newest = None;
    let mut position = start;
    let mut index = first;
    let mut offset = BLOCK_BYTES;
    let mut run = Run { index, offsets: offset..offset, start: position, last: position.last };
    let mut restart = next_restart(segments, index);
    let misfit = loop {
        if until == Some(position.sequence) {
            break Misfit::Empty;
        }
        let Some(segment) = segments.get(index) else { break Misfit::Empty };
        let mut step = None;
        if let Some(at) = restart.filter(|at| segments[*at].header.base_sequence + 1 == position.sequence) {
            step = Some((at, restart_at(&segments[at], segment, &position)?));
        } else {
            match examine(segment.from(offset), segment, offset, &position) {
                Ok((header, chain)) => {
                    newest = Some(Newest { header, index, offset, before: position });
                    position = Position::after(&header, chain);
                    offset += frame_bytes(header.length as usize);
                    run.offsets.end = offset;
                    run.last = position.last;
                }
                Err(misfit) => match continues_at(segments, index, &position) {
                    Some(next) => step = Some((next, position)),
                    None => break misfit,
                },
            }
        }
        if let Some((next, from)) = step {
            (index, position, offset) = (next, from, BLOCK_BYTES);
            restart = next_restart(segments, index);
            let fresh = Run { index, offsets: offset..offset, start: position, last: position.last };
            runs.push(std::mem::replace(&mut run, fresh));
        }
    };
    runs.push(run);
    Ok(Walked { runs, newest, position, index, offset, misfit })
}

/// The first segment after `index` that was made when the log was started.
fn next_restart(segments: &[Segment], index: usize) -> Option<usize> {
    let restarts = |segment: &Segment| segment.header.kind != Kind::Ahead;
    segments.iter().skip(index + 1).position(restarts).map(|after| index + 1 + after)
}

/// Where the log goes on in `next`, which was made when it was started at `position`, in `segment`.
fn restart_at(next: &Segment, segment: &Segment, position: &Position) -> Result<Position, OpenError> {
    let base = &next.header;
    let jumps = base.kind == Kind::AfterLoss && base.base_lsn >= position.last;
    if base.base_chain != position.chain || (base.base_lsn != position.last && !jumps) {
        return Err(Damage {
            segment: base.number,
            file: next.path.clone(),
            offset: 0,
            group: position.sequence,
            reason: format!("the segment does not follow segment {}", segment.header.number),
        }
        .into());
    }
    Ok(Position { last: base.base_lsn, ..*position })
}

/// The next segment, if the group that belongs here is its first. Passes over segments that were never written to:
/// the sync of their names failed, others were made in their place, and a crash may bring them back. No record can be
/// missing with them, as the link in the group's header shows which group it follows.
fn continues_at(segments: &[Segment], index: usize, position: &Position) -> Option<usize> {
    let is_next =
        |at: &usize| examine(segments[*at].from(BLOCK_BYTES), &segments[*at], BLOCK_BYTES, position).is_ok();
    let next = ahead(segments, index).find(is_next)?;
    segments[index + 1..next].iter().all(|passed| is_zero(passed.from(BLOCK_BYTES))).then_some(next)
}

/// The segments after `index` that were made ready ahead, up to one that was not.
pub(crate) fn ahead(segments: &[Segment], index: usize) -> impl Iterator<Item = usize> {
    (index + 1..segments.len()).take_while(|at| segments[*at].header.kind == Kind::Ahead)
}
