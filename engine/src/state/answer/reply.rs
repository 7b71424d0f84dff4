//! What a front end is told.

use super::Answer;
use crate::document::Document;
use crate::fault::Fault;
use crate::numbers::At;
use crate::state::{EventStatus, Name, View};

/// The reply to one request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// The answer to a write that is judged now. A refusal is an error reply with `Refusal::code` and
    /// `message`.
    ///
    /// With it stands when it was decided, which those to commands of the log's first format do not tell.
    Answer(Answer, Option<At>),
    /// As [`Reply::Answer`], once more: the key was used before for the same command.
    Repeated(Answer, Option<At>),
    /// The answer to a read of an event.
    View(View),
    /// The answer to `EVENT LIST`.
    Events {
        /// The next cursor; 0 at the end of the list.
        next: u64,
        /// Names with their status.
        events: Vec<(Name, EventStatus)>,
    },
    /// What an operator reads.
    Document(Document),
    /// The command was never judged; the key is not bound.
    Fault(Fault),
}

impl From<Fault> for Reply {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
