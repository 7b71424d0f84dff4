//! The only way in which the system event changes. It cannot fail, and knows no rules of what may follow what.

use std::collections::VecDeque;

use super::audited::Audited;
use super::change::{Branch, Mode, SystemChange, SystemRecord};
use super::executions::Executions;
use super::groups::Groups;
use super::notices::Notices;
use super::state::{Outage, RunOfSystem, System, Totals};
use crate::limits;
use crate::numbers::At;

impl System {
    /// The system event after its first record; `None` if that is no start.
    #[must_use]
    pub fn begin(record: &SystemRecord) -> Option<Self> {
        let SystemChange::Started { build, format, .. } = &record.change else { return None };
        let at = record.at;
        let run = run(build, *format, at);
        let sums = Totals { since: at, starts: 1, ..Totals::default() };
        Some(Self {
            version: record.version,
            last_at: at,
            run,
            sums,
            outages: VecDeque::new(),
            executions: Executions::default(),
            notices: Notices::default(),
            groups: Groups::default(),
            audited: Audited::default(),
            branch: Branch::FIRST,
        })
    }

    /// Makes a record happen.
    pub fn apply(&mut self, record: &SystemRecord) {
        let at = record.at;
        match &record.change {
            SystemChange::Started { build, format, last_known_at } => {
                self.start(run(build, *format, at), (*last_known_at).max(self.last_at).min(at));
            }
            SystemChange::Ready { .. } => self.ready(at),
            SystemChange::Stopped { why } => {
                self.end(at);
                self.run.stopped = Some((at, *why));
            }
            SystemChange::ModeSet { mode, since } => {
                self.set_mode(*mode, *since, at);
                self.run.mode_told_at = at;
            }
            SystemChange::Heartbeat => {}
            SystemChange::Audit(change) => self.audited.apply(change),
            SystemChange::Branched(branch) => self.branch = *branch,
            SystemChange::Execution(change) => self.executions.apply(change, (record.version, at)),
            SystemChange::Notice(change) => self.notices.apply(change, (record.version, at)),
            SystemChange::Group(change) => self.groups.apply(change, (record.version, at)),
            SystemChange::Approval(change) => self.executions.apply_approval(change, (record.version, at)),
        }
        (self.version, self.last_at) = (record.version, at);
    }

    fn start(&mut self, next: RunOfSystem, last_known_at: At) {
        let stopped = self.run.stopped;
        if stopped.is_none() {
            self.end(last_known_at);
            self.sums.incidents += 1;
        }
        self.sums.starts += 1;
        // Starts that came to nothing are part of one outage; it was planned if nothing in it was an accident.
        let down_since = match (self.run.down_since, stopped) {
            (Some((since, planned)), stopped) => (since, planned && stopped.is_some()),
            (None, Some((at, _))) => (at, true),
            (None, None) => (last_known_at, false),
        };
        self.run = RunOfSystem { after_stop: Some(stopped.is_some()), down_since: Some(down_since), ..next };
    }

    fn ready(&mut self, at: At) {
        self.run.ready_at = Some(at);
        let Some((from, planned)) = self.run.down_since.take() else { return };
        let outage = Outage { from, upto: at.max(from), planned };
        let sum = if planned { &mut self.sums.down_planned } else { &mut self.sums.down_unplanned };
        sum.0 = sum.0.saturating_add(outage.length().0);
        self.outages.push_back(outage);
        if self.outages.len() > limits::OUTAGES_KEPT {
            self.outages.pop_front();
        }
    }

    /// The run is over since `at`.
    fn end(&mut self, at: At) {
        self.set_mode(Mode::Normal, at, at);
        if let Some(ready_at) = self.run.ready_at {
            self.sums.up.0 = self.sums.up.0.saturating_add(at.since(ready_at).0);
        }
    }

    fn set_mode(&mut self, mode: Mode, since: At, at: At) {
        let since = since.min(at).max(self.run.mode_since);
        if self.run.mode != Mode::Normal {
            let sum = self.sums.in_mode.entry(self.run.mode).or_default();
            sum.0 = sum.0.saturating_add(since.since(self.run.mode_since).0);
        }
        (self.run.mode, self.run.mode_since) = (mode, since);
    }
}

/// A run that has just started.
fn run(build: &str, format: u32, at: At) -> RunOfSystem {
    RunOfSystem {
        build: build.into(),
        format,
        started_at: at,
        after_stop: None,
        ready_at: None,
        stopped: None,
        down_since: None,
        mode: Mode::Normal,
        mode_since: at,
        mode_told_at: At(0),
    }
}
