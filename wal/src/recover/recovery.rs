//! What a log that was not stopped cleanly is worth: the torn tail is cut, rot is refused, and never one for the other.
//!
//! [`Recovered::scan`] reads and judges, and changes nothing. The rules, and why they are enough, are argued in
//! `FORMAT.md`; [`TABLE`] is the same in code.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::error::{Damage, OpenError, ReadError};
use crate::format::{FLAG_SEAL, GROUP_HEADER_BYTES, GroupHeader, Kind, frame_bytes};
use crate::limits::BLOCK_BYTES;
use crate::lsn::Lsn;
use crate::recover::listing::{described, list};
use crate::recover::tail::{Tail, Witness};
use crate::segment::file::{Directory, Position, Segment, path};
use crate::segment::mapped::{Group, groups};
use crate::segment::past::{Past, Settled, settle};
use crate::segment::set::Sealed;
use crate::segment::walk::{
    Misfit, Newest, Run, Walked, ahead, belongs, describe, examine, is_zero, start_of, walk, written_end,
};
use crate::storage::Storage;

/// The walk has ended where the next group belongs and is not. What is found there, and what else tells about that group.
#[derive(Clone, Debug)]
struct Evidence {
    /// A valid group behind that place, which was begun only when the missing one was durable.
    later_group: Option<String>,
    /// Something else that says that the missing group was durable.
    witness: Option<String>,
    /// What stands in its place.
    misfit: Misfit,
    /// Whether nothing at all was written from that place on.
    nothing_after: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// The log ends here, as it should.
    End,
    /// A torn tail.
    Cut,
    /// The group was acknowledged, or may have been, and its bytes are not what was written.
    Refuse,
}

struct Row {
    when: fn(&Evidence) -> bool,
    verdict: Verdict,
}

/// The rules of recovery: the first row that applies decides.
const TABLE: [Row; 7] = [
    Row { when: |e| e.later_group.is_some(), verdict: Verdict::Refuse },
    Row { when: |e| e.witness.is_some(), verdict: Verdict::Refuse },
    Row { when: |e| matches!(e.misfit, Misfit::Whole(_)), verdict: Verdict::Refuse },
    Row { when: |e| matches!(e.misfit, Misfit::Foreign(_)), verdict: Verdict::Refuse },
    Row { when: |e| matches!(e.misfit, Misfit::Holes | Misfit::NoHeader), verdict: Verdict::Cut },
    Row { when: |e| !e.nothing_after, verdict: Verdict::Cut },
    Row { when: |_| true, verdict: Verdict::End },
];

fn decide(evidence: &Evidence) -> Verdict {
    TABLE.iter().find(|row| (row.when)(evidence)).map_or(Verdict::Refuse, |row| row.verdict)
}

/// Bytes to be overwritten with zeros.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub(crate) path: String,
    pub(crate) offset: u64,
    pub(crate) len: u64,
}

/// What a start has to do to the medium.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where the new segment starts.
    pub(crate) base: Position,
    /// The doubtful group: its header and its frame as the medium has it.
    pub(crate) copy: Option<(GroupHeader, Vec<u8>)>,
    pub(crate) cut: Option<Cut>,
    /// Files that hold nothing of the log, to be removed.
    pub(crate) remove: Vec<String>,
    pub(crate) sealed: Vec<Sealed>,
    pub(crate) past: VecDeque<Past>,
    /// Sealed segments that take more than they hold, and where their unused ends start.
    pub(crate) trim: Vec<(u64, u64)>,
    /// Log up to here may go if there is no room for the new segment.
    pub(crate) spare: Lsn,
    pub(crate) next_number: u64,
}

/// A log that was read and found good, from the record on that was asked for. Owns the mapped segments.
#[derive(Debug)]
pub struct Recovered {
    segments: Vec<Segment>,
    runs: Vec<Run>,
    first: Lsn,
    last: Lsn,
    tail: Tail,
    cut_off: Option<Lsn>,
    pub(crate) plan: Plan,
}

