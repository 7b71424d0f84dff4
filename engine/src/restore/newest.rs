//! The newest set of snapshots, at hand: it has the events that are at rest.

use std::sync::Arc;

use holdfast_snapshots::{Place, Store};
use holdfast_wal::Lsn;
use parking_lot::RwLock;

use crate::numbers::EventId;
use crate::restore::sets::{Set, restore_entry};
use crate::state::{Event, TableSeed};

/// The newest set that is durable, for those who ask for events at rest.
#[derive(Debug)]
pub struct Newest {
    store: Arc<Store>,
    seed: TableSeed,
    set: RwLock<Option<Arc<Set>>>,
}

impl Newest {
    pub(crate) fn new(store: Arc<Store>, seed: TableSeed, set: Option<Set>) -> Self {
        Self { store, seed, set: RwLock::new(set.map(Arc::new)) }
    }

    /// This set takes the place of the one before, which may be removed from now on.
    pub(crate) fn is(&self, set: Set) {
        *self.set.write() = Some(Arc::new(set));
    }

    /// Whether it has all of the event, whose newest record this is.
    #[must_use]
    pub fn has(&self, id: EventId, upto: Lsn) -> bool {
        self.set.read().as_ref().is_some_and(|set| {
            let is_packed = set.entry(id).is_some_and(|entry| entry.place != Place::File);
            is_packed && set.lsn() >= upto && !set.notes.behind.contains_key(&id)
        })
    }

    /// Reads an event to which nothing has happened since, and the record up to which that is so.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(&self, id: EventId) -> Result<(Event, Lsn), String> {
        let none = || "the newest set of snapshots does not have it".to_owned();
        let mut set = self.set.read().clone().ok_or_else(none)?;
        loop {
            let entry = *set.entry(id).filter(|_| !set.notes.behind.contains_key(&id)).ok_or_else(none)?;
            let read = restore_entry(&self.store, &entry, self.seed);
            let now = self.set.read().clone().ok_or_else(none)?;
            match read {
                // Its pack may have been removed meanwhile.
                Err(_) if !Arc::ptr_eq(&set, &now) => set = now,
                read => return read.map(|event| (event, set.lsn())),
            }
        }
    }
}
