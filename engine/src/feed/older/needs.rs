//! What consumer groups have yet to do: log is kept for it beyond what is kept for all readers, within a bound of its own.

use std::fmt;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::Lsn;

use crate::numbers::EventId;

/// From where on groups need the feeds.
#[derive(Clone, Default, Debug)]
pub struct Needs {
    /// The stream of all events, from this record on.
    all: Option<Lsn>,
    /// Those of single events, from these versions on.
    events: HashMap<EventId, u64, FixedState>,
}

/// Who knows what groups need.
pub trait GroupLog: fmt::Debug + Send + Sync {
    /// What they need now. What comes later is newer than what can be let go of, unless an operator moves a group back.
    fn needs(&self) -> Needs;

    /// So much of what is kept for feeds alone groups have yet to do, and so much is kept for them at most; bytes.
    fn is_kept(&self, needed: u64, most: u64);
}

/// There are no groups.
impl GroupLog for () {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn is_kept(&self, _needed: u64, _most: u64) {}
}

impl Needs {
    /// A group of all events needs this record and all that come behind it.
    pub fn of_all(&mut self, from: Lsn) {
        self.all = Some(self.all.map_or(from, |known| known.min(from)));
    }

    /// A group of this event needs this version and all that come behind it.
    pub fn of_event(&mut self, event: EventId, from: u64) {
        let known = self.events.entry(event).or_insert(from);
        *known = (*known).min(from);
    }

    /// Those of groups of all events alone, whatever one of them has lost before.
    pub(super) fn of_all_events(&self) -> Self {
        Self { all: self.all, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_none() && self.events.is_empty()
    }

    /// Whether a record up to this one may be of use to a group of all events.
    pub(super) fn is_for_all(&self, upto: Lsn) -> bool {
        self.all.is_some_and(|from| from <= upto)
    }

    /// Whether a group of this event needs it up to this version.
    pub(super) fn is_for(&self, event: EventId, upto: u64) -> bool {
        self.events.get(&event).is_some_and(|from| *from <= upto)
    }
}
