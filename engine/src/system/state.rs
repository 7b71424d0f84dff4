//! What the system event knows: the run of the process, when nobody was there, and sums over all runs.

use std::collections::{BTreeMap, VecDeque};

use bincode::{Decode, Encode};

use super::audited::Audited;
use super::change::{Branch, Mode, Why};
use super::executions::Executions;
use super::groups::Groups;
use super::notices::Notices;
use crate::numbers::{At, Millis};

/// The state of the system event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct System {
    pub(super) version: u64,
    pub(super) last_at: At,
    pub(super) run: RunOfSystem,
    pub(super) sums: Totals,
    /// The newest times without a process that was ready, oldest first: at most [`crate::limits::OUTAGES_KEPT`].
    pub(super) outages: VecDeque<Outage>,
    pub(super) executions: Executions,
    pub(super) notices: Notices,
    pub(super) groups: Groups,
    pub(super) audited: Audited,
    /// The one that it was told of last.
    pub(super) branch: Branch,
}

/// One process on the directory, from its start.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct RunOfSystem {
    /// The version of the program.
    pub build: Box<str>,
    /// The format of the directory that it writes.
    pub format: u32,
    /// When it had the directory.
    pub started_at: At,
    /// Whether the process before it ended in order; `None` for the first one.
    pub after_stop: Option<bool>,
    /// When it took connections.
    pub ready_at: Option<At>,
    /// When it ended in order, and why.
    pub stopped: Option<(At, Why)>,
    /// While it is not ready: since when none was, and whether the one before was stopped in order.
    pub down_since: Option<(At, bool)>,
    /// What it refuses.
    pub mode: Mode,
    /// Since when.
    pub mode_since: At,
    /// When a mode was recorded last.
    pub mode_told_at: At,
}

/// Sums over all runs since the books began. What is under way is not in them.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Totals {
    /// When the books began: the first start.
    pub since: At,
    /// Starts.
    pub starts: u64,
    /// Those of them before which no process had stopped in order.
    pub incidents: u64,
    /// How long a process was ready.
    pub up: Millis<u64>,
    /// How long none was, after one had stopped in order.
    pub down_planned: Millis<u64>,
    /// How long none was, after one had not.
    pub down_unplanned: Millis<u64>,
    /// How long one was in each mode but the normal one.
    pub in_mode: BTreeMap<Mode, Millis<u64>>,
}

/// A time without a process that was ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Outage {
    /// When the process before stopped, or the last sign of it.
    pub from: At,
    /// When the next one was ready.
    pub upto: At,
    /// Whether the process before had stopped in order.
    pub planned: bool,
}

impl Outage {
    /// How long it took.
    #[must_use]
    pub const fn length(&self) -> Millis<u64> {
        self.upto.since(self.from)
    }
}

impl System {
    /// The number of its newest record.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The time of its newest record.
    #[must_use]
    pub const fn last_at(&self) -> At {
        self.last_at
    }

    /// The newest run.
    #[must_use]
    pub const fn run(&self) -> &RunOfSystem {
        &self.run
    }

    /// Sums over all runs.
    #[must_use]
    pub const fn sums(&self) -> &Totals {
        &self.sums
    }

    /// The branch on which all sales were paused that were restored.
    #[must_use]
    pub const fn branch(&self) -> Branch {
        self.branch
    }

    /// Executions of jobs.
    #[must_use]
    pub const fn executions(&self) -> &Executions {
        &self.executions
    }

    /// What is told to people outside.
    #[must_use]
    pub const fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Consumer groups of streams.
    #[must_use]
    pub const fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The audit.
    #[must_use]
    pub const fn audited(&self) -> &Audited {
        &self.audited
    }

    /// All but the executions and the consumer groups, of which there may be many, and what is told to people outside.
    #[must_use]
    pub fn without_executions(&self) -> Self {
        let Self {
            version,
            last_at,
            run,
            sums,
            outages,
            branch,
            audited,
            executions: _,
            notices: _,
            groups: _,
        } = self;
        let (run, sums, outages) = (run.clone(), sums.clone(), outages.clone());
        let (executions, notices, groups) = (Executions::default(), Notices::default(), Groups::default());
        let (version, last_at, branch, audited) = (*version, *last_at, *branch, audited.clone());
        Self { version, last_at, run, sums, outages, executions, notices, groups, audited, branch }
    }

    /// The newest times without a process that was ready, oldest first.
    #[must_use]
    pub const fn outages(&self) -> &VecDeque<Outage> {
        &self.outages
    }
}
