//! The job `scrub-log`: all copies of the replicated log are read, position by position, and held to each other, to the rule and to this node's
//! own log.
//!
//! A copy that has lost something looks like any other until it leads. Here it is found before that, and the node's own log says what stood
//! there. Nothing is changed, and nobody who leads is moved.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use holdfast_replica::{
    Body, Copies, Flaw, Found, Identity, Link, NoBeginning, Position, Scrub, fingerprint,
};
use holdfast_wal::{KeptAs, KeptSegment, Log, ReadError, SegmentReader, Storage};

use super::home;
use super::kept::Regrouping;
use crate::catalogue::Code;
use crate::codec::IDENTITY_FORMAT;
use crate::fault::Fault;
use crate::jobs::{Job, JobRun, Plan, Unfinished, no_arguments};
use crate::journal::append::Quorum;
use crate::limits;
use crate::node::Over;
use crate::system::Outcome;

/// Connects to all copies. It is asked meanwhile whether the job goes on: `None` if it was not to.
pub type OpenCopies = Box<dyn Fn(&dyn Fn() -> bool) -> Result<Option<Box<dyn Copies>>, Fault> + Send + Sync>;

/// The job, on a node.
pub(super) struct ScrubLog {
    pub(super) quorum: Quorum,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) open: OpenCopies,
}

