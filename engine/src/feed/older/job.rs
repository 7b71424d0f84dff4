//! What the reader is asked for.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::fault::Fault;
use crate::feed::fields::FeedRecord;
use crate::feed::page::{Stretch, Wanted};
use crate::feed::picture::Delta;
use crate::feed::stream::Span;
use crate::numbers::EventId;
use holdfast_wal::Lsn;

/// The way back. Its other end is dropped when the connection that asked is closed.
pub(in crate::feed) type Answer<T> = oneshot::Sender<Result<T, Fault>>;

/// Something that is wanted from the log.
pub(in crate::feed) enum Job {
    /// A page of an event, from this version on, of at most so many changes.
    Page { event: EventId, from: u64, count: usize, answer: Answer<Vec<Arc<FeedRecord>>> },
    /// The change that made this version of an event; `None` if it is not kept.
    Change { event: EventId, version: u64, answer: Answer<Option<Arc<FeedRecord>>> },
    /// What has changed after this version, in at most so many seats. `None` if the whole picture takes less, or if the log does not
    /// tell.
    Since { event: EventId, version: u64, seats: usize, answer: Answer<Option<Delta>> },
    /// Changes of all events that are wanted, from this record on, at most so many; from the oldest that is kept with
    /// [`Lsn::ZERO`].
    All { from: Lsn, count: usize, wanted: Wanted, answer: Answer<Stretch> },
    /// The same against the order of the log, between these records.
    AllBack { between: (Lsn, Lsn), count: usize, wanted: Wanted, answer: Answer<Stretch> },
    /// How many changes of all events that are wanted are kept.
    Count { wanted: Wanted, answer: Answer<u64> },
    /// Entries of an event's stream; its newest durable version is known.
    Span { event: EventId, newest: u64, span: Span, answer: Answer<Vec<Arc<FeedRecord>>> },
    /// The oldest change of an event that is kept, and the newest; `None` if none is.
    Ends { event: EventId, newest: u64, answer: Answer<Option<[Arc<FeedRecord>; 2]>> },
}

impl Job {
    /// Nothing waits for it any more.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Page { answer, .. } | Self::Span { answer, .. } => answer.is_closed(),
            Self::Change { answer, .. } => answer.is_closed(),
            Self::Since { answer, .. } => answer.is_closed(),
            Self::All { answer, .. } | Self::AllBack { answer, .. } => answer.is_closed(),
            Self::Count { answer, .. } => answer.is_closed(),
            Self::Ends { answer, .. } => answer.is_closed(),
        }
    }

    /// It is not done. If the connection was closed meanwhile, nothing waits for it.
    pub(in crate::feed) fn refuse(self, fault: Fault) {
        match self {
            Self::Page { answer, .. } | Self::Span { answer, .. } => drop(answer.send(Err(fault))),
            Self::Change { answer, .. } => drop(answer.send(Err(fault))),
            Self::Since { answer, .. } => drop(answer.send(Err(fault))),
            Self::All { answer, .. } | Self::AllBack { answer, .. } => drop(answer.send(Err(fault))),
            Self::Count { answer, .. } => drop(answer.send(Err(fault))),
            Self::Ends { answer, .. } => drop(answer.send(Err(fault))),
        }
    }
}
