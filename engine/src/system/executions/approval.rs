//! What an execution waits for that one person alone may not begin: the consent of another token.
//!
//! The request, and what was seen of it, are frozen when it is asked for: consent is to that, and to nothing that it may become. Who is
//! who is decided by the names of tokens, never by a text that somebody writes.
//!
//! The order of variants and fields is the format of the log and of snapshots, as in `system/change`.

use bincode::{Decode, Encode};

use super::{
    ActKind, Asking, By, Execution, ExecutionChange, ExecutionId, Executions, Judged, RunType, State, Task,
};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::{At, Millis};

/// The consent that an execution needs, and what has become of it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Approval {
    /// The execution.
    pub of: ExecutionId,
    /// Why it needs consent: the name of the act, as the settings have it.
    pub act: Box<str>,
    /// What was seen when it was asked for.
    pub preview: Preview,
    /// Nobody can consent from then on.
    pub expires_at: At,
    /// What has become of it.
    pub consent: Consent,
}

/// What an execution would touch, as it was seen at one moment.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Preview {
    /// In sentences: as many as are kept.
    pub steps: Vec<Box<str>>,
    /// How many more there were.
    pub steps_left_out: u64,
    /// What was so then, and may be otherwise at any moment: consent does not rest on it.
    pub notes: Vec<Box<str>>,
    /// How many things it is about.
    pub items: u64,
    /// Stands for the task and for all steps. Consent is to this number.
    pub hash: u64,
}

/// What has become of the consent that an execution needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Consent {
    /// Nobody has said anything.
    Waiting,
    /// Another token has consented.
    Given,
    /// The token that asked has broken the glass: it went on alone.
    Forced,
    /// Another token has refused.
    Refused,
    /// The time was over.
    Expired,
}

/// A fact about consent. Its place among the variants is the log's format.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum ApprovalChange {
    /// An execution is asked for that needs consent. Its number is the version of this record.
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
        /// Why it needs consent.
        act: Box<str>,
        /// What was seen.
        preview: Preview,
        /// Until when somebody can consent.
        expires_at: At,
    },
    /// Another token consents.
    Given(ExecutionId, By),
    /// The token that asked goes on alone.
    Forced(ExecutionId, By),
    /// Another token refuses: it ends.
    Refused(ExecutionId, By),
    /// The time is over: it ends.
    Expired(ExecutionId),
}

/// Why an execution needs consent, and what it would touch now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needs {
    /// The name of the act, as the settings have it.
    pub act: Box<str>,
    /// What was seen.
    pub preview: Preview,
    /// For how long somebody can consent.
    pub within: Millis<u64>,
}

impl Consent {
    /// The word for operators.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Given => "APPROVED",
            Self::Forced => "BROKEN_GLASS",
            Self::Refused => "REJECTED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Whether the execution may begin.
    #[must_use]
    pub const fn is_there(self) -> bool {
        match self {
            Self::Given | Self::Forced => true,
            Self::Waiting | Self::Refused | Self::Expired => false,
        }
    }
}

impl Approval {
    /// What has become of it, for operators: also that nobody wants it any more.
    #[must_use]
    pub const fn word(&self, execution: &Execution) -> &'static str {
        match self.consent {
            Consent::Waiting if execution.state.is_final() => "WITHDRAWN",
            consent => consent.word(),
        }
    }
}

impl ApprovalChange {
    /// The execution that it is about, if that is there already.
    #[must_use]
    pub const fn of(&self) -> Option<ExecutionId> {
        match self {
            Self::Asked { .. } => None,
            Self::Given(id, _) | Self::Forced(id, _) | Self::Refused(id, _) | Self::Expired(id) => Some(*id),
        }
    }
}

/// How consents stand, of the executions that are known.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ApprovalFigures {
    /// How many wait for one.
    pub waiting: u64,
    /// Since when the one does that waits longest; 0 if none does.
    pub oldest_at: At,
    /// How many went on alone.
    pub forced: u64,
    /// When the last one did; 0 if none has.
    pub forced_at: At,
}

impl Executions {
    /// How consents stand.
    #[must_use]
    pub fn approval_figures(&self) -> ApprovalFigures {
        let forced = self.approvals().filter(|approval| approval.consent == Consent::Forced);
        let acts = forced.filter_map(|approval| {
            let mut acts = self.get(approval.of)?.acts.iter();
            acts.find(|act| act.kind == ActKind::BreakGlass).map(|act| act.at)
        });
        let (forced, forced_at) = acts.fold((0, At(0)), |(count, last), at| (count + 1, last.max(at)));
        let oldest = self.awaited().map(|(_, execution)| execution.asked_at).min();
        let waiting = self.awaited().count() as u64;
        ApprovalFigures { waiting, oldest_at: oldest.unwrap_or_default(), forced, forced_at }
    }

    /// The consent that the execution needs; `None` if it needs none.
    #[must_use]
    pub fn approval(&self, id: ExecutionId) -> Option<&Approval> {
        self.approvals.get(&id)
    }

    /// Each consent that is needed, or was, in the order in which it was asked for.
    pub fn approvals(&self) -> impl DoubleEndedIterator<Item = &Approval> {
        self.approvals.values()
    }

    /// Those that somebody may still give.
    pub fn awaited(&self) -> impl Iterator<Item = (&Approval, &Execution)> {
        let waiting = self.approvals().filter(|approval| approval.consent == Consent::Waiting);
        let known = waiting.filter_map(|approval| Some((approval, self.get(approval.of)?)));
        known.filter(|(_, execution)| !execution.state.is_final())
    }

    /// Whether the execution must not begin, as a consent that it needs is not there.
    #[must_use]
    pub fn awaits(&self, id: ExecutionId) -> bool {
        self.approval(id).is_some_and(|approval| !approval.consent.is_there())
    }

