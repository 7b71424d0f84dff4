//! What can happen to an execution, and the only way in which it changes.

use bincode::{Decode, Encode};

use super::{
    Act, ActKind, By, Execution, ExecutionId, Executions, Failure, Kept, Outcome, Progress, RunType, State,
    Task,
};
use crate::limits;
use crate::numbers::At;

/// A fact about an execution. Its place among the variants is the log's format.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum ExecutionChange {
    /// One more is to be done. Its number is the version of this record.
    Asked {
        /// What, and to what.
        task: Task,
        /// What made it begin.
        run_type: RunType,
        /// The execution that it goes on with.
        resumes: Option<ExecutionId>,
        /// The plan that was seen.
        plan: Option<u64>,
        /// Who asked.
        by: By,
    },
    /// It begins.
    Began(ExecutionId),
    /// So much of it is done.
    Progressed(ExecutionId, Progress),
    /// It was told to stop.
    StopAsked(ExecutionId, By),
    /// Nothing more becomes of it.
    Ended(ExecutionId, Ending, Outcome),
    /// Its result counts from now on, and that of no other execution of the same task.
    Activated(ExecutionId, By),
    /// The file of its results is durable.
    Kept(Kept),
}

/// How an execution ends.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Ending {
    /// All is done. Its result counts from then on.
    Success,
    /// It could not go on.
    Failed(Failure),
    /// It was stopped.
    Stopped,
}

impl ExecutionChange {
    /// The execution that it is about, if that is there already.
    #[must_use]
    pub const fn of(&self) -> Option<ExecutionId> {
        match self {
            Self::Asked { .. } => None,
            Self::Began(id)
            | Self::Progressed(id, _)
            | Self::StopAsked(id, _)
            | Self::Ended(id, ..)
            | Self::Activated(id, _) => Some(*id),
            Self::Kept(kept) => Some(kept.of),
        }
    }
}

impl Executions {
    /// Makes a fact happen that the record of this version has. What is about an execution that is not there changes nothing.
    pub(in crate::system) fn apply(&mut self, change: &ExecutionChange, (version, at): (u64, At)) {
        match change {
            ExecutionChange::Asked { task, run_type, resumes, plan, by } => {
                let progress = resumes.and_then(|old| self.get(old)).map(|old| old.progress.clone());
                let kind = if resumes.is_some() { ActKind::Resume } else { ActKind::Run };
                self.put(Execution {
                    id: ExecutionId(version),
                    task: task.clone(),
                    run_type: *run_type,
                    resumes: *resumes,
                    plan: *plan,
                    state: State::Ready,
                    asked_at: at,
                    started_at: None,
                    ended_at: None,
                    progress: progress.unwrap_or_default(),
                    outcome: Outcome::default(),
                    is_active: false,
                    acts: vec![Act { kind, at, version, by: by.clone() }],
                });
                self.forget();
            }
            ExecutionChange::Began(id) => self.change(*id, |execution| {
                (execution.state, execution.started_at) = (State::Running, Some(at));
            }),
            ExecutionChange::Progressed(id, progress) => {
                self.change(*id, |execution| execution.progress = progress.clone());
            }
            ExecutionChange::StopAsked(id, by) => self.act(*id, ActKind::Stop, by, (version, at)),
            ExecutionChange::Ended(id, ending, outcome) => {
                self.change(*id, |execution| {
                    execution.ended_at = Some(at);
                    execution.outcome = outcome.clone();
                    execution.state = match ending {
                        Ending::Success => State::Success,
                        Ending::Failed(failure) => State::Failed(failure.clone()),
                        Ending::Stopped => State::Stopped,
                    };
                });
                if *ending == Ending::Success {
                    self.activate(*id);
                }
                self.forget();
            }
            ExecutionChange::Activated(id, by) => {
                self.act(*id, ActKind::Activate, by, (version, at));
                self.activate(*id);
            }
            ExecutionChange::Kept(kept) => {
                if self.get(kept.of).is_some() {
                    self.set_kept(kept.clone());
                }
            }
        }
    }

    pub(super) fn change(&mut self, id: ExecutionId, change: impl FnOnce(&mut Execution)) {
        if let Some(mut execution) = self.take(id) {
            change(&mut execution);
            self.put(execution);
        }
    }

    pub(super) fn act(&mut self, id: ExecutionId, kind: ActKind, by: &By, (version, at): (u64, At)) {
        self.change(id, |execution| execution.acts.push(Act { kind, at, version, by: by.clone() }));
    }

    /// The result of this one counts, and that of no other of its task.
    fn activate(&mut self, id: ExecutionId) {
        let Some(task) = self.get(id).map(|execution| execution.task.clone()) else { return };
        let others: Vec<_> =
            self.iter().filter(|other| other.is_active && other.task == task).map(|other| other.id).collect();
        for other in others {
            self.change(other, |execution| execution.is_active = false);
        }
        self.change(id, |execution| execution.is_active = true);
    }

    /// The oldest that have ended go when there are too many, or when they take too much room.
    pub(super) fn forget(&mut self) {
        while self.all.len() > limits::EXECUTIONS_KEPT || self.bytes > limits::EXECUTIONS_BYTES_KEPT {
            let Some(oldest) = self.iter().find(|execution| execution.state.is_final()) else { return };
            let id = oldest.id;
            self.take(id);
            self.drop_approval(id);
            self.drop_kept(id);
        }
    }
}
