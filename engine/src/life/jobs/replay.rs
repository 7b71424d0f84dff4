//! Replays what happened, beside the running engine, and compares record by record.

use holdfast_wal::Lsn;

use crate::catalogue::Code;
use crate::document::Document;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::jobs::{Interrupted, Job, JobRun, Plan, Unfinished};
use crate::numbers::EventId;
use crate::restore::rehearsal::{From, Rehearsal, Witness};
use crate::state::{Name, NameRef};
use crate::system::Outcome;

/// Replays one event, or all of them.
pub(crate) struct Replay {
    rehearsal: Rehearsal,
    router: Router,
}

impl Replay {
    pub(crate) const fn new(rehearsal: Rehearsal, router: Router) -> Self {
        Self { rehearsal, router }
    }
}

/// The event that the arguments of a job mean; `None` for all.
///
/// # Errors
/// If they mean nothing, or an event that is not there.
pub(super) fn only(job: &dyn Job, router: &Router, arguments: &[Box<str>]) -> Result<Option<EventId>, Fault> {
    let words: Vec<_> = arguments.iter().map(|argument| &**argument).collect();
    let name = match words.as_slice() {
        [] => return Ok(None),
        [all] if all.eq_ignore_ascii_case("ALL") => return Ok(None),
        [event, name] if event.eq_ignore_ascii_case("EVENT") => *name,
        _ => {
            let message = format!("{} is not {}", words.join(" "), job.usage());
            return Err(Fault::new(Code::NO_JOB, message));
        }
    };
    let id = NameRef::new(name.as_bytes()).and_then(|name| router.directory().id_of(name));
    let none = || Fault::new(Code::NO_EVENT, format!("there is no event {name}"));
    id.map(Some).ok_or_else(none)
}

/// What an execution is told of a rehearsal.
pub(super) struct Told<'a, 'b> {
    pub(super) run: &'a mut JobRun<'b>,
    pub(super) router: &'a Router,
    pub(super) outcome: Outcome,
    pub(super) events: u64,
    pub(super) done: u64,
    /// Why a result could not be kept.
    pub(super) unkept: Option<Fault>,
}

impl<'a, 'b> Told<'a, 'b> {
    pub(super) fn new(run: &'a mut JobRun<'b>, router: &'a Router) -> Self {
        Self { run, router, outcome: Outcome::default(), events: 0, done: 0, unkept: None }
    }
}

impl Witness for Told<'_, '_> {
    type End = Interrupted;

    fn step(&mut self, done: u64, of: u64) -> Result<(), Interrupted> {
        self.done = done;
        self.run.step(done, of, "")
    }

    fn found(&mut self, what: &str) {
        tracing::error!(code = %Code::DIGEST_MISMATCH, what, "a replay of what happened leads to something else");
        self.outcome.finding(what);
    }

    fn replayed(&mut self, id: EventId, upto: Lsn, digest: u64) {
        self.events += 1;
        for number in [u64::from(id.0), upto.0, digest] {
            self.outcome.mix(&number.to_le_bytes());
        }
        let name = self.router.directory().name_of(id);
        let result = Document::fields([
            ("event", Document::or_nothing(name.as_ref().map(Name::as_str))),
            ("number", u64::from(id.0).into()),
            ("upto_lsn", upto.0.into()),
            ("digest", format!("{digest:016x}").into()),
        ]);
        if let Err(fault) = self.run.result(&result) {
            self.unkept.get_or_insert(fault);
        }
    }
}

impl Job for Replay {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn usage(&self) -> &'static str {
        "[ALL | EVENT ev]"
    }

    fn summary(&self) -> &'static str {
        "replays what happened beside the running engine, and compares every record, every rule and every snapshot"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault> {
        let (what, items) = match only(self, &self.router, arguments)? {
            None => ("all events".to_owned(), self.router.directory().len() as u64),
            Some(_) => (format!("the event {}", arguments[1]), 1),
        };
        let steps = vec![
            format!(
                "{what} from the oldest snapshot that the log goes on from, through all of the log since"
            ),
            "each record is compared with what was logged, and the end with the newest snapshot".to_owned(),
            "the running events are not touched".to_owned(),
        ];
        Ok(Plan { steps, items })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let meant = only(self, &self.router, run.arguments())?;
        let failed = |error: &dyn std::fmt::Display| Fault::new(Code::JOB_FAILED, error.to_string());
        self.router.seal().map_err(|error| failed(&error))?;
        let mut told = Told::new(run, &self.router);
        let (from, upto) =
            self.rehearsal.run((meant, From::Oldest), &mut told).map_err(|error| failed(&error))??;
        let Told { mut outcome, events, done, unkept, .. } = told;
        unkept.map_or(Ok(()), Err)?;
        let figures = [("events", events), ("records", done), ("from_lsn", from.0), ("upto_lsn", upto.0)];
        figures.into_iter().for_each(|(name, value)| outcome.figure(name, value));
        outcome.figure("mismatches", outcome.findings.len() as u64 + outcome.findings_left_out);
        outcome.unless_found(Code::DIGEST_MISMATCH)
    }
}
