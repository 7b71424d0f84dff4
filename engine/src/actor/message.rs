//! What the mailbox of an event takes.

use std::sync::mpsc::{Sender, SyncSender};

use actix::Message;
use tokio::sync::oneshot;

use super::core::Records;
use crate::restore::checkpoint::Image;
use crate::restore::replay::ReplayError;
use crate::state::{Event, EventFigures};

/// Asks for the event as it is in memory, for a snapshot when the disk holds nothing usable any more. If the event is
/// out of service or not created yet, nothing is sent.
pub(crate) struct Portray(pub(crate) SyncSender<Image>);

impl Message for Portray {
    type Result = ();
}

/// Asks for the figures of the event. That is no reason for it to stay in memory. If it is out of service or not created yet,
/// nothing is sent.
pub(crate) struct Count(pub(crate) oneshot::Sender<EventFigures>);

impl Message for Count {
    type Result = ();
}

/// What comes to an event of a node that follows. The event is pinned, and the actor lets go of it.
pub(crate) enum FromLog {
    /// Another node has logged this. Dropping the sender tells that it was taken in; what went wrong is sent before.
    Records(Records, Sender<ReplayError>),
    /// This node sells from now on.
    TakesOver,
}

impl Message for FromLog {
    type Result = ();
}

/// An event that was out of service, rebuilt.
pub(crate) struct Rebuilt(pub(crate) Box<Event>);

impl Message for Rebuilt {
    type Result = ();
}
