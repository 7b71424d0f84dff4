//! Where the time of a run went. The clock is read once a step for all commands of the run, never for a command.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::clock::Stamp;

/// When the replies to a run came to the steps of their way; [`Stamp::default`] for a step that was not on it: what was not
/// judged has none.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Course {
    /// The actor of the event began to judge the run.
    pub begun: Stamp,
    /// All of it was judged, applied and handed to the log.
    pub judged: Stamp,
    /// The group was taken that made what the replies rest on durable; when they were judged, if they did not wait for one.
    pub syncing: Stamp,
    /// What the replies rest on was durable, and they were free to go.
    pub durable: Stamp,
}

/// The steps that a run takes after it was judged: written by the gate that lets it go, before anybody is told.
#[derive(Default, Debug)]
pub(crate) struct Passage {
    pub(crate) begun: Stamp,
    pub(crate) judged: Stamp,
    syncing: AtomicU64,
    durable: AtomicU64,
}

impl Passage {
    pub(crate) fn judged(begun: Stamp, judged: Stamp) -> Self {
        let at_once = || AtomicU64::new(judged.0);
        Self { begun, judged, syncing: at_once(), durable: at_once() }
    }

    /// What the replies rest on became durable with a group that took so many microseconds.
    pub(crate) fn is_durable(&self, now: Stamp, group_us: u64) {
        self.durable.store(now.0, Relaxed);
        self.syncing.store(now.0.saturating_sub(group_us).max(self.judged.0), Relaxed);
    }

    pub(crate) fn course(&self) -> Course {
        Course {
            begun: self.begun,
            judged: self.judged,
            syncing: Stamp(self.syncing.load(Relaxed)),
            durable: Stamp(self.durable.load(Relaxed)),
        }
    }
}
