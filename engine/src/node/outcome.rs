//! Why a node is at its end, and what it is until then.

use holdfast_replica::{Ended, Epoch, Position};
use holdfast_wal::Poisoned;

use crate::catalogue::Code;

/// What a node is at the moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It looks for the beginning of the log, and reads what its directory has.
    Joining,
    /// It follows: its directory is one of this log and grows as the log does, as soon as an engine is opened on it.
    Follower {
        /// The name of whoever owns the log, and where clients reach it, as far as that is known; never the node itself.
        owner: Option<(Box<str>, Box<str>)>,
        /// How far it has read.
        position: Position,
        /// Whether the log was seen to have all that this node has kept.
        is_proven: bool,
    },
    /// It owns the log, in this epoch, and its engine sells.
    Owner(Epoch),
    /// It does nothing any more.
    Over(Over),
}

/// Why a node does nothing any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Over {
    /// It was asked to end, and followed.
    Stopped,
    /// It was asked to end, and has handed the log over.
    HandedOver,
    /// It cannot go on; the process starts again, or an operator is needed.
    Failed {
        /// [`Code::FENCED`]: start again. Any other: see there.
        code: Code,
        /// What happened.
        why: Box<str>,
    },
}

impl Over {
    pub(crate) fn failed(code: Code, why: impl Into<Box<str>>) -> Self {
        Self::Failed { code, why: why.into() }
    }

    pub(crate) fn differs(why: impl Into<Box<str>>) -> Self {
        Self::failed(Code::LOGS_DIFFER, why)
    }

    /// The log begins behind what this node has.
    pub(crate) fn trimmed(first: Position, at: Position) -> Self {
        let why = format!(
            "the replicated log begins at position {first}, and this directory ends at position {at}: what is between them is gone from the log"
        );
        Self::failed(Code::LOG_TRIMMED, why)
    }

    pub(crate) fn unreadable(error: &dyn std::fmt::Display) -> Self {
        Self::failed(Code::LOG_DAMAGED, error.to_string())
    }

    pub(crate) fn disk(error: &dyn std::fmt::Display) -> Self {
        Self::failed(Code::DISK_FAILED, error.to_string())
    }
}

impl From<Ended> for Over {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Fenced { at, epoch } => {
                let why = format!(
                    "another node owns the replicated log since epoch {epoch}, which begins at position {at}"
                );
                Self::failed(Code::FENCED, why)
            }
            Ended::Doubts { at } => {
                let why =
                    format!("what stood at position {at} of the replicated log is not found there any more");
                Self::failed(Code::FENCED, why)
            }
            Ended::Differs { at } => {
                Self::differs(format!("from position {at} on the replicated log has another history"))
            }
            Ended::Halted { at, why } => {
                Self::failed(Code::OTHER_VERSION, format!("at position {at} of the replicated log: {why}"))
            }
        }
    }
}

impl From<&Over> for Poisoned {
    fn from(over: &Over) -> Self {
        match over {
            Over::Stopped => Self::forbidden("the node was stopped"),
            Over::HandedOver => Self::forbidden("the replicated log was handed over"),
            Over::Failed { code, why } => Self::forbidden(format!("{code} {why}")),
        }
    }
}
