//! What one execution of a job is.
//!
//! The order of variants and fields is the format of the log and of snapshots, as in `system/change`.

use std::fmt;

use bincode::{Decode, Encode};

use crate::numbers::At;

/// The number of an execution: the version of the record that asked for it. It is never given twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct ExecutionId(pub u64);

/// One run of a job, from the moment in which it was asked for. An execution takes effect once: whoever wants more of
/// it asks for another one.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Execution {
    /// Its number.
    pub id: ExecutionId,
    /// What is to be done, and to what.
    pub task: Task,
    /// What made it begin.
    pub run_type: RunType,
    /// The execution that it goes on with.
    pub resumes: Option<ExecutionId>,
    /// The plan that whoever asked for it had seen.
    pub plan: Option<u64>,
    /// How far it is.
    pub state: State,
    /// When it was asked for.
    pub asked_at: At,
    /// When it began.
    pub started_at: Option<At>,
    /// When it ended, in whatever way.
    pub ended_at: Option<At>,
    /// What it had done when it said so last.
    pub progress: Progress,
    /// What came of it, once it has ended.
    pub outcome: Outcome,
    /// Whether its result is the one that counts for this task.
    pub is_active: bool,
    /// What people did about it, in order; the first one asked for it.
    pub acts: Vec<Act>,
}

/// A job and what it is to be done to. Two executions of the same task are never under way at a time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct Task {
    /// The name of the job.
    pub job: Box<str>,
    /// Its arguments, as they were written.
    pub arguments: Box<[Box<str>]>,
}

/// What made an execution begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum RunType {
    /// The schedule.
    Auto,
    /// A person.
    Manual,
    /// A person, for something that was done before.
    Replay,
}

/// How far an execution is.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum State {
    /// It waits for its turn.
    Ready,
    /// It has begun.
    Running,
    /// It has done all that it was asked for.
    Success,
    /// It could not go on.
    Failed(Failure),
    /// A person, or the end of the process, stopped it before it was done.
    Stopped,
}

/// Why an execution failed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Failure {
    /// A code of the catalogue.
    pub code: Box<str>,
    /// What was at fault.
    pub message: Box<str>,
}

/// How much of an execution is done.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Progress {
    /// Items that are done.
    pub done: u64,
    /// Items that there are, as far as that is known; 0 if it is not.
    pub of: u64,
    /// From where another execution can go on; empty if from the beginning.
    pub checkpoint: Box<str>,
}

/// What came of an execution.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Outcome {
    /// Sums, each with its name.
    pub figures: Vec<(Box<str>, u64)>,
    /// What it found, in sentences: as many as are kept.
    pub findings: Vec<Box<str>>,
    /// How much more it found.
    pub findings_left_out: u64,
    /// A number that stands for the whole result: two executions that find the same have the same.
    pub digest: u64,
}

/// What somebody did about an execution.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Act {
    /// What it was.
    pub kind: ActKind,
    /// When.
    pub at: At,
    /// The version of the record of it.
    pub version: u64,
    /// Who, under which key, and why.
    pub by: By,
}

/// What can be done about an execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum ActKind {
    /// It was asked for.
    Run,
    /// It was asked for, to go on with another.
    Resume,
    /// It was told to stop.
    Stop,
    /// Its result was made the one that counts.
    Activate,
    /// Another token consented to it.
    Approve,
    /// Another token refused it.
    Reject,
    /// The token that asked for it went on alone.
    BreakGlass,
}

/// Who did something, and why.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct By {
    /// The idempotency key: the same key of the same token means the same act.
    pub key: Box<str>,
    /// The name that was given.
    pub operator: Box<str>,
    /// The name of the token, if there was one.
    pub token: Option<Box<str>>,
    /// The reason that was given.
    pub reason: Box<str>,
}

impl Execution {
    /// As people call it: the job and the number.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.task.job, self.id.0)
    }

    /// Whether somebody has told it to stop.
    #[must_use]
    pub fn is_to_stop(&self) -> bool {
        self.acts.iter().any(|act| act.kind == ActKind::Stop)
    }
}

impl State {
    /// The word for operators.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Running => "RUNNING",
            Self::Success => "SUCCESS",
            Self::Failed(_) => "FAILED",
            Self::Stopped => "STOPPED",
        }
    }

    /// The words of all states, in their order.
    pub const WORDS: [&str; 5] = ["READY", "RUNNING", "SUCCESS", "FAILED", "STOPPED"];

    /// Whether nothing more becomes of it.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Ready | Self::Running => false,
            Self::Success | Self::Failed(_) | Self::Stopped => true,
        }
    }
}

impl RunType {
    /// The word for operators.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "AUTO",
            Self::Manual => "MANUAL",
            Self::Replay => "REPLAY",
        }
    }
}

impl ActKind {
    /// The word for operators: that of the command.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Run => "RUN",
            Self::Resume => "RESUME",
            Self::Stop => "STOP",
            Self::Activate => "ACTIVATE",
            Self::Approve => "APPROVE",
            Self::Reject => "REJECT",
            Self::BreakGlass => "BREAKGLASS",
        }
    }
}

impl Task {
    /// The bytes of its arguments.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.arguments.iter().map(|argument| argument.len()).sum()
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.job)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}
