//! Executions of jobs: what is asked for, how far it is, what came of it, and who did what about it.
//!
//! All of it is a part of the system event, and small: executions that have ended are forgotten, the oldest first, when
//! there are more than [`limits::EXECUTIONS_KEPT`].

mod approval;
mod asking;
mod execution;
mod happening;
mod kept;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::limits;
use crate::numbers::{At, Millis};
use crate::system::coding::digest_of;

pub use approval::{Approval, ApprovalChange, ApprovalFigures, Consent, Needs, Preview};
pub use asking::{Asking, Judged};
pub use execution::{
    Act, ActKind, By, Execution, ExecutionId, Failure, Outcome, Progress, RunType, State, Task,
};
pub use happening::{Ending, ExecutionChange};
pub use kept::Kept;

/// The executions that are known.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Executions {
    /// By their numbers, and so in the order in which they were asked for.
    all: BTreeMap<ExecutionId, Execution>,
    /// Where the act of a key is: the execution, and the place among its acts.
    keys: BTreeMap<KeyOf, (ExecutionId, usize)>,
    /// The consent that some of them need.
    approvals: BTreeMap<ExecutionId, Approval>,
    /// The files of the results of some of them.
    kept: BTreeMap<ExecutionId, Kept>,
    /// The sum of the digests of all of it.
    digest: u64,
    /// The bytes of the arguments of all of them.
    bytes: usize,
}

/// How a job did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobFigures {
    /// Its name.
    pub job: Box<str>,
    /// The code of the newest execution that began and was not stopped, if it failed.
    pub failed: Option<Box<str>>,
    /// When the newest one succeeded that did; 0 if none has.
    pub succeeded_at: At,
    /// How long that took.
    pub took: Millis<u64>,
}

/// A key means one thing for each token.
type KeyOf = (Option<Box<str>>, Box<str>);

impl Executions {
    /// The execution of this number.
    #[must_use]
    pub fn get(&self, id: ExecutionId) -> Option<&Execution> {
        self.all.get(&id)
    }

    /// All of them, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Execution> {
        self.all.values()
    }

    /// Those that have not ended, the oldest first.
    pub fn under_way(&self) -> impl Iterator<Item = &Execution> {
        self.iter().filter(|execution| !execution.state.is_final())
    }

    /// How many are in each state, in the order of [`State::WORDS`].
    #[must_use]
    pub fn by_state(&self) -> [u64; State::WORDS.len()] {
        let mut counts = [0; State::WORDS.len()];
        for execution in self.iter() {
            let place = State::WORDS.iter().position(|word| *word == execution.state.word());
            place.into_iter().for_each(|place| counts[place] += 1);
        }
        counts
    }

    /// How the jobs did that were done, in the order of their names.
    #[must_use]
    pub fn of_jobs(&self) -> Vec<JobFigures> {
        let mut jobs: BTreeMap<&str, JobFigures> = BTreeMap::new();
        for execution in self.iter() {
            let (Some(started_at), Some(ended_at)) = (execution.started_at, execution.ended_at) else {
                continue;
            };
            let job = jobs.entry(&execution.task.job).or_insert_with(|| JobFigures {
                job: execution.task.job.clone(),
                failed: None,
                succeeded_at: At(0),
                took: Millis(0),
            });
            match &execution.state {
                State::Failed(failure) => job.failed = Some(failure.code.clone()),
                State::Success => {
                    (job.failed, job.succeeded_at, job.took) = (None, ended_at, ended_at.since(started_at));
                }
                State::Ready | State::Running | State::Stopped => {}
            }
        }
        jobs.into_values().collect()
    }

    pub(super) const fn digest(&self) -> u64 {
        self.digest
    }

    /// Puts one that a snapshot has behind the others.
    ///
    /// # Errors
    /// If it is not behind them.
    pub(super) fn restore(&mut self, execution: Execution) -> Result<(), String> {
        if self.all.last_key_value().is_some_and(|(last, _)| *last >= execution.id) {
            return Err("an execution is not behind the one before".to_owned());
        }
        self.put(execution);
        Ok(())
    }

    /// Puts a consent that a snapshot has beside its execution.
    ///
    /// # Errors
    /// If it has none, or one already.
    pub(super) fn restore_approval(&mut self, approval: Approval) -> Result<(), String> {
        if self.get(approval.of).is_none() || self.approval(approval.of).is_some() {
            return Err("a consent is of no execution, or stands twice".to_owned());
        }
        self.set_approval(approval);
        Ok(())
    }

    /// Checks what is true of all executions.
    ///
    /// # Errors
    /// What is not.
    pub(super) fn check(&self, version: u64) -> Result<(), String> {
        let mut again = Self::default();
        let mut active = std::collections::BTreeSet::new();
        for execution in self.iter() {
            let name = execution.name();
            let is_begun = execution.started_at.is_some();
            let rules = [
                (execution.id.0 <= version, "is ahead of the system event"),
                (!execution.acts.is_empty(), "was asked for by nobody"),
                (execution.acts.len() <= limits::EXECUTION_ACTS_MAX, "has too many acts"),
                (execution.ended_at.is_some() == execution.state.is_final(), "ends with its last state"),
                (execution.state != State::Ready || !is_begun, "has begun and waits"),
                (execution.state != State::Running || is_begun, "runs and has not begun"),
                (!execution.is_active || execution.state == State::Success, "counts and has not succeeded"),
                (!self.awaits(execution.id) || !is_begun, "has begun without the consent that it needs"),
                (!execution.is_active || active.insert(&execution.task), "is one of two that count"),
            ];
            if let Some((_, broken)) = rules.iter().find(|(holds, _)| !holds) {
                return Err(format!("the execution {name} {broken}"));
            }
            again.put(execution.clone());
        }
        for approval in self.approvals() {
            again.restore_approval(approval.clone())?;
        }
        for kept in self.kept.values() {
            again.restore_kept(kept.clone())?;
        }
        if again == *self { Ok(()) } else { Err("the keys or the digest of executions are wrong".to_owned()) }
    }

    fn put(&mut self, execution: Execution) {
        for (at, act) in execution.acts.iter().enumerate() {
            self.keys.insert(act.by.key_of(), (execution.id, at));
        }
        self.digest = self.digest.wrapping_add(digest_of(&execution));
        self.bytes += execution.task.bytes();
        self.all.insert(execution.id, execution);
    }

    fn take(&mut self, id: ExecutionId) -> Option<Execution> {
        let execution = self.all.remove(&id)?;
        self.digest = self.digest.wrapping_sub(digest_of(&execution));
        self.bytes -= execution.task.bytes();
        for act in &execution.acts {
            self.keys.remove(&act.by.key_of());
        }
        Some(execution)
    }
}

impl Executions {
    fn set_approval(&mut self, approval: Approval) {
        self.drop_approval(approval.of);
        self.digest = self.digest.wrapping_add(digest_of(&approval));
        self.approvals.insert(approval.of, approval);
    }

    fn drop_approval(&mut self, id: ExecutionId) {
        if let Some(approval) = self.approvals.remove(&id) {
            self.digest = self.digest.wrapping_sub(digest_of(&approval));
        }
    }
}

impl By {
    fn key_of(&self) -> KeyOf {
        (self.token.clone(), self.key.clone())
    }
}
