//! What an event on duty is given, and what it gives back.

use super::birth::Birth;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::{At, Millis};
use crate::state::Event;

/// What the operator decides about every event.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// For how long the answer of an accepted command is remembered at least.
    pub retention: Millis<u64>,
    /// How many refusals of an event are remembered within that time. Beyond this number, the token that has most of them
    /// loses its oldest.
    pub refusals_max: u64,
    /// How long holds and payments that were alive when the server stopped, or their event went out of service, live on
    /// at least when it is back; 0 leaves them what they had.
    pub recovery_grace: Millis,
    /// For how long closed payments and cancelled orders are kept at least.
    pub record_retention: Millis<u64>,
}

impl Policy {
    /// Since when nobody could be heard, for an event that has just come back; `None` if that makes no difference.
    pub(super) fn grace_counts_from(&self, event: &Event) -> Option<At> {
        (self.recovery_grace > Millis(0)).then(|| event.last_at())
    }
}

/// What there is of an event.
#[derive(Debug)]
pub(super) enum State {
    Unborn(Box<Birth>),
    Alive(Box<Event>),
    /// A panic in the middle of a change left the state in doubt; nothing of that change is in the log.
    OutOfService,
}

/// Where a command was when it panicked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing has changed.
    Judging,
    /// Something may have changed.
    Applying,
}

/// What is told of an event that is out of service.
pub(super) fn out_of_service() -> Fault {
    Fault::new(Code::OUT_OF_SERVICE, "the event is being rebuilt; send the command again with the same key")
}
