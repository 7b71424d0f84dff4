//! Replays what happened, beside the running engine, and compares record by record.

use super::scope::{Part, Scope};
use super::told::Told;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::jobs::{Job, JobRun, Plan, Unfinished};
use crate::restore::rehearsal::{From, Rehearsal, Wanted};
use crate::system::Outcome;

/// Replays one event, all of them, or a part of what happened.
pub(crate) struct Replay {
    rehearsal: Rehearsal,
    router: Router,
}

impl Replay {
    pub(crate) const fn new(rehearsal: Rehearsal, router: Router) -> Self {
        Self { rehearsal, router }
    }
}

impl Job for Replay {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn usage(&self) -> &'static str {
        "[ALL | EVENT ev [VERSION first last] | FROM at TO at | ORDER ev name | PAYMENT ev name]"
    }

    fn summary(&self) -> &'static str {
        "replays what happened beside the running engine, and compares every record, every rule and every snapshot"
    }

    fn scope(&self, arguments: &[Box<str>]) -> Box<[Box<str>]> {
        Scope::written(arguments)
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault> {
        let scope = Scope::read(self, &self.router, arguments)?;
        let items = match scope.only {
            None => self.router.directory().len() as u64,
            Some(_) => 1,
        };
        let last = match scope.part {
            Part::All => "each record is compared with what was logged, and the end with the newest snapshot",
            _ => "each record up to there is compared with what was logged; those that are meant are results",
        };
        let steps = vec![
            format!(
                "{} from the oldest snapshot that the log goes on from, through all of the log since",
                scope.told(arguments)
            ),
            last.to_owned(),
            "the running events are not touched".to_owned(),
        ];
        Ok(Plan { steps, items })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let scope = Scope::read(self, &self.router, run.arguments())?;
        let (only, is_partial) = (scope.only, scope.is_partial());
        let failed = |error: &dyn std::fmt::Display| Fault::new(Code::JOB_FAILED, error.to_string());
        self.router.seal().map_err(|error| failed(&error))?;
        let mut told = Told::new(run, &self.router, scope);
        let wanted = Wanted { only, begin: From::Oldest, after: told.after() };
        let (from, upto) = self.rehearsal.run(wanted, &mut told).map_err(|error| failed(&error))??;
        told.is_kept(from)?;
        let Told { mut outcome, events, done, unkept, seen, .. } = told;
        unkept.map_or(Ok(()), Err)?;
        let figures = [("events", events), ("records", done), ("from_lsn", from.0), ("upto_lsn", upto.0)];
        figures.into_iter().for_each(|(name, value)| outcome.figure(name, value));
        if is_partial {
            outcome.figure("meant", seen.records);
        }
        outcome.figure("mismatches", outcome.findings.len() as u64 + outcome.findings_left_out);
        outcome.unless_found(Code::DIGEST_MISMATCH)
    }
}
