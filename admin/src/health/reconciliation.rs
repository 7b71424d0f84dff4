//! How the money is: whether it is reconciled with the providers of payments, and what differs.

use std::time::Instant;

use holdfast_engine::{At, EngineStats, JobFigures};

use super::parts::{Finding, UP, degraded};
use super::time;
use crate::limits;
use crate::stage::{Reconciled, Stage};

/// The job, by its name.
const JOB: &str = "reconcile";

/// What was read of the executions, which are not read again at each look.
#[derive(Default)]
pub(super) struct Money(Option<(Instant, Option<JobFigures>, Reconciled)>);

impl Money {
    /// Looks at it, of a server of which this is known.
    pub(super) fn look(&mut self, stage: &Stage, stats: &EngineStats, now: Instant) -> Finding {
        let job = stats.system.jobs.iter().find(|job| &*job.job == JOB);
        let kept = self.0.as_ref().filter(|(at, then, _)| {
            then.as_ref() == job && now.saturating_duration_since(*at) < limits::RECONCILED_KEPT
        });
        let said = match kept {
            Some((.., said)) => *said,
            None => stage.look(|handles| (handles.reconciled)(&handles.engine, stats)).unwrap_or_default(),
        };
        if kept.is_none() {
            self.0 = Some((now, job.cloned(), said));
        }
        told(said, job.and_then(|job| job.failed.as_deref()), At(time::now()))
    }
}

fn told(Reconciled { open, awaited_since }: Reconciled, failed: Option<&str>, now: At) -> Finding {
    let waits = now.since(awaited_since);
    if let Some(code) = failed {
        return degraded(
            format!("the newest reconciliation has failed, {code}"),
            "Read why with JOB FIND JOB reconcile, get the provider's file again, and reconcile.",
        );
    }
    if awaited_since > At(0) && u128::from(waits.0) > limits::RECONCILED_WITHIN.as_millis() {
        let days = waits.0 / (24 * 60 * 60 * 1_000);
        return degraded(
            format!("the money was not reconciled for {days} days"),
            "See whether the provider's files arrive in reconcile.files, and reconcile all days that are missing.",
        );
    }
    if open > 0 {
        return degraded(
            format!("differences with providers of payments are open: {open}"),
            "Settle the class with the most money first, then reconcile again.",
        );
    }
    UP
}

#[cfg(test)]
mod tests {
    use super::super::parts::Status;
    use super::*;

    #[test]
    fn what_failed_what_is_overdue_and_what_differs_is_told() {
        let within = u64::try_from(limits::RECONCILED_WITHIN.as_millis()).unwrap();
        let (began, now) = (1_800_000_000_000, At(1_800_000_000_000 + within));
        let is = |open, since, failed| {
            let found = told(Reconciled { open, awaited_since: At(since) }, failed, now);
            (found.status, found.message)
        };
        let well = (Status::Up, String::new());
        assert_eq!(is(0, 0, None), well, "none is awaited");
        assert_eq!(is(0, began, None), well, "not longer than that");
        for (open, since, failed, message) in [
            (0, began - 1, None, "the money was not reconciled for 4 days"),
            (3, now.0, None, "differences with providers of payments are open: 3"),
            (3, began - 1, Some("HF-INP-080"), "the newest reconciliation has failed, HF-INP-080"),
        ] {
            assert_eq!(is(open, since, failed), (Status::Degraded, message.to_owned()));
        }
    }
}