impl Job for ScrubLog {
    fn name(&self) -> &'static str {
        "scrub-log"
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn summary(&self) -> &'static str {
        "reads each copy of the replicated log, and looks whether it has what this node has kept"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault> {
        no_arguments(self.name(), arguments)?;
        let steps = vec![
            "each copy of the replicated log is read beside the others, from its own server".to_owned(),
            "what counts by the rule is compared with the log of this node; nothing is changed".to_owned(),
        ];
        Ok(Plan { steps, items: 0 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        run.step(0, 0, "")?;
        let failed = |over: Over| match over {
            Over::Failed { code, why } => Fault::new(code, why.to_string()),
            over => Fault::new(Code::DEFECT, format!("{over:?}")),
        };
        let genesis = home::genesis(&self.storage).map_err(failed)?;
        let (Some(log), Some(genesis)) = (self.quorum.log(), genesis) else {
            return Err(Fault::new(Code::JOB_FAILED, "this node has no log yet").into());
        };
        let (identity, ..) = home::read(&genesis).map_err(failed)?;
        let Some(mut copies) = (self.open)(&|| run.goes_on().is_ok())? else {
            return Err(Unfinished::Interrupted);
        };
        let mut kept = Kept::new(identity, log);
        scrub((identity, &genesis), &mut *copies, &mut kept, |at| run.step(at.0, 0, ""))
    }
}

/// Reads all copies. `step` is told how far it is.
fn scrub<E>(
    (identity, genesis): (Identity, &Bytes),
    copies: &mut dyn Copies,
    kept: &mut Kept,
    mut step: impl FnMut(Position) -> Result<(), E>,
) -> Result<Outcome, Unfinished>
where
    Unfinished: From<E>,
{
    let mut report = Report::new(copies.names());
    let mut scrub = Scrub::default();
    loop {
        let (at, there) = match copies.next() {
            Ok(Some(next)) => next,
            Ok(None) => break,
            Err(why) => return Err(Unfinished::Failed(Fault::new(Code::JOB_FAILED, why), report.outcome)),
        };
        let expected = kept.expected(at, &there).map(|(_, link, bytes)| (*link, bytes.clone()));
        let anchor = match at {
            Position(1) => Some(genesis),
            _ => expected.as_ref().map(|(_, bytes)| bytes).filter(|_| !scrub.is_anchored()),
        };
        if let Some(bytes) = anchor {
            let none = |error: NoBeginning| Fault::new(Code::LOGS_DIFFER, error.to_string());
            scrub.anchor(identity, IDENTITY_FORMAT, at, bytes).map_err(none)?;
        }
        let link = expected.map(|(link, _)| link);
        let found = scrub.at(at, &there, link);
        if found.link.is_some() {
            kept.passes(found.link == link);
        }
        report.adds(at, &there, &found);
        step(at)?;
    }
    report.ends(kept)
}

/// What was found. Faults of one kind at positions that follow each other are told as one.
struct Report {
    names: Vec<Box<str>>,
    outcome: Outcome,
    /// Those that may go on, each from its first position on.
    runs: Vec<(Flaw, Position)>,
    worst: Option<Code>,
    last: Position,
    messages: u64,
    bytes: u64,
    voids: u64,
}

impl Report {
    fn new(names: &[Box<str>]) -> Self {
        let (outcome, runs) = (Outcome::default(), Vec::new());
        let last = Position::ZERO;
        Self { names: names.into(), outcome, runs, worst: None, last, messages: 0, bytes: 0, voids: 0 }
    }

    fn adds(&mut self, at: Position, copies: &[Option<Bytes>], Found { flaws, is_void, link }: &Found) {
        self.end_runs(|flaw| !flaws.contains(flaw));
        for flaw in flaws {
            if !self.runs.iter().any(|(of, _)| of == flaw) {
                self.runs.push((*flaw, at));
            }
        }
        self.last = at;
        self.messages += 1;
        self.voids += u64::from(*is_void);
        for bytes in copies.iter().flatten() {
            self.bytes += bytes.len() as u64;
        }
        if let Some(link) = link {
            self.outcome.mix(&link.0);
        }
    }

    /// Tells of those that have come to their end.
    fn end_runs(&mut self, is_over: impl Fn(&Flaw) -> bool) {
        let last = self.last;
        for (flaw, first) in self.runs.extract_if(.., |(flaw, _)| is_over(flaw)) {
            let copy = |copy: usize| self.names.get(copy).map_or("", |name| name);
            let (code, says) = match flaw {
                Flaw::Lacks(of) => (Code::COPY_ROTTEN, format!("the copy of {} lacks", copy(of))),
                Flaw::Damaged(of) => (Code::COPY_ROTTEN, format!("the copy of {} has damaged", copy(of))),
                Flaw::Other(of) => (Code::COPY_ROTTEN, format!("the copy of {} has others at", copy(of))),
                Flaw::Hole => (Code::LOG_SHORTER, "no copy has".to_owned()),
                Flaw::NotKept => (Code::LOG_SHORTER, "the log has what this node has not kept at".to_owned()),
                Flaw::Halts(why) => (Code::LOGS_DIFFER, format!("no node goes on, {why}: from")),
            };
            // What the node has and the log has not is worse than a copy that can be made anew.
            if self.worst.is_none_or(|worst| worst == Code::COPY_ROTTEN) {
                self.worst = Some(code);
            }
            let count = last.0 - first.0 + 1;
            let messages = if count == 1 { "message" } else { "messages" };
            self.outcome.finding(&format!("{says} {first} to {last}, {count} {messages}"));
        }
    }

    fn ends(mut self, kept: &mut Kept) -> Result<Outcome, Unfinished> {
        self.end_runs(|_| true);
        let last = self.last;
        if let Some(first) = kept.unseen {
            let says =
                format!("nothing that this node has kept from {first} on stands in the log where it stood");
            self.outcome.finding(&says);
            self.worst = Some(Code::LOG_SHORTER);
        } else if let Some((at, ..)) = kept.next().filter(|(at, ..)| *at <= last) {
            let says =
                format!("what this node has kept from {at} on does not stand in the log as what counts");
            self.outcome.finding(&says);
            self.worst = Some(Code::LOG_SHORTER);
        }
        if let Some(why) = &kept.fault {
            self.outcome.finding(&format!("the log of this node: {why}"));
            self.worst = self.worst.or(Some(Code::LOG_DAMAGED));
        }
        self.outcome.figure("copies", self.names.len() as u64);
        self.outcome.figure("messages", self.messages);
        self.outcome.figure("void", self.voids);
        self.outcome.figure("bytes", self.bytes);
        match self.worst {
            Some(code) => self.outcome.unless_found(code),
            None => Ok(self.outcome),
        }
    }
}

/// What this node has kept of the replicated log, oldest first: read from its own log as it is asked for.
struct Kept {
    log: Log,
    segments: VecDeque<KeptSegment>,
    reader: Option<SegmentReader>,
    regrouping: Regrouping,
    read: VecDeque<(Position, Link, Bytes)>,
    /// Whether what comes next in the log is what comes next here. Not so at first, as what is kept may begin later than the log, and not
    /// behind what was let go of meanwhile.
    is_in_step: bool,
    /// The first that was passed, since it was last in step, without being seen in the log.
    unseen: Option<Position>,
    /// Why it was not read to its end, if so.
    fault: Option<String>,
}

impl Kept {
    fn new(identity: Identity, log: Log) -> Self {
        let mut segments: VecDeque<_> = log.segments().into();
        // A thinned one has not all that a message was made of, and what is older says nothing of what is newer then.
        let thinned = segments.iter().rposition(|segment| segment.kept_as == KeptAs::Thinned);
        segments.drain(..thinned.map_or(0, |place| place + 1));
        let (regrouping, read) = (Regrouping::new(identity), VecDeque::new());
        let is_in_step = false;
        Self { log, segments, reader: None, regrouping, read, is_in_step, unseen: None, fault: None }
    }

    /// The oldest that was not passed.
    fn next(&mut self) -> Option<&(Position, Link, Bytes)> {
        while self.read.is_empty() && self.reads_on() {}
        self.read.front()
    }

    /// What the log has to have next as what counts, as far as that is known.
    fn expected(&mut self, at: Position, copies: &[Option<Bytes>]) -> Option<&(Position, Link, Bytes)> {
        self.next();
        if self.is_in_step { self.read.front() } else { self.stands_at(at, copies) }
    }

    /// Something of the log counts: whether it is what was expected.
    fn passes(&mut self, is_expected: bool) {
        if is_expected {
            self.is_in_step = true;
            self.unseen = None;
        }
        if self.is_in_step {
            self.read.pop_front();
        }
    }

    /// What was kept of this position, if a copy has just that there. What stood before it is passed: whether that was written again elsewhere
    /// meanwhile is not known here.
    fn stands_at(&mut self, at: Position, copies: &[Option<Bytes>]) -> Option<&(Position, Link, Bytes)> {
        while let Some(of) = self.next().map(|(of, ..)| *of).filter(|of| *of < at) {
            self.unseen.get_or_insert(of);
            self.read.pop_front();
        }
        let is_there = |(of, link, _): &&(Position, Link, Bytes)| {
            *of == at && copies.iter().flatten().any(|bytes| fingerprint(bytes) == *link)
        };
        self.next().filter(is_there)
    }

    /// Reads a little more; false at the end.
    fn reads_on(&mut self) -> bool {
        match self.chunk() {
            Ok(is_more) => is_more,
            // What was let go of or thinned meanwhile nobody needs any more.
            Err(ReadError::Released { .. }) => {
                (self.reader, self.is_in_step) = (None, false);
                true
            }
            Err(error) => {
                self.fault = Some(error.to_string());
                self.segments.clear();
                self.reader = None;
                false
            }
        }
    }

    fn chunk(&mut self) -> Result<bool, ReadError> {
        let read = &mut self.read;
        let mut each = |at, _: &Body, bytes: Bytes| read.push_back((at, fingerprint(&bytes), bytes));
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let Some(segment) = self.segments.pop_front() else { return Ok(false) };
                let place = (segment.number, segment.edition);
                self.reader.insert(self.log.read_edition(place, 0, segment.first.previous())?)
            }
        };
        let Some(chunk) = reader.next(limits::FEED_READ_BYTES)? else {
            self.reader = None;
            return Ok(true);
        };
        for group in chunk.groups() {
            for (lsn, record) in group.records() {
                if let Err(error) = self.regrouping.add(lsn, record, &mut each) {
                    self.fault = Some(format!("record {lsn}: {error}"));
                }
            }
            // A message is never divided.
            self.regrouping.ends(&mut each);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use holdfast_replica::{Epoch, Place};
    use holdfast_testkit::MemoryStorage;
    use holdfast_wal::{Batch, Committer, KeptAs, Lsn, Options, Recovered, Step};

    use super::*;
    use crate::codec::encode_place;
    use crate::numbers::At;

    const IDENTITY: Identity = Identity { cluster: [7; 16], shard: 1 };

    /// A log of three segments, with two messages each: the positions 1 to 6.
    fn six() -> (Log, Committer) {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let options = Options { segment_bytes: 64 * 1024, nonce_seed: Some(1), ..Options::default() };
        let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
        let (log, mut committer) = Log::start(storage, recovered, options, Box::new(|_| {})).unwrap();
        for position in 1..=6 {
            let place = Place {
                epoch: Epoch(1),
                position: Position(position),
                unix_ms: 1,
                level: IDENTITY_FORMAT,
                before: Link([0; 32]),
            };
            let mut batch = Batch::new();
            batch.push(|out| encode_place(&place, At(1), [], out));
            log.append(&mut batch).unwrap();
            if position % 2 == 0 {
                log.seal_segment();
            }
            while committer.step(false).unwrap() != Step::Nothing {}
        }
        (log, committer)
    }

    /// Whether what is kept of each position is found, where the copies have all of it.
    fn read(log: &Log, meanwhile: impl Fn(Position)) -> Vec<bool> {
        let mut all = Kept::new(IDENTITY, log.clone());
        let copies: Vec<_> = std::iter::from_fn(|| {
            all.next()?;
            all.read.pop_front()
        })
        .collect();
        assert_eq!(copies.len(), 6);
        let mut kept = Kept::new(IDENTITY, log.clone());
        let found = copies.into_iter().map(|(at, link, bytes)| {
            let expected = kept.expected(at, &[Some(bytes)]).map(|(_, link, _)| *link);
            kept.passes(expected == Some(link));
            meanwhile(at);
            expected.is_some_and(|expected| {
                assert_eq!(expected, link, "another one is expected at {at}");
                true
            })
        });
        let found = found.collect();
        assert!(kept.next().is_none(), "all of it was read");
        assert_eq!((kept.unseen, kept.fault), (None, None));
        found
    }

    #[test]
    fn log_that_is_let_go_of_meanwhile_is_no_loss() {
        let (log, _committer) = six();
        assert_eq!(read(&log, |_| {}), [true; 6]);
        let lets_go = |at| {
            if at == Position(2) {
                log.release(Lsn(4)).unwrap();
            }
        };
        assert_eq!(read(&log, lets_go), [true, true, false, false, true, true]);
    }

    #[test]
    fn log_that_is_thinned_meanwhile_is_no_loss() {
        let (log, _committer) = six();
        log.retire().unwrap();
        log.retire().unwrap();
        let thins = |at| {
            if at == Position(2) {
                let second = log.segments()[1];
                assert_eq!(second.kept_as, KeptAs::Past);
                log.thin(second.number, &mut |lsn, _| lsn == Lsn(4)).unwrap();
            }
        };
        assert_eq!(read(&log, thins), [true, true, false, false, true, true]);
    }
}
