//! What the mailbox of an event takes.

use std::sync::mpsc::SyncSender;

use actix::Message;
use tokio::sync::oneshot;

use crate::exchange::reply::Replies;
use crate::fault::Fault;
use crate::restore::checkpoint::Image;
use crate::state::{Command, Event};

/// One request of a run, as it reaches the actor.
#[derive(Clone, Debug)]
pub enum Asked {
    /// To be judged.
    Judge(Command),
    /// Answered on the way already (no such seat); it travels along so that replies keep their order and rest on
    /// what the run rests on.
    Answered(Fault),
}

/// Consecutive requests of one connection for one event: the cost of the hop is shared by all of them.
pub(crate) struct Run {
    pub(crate) asked: Vec<Asked>,
    /// More wait for this event than should: no new work.
    pub(crate) overloaded: bool,
    /// Dropped without an answer only if the actor dies.
    pub(crate) reply: oneshot::Sender<Replies>,
}

impl Message for Run {
    type Result = ();
}

/// Asks for the event as it is in memory, for a snapshot where the disk holds nothing that can be used. Nothing is sent
/// if the event is not there.
pub(crate) struct Portray(pub(crate) SyncSender<Image>);

impl Message for Portray {
    type Result = ();
}

/// An event that was out of service, rebuilt.
pub(crate) struct Rebuilt(pub(crate) Box<Event>);

impl Message for Rebuilt {
    type Result = ();
}
