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
    // Behind the beginning of the log, what this node has kept may begin later.
    let mut is_known = false;
    loop {
        let (at, there) = match copies.next() {
            Ok(Some(next)) => next,
            Ok(None) => break,
            Err(why) => return Err(Unfinished::Failed(Fault::new(Code::JOB_FAILED, why), report.outcome)),
        };
        let expected = if is_known { kept.next() } else { kept.stands_at(at, &there) };
        let expected = expected.map(|(_, link, bytes)| (*link, bytes.clone()));
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
        if found.link.is_some() && (is_known || found.link == link) {
            is_known = true;
            kept.goes_on();
        }
        report.adds(at, &there, &found);
        step(at)?;
    }
    report.ends(kept, is_known)
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

    fn ends(mut self, kept: &mut Kept, is_known: bool) -> Result<Outcome, Unfinished> {
        self.end_runs(|_| true);
        let last = self.last;
        if let Some(first) = kept.unseen.filter(|_| !is_known) {
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
    /// The first that was passed without being seen in the log.
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
        Self { log, segments, reader: None, regrouping, read, unseen: None, fault: None }
    }

    /// The oldest that was not passed.
    fn next(&mut self) -> Option<&(Position, Link, Bytes)> {
        while self.read.is_empty() && self.reads_on() {}
        self.read.front()
    }

    fn goes_on(&mut self) {
        self.read.pop_front();
    }

    /// What was kept of this position, if a copy has just that there. What stood before it is passed: whether that was written again elsewhere
    /// meanwhile is not known here.
    fn stands_at(&mut self, at: Position, copies: &[Option<Bytes>]) -> Option<&(Position, Link, Bytes)> {
        while let Some(of) = self.next().map(|(of, ..)| *of).filter(|of| *of < at) {
            self.unseen.get_or_insert(of);
            self.goes_on();
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
            // What was let go of meanwhile nobody needs any more.
            Err(ReadError::Released { .. }) => {
                self.reader = None;
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
                let before = segment.first.previous();
                self.reader.insert(self.log.read_segment(segment.number, 0, before)?)
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
