//! What is asked about executions becomes a fact, or is refused.

use super::{
    ActKind, ApprovalChange, By, Ending, Execution, ExecutionChange, ExecutionId, Executions, Kept, Needs,
    Outcome, Progress, RunType, State, Task,
};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::At;

/// What somebody asks for, or what the thread of the jobs tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asking {
    /// A task is to be done.
    Run {
        /// What, and to what. Whether there is such a job was looked at before.
        task: Task,
        /// What makes it begin.
        run_type: RunType,
        /// The plan that was seen.
        plan: Option<u64>,
        /// Who asks.
        by: By,
    },
    /// An execution that failed or was stopped is to go on, as another one.
    Resume(ExecutionId, By),
    /// An execution is to end before it is done.
    Stop(ExecutionId, By),
    /// The result of an execution is to count.
    Activate(ExecutionId, By),
    /// It has begun.
    Begin(ExecutionId),
    /// It has done so much.
    Progress(ExecutionId, Progress),
    /// It has ended.
    End(ExecutionId, Ending, Outcome),
    /// What is asked for, a run or that one goes on, is to wait for the consent of another token.
    Await(Box<Asking>, Box<Needs>),
    /// Another token consents to what it saw: its hash.
    Approve(ExecutionId, By, u64),
    /// Another token refuses.
    Reject(ExecutionId, By),
    /// The token that asked goes on alone with what it saw: its hash.
    BreakGlass(ExecutionId, By, u64),
    /// The time to consent is over.
    Expire(ExecutionId),
    /// The file of its results is durable.
    Keep(Kept),
}

/// What is to happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Judged {
    /// This.
    Change(ExecutionChange),
    /// This, about consent.
    Approval(ApprovalChange),
    /// Nothing more: the key has done this act, the one at this place, before.
    Repeated(ExecutionId, usize),
}

impl Asking {
    /// Whoever asks, and what the act is called; `None` for what the thread of the jobs tells.
    #[must_use]
    pub const fn by(&self) -> Option<(&By, ActKind)> {
        match self {
            Self::Await(asking, _) => asking.by(),
            Self::Approve(_, by, _) => Some((by, ActKind::Approve)),
            Self::Reject(_, by) => Some((by, ActKind::Reject)),
            Self::BreakGlass(_, by, _) => Some((by, ActKind::BreakGlass)),
            Self::Run { by, .. } => Some((by, ActKind::Run)),
            Self::Resume(_, by) => Some((by, ActKind::Resume)),
            Self::Stop(_, by) => Some((by, ActKind::Stop)),
            Self::Activate(_, by) => Some((by, ActKind::Activate)),
            Self::Begin(_) | Self::Progress(..) | Self::End(..) | Self::Expire(_) | Self::Keep(_) => None,
        }
    }

    /// The execution that it is about, if that is there already.
    pub(super) fn about(&self) -> Option<ExecutionId> {
        match self {
            Self::Run { .. } => None,
            Self::Await(asking, _) => asking.about(),
            Self::Resume(id, _)
            | Self::Stop(id, _)
            | Self::Activate(id, _)
            | Self::Begin(id)
            | Self::Progress(id, _)
            | Self::End(id, ..)
            | Self::Approve(id, ..)
            | Self::Reject(id, _)
            | Self::BreakGlass(id, ..)
            | Self::Expire(id) => Some(*id),
            Self::Keep(kept) => Some(kept.of),
        }
    }
}

impl Executions {
    /// Whether the key has done this act before.
    #[must_use]
    pub fn repeats(&self, asking: &Asking) -> bool {
        matches!(self.judge(asking.clone(), At(0)), Ok(Judged::Repeated(..)))
    }

