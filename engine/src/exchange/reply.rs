//! What goes back to a front end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::RwLock;

use crate::fault::Fault;
use crate::numbers::At;
use crate::state::{Answer, EventStatus, Layout, Name, View};

/// The reply to one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The answer to a write that was judged, now or long ago. A refusal is an error reply with `Refusal::code` and
    /// `message`.
    ///
    /// With it stands when it was decided, which those to commands of the log's first format do not tell.
    Answer(Answer, Option<At>),
    /// The answer to a read of an event.
    View(View),
    /// The answer to `EVENT LIST`.
    Events {
        /// The next cursor; 0 at the end of the list.
        next: u64,
        /// Names with their status.
        events: Vec<(Name, EventStatus)>,
    },
    /// The command was never judged; the key is not bound.
    Fault(Fault),
}

impl From<Fault> for Reply {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The replies to a run, in the order of its commands.
#[derive(Debug)]
pub(crate) struct Replies {
    pub(crate) replies: Vec<Reply>,
    /// The event whose labels the replies are shown with; `None` if they show no labels.
    pub(crate) event: Option<Arc<About>>,
}

/// What an encoder needs to know of an event, besides the reply.
#[derive(Debug)]
pub struct About {
    /// The event's name.
    pub name: Name,
    /// Its map, as it was when the reply was made or later: what a reply names has its name in every later map.
    pub layout: Arc<Layout>,
    /// The version of the change that made it.
    pub plan_version: u64,
}

/// The newest map of an event, for all threads. What is read with an older one means the same: see [`Layout`].
#[derive(Debug)]
pub(crate) struct Shown {
    newest: RwLock<Arc<About>>,
    /// How often there was another.
    edition: AtomicU32,
}

impl Shown {
    pub(crate) const fn new(about: Arc<About>) -> Self {
        Self { newest: RwLock::new(about), edition: AtomicU32::new(0) }
    }

    pub(crate) fn newest(&self) -> Arc<About> {
        Arc::clone(&self.newest.read())
    }

    /// Which it is: another number, another map.
    pub(crate) fn edition(&self) -> u32 {
        self.edition.load(Ordering::Acquire)
    }

    /// To be called before anything is in the log that names what only this map has.
    pub(crate) fn show(&self, about: Arc<About>) {
        *self.newest.write() = about;
        self.edition.fetch_add(1, Ordering::Release);
    }
}
