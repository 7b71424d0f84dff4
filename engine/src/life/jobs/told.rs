//! What an execution is told of a rehearsal, and what it keeps of it.

use holdfast_wal::Lsn;

use super::scope::{Part, Scope};
use crate::catalogue::Code;
use crate::codec::{at_of, decode_record, version_of};
use crate::document::Document;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::jobs::{Interrupted, JobRun};
use crate::numbers::{At, EventId};
use crate::restore::rehearsal::Witness;
use crate::state::Name;
use crate::system::Outcome;

/// What an execution is told.
pub(super) struct Told<'a, 'b> {
    run: &'a mut JobRun<'b>,
    router: &'a Router,
    scope: Scope,
    pub(super) outcome: Outcome,
    pub(super) events: u64,
    pub(super) done: u64,
    pub(super) seen: Seen,
    /// From where another execution can go on.
    checkpoint: String,
    /// Why a result could not be kept.
    pub(super) unkept: Option<Fault>,
}

/// What was seen of a part of what happened.
#[derive(Default)]
pub(super) struct Seen {
    /// Records that belong to it.
    pub(super) records: u64,
    /// When the oldest record of the log happened, of any event.
    first_at: Option<At>,
}

impl<'a, 'b> Told<'a, 'b> {
    /// Goes on from the checkpoint of the execution.
    pub(super) fn new(run: &'a mut JobRun<'b>, router: &'a Router, scope: Scope) -> Self {
        let checkpoint = run.checkpoint().to_owned();
        let [_, events, records, digest] = numbers(&checkpoint).unwrap_or_default();
        let outcome = Outcome { digest, ..Outcome::default() };
        let seen = Seen { records, first_at: None };
        Self { run, router, scope, outcome, events, done: 0, seen, checkpoint, unkept: None }
    }

    /// Events up to this one are done.
    pub(super) fn after(&self) -> Option<EventId> {
        let [after, ..] = numbers(&self.checkpoint)?;
        u32::try_from(after).ok().map(EventId)
    }

    /// Refuses a part of which not all is kept any more, or that is none. The log was read from the record `from` on.
    pub(super) fn is_kept(&self, from: Lsn) -> Result<(), Fault> {
        let (trimmed, records) = (from > Lsn(1), self.seen.records);
        let gone = |what: String| Err(Fault::new(Code::FEED_TRIMMED, what));
        match (&self.scope.part, self.seen.first_at) {
            (Part::Times(since, _), Some(first)) if trimmed && *since < first => {
                gone(format!("the log that is kept begins at {} ms", first.0))
            }
            (Part::Versions(first, last), _)
                if records != last - first + 1 && self.outcome.findings.is_empty() =>
            {
                gone(format!(
                    "of the versions {first} to {last} the event has {records} that snapshots and log still lead to"
                ))
            }
            (Part::Named(what, name), _) if records == 0 && self.outcome.findings.is_empty() => {
                gone(format!("nothing that is kept of the log is about the {what} {name}"))
            }
            _ => Ok(()),
        }
    }

    fn keep(&mut self, result: &Document) {
        if let Err(fault) = self.run.result(result) {
            self.unkept.get_or_insert(fault);
        }
    }

    fn mix(&mut self, numbers: [u64; 3]) {
        numbers.iter().for_each(|number| self.outcome.mix(&number.to_le_bytes()));
    }

    fn name(&self, id: EventId) -> Document {
        let name = self.router.directory().name_of(id);
        Document::or_nothing(name.as_ref().map(Name::as_str))
    }
}

/// A checkpoint: the last event that is done, how many are, how many records were meant, and the digest so far.
fn numbers(checkpoint: &str) -> Option<[u64; 4]> {
    let numbers: Vec<u64> = checkpoint.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}

impl Witness for Told<'_, '_> {
    type End = Interrupted;

    fn step(&mut self, done: u64, of: u64) -> Result<(), Interrupted> {
        self.done = done;
        self.run.step(done, of, &self.checkpoint)
    }

    fn found(&mut self, what: &str) {
        tracing::error!(code = %Code::DIGEST_MISMATCH, what, "a replay of what happened leads to something else");
        self.outcome.finding(what);
    }

    fn replayed(&mut self, id: EventId, upto: Lsn, digest: u64) {
        self.events += 1;
        if self.is_partial() {
            return;
        }
        self.mix([id.0.into(), upto.0, digest]);
        let result = Document::fields([
            ("event", self.name(id)),
            ("number", u64::from(id.0).into()),
            ("upto_lsn", upto.0.into()),
            ("digest", format!("{digest:016x}").into()),
        ]);
        self.keep(&result);
    }

    /// What was found is no part of a checkpoint: whoever goes on finds it again.
    fn ends_with(&mut self, id: EventId) {
        if self.scope.only.is_none() && self.outcome.findings.is_empty() {
            let Self { events, seen, outcome, .. } = self;
            self.checkpoint = format!("{} {events} {} {}", id.0, seen.records, outcome.digest);
        }
    }

    fn is_partial(&self) -> bool {
        self.scope.is_partial()
    }

    fn is_wanted(&mut self, bytes: &[u8]) -> bool {
        self.seen.first_at = self.seen.first_at.or_else(|| at_of(bytes));
        self.scope.touches(bytes)
    }

    fn is_over(&self, bytes: &[u8]) -> bool {
        self.scope.is_over(bytes)
    }

    fn applied(&mut self, (id, lsn): (EventId, Lsn), bytes: &[u8], check: &dyn Fn() -> Result<(), String>) {
        if !self.is_partial() || !self.scope.touches(bytes) {
            return;
        }
        let Ok(framed) = decode_record(bytes) else { return };
        self.seen.records += 1;
        self.mix([id.0.into(), lsn.0, framed.digest]);
        if self.scope.checks_each()
            && let Err(what) = check()
        {
            self.found(&format!("event {id}, behind record {lsn}: {what}"));
        }
        let version = version_of(bytes).and_then(|(_, version)| version);
        let result = Document::fields([
            ("event", self.name(id)),
            ("version", Document::or_nothing(version)),
            ("lsn", lsn.0.into()),
            ("at", framed.record.at.0.into()),
            ("kind", framed.record.change.word().into()),
            ("digest", format!("{:016x}", framed.digest).into()),
        ]);
        self.keep(&result);
    }
}