impl Recovered {
    /// Reads the log and judges its tail. Changes nothing on the medium. Segments that hold no record at or after
    /// `from` are listed and not validated. A log that does not reach back to `from` is read from its first record,
    /// [`Recovered::first_lsn`].
    ///
    /// # Errors
    /// [`OpenError::Corruption`] if anything that was acknowledged is missing or wrong, or if the log ends before
    /// what `witness` says; otherwise what the medium says.
    pub fn scan(storage: &Arc<dyn Storage>, from: Lsn, witness: Option<Witness>) -> Result<Self, OpenError> {
        let storage = &**storage;
        let mut directory = Directory::read(storage)?;
        let remove = ignore_released(storage, &mut directory)?;
        Self::judge(storage, directory, remove, (from, witness))
    }

    /// As [`Recovered::scan`], of copies of segments: one that the log has let go of since is a part of it all the same.
    ///
    /// # Errors
    /// As [`Recovered::scan`].
    pub fn scan_copies(storage: &Arc<dyn Storage>, from: Lsn) -> Result<Self, OpenError> {
        Self::judge(&**storage, Directory::read(&**storage)?, Vec::new(), (from, None))
    }

    fn judge(
        storage: &dyn Storage,
        mut directory: Directory,
        mut remove: Vec<String>,
        (from, witness): (Lsn, Option<Witness>),
    ) -> Result<Self, OpenError> {
        let Some((older, segments, start)) = select(storage, &directory.segments, from)? else {
            return Self::empty(directory, witness);
        };
        let mut walked = walk(&segments, 0, start, None)?;
        let mut ending = Ending::judge(&segments, &mut walked, witness.as_ref())?;
        ending.settle_newest(storage, &segments, &mut walked)?;

        let used = |index: usize| {
            segments[index].header.kind == Kind::AfterLoss
                || walked.runs.iter().any(|run| run.index == index && !run.offsets.is_empty())
        };
        remove.append(&mut directory.unfinished);
        remove.extend(
            (0..segments.len()).filter(|index| !used(*index)).map(|index| segments[index].path.clone()),
        );
        let mut sealed = list(storage, older, start.last.next());
        let mut trim = Vec::new();
        for run in walked.runs.iter().filter(|run| used(run.index)) {
            let segment = &segments[run.index];
            let (first, last) = (run.start.last.next(), run.last.min(ending.base.last));
            sealed.push(described(storage, segment, first, last));
            let used = written_end(&segment.contents) as u64;
            if sealed.last().is_some_and(|sealed| sealed.bytes > used) {
                trim.push((segment.header.number, used));
            }
        }
        let last = ending.copy.as_ref().map_or(ending.base.last, |(header, _)| header.last());
        let first = sealed.first().map_or(ending.base.last.next(), |sealed| sealed.first);
        let Ending { base, copy, cut, tail } = ending;
        let oldest = sealed.first().map_or(directory.next, |sealed| sealed.number);
        let Settled { kept: past, remove: mut unjoined, cut_off } =
            settle(storage, &directory.others, oldest, first);
        remove.append(&mut unjoined);
        let (spare, next_number) = (Lsn::ZERO, directory.next);
        let plan = Plan { base, copy, cut, remove, sealed, past, trim, spare, next_number };
        Ok(Self { segments, runs: walked.runs, first, last, tail, cut_off, plan })
    }

    fn empty(directory: Directory, witness: Option<Witness>) -> Result<Self, OpenError> {
        if let Some(witness) = witness.filter(|witness| witness.durable > Lsn::ZERO) {
            return Err(Damage {
                segment: 0,
                file: crate::segment::file::DIR.to_owned(),
                offset: 0,
                group: 1,
                reason: format!(
                    "there is no log, and {} says that it reached {}",
                    witness.source, witness.durable
                ),
            }
            .into());
        }
        let plan = Plan {
            base: Position::BEGINNING,
            copy: None,
            cut: None,
            remove: directory.unfinished,
            sealed: Vec::new(),
            past: VecDeque::new(),
            trim: Vec::new(),
            spare: Lsn::ZERO,
            next_number: directory.next,
        };
        let (segments, runs) = (Vec::new(), Vec::new());
        let (first, last) = (Lsn::ZERO.next(), Lsn::ZERO);
        Ok(Self { segments, runs, first, last, tail: Tail::Clean, cut_off: None, plan })
    }

    pub(crate) fn into_plan(self) -> Plan {
        self.plan
    }

