//! What happened to the process: the facts that are logged and replayed.
//!
//! The order of the variants and of their fields is the log's format. New variants go last; a variant that must
//! change becomes a new one, and the old one stays readable for ever.

use std::cmp::Ordering;

use bincode::{Decode, Encode};

use super::audited::AuditChange;
use super::executions::{ApprovalChange, ExecutionChange};
use super::groups::GroupChange;
use super::notices::NoticeChange;
use crate::numbers::{At, Millis};

/// One fact about the process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SystemRecord {
    /// Unix milliseconds; never before that of the record before.
    pub at: At,
    /// The number of the record among those of the system event, from 1.
    pub version: u64,
    /// The fact.
    pub change: SystemChange,
}

/// A fact about the process.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum SystemChange {
    /// A process has the directory, and all that was in it is back. The first record of the system event is one of
    /// these.
    Started {
        /// The version of the program.
        build: Box<str>,
        /// The format of the directory that it writes.
        format: u32,
        /// When somebody was alive last before it: the newest record of all events; 0 in a new directory.
        last_known_at: At,
    },
    /// The process takes connections.
    Ready {
        /// Events that it has.
        events: u32,
        /// Since its start was recorded.
        took: Millis<u64>,
    },
    /// The process ends in order.
    Stopped {
        /// What for.
        why: Why,
    },
    /// More or less is refused than before.
    ModeSet {
        /// The mode from `since` on.
        mode: Mode,
        /// When that was seen: before the record, if the log took nothing then or modes changed too often.
        since: At,
    },
    /// The process is alive, and nothing else was to be said for a while.
    Heartbeat,
    /// Something happened to an execution of a job.
    Execution(ExecutionChange),
    /// Something happened to what is told to people outside.
    Notice(NoticeChange),
    /// Something happened to the audit, or to what it alone tells.
    Audit(AuditChange),
    /// Something happened to the consent that an execution needs.
    Approval(ApprovalChange),
    /// The directory was made of a backup: from here on it goes its own way. All sales that it brought along are paused.
    Branched(Branch),
    /// Something happened to the consumer groups.
    Group(GroupChange),
}

/// One of the histories of a sale. Each begins where another one was restored, and what has a number after that place (records,
/// versions) is something else in each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Branch {
    /// 1 for a directory that was never restored; else the time of the restore, in seconds since 1970, so that no two are alike.
    pub number: u64,
    /// The first record of its own.
    pub from_lsn: u64,
    /// When the record before that happened: the moment that was gone back to.
    pub at: At,
}

impl Branch {
    /// That of a directory that was never restored.
    pub const FIRST: Self = Self { number: 1, from_lsn: 1, at: At(0) };
}

impl Default for Branch {
    fn default() -> Self {
        Self::FIRST
    }
}

/// What ended a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Why {
    /// The program that the engine is part of.
    Asked,
    /// SIGTERM.
    Terminated,
    /// SIGINT.
    Interrupted,
}

impl Why {
    /// The word for operators.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Terminated => "SIGTERM",
            Self::Interrupted => "SIGINT",
        }
    }
}

/// What the process refuses as a whole, and for which reason: the worst one. Their order, from the best to the worst, is that of
/// [`Mode::ALL`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub enum Mode {
    /// Nothing.
    #[default]
    Normal,
    /// New holds: the disk is slow.
    DiskSlow,
    /// New holds: the disk is almost full.
    DiskLow,
    /// New holds: memory is almost used up.
    MemoryLow,
    /// Every write: memory is used up.
    MemoryFull,
    /// Every write: too much waits for the disk.
    LogBehind,
    /// Every write: the disk does not answer.
    DiskStalled,
    /// Every write: the log cannot be continued.
    NoSegment,
    /// Every write: the disk is full.
    DiskFull,
    /// New work and looks, in part: more comes than can be served.
    Overload,
    /// New holds: the replicated log has taken nothing for a moment.
    QuorumSlow,
    /// Every write: the replicated log does not answer.
    QuorumAway,
}

impl Mode {
    /// All of them, from the best to the worst.
    pub const ALL: [Self; 12] = [
        Self::Normal,
        Self::Overload,
        Self::DiskSlow,
        Self::QuorumSlow,
        Self::DiskLow,
        Self::MemoryLow,
        Self::MemoryFull,
        Self::LogBehind,
        Self::QuorumAway,
        Self::DiskStalled,
        Self::NoSegment,
        Self::DiskFull,
    ];

    /// Whether every write is refused, also those of sales in progress.
    #[must_use]
    pub const fn refuses_all(self) -> bool {
        match self {
            Self::Normal
            | Self::Overload
            | Self::DiskSlow
            | Self::QuorumSlow
            | Self::DiskLow
            | Self::MemoryLow => false,
            Self::MemoryFull
            | Self::LogBehind
            | Self::QuorumAway
            | Self::DiskStalled
            | Self::NoSegment
            | Self::DiskFull => true,
        }
    }

    /// The word for operators.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Overload => "overload",
            Self::DiskSlow => "disk_slow",
            Self::QuorumSlow => "quorum_slow",
            Self::DiskLow => "disk_low",
            Self::MemoryLow => "memory_low",
            Self::MemoryFull => "memory_full",
            Self::LogBehind => "log_behind",
            Self::QuorumAway => "quorum_away",
            Self::DiskStalled => "disk_stalled",
            Self::NoSegment => "no_segment",
            Self::DiskFull => "disk_full",
        }
    }
}

impl Ord for Mode {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |mode: &Self| Self::ALL.iter().position(|is| is == mode);
        place(self).cmp(&place(other))
    }
}

impl PartialOrd for Mode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
