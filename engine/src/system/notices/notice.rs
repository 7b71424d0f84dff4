//! What there is to tell people outside: the facts of it, which every channel puts into words.
//!
//! The order of variants and fields is the format of the log and of snapshots, as in `system/change`.

use bincode::{Decode, Encode};

use crate::numbers::At;

/// How bad something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub enum Severity {
    /// Somebody did something that others should know of.
    Info,
    /// Somebody should look at it today.
    Warning,
    /// Somebody should look at it now.
    Critical,
}

impl Severity {
    /// All of them, from the least to the worst.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// The word for operators.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What can be told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub enum NoticeKind {
    /// An execution of a job has failed.
    JobFailed,
    /// A job that looks whether all is well has found that it is not.
    DamageFound,
    /// Somebody asked for a replay.
    JobReplayed,
    /// Somebody told an execution to stop.
    JobStopped,
    /// Somebody had an execution go on.
    JobResumed,
    /// A sale was paused.
    EventPaused,
    /// A sale goes on.
    EventResumed,
    /// A sale was closed.
    EventClosed,
    /// Events cannot be brought back, or broke: they sell nothing.
    EventOut,
    /// The server refuses more or less than before.
    ModeSet,
    /// The server has started, and the process before it had not ended in order.
    Crashed,
    /// The newest backup is too old.
    BackupStale,
    /// Somebody asked for an approval.
    ApprovalAsked,
    /// An approval was given or refused.
    ApprovalGiven,
    /// Somebody did alone what two should have done.
    GlassBroken,
    /// Log was let go of before it was looked at: what stood in it is not told.
    Missed,
    /// Somebody wants to see that a channel works.
    Test,
}

impl NoticeKind {
    /// All of them, in their order.
    pub const ALL: [Self; 17] = [
        Self::JobFailed,
        Self::DamageFound,
        Self::JobReplayed,
        Self::JobStopped,
        Self::JobResumed,
        Self::EventPaused,
        Self::EventResumed,
        Self::EventClosed,
        Self::EventOut,
        Self::ModeSet,
        Self::Crashed,
        Self::BackupStale,
        Self::ApprovalAsked,
        Self::ApprovalGiven,
        Self::GlassBroken,
        Self::Missed,
        Self::Test,
    ];

    /// The word for programs and settings: what it is about, a dot, and what happened.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::JobFailed => "job.failed",
            Self::DamageFound => "damage.found",
            Self::JobReplayed => "job.replayed",
            Self::JobStopped => "job.stopped",
            Self::JobResumed => "job.resumed",
            Self::EventPaused => "event.paused",
            Self::EventResumed => "event.resumed",
            Self::EventClosed => "event.closed",
            Self::EventOut => "event.out",
            Self::ModeSet => "server.mode",
            Self::Crashed => "server.crashed",
            Self::BackupStale => "backup.stale",
            Self::ApprovalAsked => "approval.asked",
            Self::ApprovalGiven => "approval.given",
            Self::GlassBroken => "approval.glass",
            Self::Missed => "notices.missed",
            Self::Test => "notices.test",
        }
    }
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// How bad it is.
    pub severity: Severity,
    /// The place of its record in the log; 0 for what is not in the log.
    pub lsn: u64,
    /// When it happened.
    pub at: At,
    /// What it is about: an execution, an event, a mode, a channel.
    pub about: Box<str>,
    /// What was found or went wrong, in a sentence in English; empty if there is no more to say.
    pub says: Box<str>,
    /// The code of the catalogue that explains it.
    pub code: Option<Box<str>>,
    /// Who did it, if that was somebody.
    pub who: Option<Who>,
}

/// Who did something, and why.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Who {
    /// The name that was given.
    pub operator: Box<str>,
    /// The name of the token, if that is known.
    pub token: Option<Box<str>>,
    /// The reason that was given.
    pub reason: Box<str>,
}

/// What a channel is sent: a thing that happened, or several of a kind.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Message {
    /// The first of them.
    pub first: Notice,
    /// How many there are, at least 1.
    pub count: u64,
    /// The place of the record of the last one.
    pub last_lsn: u64,
    /// When the last one happened.
    pub last_at: At,
    /// What the next ones are about, as many as are kept.
    pub others: Vec<Box<str>>,
}

impl Message {
    /// With one thing in it.
    #[must_use]
    pub const fn of(first: Notice) -> Self {
        let (last_lsn, last_at) = (first.lsn, first.at);
        Self { first, count: 1, last_lsn, last_at, others: Vec::new() }
    }

    /// Takes in another of the kind, which happened later. The worst of them is how bad the message is.
    pub fn add(&mut self, notice: &Notice) {
        self.count += 1;
        (self.last_lsn, self.last_at) = (notice.lsn, self.last_at.max(notice.at));
        self.first.severity = self.first.severity.max(notice.severity);
        let known = [&self.first.about].into_iter().chain(&self.others).any(|other| *other == notice.about);
        if !known && self.others.len() < crate::limits::NOTICES_NAMED_MAX {
            self.others.push(notice.about.clone());
        }
    }
}

/// A message that a channel does not take.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Letter {
    /// Its number: the version of the record of its death. It is never given twice.
    pub number: u64,
    /// The channel.
    pub channel: Box<str>,
    /// The name of the message, as receivers know it.
    pub id: Box<str>,
    /// What it says.
    pub message: Message,
    /// How often it was sent, since it was told or redriven last.
    pub tries: u32,
    /// What the channel said to the last try.
    pub why: Box<str>,
    /// When it was given up last.
    pub died_at: At,
    /// Whether it is to be sent again.
    pub is_redriven: bool,
}