    /// What is to happen because of what was asked at this time. Changes nothing.
    ///
    /// # Errors
    /// Why it may not happen. The key is not bound then.
    pub fn judge(&self, asking: Asking, now: At) -> Result<Judged, Fault> {
        if let Some((by, kind)) = asking.by()
            && let Some(&(id, at)) = self.keys.get(&by.key_of())
        {
            return self.repeat(&asking, by, kind, (id, at));
        }
        let change = match asking {
            Asking::Run { task, run_type, plan, by } => {
                self.has_room(&task)?;
                ExecutionChange::Asked { task, run_type, resumes: None, plan, by }
            }
            Asking::Resume(id, by) => {
                let old = self.known(id)?;
                match old.state {
                    State::Failed(_) | State::Stopped => {}
                    State::Ready | State::Running => return Err(not_in_state(old, "has not ended")),
                    State::Success => return Err(not_in_state(old, "is done: there is nothing to resume")),
                }
                self.has_room(&old.task)?;
                let (task, plan) = (old.task.clone(), old.plan);
                ExecutionChange::Asked { task, run_type: RunType::Replay, resumes: Some(id), plan, by }
            }
            Asking::Stop(id, by) => {
                let execution = self.known(id)?;
                if execution.state.is_final() || execution.is_to_stop() {
                    return Err(not_in_state(execution, "has ended, or was told to stop already"));
                }
                ExecutionChange::StopAsked(id, by)
            }
            Asking::Activate(id, by) => {
                let execution = self.known(id)?;
                if execution.state != State::Success || execution.is_active {
                    return Err(not_in_state(execution, "did not succeed, or its result counts already"));
                }
                if execution.acts.len() >= limits::EXECUTION_ACTS_MAX {
                    return Err(not_in_state(execution, "had as many acts as one may have"));
                }
                ExecutionChange::Activated(id, by)
            }
            Asking::Begin(id) if self.awaits(id) => return Err(waits(self.known(id)?)),
            Asking::Begin(id) => self.of_the_thread(id, |state| *state == State::Ready)?.began(),
            Asking::Progress(id, progress) => {
                self.of_the_thread(id, |state| *state == State::Running)?;
                ExecutionChange::Progressed(id, progress)
            }
            Asking::End(id, ending, outcome) => {
                self.of_the_thread(id, |state| !state.is_final())?;
                ExecutionChange::Ended(id, ending, outcome)
            }
            Asking::Keep(kept) => {
                self.of_the_thread(kept.of, |state| *state == State::Running)?;
                ExecutionChange::Kept(kept)
            }
            Asking::Await(asking, needs) => {
                return self.await_consent(self.judge(*asking, now)?, *needs, now);
            }
            asking @ (Asking::Approve(..)
            | Asking::Reject(..)
            | Asking::BreakGlass(..)
            | Asking::Expire(_)) => return self.say(asking, now).map(Judged::Approval),
        };
        Ok(Judged::Change(change))
    }

    /// The key was used before: for this, or for something else.
    fn repeat(
        &self,
        asking: &Asking,
        by: &By,
        kind: ActKind,
        (id, at): (ExecutionId, usize),
    ) -> Result<Judged, Fault> {
        let is_same = self.get(id).is_some_and(|execution| {
            let about = match asking.first() {
                Asking::Run { task, plan, .. } => *task == execution.task && *plan == execution.plan,
                Asking::Resume(old, _) => execution.resumes == Some(*old),
                asking => asking.about() == Some(id),
            };
            about && execution.acts.get(at).is_some_and(|act| act.kind == kind && act.by == *by)
        });
        if is_same {
            return Ok(Judged::Repeated(id, at));
        }
        Err(Fault::new(Code::KEY_REUSED, format!("the key {} was used for something else", by.key)))
    }

    pub(super) fn known(&self, id: ExecutionId) -> Result<&Execution, Fault> {
        self.get(id).ok_or_else(|| {
            Fault::new(Code::NO_EXECUTION, format!("there is no execution of the number {}", id.0))
        })
    }

    /// Whether the task may be put behind those that are under way.
    fn has_room(&self, task: &Task) -> Result<(), Fault> {
        if let Some(other) = self.under_way().find(|other| other.task == *task) {
            let message = format!("{} is {}: the same task is under way", other.name(), other.state.word());
            return Err(Fault::new(Code::ALREADY_RUNNING, message));
        }
        let (count, most) = (self.under_way().count(), limits::EXECUTIONS_WAITING_MAX);
        if count >= most {
            let message = format!("{count} executions are under way, as many as may be");
            return Err(Fault::new(Code::JOBS_WAITING, message));
        }
        Ok(())
    }

    /// What the thread of the jobs tells fits to what is known; if it does not, the thread is wrong.
    fn of_the_thread(&self, id: ExecutionId, fits: impl Fn(&State) -> bool) -> Result<&Execution, Fault> {
        let execution = self.known(id)?;
        if fits(&execution.state) {
            Ok(execution)
        } else {
            Err(not_in_state(execution, "cannot do this now"))
        }
    }
}

impl Asking {
    /// What is asked for, apart from what it needs.
    fn first(&self) -> &Self {
        match self {
            Self::Await(asking, _) => asking.first(),
            asking => asking,
        }
    }
}

/// What began without the consent that it needs would be a defect of the thread.
fn waits(execution: &Execution) -> Fault {
    Fault::new(Code::APPROVAL_NEEDED, format!("{} waits for an approval", execution.name()))
}

impl Execution {
    const fn began(&self) -> ExecutionChange {
        ExecutionChange::Began(self.id)
    }
}

fn not_in_state(execution: &Execution, what: &str) -> Fault {
    let message = format!("{} is {} and {what}", execution.name(), execution.state.word());
    Fault::new(Code::EXECUTION_STATE, message)
}
