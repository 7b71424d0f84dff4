//! Looks whether every event keeps the rules that always hold: no seat with two owners, no count that is not what is there, no money
//! without seats or a debt. It looks at copies that are rebuilt as at a start, so that no running event waits for it.

use super::scope::Scope;
use super::told::Told;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::jobs::{Job, JobRun, Plan, Unfinished};
use crate::restore::rehearsal::{From, Rehearsal, Wanted};
use crate::system::Outcome;

/// Checks one event, or all of them.
pub(crate) struct CheckInvariants {
    rehearsal: Rehearsal,
    router: Router,
}

impl CheckInvariants {
    pub(crate) const fn new(rehearsal: Rehearsal, router: Router) -> Self {
        Self { rehearsal, router }
    }

    /// It is about states, and not about a part of what led to them.
    fn meant(&self, arguments: &[Box<str>]) -> Result<Scope, Fault> {
        let scope = Scope::read(self, &self.router, arguments)?;
        if !scope.is_partial() {
            return Ok(scope);
        }
        let message = format!("{} is not {}", arguments.join(" "), self.usage());
        Err(Fault::new(Code::NO_JOB, message))
    }
}

impl Job for CheckInvariants {
    fn name(&self) -> &'static str {
        "check-invariants"
    }

    fn usage(&self) -> &'static str {
        "[ALL | EVENT ev]"
    }

    fn summary(&self) -> &'static str {
        "rebuilds each event from its newest snapshot beside the running engine, and checks every rule that always holds"
    }

    fn scope(&self, arguments: &[Box<str>]) -> Box<[Box<str>]> {
        Scope::written(arguments)
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault> {
        let (what, items) = match self.meant(arguments)?.only {
            None => ("all events are".to_owned(), self.router.directory().len() as u64),
            Some(_) => (format!("the event {} is", arguments[1]), 1),
        };
        let steps = vec![
            format!("{what} rebuilt from the newest snapshot and the log since"),
            "no seat has two owners, no count is another than what is there, no money is without seats or a debt"
                .to_owned(),
            "the running events are not touched".to_owned(),
        ];
        Ok(Plan { steps, items })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let scope = self.meant(run.arguments())?;
        let failed = |error: &dyn std::fmt::Display| Fault::new(Code::JOB_FAILED, error.to_string());
        self.router.seal().map_err(|error| failed(&error))?;
        let only = scope.only;
        let mut told = Told::new(run, &self.router, scope);
        let wanted = Wanted { only, begin: From::Newest, after: told.after() };
        let (_, upto) = self.rehearsal.run(wanted, &mut told).map_err(|error| failed(&error))??;
        let Told { mut outcome, events, done, unkept, .. } = told;
        unkept.map_or(Ok(()), Err)?;
        let broken = outcome.findings.len() as u64 + outcome.findings_left_out;
        let figures = [("events", events), ("records", done), ("upto_lsn", upto.0), ("broken", broken)];
        figures.into_iter().for_each(|(name, value)| outcome.figure(name, value));
        outcome.unless_found(Code::DIGEST_MISMATCH)
    }
}
