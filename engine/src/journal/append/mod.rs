//! Where records are appended: to the log of this machine, or, for one that owns a replicated log, to that and then to the log of this
//! machine.

mod queue;
mod quorum;

use holdfast_wal::{Batch, Log, Lsn, Poisoned};

use crate::fault::Fault;
use crate::journal::admission::{Trouble, Troubles};

pub(crate) use queue::Gathered;
pub(crate) use quorum::{Away, End};
pub use quorum::{NotOwner, Quorum};

/// Where records are appended; cheap to clone.
#[derive(Clone, Debug)]
pub enum Journal {
    /// To the log of this machine alone.
    Local(Log),
    /// To a replicated log. What its majority has is appended to the log of this machine, and is durable once that is.
    Quorum(Quorum, Log),
}

impl From<Log> for Journal {
    fn from(log: Log) -> Self {
        Self::Local(log)
    }
}

impl Journal {
    /// Behind all that the log of this machine has; with a quorum, to that first, from when its node owns the log.
    ///
    /// # Errors
    /// If the node of the quorum is at its end, or another engine has it.
    pub(crate) fn begin(log: &Log, quorum: Option<&Quorum>) -> Result<Self, NotOwner> {
        quorum.map_or_else(|| Ok(Self::from(log.clone())), |quorum| quorum.attach(log))
    }

    /// As [`Log::append`].
    ///
    /// # Errors
    /// As [`Log::append`]. A replicated log also refuses a batch that is longer than [`Journal::batch_bytes_max`].
    pub(crate) fn append(&self, batch: &mut Batch) -> Result<Lsn, Poisoned> {
        match self {
            Self::Local(log) => log.append(batch),
            Self::Quorum(quorum, _) => quorum.append(batch).inspect(|_| quorum.wake()),
        }
    }

    /// As [`Log::append_for_later`].
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub(crate) fn append_for_later(&self, batch: &mut Batch) -> Result<Lsn, Poisoned> {
        match self {
            Self::Local(log) => log.append_for_later(batch),
            Self::Quorum(quorum, _) => quorum.append(batch),
        }
    }

    /// As [`Log::commit_soon`].
    pub(crate) fn commit_soon(&self) {
        match self {
            Self::Local(log) => log.commit_soon(),
            Self::Quorum(quorum, _) => quorum.wake(),
        }
    }

    /// As [`Log::commit_lone_record`]. No thread can wait for a majority, so a replicated log says no.
    pub(crate) fn commit_lone_record(&self) -> bool {
        match self {
            Self::Local(log) => log.commit_lone_record(),
            Self::Quorum(..) => false,
        }
    }

    /// What keeps it from taking more.
    pub(crate) fn troubles(&self) -> Troubles {
        match self {
            Self::Local(log) => Troubles::of_log(&log.pressure()),
            Self::Quorum(quorum, log) => {
                let mut pressure = log.pressure();
                pressure.pending_bytes += quorum.waiting_bytes();
                let away = quorum.away();
                Troubles::of_log(&pressure)
                    .with(Trouble::Follows, away == Away::Follows)
                    .with(Trouble::QuorumFull, away == Away::Full)
                    .with(Trouble::QuorumAway, matches!(away, Away::Long | Away::Full))
                    .with(Trouble::QuorumSlow, away == Away::Some)
            }
        }
    }

    /// Whether nothing more should be appended, as it would not be written for a long time.
    pub(crate) fn takes_nothing(&self) -> bool {
        match self {
            Self::Local(log) => log.pressure().takes_nothing(),
            Self::Quorum(quorum, log) => quorum.away() >= Away::Long || log.pressure().takes_nothing(),
        }
    }

    /// Why nothing is appended by this process: it follows, and takes in what another one has appended.
    pub(crate) fn follows(&self) -> Option<Fault> {
        let Self::Quorum(quorum, _) = self else { return None };
        (quorum.away() == Away::Follows).then(|| Trouble::Follows.fault())
    }

    /// The log of this machine.
    pub(crate) const fn log(&self) -> &Log {
        match self {
            Self::Local(log) | Self::Quorum(_, log) => log,
        }
    }

    /// The longest batch that it takes, bytes.
    pub(crate) fn batch_bytes_max(&self) -> usize {
        match self {
            Self::Local(log) => log.batch_bytes_max(),
            Self::Quorum(_, log) => log.batch_bytes_max().min(queue::BATCH_BYTES_MAX),
        }
    }

    /// Ends it: what was appended becomes durable, and nothing more is taken. A replicated log is handed over before.
    ///
    /// # Errors
    /// If the replicated log did not take what was appended: nobody was told of it, and it may be lost.
    pub(crate) fn stop(&self) -> Result<(), Poisoned> {
        match self {
            Self::Local(log) => {
                log.stop();
                Ok(())
            }
            Self::Quorum(quorum, log) => {
                let left = quorum.leave();
                log.stop();
                left
            }
        }
    }
}
