//! What the mailbox of an event takes.

use std::sync::mpsc::SyncSender;

use actix::Message;

use crate::restore::checkpoint::Image;
use crate::state::Event;

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
