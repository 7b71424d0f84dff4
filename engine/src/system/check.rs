//! What is true of every system event, however it came about.

use super::change::Mode;
use super::state::System;
use crate::limits;

impl System {
    /// Checks that all parts fit together.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), String> {
        let Self { version, last_at, run, sums, outages, executions, notices, groups, audited: _, branch: _ } =
            self;
        let ends = outages.iter().flat_map(|outage| [outage.from, outage.upto]);
        let is_down = run.ready_at.is_none() && sums.starts > 1;
        let rules = [
            (*version >= sums.starts && sums.starts > sums.incidents, "there are more starts than records"),
            (run.started_at <= *last_at && run.ready_at <= Some(*last_at), "the run is ahead of its time"),
            (run.after_stop.is_some() == (sums.starts > 1), "only the first run comes after none"),
            (run.down_since.is_some() == is_down, "a time without a process begins with its end"),
            (run.stopped.is_none() || run.mode == Mode::Normal, "what has ended refuses nothing"),
            (outages.len() <= limits::OUTAGES_KEPT, "too many times without a process are remembered"),
            (ends.is_sorted(), "times without a process overlap"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, broken)) => Err((*broken).to_owned()),
            None => {
                executions.check(*version)?;
                notices.check(*version)?;
                groups.check(*version)
            }
        }
    }
}
