//! Groups and records of validated segments, without copying.

use crate::batch::records;
use crate::format::{GroupHeader, frame_bytes};
use crate::lsn::Lsn;
use crate::segment::file::Segment;
use crate::segment::walk::{Run, payload};

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

/// The groups with records at or after `from` in the runs of validated segments.
///
/// The assert cannot fire: the walk that made a run has found each group to follow the one before it.
pub(crate) fn groups<'a>(
    segments: &'a [Segment],
    runs: &'a [Run],
    from: Lsn,
) -> impl Iterator<Item = Group<'a>> + use<'a> {
    runs.iter().filter(move |run| run.last >= from).flat_map(move |run| {
        let (mut offsets, mut last) = (run.offsets.clone(), run.start.last);
        let segment = segments.get(run.index);
        std::iter::from_fn(move || {
            while offsets.start < offsets.end {
                let offset = offsets.start;
                let bytes = segment?.from(offset);
                let (header, _) = GroupHeader::decode(bytes)?;
                offsets.start += frame_bytes(header.length as usize);
                assert_eq!(header.first, last.next(), "the records of a run have no gap");
                last = header.last();
                if header.count > 0 && header.last() >= from {
                    return Some(group(&header, bytes.get(..header.frame_len())?, from));
                }
            }
            None
        })
    })
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
    pub fn groups(&self, from: Lsn) -> impl Iterator<Item = Group<'_>> {
        groups(&self.segments, &self.runs, from)
    }
}
