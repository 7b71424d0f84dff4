//! What recovery brought back, or why it could not.

use std::time::Duration;

use holdfast_snapshots::Store;
use holdfast_wal::{Lsn, Recovered};

use super::Snapshots;
use crate::catalogue::Code;
use crate::numbers::{At, EventId};
use crate::restore::note::Note;
use crate::state::{Event, Name};
use crate::system::System;

/// An event as recovery brought it back.
#[derive(Debug)]
pub struct Restored {
    /// Its number.
    pub id: EventId,
    /// Its state.
    pub event: Event,
    /// Its newest record.
    pub last_lsn: Lsn,
}

/// An event that stays at rest.
#[derive(Debug)]
pub struct Resting {
    /// Its number.
    pub id: EventId,
    /// What is known of it.
    pub(crate) note: Note,
    /// A record up to which nothing has happened to it.
    pub(crate) upto: Lsn,
}

impl Resting {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.note.name
    }
}

/// The system event as recovery found it.
#[derive(Debug, Default)]
pub enum RestoredSystem {
    /// There is nothing of it: the directory is new, or from before there was one.
    #[default]
    None,
    /// It is back.
    There {
        /// Its state.
        system: Box<System>,
        /// Its newest record.
        last_lsn: Lsn,
        /// Its records that are in no snapshot.
        newer: Vec<Lsn>,
    },
    /// It cannot be brought back, and is out of service: what is left of it stays as it is, and nothing is added to
    /// it.
    Lost(Lost),
}

impl RestoredSystem {
    /// The time of its newest record; 0 if there is none, or it is lost.
    #[must_use]
    pub fn alive_at(&self) -> At {
        match self {
            Self::There { system, .. } => system.last_at(),
            Self::None | Self::Lost(_) => At(0),
        }
    }
}

/// What recovery brought back.
#[derive(Debug)]
pub struct Recovery {
    /// The events.
    pub events: Vec<Restored>,
    /// Those that stay where they are, in the newest set.
    pub resting: Vec<Resting>,
    /// The system event.
    pub system: RestoredSystem,
    /// What was done for it.
    pub report: RecoveryReport,
}

impl Recovery {
    /// Whether all events are back, and the system event: if not, what the log and the snapshots have may be all that is
    /// left of one.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.report.lost.is_empty() && !matches!(self.system, RestoredSystem::Lost(_))
    }

    /// The time of the newest record of all sales; `None` if there are none.
    pub(crate) fn newest_at(&self) -> Option<At> {
        let at_rest = self.resting.iter().map(|event| event.note.last_at);
        self.events.iter().map(|event| event.event.last_at()).chain(at_rest).max()
    }

    /// Lets go of files that no set names, and of log that none needs. Not while an event is lost, as what brings it back
    /// may be among them; and if anything was wrong, older log may be the only copy of an event. Files that cannot be
    /// removed take room, and do no harm.
    pub fn let_go(&self, store: &Store, snapshots: &Snapshots, log: &mut Recovered) {
        if !self.is_whole() {
            return;
        }
        match store.tidy() {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "files of a snapshot that was not finished are removed"),
            Err(error) => {
                tracing::warn!(%error, "files of a snapshot that was not finished cannot be removed");
            }
        }
        if self.report.alarms.is_empty() {
            log.may_let_go_upto(snapshots.replay_from().previous());
        }
    }
}

/// An event that recovery could not bring back.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Its number.
    pub id: EventId,
    /// Its name, if that is known.
    pub name: Option<Name>,
    /// [`Code::SNAPSHOTS_DAMAGED`], or [`Code::DIGEST_MISMATCH`] if a record cannot be replayed.
    pub code: Code,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            _ if self.id == EventId::SYSTEM => write!(f, "event 0 (the system event): {}", self.reason),
            Some(name) => write!(f, "event {} ({name}): {}", self.id, self.reason),
            None => write!(f, "event {} (its name is unknown): {}", self.id, self.reason),
        }
    }
}

/// What recovery did, for the operator.
#[derive(Clone, Debug, Default)]
pub struct RecoveryReport {
    /// Events that there are.
    pub events: usize,
    /// Those of them that stay at rest: the first command brings them back.
    pub at_rest: usize,
    /// Those of them that started from a snapshot.
    pub from_snapshot: usize,
    /// Records of the log that were read.
    pub records: u64,
    /// The newest record.
    pub last_lsn: Lsn,
    /// How long it took.
    pub took: Duration,
    /// Snapshots that could not be used, each with the reason: cause for an alarm.
    pub alarms: Vec<String>,
    /// Events that could not be brought back: they are out of service.
    pub lost: Vec<Lost>,
}

/// Why nothing could be brought back.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The directory of snapshots cannot be read.
    #[error(transparent)]
    Snapshots(#[from] holdfast_snapshots::ReadError),
    /// The log starts after the first record, and no snapshot holds what was before.
    #[error("the log starts at {0:?}, and there is no snapshot of what was before")]
    LogTooShort(Lsn),
    /// The events take more memory than the process may use.
    #[error(
        "bringing back the events takes more memory than allowed: {used} bytes are used of {max}; raise memory.max"
    )]
    NoMemory {
        /// What was used when that was seen, bytes.
        used: u64,
        /// The limit, bytes.
        max: u64,
    },
    /// The log has changed since it was found whole.
    #[error(transparent)]
    Log(#[from] holdfast_wal::ReadError),
    /// A worker panicked.
    #[error("replaying ran into a defect: {0}")]
    Defect(String),
}