    /// The segments that were read, each with where its part of the log ends.
    pub(crate) fn read(&self) -> impl Iterator<Item = (&Segment, usize)> {
        self.runs.iter().map(|run| (&self.segments[run.index], run.offsets.end))
    }

    /// The oldest record that is kept; if none is, the LSN that the next record will have.
    #[must_use]
    pub fn first_lsn(&self) -> Lsn {
        self.first
    }

    /// Allows [`Log::start`](crate::Log::start) to remove log up to this record, oldest first, if the disk has no
    /// room for a new segment.
    pub const fn may_let_go_upto(&mut self, lsn: Lsn) {
        self.plan.spare = lsn;
    }

    /// The newest record; [`Lsn::ZERO`] if there never was one.
    #[must_use]
    pub fn last_lsn(&self) -> Lsn {
        self.last
    }

    /// If past segments do not join the log, as what was between is gone: the newest record in them. They are of no use, and
    /// [`Log::start`](crate::Log::start) removes them.
    #[must_use]
    pub const fn cut_off(&self) -> Option<Lsn> {
        self.cut_off
    }

    /// How the log ended.
    #[must_use]
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// The groups that hold records at or after `from`, which is not before the `from` of the scan. [`Group::records`]
    /// leaves out the records of the first group that are older.
    ///
    /// # Errors
    /// [`ReadError::Corruption`] in place of a group that has changed since it was validated.
    pub fn groups(&self, from: Lsn) -> impl Iterator<Item = Result<Group<'_>, ReadError>> {
        groups(&self.segments, &self.runs, from)
    }
}

/// Takes out of the list the segments that were removed and are there again, as a crash undid their removal. Returns
/// their paths.
fn ignore_released(storage: &dyn Storage, directory: &mut Directory) -> Result<Vec<String>, OpenError> {
    let Some(newest) = directory.segments.last() else { return Ok(Vec::new()) };
    let oldest = Segment::map(storage, *newest)?.header.oldest;
    let released = directory.segments.partition_point(|number| *number < oldest);
    Ok(directory.segments.drain(..released).map(path).collect())
}

type Selected<'a> = (&'a [u64], Vec<Segment>, Position);

/// Maps the newest segments, back to one that starts before `from` and says where it starts. Returns these, and the
/// numbers of the older ones, which stay unread. `None` if there is no segment at all.
fn select<'a>(
    storage: &dyn Storage,
    numbers: &'a [u64],
    from: Lsn,
) -> Result<Option<Selected<'a>>, OpenError> {
    let mut segments = Vec::new();
    for (older, number) in numbers.iter().enumerate().rev() {
        let segment = Segment::map(storage, *number)?;
        let start = start_of(&segment).filter(|start| older == 0 || start.last < from);
        segments.push(segment);
        if let Some(start) = start {
            segments.reverse();
            return Ok(Some((&numbers[..older], segments, start)));
        }
    }
    let Some(oldest) = segments.last() else { return Ok(None) };
    Err(Damage {
        segment: oldest.header.number,
        file: oldest.path.clone(),
        offset: BLOCK_BYTES as u64,
        group: oldest.header.base_sequence + 1,
        reason: "the first group of the oldest segment is damaged, and older ones are gone".to_owned(),
    }
    .into())
}

/// What follows from the end of the walk.
#[derive(Debug)]
struct Ending {
    base: Position,
    copy: Option<(GroupHeader, Vec<u8>)>,
    cut: Option<Cut>,
    tail: Tail,
}

impl Ending {
    /// Applies the table to the place where the walk ended.
    fn judge(
        segments: &[Segment],
        walked: &mut Walked,
        witness: Option<&Witness>,
    ) -> Result<Self, OpenError> {
        let sequence = walked.position.sequence;
        move_to_opening(segments, walked);
        let segment = &segments[walked.index];
        let after = segments.get(walked.index + 1..).unwrap_or_default();
        let evidence = Evidence {
            later_group: later_group(segment, walked.offset, after, sequence),
            witness: witnesses(walked, after, witness),
            misfit: walked.misfit.clone(),
            nothing_after: is_zero(segment.from(walked.offset)),
        };
        let found = describe(&walked.misfit);
        let mut ending = Self { base: walked.position, copy: None, cut: None, tail: Tail::Clean };
        match decide(&evidence) {
            Verdict::End => {}
            Verdict::Cut => ending.cut_at(segment, walked.offset, sequence, 0, found.to_owned()),
            Verdict::Refuse => {
                let spoken = evidence.later_group.or(evidence.witness);
                let reason = spoken.map_or_else(|| found.to_owned(), |proof| format!("{found}, yet {proof}"));
                let (file, offset) = (segment.path.clone(), walked.offset as u64);
                return Err(
                    Damage { segment: segment.header.number, file, offset, group: sequence, reason }.into()
                );
            }
        }
        Ok(ending)
    }

