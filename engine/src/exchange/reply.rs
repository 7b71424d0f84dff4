//! What goes back to a front end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use holdfast_wal::Lsn;
use parking_lot::RwLock;

use crate::exchange::course::Passage;
use crate::state::{Layout, Name, Reply};

/// The replies to a run.
#[derive(Debug)]
pub struct Replies {
    /// One for each command, in their order.
    pub replies: Vec<Reply>,
    /// They may be shown once this record is durable: the newest one of what they show. [`Lsn::ZERO`] if they show nothing.
    pub rests_on: Lsn,
    /// The places of replies to commands that were refused unjudged, in rising order: they show nothing of the event.
    pub unjudged: Vec<u32>,
    /// The event whose labels the replies are shown with; `None` if they show no labels.
    pub(crate) event: Option<Arc<About>>,
    /// Where their time went.
    pub(crate) passage: Passage,
}

impl Replies {
    /// Replies that show nothing of an event, and may be shown at once.
    pub(crate) fn free(replies: Vec<Reply>) -> Self {
        Self::judged(replies, Lsn::ZERO, Vec::new())
    }

    /// Replies of an event, which are shown without its labels until it is told which it is.
    pub(crate) fn judged(replies: Vec<Reply>, rests_on: Lsn, unjudged: Vec<u32>) -> Self {
        Self { replies, rests_on, unjudged, event: None, passage: Passage::default() }
    }
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
    /// The number of the branch on which versions mean what is told.
    pub branch: u64,
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
