//! What the system event knows of work: drills, reconciliations, approvals, groups, messages.

use holdfast_engine::{ActKind, At, Execution, State, System};

use super::Window;
use super::spread::Spread;

/// What executions in the window came to, and how groups and messages stand now.
#[derive(Default)]
pub(super) struct Work {
    /// How long each drill took: so long a restore takes, at the least.
    pub(super) restores: Spread,
    /// How old the backup was that each drill restored: so much would have been lost.
    pub(super) losses: Spread,
    /// From when an approval was needed until somebody gave it.
    pub(super) approvals: Spread,
    /// Of the newest reconciliation: what did not match, of how many lines.
    pub(super) mismatches: Option<(u64, u64)>,
    pub(super) groups: u64,
    /// The most entries that one group has and has not acknowledged.
    pub(super) pending_most: u64,
    /// How old the oldest of these entries is, where its time is known.
    pub(super) oldest_pending: Option<u64>,
    /// Messages that were given up.
    pub(super) dead: u64,
}

impl Work {
    pub(super) fn of(system: &System, window: Window) -> Self {
        let mut work = Self { dead: system.notices().letters().count() as u64, ..Self::default() };
        for execution in system.executions().iter().filter(|one| window.has(one.asked_at)) {
            work.see(execution);
        }
        for group in system.groups().iter() {
            work.groups += 1;
            work.pending_most = work.pending_most.max(group.pending_count() as u64);
            let oldest = group.ends().map(|[oldest, _]| At(oldest.time)).filter(|at| *at > At(0));
            let age = oldest.map(|at| window.upto.since(at).0);
            work.oldest_pending = work.oldest_pending.max(age);
        }
        work
    }

    fn see(&mut self, execution: &Execution) {
        let approved = execution.acts.iter().find(|act| act.kind == ActKind::Approve);
        if let Some(approved) = approved {
            self.approvals.add(approved.at.since(execution.asked_at).0);
        }
        if execution.state != State::Success {
            return;
        }
        let figure = |name: &str| {
            execution.outcome.figures.iter().find(|(of, _)| &**of == name).map(|(_, value)| *value)
        };
        match &*execution.task.job {
            "drill" => {
                figure("took_ms").into_iter().for_each(|took| self.restores.add(took));
                figure("age_ms").into_iter().for_each(|age| self.losses.add(age));
            }
            // They come in their order: the newest stays.
            "reconcile" => self.mismatches = figure("mismatches").zip(figure("lines")),
            _ => {}
        }
    }
}