    fn cut_at(&mut self, segment: &Segment, offset: usize, group: u64, at_least: usize, reason: String) {
        let rest = segment.from(offset);
        let written = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let zeroed = written.max(at_least).next_multiple_of(BLOCK_BYTES).min(rest.len());
        self.cut = Some(Cut { path: segment.path.clone(), offset: offset as u64, len: zeroed as u64 });
        let bytes = written as u64;
        self.tail = Tail::Cut { segment: segment.header.number, offset: offset as u64, group, bytes, reason };
    }

    /// Decides about the newest whole group. If nothing proves that it was synced, the new segment starts before it:
    /// with a copy of the group if it holds records, without the group if it holds none. After a failed sync the page
    /// cache may show bytes that the disk does not have, so the copy is read from the disk itself.
    fn settle_newest(
        &mut self,
        storage: &dyn Storage,
        segments: &[Segment],
        walked: &mut Walked,
    ) -> Result<(), OpenError> {
        let Some(newest) = walked.newest.take() else { return Ok(()) };
        if newest.header.flags & FLAG_SEAL != 0 && self.cut.is_none() {
            self.tail = Tail::Sealed;
        }
        if proven(segments, walked, &newest) {
            return Ok(());
        }
        self.base = newest.before;
        if newest.header.count == 0 {
            drop_newest(&mut walked.runs, &newest);
            return Ok(());
        }
        let segment = &segments[newest.index];
        let (offset, len) = (newest.offset as u64, newest.header.frame_len());
        let bytes = storage
            .read_uncached(&segment.path, offset, len)
            .map_err(OpenError::io(&segment.path, "read, past the cache,"))?;
        let group = newest.header.sequence;
        match examine(&bytes, segment, newest.offset, &newest.before) {
            Ok((header, _)) => {
                self.copy = Some((header, bytes));
                if self.cut.is_none() {
                    self.tail = Tail::Doubtful { segment: segment.header.number, offset, group };
                }
            }
            Err(misfit @ (Misfit::Whole(_) | Misfit::Foreign(_))) => {
                let reason = format!("the disk differs from the page cache: {}", describe(&misfit));
                let file = segment.path.clone();
                return Err(Damage { segment: segment.header.number, file, offset, group, reason }.into());
            }
            Err(misfit) => {
                drop_newest(&mut walked.runs, &newest);
                let reason = format!("its sync failed: on the disk, {}", describe(&misfit));
                let frame = frame_bytes(newest.header.length as usize);
                self.cut_at(segment, newest.offset, group, frame, reason);
            }
        }
        Ok(())
    }
}

/// If the running segment ended cleanly and the segment made ready after it was written to, the group that is missing is
/// the first of that next segment: moves the end of the walk there.
fn move_to_opening(segments: &[Segment], walked: &mut Walked) {
    let ended = walked.misfit == Misfit::Empty && is_zero(segments[walked.index].from(walked.offset));
    let written = |at: &usize| ended && !is_zero(segments[*at].from(BLOCK_BYTES));
    let Some(next) = ahead(segments, walked.index).find(written) else { return };
    let opening = &segments[next];
    let found = examine(opening.from(BLOCK_BYTES), opening, BLOCK_BYTES, &walked.position);
    // A valid group other than the missing one is evidence about it, not its remains.
    if let Err(misfit @ (Misfit::Empty | Misfit::NoHeader | Misfit::Holes | Misfit::Whole(_))) = found {
        let start = walked.position;
        (walked.index, walked.offset, walked.misfit) = (next, BLOCK_BYTES, misfit);
        walked.runs.push(Run { index: next, offsets: BLOCK_BYTES..BLOCK_BYTES, start, last: start.last });
    }
}

