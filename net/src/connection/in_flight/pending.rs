//! What waits for its turn to be written: replies, and commands that nothing may overtake.

use std::pin::Pin;

use holdfast_engine::{Drafting, EventStatus, JobAsk, KeyText, Looking, Name};
use tokio::time::Sleep;

use super::timing::{Mark, Marks};
use crate::access::Grant;
use crate::feeds::Alone;
use crate::resp::encode::Protocol;
use crate::resp::response::Voice;

/// Where a page of the list of events begins, how many it looks at, and the status of those that it has.
pub(crate) type Page = (u64, u32, Option<EventStatus>);

/// One or more replies that are still to be written.
pub(super) enum Pending {
    /// Replies of the engine.
    Engine(Requests),
    /// Replies of the front end's own that wait for those before them.
    Local(Vec<u8>, Marks),
    /// The reply to a failed login, which is kept back. Nothing more is taken meanwhile.
    Late { until: Pin<Box<Sleep>>, bytes: Vec<u8> },
    /// The end of an array of replies to this command.
    EndOfArray(Option<Mark>),
    /// A page of the list of events, which has to show what the commands before it have created: it is asked for when they are
    /// answered.
    List { weight: usize, voice: Voice, page: Page, grant: Box<Grant>, mark: Option<Mark> },
    /// An event is to be created when its description is read.
    Create(Box<Creation>),
    /// A command that is asked for when what it is about was looked at.
    Look(Box<Look>),
    /// A command that nothing overtakes, with the version of the protocol that was spoken when it came.
    Alone(Box<Alone>, Protocol, Option<Mark>),
}

/// An `EVENT CREATE` whose description is being read elsewhere.
pub(super) struct Creation {
    pub(super) event: Name,
    pub(super) key: KeyText,
    pub(super) draft: Drafting,
    pub(super) weight: usize,
    pub(super) voice: Voice,
    pub(super) mark: Option<Mark>,
}

/// A command that is asked for when what it is about was looked at.
pub(super) struct Look {
    pub(super) looking: Looking,
    pub(super) ask: JobAsk,
    /// The command itself, if it is carried out where it needs no approval.
    pub(super) frame: Option<Vec<u8>>,
    pub(super) weight: usize,
    pub(super) voice: Voice,
    pub(super) mark: Option<Mark>,
}

/// Consecutive requests of one kind to the engine, from one turn of the connection.
pub(super) struct Requests {
    /// The number of those whose replies were not written yet.
    pub(super) left: usize,
    /// How many of them are before those.
    pub(super) told: usize,
    /// The weight of all of them.
    pub(super) weight: usize,
    /// How they were asked for.
    pub(super) voice: Voice,
    /// The first of them.
    pub(super) mark: Option<Mark>,
}
