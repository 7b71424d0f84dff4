//! What a checkpoint did, or why it could not be made.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use holdfast_snapshots::{ReadError, WriteError};
use holdfast_wal::Lsn;

use crate::catalogue::Code;
use crate::numbers::EventId;
use crate::restore::replay::{ReplayError, guarded};
use crate::restore::restorable::Restorable;

/// What a checkpoint did.
#[derive(Clone, Debug)]
pub struct CheckpointReport {
    /// The newest record that is in the snapshots.
    pub lsn: Lsn,
    /// Events whose snapshot is new.
    pub written: usize,
    /// Events that had not changed.
    pub carried_over: usize,
    /// Damaged files that are whole again.
    pub mended: usize,
    /// Records that were replayed.
    pub records: u64,
    /// Bytes of new snapshots.
    pub bytes: u64,
    /// Segments of log that were let go.
    pub segments_released: u64,
    /// How long it took.
    pub took: Duration,
    /// Snapshots that turned out to be damaged: cause for an alarm.
    pub alarms: Vec<String>,
    /// Events of which no snapshot could be made, each with the reason: cause for an alarm. Their older snapshots stay.
    pub behind: Vec<(EventId, String)>,
    /// Those of the events behind that nothing on the disk can restore, as all snapshots of them are damaged.
    pub(crate) damaged: Vec<EventId>,
}

/// The events as their actors have them in memory: the source of a snapshot when the disk has no other left.
pub trait Memory {
    /// The numbers of all events; `None` if one of them is out of service.
    fn events(&self) -> Option<Vec<EventId>>;
    /// An event as it is now; `None` if it is out of service.
    fn image(&self, event: EventId) -> Option<Image>;
}

/// An event as its actor has it: the chunks of a snapshot, and the newest record in it.
#[derive(Debug)]
pub struct Image {
    pub(crate) upto: Lsn,
    pub(crate) chunks: Vec<Vec<u8>>,
}

impl Image {
    /// The state as it is, with everything up to this record in it; `None` if it cannot be written.
    pub(crate) fn of(state: &impl Restorable, upto: Lsn) -> Option<Self> {
        let mut chunks = Vec::new();
        let take = |chunk: &[u8]| {
            chunks.push(chunk.to_vec());
            Ok(())
        };
        guarded(|| state.write(take)).ok()?;
        Some(Self { upto, chunks })
    }
}

/// Images by event.
pub(crate) type Images = BTreeMap<EventId, Image>;

/// Why there is no new snapshot. The old ones are untouched, and the log is kept.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The sealed log cannot be read.
    #[error("failed to read the sealed log: {0}")]
    Log(#[from] holdfast_wal::ReadError),
    /// The snapshots cannot be read.
    #[error("failed to read the snapshots: {0}")]
    Read(#[from] ReadError),
    /// The snapshots cannot be written: a full disk, most likely.
    #[error("failed to write the snapshots: {0}")]
    Write(#[from] WriteError),
    /// Log that is not needed any more cannot be removed, or the disk does not tell its free space.
    #[error("failed to release the log: {0}")]
    Release(#[from] io::Error),
    /// The running segment of the log could not be sealed.
    #[error("the running segment of the log could not be sealed")]
    NotSealed,
    /// The log does not lead where it led: a defect, or a broken machine.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// An event breaks an invariant.
    #[error("event {event}: {what}")]
    Event {
        /// The event's number.
        event: EventId,
        /// The invariant, and how it is broken.
        what: String,
    },
    /// No snapshot of an event can be read, and the log does not make up for it.
    #[error("event {event}: no snapshot of it can be used, and the log does not reach back: {what}")]
    Damaged {
        /// The event's number.
        event: EventId,
        /// What is wrong with each source.
        what: String,
    },
    /// No snapshot of an event that can be read is of use, and one that may be whole cannot be read now. A set with
    /// nothing better might take its place.
    #[error(
        "event {event}: no snapshot of it can be used, and one that may be whole cannot be read now: {what}"
    )]
    Unread {
        /// The event's number.
        event: EventId,
        /// What is wrong with each source.
        what: String,
    },
    /// No set can be used, and the log does not reach back to the first record: only memory has the events.
    #[error("no set of snapshots can be used, and the log no longer holds the first record")]
    NoSets,
    /// No set can be used, and a new one from memory would lack an event that is out of service.
    #[error(
        "no set of snapshots can be used, and one without the event that is out of service would give it up"
    )]
    NotInMemory,
    /// Making the snapshot would take more memory than the process may use.
    #[error("the memory has no room for a snapshot: {missing} bytes are missing; raise memory.max")]
    NoMemory {
        /// What it would take beyond the limit, bytes.
        missing: u64,
    },
    /// The disk has no room for a snapshot above the reserve.
    #[error(
        "the snapshot takes {needed} bytes, and {free} are free, of which {reserve} are kept for the log"
    )]
    NoRoom {
        /// The estimated size of the snapshot, bytes.
        needed: u64,
        /// Free space of the disk, bytes.
        free: u64,
        /// Free space that is reserved for the log, bytes.
        reserve: u64,
    },
}

impl CheckpointError {
    /// What it is, in the catalogue.
    pub(crate) fn code(&self) -> Code {
        let of_disk = |error: &io::Error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::DISK_LOW,
            _ => Code::DISK_FAILED,
        };
        match self {
            Self::Log(_) => Code::LOG_DAMAGED,
            Self::Write(WriteError::Io { source, .. }) | Self::Release(source) => of_disk(source),
            Self::Write(WriteError::Manifest { .. }) => Code::DEFECT,
            Self::NotSealed => Code::DISK_SLOW,
            Self::Replay(_) | Self::Event { .. } => Code::DIGEST_MISMATCH,
            Self::NoMemory { .. } => Code::MEMORY_LOW,
            Self::NoRoom { .. } => Code::DISK_LOW,
            Self::Read(_)
            | Self::Write(WriteError::Read(_))
            | Self::Damaged { .. }
            | Self::Unread { .. }
            | Self::NoSets
            | Self::NotInMemory => Code::SNAPSHOTS_DAMAGED,
            Self::Write(_) => Code::DISK_FAILED,
        }
    }

    /// Whether the error is about one event, so that the others can have their snapshots.
    pub(super) fn is_of_one(&self) -> bool {
        match self {
            Self::Replay(_) | Self::Event { .. } | Self::Damaged { .. } => true,
            // A chunk that the store refuses for its length.
            Self::Write(WriteError::Io { source, .. }) => source.kind() == io::ErrorKind::InvalidInput,
            _ => false,
        }
    }
}