/// A valid group behind `offset`, in words. Each group was begun only when the one before it was durable, so any valid
/// header there proves the group at `offset` durable.
fn later_group(segment: &Segment, offset: usize, after: &[Segment], sequence: u64) -> Option<String> {
    let in_segment = |segment: &Segment, from: usize| {
        (from..segment.contents.len()).step_by(BLOCK_BYTES).find_map(|at| {
            let (header, _) = GroupHeader::decode(segment.from(at))?;
            let proof = belongs(&header, segment, at) && header.durable_upto >= sequence;
            proof.then(|| {
                format!(
                    "group {} at byte {at} of {} was written after it was durable",
                    header.sequence, segment.path
                )
            })
        })
    };
    in_segment(segment, offset + BLOCK_BYTES)
        .or_else(|| after.iter().find_map(|segment| in_segment(segment, BLOCK_BYTES)))
}

/// Another proof, in words, that the group at the end of the walk was durable: a segment that was made or written to when
/// it was, or the witness from outside.
fn witnesses(walked: &Walked, after: &[Segment], witness: Option<&Witness>) -> Option<String> {
    let sequence = walked.position.sequence;
    let by_header = after.iter().find(|segment| {
        let base = segment.header.base_sequence;
        base >= sequence || (segment.header.kind != Kind::Ahead && base + 1 != sequence)
    });
    if let Some(segment) = by_header {
        return Some(format!(
            "{} was made when group {} was durable",
            segment.path, segment.header.base_sequence
        ));
    }
    if let Some(segment) = after.iter().find(|segment| !is_zero(segment.from(BLOCK_BYTES))) {
        return Some(format!("{} was already written to", segment.path));
    }
    let witness = witness.filter(|witness| witness.durable > walked.position.last)?;
    Some(format!(
        "the log ends with record {} there, and {} says that record {} was durable",
        walked.position.last, witness.source, witness.durable
    ))
}

/// Whether anything shows that the newest group was durable.
fn proven(segments: &[Segment], walked: &Walked, newest: &Newest) -> bool {
    // The header of the group after it is there, and that group was begun only when this one was durable.
    walked.misfit == Misfit::Holes
        || segments.iter().any(|segment| segment.header.base_sequence >= newest.header.sequence)
}

fn drop_newest(runs: &mut [Run], newest: &Newest) {
    for run in runs.iter_mut().filter(|run| run.index >= newest.index) {
        if run.index == newest.index {
            run.offsets.end = newest.offset;
        }
        run.last = newest.before.last;
    }
}

/// Puts the frame of a copied group into `room` as another segment takes it: space for a new header, then the records.
pub(crate) fn reframed(frame: &[u8], room: &mut Vec<u8>) {
    room.clear();
    room.resize(GROUP_HEADER_BYTES, 0);
    room.extend_from_slice(crate::segment::walk::payload(frame));
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn verdict(later: bool, witness: bool, misfit: Misfit, nothing_after: bool) -> Verdict {
        let said = |yes: bool| yes.then(|| "so".to_owned());
        decide(&Evidence { later_group: said(later), witness: said(witness), misfit, nothing_after })
    }

    #[test]
    fn every_row_of_the_table() {
        let misfits = [
            Misfit::Empty,
            Misfit::NoHeader,
            Misfit::Holes,
            Misfit::Whole(String::new()),
            Misfit::Foreign(String::new()),
        ];
        for misfit in &misfits {
            for nothing_after in [false, true] {
                assert_eq!(verdict(true, false, misfit.clone(), nothing_after), Verdict::Refuse);
                assert_eq!(verdict(false, true, misfit.clone(), nothing_after), Verdict::Refuse);
                assert_eq!(verdict(true, true, misfit.clone(), nothing_after), Verdict::Refuse);
            }
        }
        assert_eq!(verdict(false, false, Misfit::Whole(String::new()), false), Verdict::Refuse);
        assert_eq!(verdict(false, false, Misfit::Foreign(String::new()), false), Verdict::Refuse);
        assert_eq!(verdict(false, false, Misfit::Holes, false), Verdict::Cut);
        assert_eq!(verdict(false, false, Misfit::NoHeader, false), Verdict::Cut);
        assert_eq!(verdict(false, false, Misfit::Empty, false), Verdict::Cut);
        assert_eq!(verdict(false, false, Misfit::Empty, true), Verdict::End);
    }
}