    /// What was asked for is to wait for consent.
    pub(super) fn await_consent(&self, judged: Judged, needs: Needs, now: At) -> Result<Judged, Fault> {
        let Judged::Change(ExecutionChange::Asked { task, run_type, resumes, plan, by }) = judged else {
            return Ok(judged);
        };
        let (waiting, most) = (self.awaited().count(), limits::APPROVALS_WAITING_MAX);
        if waiting >= most {
            let message = format!("{waiting} executions wait for an approval, as many as may");
            return Err(Fault::new(Code::JOBS_WAITING, message));
        }
        if by.token.is_none() {
            return Err(nobody());
        }
        let Needs { act, preview, within } = needs;
        let expires_at = At(now.0.saturating_add(within.0));
        let asked = ApprovalChange::Asked { task, run_type, resumes, plan, by, act, preview, expires_at };
        Ok(Judged::Approval(asked))
    }

    /// Somebody says something about the consent that an execution needs.
    pub(super) fn say(&self, asking: Asking, now: At) -> Result<ApprovalChange, Fault> {
        let id = asking.about().unwrap_or(ExecutionId(0));
        let execution = self.known(id)?;
        let approval = self.approval(id).filter(|_| !execution.state.is_final() && !execution.is_to_stop());
        let waiting = approval.filter(|approval| approval.consent == Consent::Waiting);
        let none = || {
            let message = format!("{} does not wait for an approval", execution.name());
            Fault::new(Code::NOT_AWAITED, message)
        };
        let approval = waiting.ok_or_else(none)?;
        let is_over = now >= approval.expires_at;
        if let Asking::Expire(_) = asking {
            return if is_over { Ok(ApprovalChange::Expired(id)) } else { Err(none()) };
        }
        if is_over {
            let message =
                format!("the time to approve {} was over at {}", execution.name(), approval.expires_at.0);
            return Err(Fault::new(Code::NOT_AWAITED, message));
        }
        if execution.acts.len() >= limits::EXECUTION_ACTS_MAX {
            return Err(none());
        }
        let asker = execution.acts.first().and_then(|act| act.by.token.as_deref());
        let is_asker = |by: &By| by.token.is_some() && by.token.as_deref() == asker;
        let is_other = |by: &By| by.token.is_some() && !is_asker(by);
        let own = |what: &str| {
            let token = asker.unwrap_or("none");
            Fault::new(
                Code::OWN_APPROVAL,
                format!("{} was asked for with the token {token}: {what}", execution.name()),
            )
        };
        let same = |hash: u64| {
            let stale = || {
                let message = format!(
                    "{} would touch something else by now than when it was asked for",
                    execution.name()
                );
                Fault::new(Code::APPROVAL_STALE, message)
            };
            (hash == approval.preview.hash).then_some(()).ok_or_else(stale)
        };
        match asking {
            Asking::Approve(_, by, hash) => {
                is_other(&by).then_some(()).ok_or_else(|| own("another token approves"))?;
                same(hash)?;
                Ok(ApprovalChange::Given(id, by))
            }
            Asking::Reject(_, by) => {
                is_other(&by).then_some(()).ok_or_else(|| own("it is withdrawn with JOB STOP"))?;
                Ok(ApprovalChange::Refused(id, by))
            }
            Asking::BreakGlass(_, by, hash) => {
                is_asker(&by).then_some(()).ok_or_else(|| own("that token alone breaks the glass"))?;
                same(hash)?;
                Ok(ApprovalChange::Forced(id, by))
            }
            _ => Err(none()),
        }
    }

    /// Makes a fact happen that the record of this version has. What is about an execution that is not there changes nothing.
    pub(in crate::system) fn apply_approval(&mut self, change: &ApprovalChange, (version, at): (u64, At)) {
        match change {
            ApprovalChange::Asked { task, run_type, resumes, plan, by, act, preview, expires_at } => {
                let (task, by) = (task.clone(), by.clone());
                let asked =
                    ExecutionChange::Asked { task, run_type: *run_type, resumes: *resumes, plan: *plan, by };
                self.apply(&asked, (version, at));
                self.set_approval(Approval {
                    of: ExecutionId(version),
                    act: act.clone(),
                    preview: preview.clone(),
                    expires_at: *expires_at,
                    consent: Consent::Waiting,
                });
            }
            ApprovalChange::Given(id, by) => {
                self.act(*id, ActKind::Approve, by, (version, at));
                self.consent(*id, Consent::Given);
            }
            ApprovalChange::Forced(id, by) => {
                self.act(*id, ActKind::BreakGlass, by, (version, at));
                self.consent(*id, Consent::Forced);
            }
            ApprovalChange::Refused(id, by) => {
                self.act(*id, ActKind::Reject, by, (version, at));
                self.consent(*id, Consent::Refused);
                self.end_unbegun(*id, at);
            }
            ApprovalChange::Expired(id) => {
                self.consent(*id, Consent::Expired);
                self.end_unbegun(*id, at);
            }
        }
    }

    fn consent(&mut self, id: ExecutionId, consent: Consent) {
        if let Some(approval) = self.approval(id).cloned() {
            self.set_approval(Approval { consent, ..approval });
        }
    }

    fn end_unbegun(&mut self, id: ExecutionId, at: At) {
        self.change(id, |execution| {
            (execution.state, execution.ended_at) = (State::Stopped, Some(at));
        });
        self.forget();
    }
}

/// Four eyes are of two tokens.
fn nobody() -> Fault {
    Fault::new(Code::OWN_APPROVAL, "without a token nobody is told apart from another: log in with a token")
}
