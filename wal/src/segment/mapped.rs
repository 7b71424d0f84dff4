//! Groups and records of validated segments, without copying.

use crate::batch::records;
use crate::error::ReadError;
use crate::format::{GroupHeader, frame_bytes};
use crate::lsn::Lsn;
use crate::segment::file::Segment;
use crate::segment::walk::{Run, holds_what_it_says, payload};

/// The records that one write and one sync put into the log. Borrows the mapped segment.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Group<'a> {
    /// Number of the group: the first group ever has 1, the next 2, without gaps.
    pub sequence: u64,
    /// LSN of its first record.
    pub first: Lsn,
    /// The number of its records; those before `from` count too. In a thinned segment, of those that are left.
    pub count: u32,
    /// Number of its segment.
    pub segment: u64,
    /// Where it starts in its segment, bytes.
    pub offset: u64,
    last: Lsn,
    is_thinned: bool,
    /// [`Group::records`] leaves out the records before this one.
    from: Lsn,
    framed: &'a [u8],
}

impl<'a> Group<'a> {
    /// LSN of its last record; in a thinned segment, of the newest record that it stands for.
    #[must_use]
    pub fn last(&self) -> Lsn {
        self.last
    }

    /// The records with their LSNs, in order, from the LSN that was asked for.
    pub fn records(&self) -> impl Iterator<Item = (Lsn, &'a [u8])> + use<'a> {
        let from = self.from;
        records(self.framed, self.first, self.is_thinned).skip_while(move |(lsn, _)| *lsn < from)
    }
}

/// The groups with records at or after `from` in the runs of validated segments. A file that has changed since it was
/// validated ends them with an error: to end without one would be to lose what follows.
///
/// The assert cannot fire: the walk that made a run has found each group to follow the one before it.
pub(crate) fn groups<'a>(
    segments: &'a [Segment],
    runs: &'a [Run],
    from: Lsn,
) -> impl Iterator<Item = Result<Group<'a>, ReadError>> + use<'a> {
    runs.iter().filter(move |run| run.last >= from).flat_map(move |run| {
        let (mut offsets, mut last) = (run.offsets.clone(), run.start.last);
        let segment = &segments[run.index];
        std::iter::from_fn(move || {
            while offsets.start < offsets.end {
                let offset = offsets.start;
                let Some((header, frame)) = whole(segment.from(offset)) else {
                    offsets.start = offsets.end;
                    return Some(Err(changed(segment, offset)));
                };
                offsets.start += frame_bytes(header.length as usize);
                assert_eq!(header.first, last.next(), "the records of a run have no gap");
                last = header.last();
                if header.count > 0 && header.last() >= from {
                    return Some(Ok(group(&header, frame, from)));
                }
            }
            None
        })
    })
}

/// The group at the front of `bytes`, if it is there and has as many records as it says. Its checksum was compared when it
/// was validated.
fn whole(bytes: &[u8]) -> Option<(GroupHeader, &[u8])> {
    let (header, _) = GroupHeader::decode(bytes)?;
    let frame = bytes.get(..header.frame_len())?;
    holds_what_it_says(frame, &header).then_some((header, frame))
}

fn changed(segment: &Segment, offset: usize) -> ReadError {
    ReadError::Corruption {
        file: segment.path.clone(),
        segment: segment.header.number,
        offset: offset as u64,
        group: 0,
        reason: "a group that was whole a moment ago is not any more".to_owned(),
    }
}

/// The group of a validated frame; records before `from` are left out.
pub(crate) fn group<'a>(header: &GroupHeader, frame: &'a [u8], from: Lsn) -> Group<'a> {
    Group {
        sequence: header.sequence,
        first: header.first,
        count: header.count,
        segment: header.segment,
        offset: header.offset,
        last: header.last(),
        is_thinned: header.is_thinned(),
        from,
        framed: payload(frame),
    }
}

/// Sealed segments, mapped and validated: they stay readable even if the log removes them meanwhile.
#[derive(Debug)]
pub struct SealedLog {
    pub(crate) segments: Vec<Segment>,
    pub(crate) runs: Vec<Run>,
    pub(crate) last: Lsn,
}

impl SealedLog {
    /// The newest record in it.
    #[must_use]
    pub fn last_lsn(&self) -> Lsn {
        self.last
    }

    /// The groups that hold records at or after `from`. [`Group::records`] leaves out the records of the first group that
    /// are older.
    ///
    /// # Errors
    /// [`ReadError::Corruption`] in place of a group that has changed since it was validated.
    pub fn groups(&self, from: Lsn) -> impl Iterator<Item = Result<Group<'_>, ReadError>> {
        groups(&self.segments, &self.runs, from)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::format::{Kind, SegmentHeader};
    use crate::limits::BLOCK_BYTES;
    use crate::segment::file::Position;
    use crate::storage::Contents;

    /// A segment with three groups of a record each.
    fn segment() -> (Vec<u8>, SegmentHeader) {
        let header = Position::BEGINNING.segment_header(Kind::Start, 1, 9, 4 * BLOCK_BYTES as u64, 1);
        let mut bytes = header.encode().to_vec();
        for sequence in 1..=3 {
            let mut frame = vec![0; crate::format::GROUP_HEADER_BYTES];
            frame.extend_from_slice(&[3, 0, 0, 0, b'o', b'n', b'e']);
            let offset = bytes.len() as u64;
            let (first, durable_upto) = (Lsn(sequence), sequence - 1);
            let header = GroupHeader {
                flags: 0,
                nonce: 9,
                segment: 1,
                offset,
                sequence,
                first,
                durable_upto,
                count: 1,
                length: 7,
                before: 0,
            };
            header.encode(&mut frame);
            frame.resize(BLOCK_BYTES, 0);
            bytes.append(&mut frame);
        }
        (bytes, header)
    }

    fn read(bytes: Vec<u8>, header: SegmentHeader) -> Vec<Result<Lsn, u64>> {
        let segments = [Segment { path: String::new(), header, contents: Contents::new(bytes) }];
        let start = Position::BEGINNING;
        let runs = [Run { index: 0, offsets: BLOCK_BYTES..4 * BLOCK_BYTES, start, last: Lsn(3) }];
        let found = groups(&segments, &runs, Lsn(1)).map(|group| match group {
            Ok(group) => Ok(group.last()),
            Err(ReadError::Corruption { offset, .. }) => Err(offset),
            Err(error) => panic!("{error}"),
        });
        found.collect()
    }

    #[test]
    fn what_changes_after_it_was_validated_is_an_error_and_no_end() {
        let (bytes, header) = segment();
        assert_eq!(read(bytes.clone(), header), [Ok(Lsn(1)), Ok(Lsn(2)), Ok(Lsn(3))]);
        let second = 2 * BLOCK_BYTES;
        // The magic, the number of records, the length of the record.
        for at in [second, second + 56, second + 80] {
            let mut broken = bytes.clone();
            broken[at] ^= 4;
            assert_eq!(read(broken, header), [Ok(Lsn(1)), Err(second as u64)], "byte {at}");
        }
    }
}
