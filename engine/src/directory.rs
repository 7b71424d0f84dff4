//! Which events there are, and how to reach the actor of each.
//!
//! Entries are made once and never go: names are unique for ever, so a connection may keep the entry it used last.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::Lsn;
use parking_lot::RwLock;

use crate::actor::Entry;
use crate::codec::EventId;
use crate::limits;
use crate::state::{EventStatus, NameRef, TableSeed};

/// All events, by name and in the order of their creation.
pub(crate) struct Directory {
    events: RwLock<Events>,
}

struct Events {
    /// Seeded with the directory's secret: names are chosen outside.
    by_name: HashMap<Box<[u8]>, Arc<Entry>, FixedState>,
    in_order: Vec<Arc<Entry>>,
    next_id: EventId,
}

/// A page of the list of events.
pub(crate) struct Page {
    pub(crate) next: u64,
    pub(crate) events: Vec<(Arc<Entry>, EventStatus)>,
    pub(crate) rests_on: Lsn,
}

impl Directory {
    /// An empty one, whose first event will have the number `next_id`.
    pub(crate) fn new(seed: TableSeed, next_id: EventId) -> Self {
        let by_name = HashMap::with_hasher(FixedState::with_seed(seed.0));
        Self { events: RwLock::new(Events { by_name, in_order: Vec::new(), next_id }) }
    }

    pub(crate) fn find(&self, name: NameRef<'_>) -> Option<Arc<Entry>> {
        self.events.read().by_name.get(name.bytes()).cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.events.read().in_order.len()
    }

    /// Adds an event that recovery brought back.
    pub(crate) fn add(&self, entry: Arc<Entry>) {
        self.events.write().insert(entry);
    }

    /// Finds the event of that name, or makes its entry with `make` (given the number for it) under the lock, so
    /// that one name gets one actor and the actor's first message comes from its maker.
    ///
    /// `Err` if there are as many events as there may be.
    pub(crate) fn find_or_make<T>(
        &self,
        name: NameRef<'_>,
        make: impl FnOnce(EventId) -> (Arc<Entry>, T),
    ) -> Result<Found<T>, TooMany> {
        let mut events = self.events.write();
        if let Some(entry) = events.by_name.get(name.bytes()) {
            return Ok(Found::There(Arc::clone(entry)));
        }
        if events.in_order.len() >= limits::EVENTS_MAX {
            return Err(TooMany);
        }
        let (entry, made) = make(events.next_id);
        events.insert(entry);
        Ok(Found::Made(made))
    }

    /// Events in the order of their creation, from the place `cursor` on.
    pub(crate) fn page(&self, cursor: u64, count: usize) -> Page {
        let events = self.events.read();
        let start = usize::try_from(cursor).unwrap_or(usize::MAX).min(events.in_order.len());
        let end = start.saturating_add(count).min(events.in_order.len());
        let mut page = Page { next: 0, events: Vec::new(), rests_on: Lsn::ZERO };
        for entry in &events.in_order[start..end] {
            // Not created yet: its maker's command is still on its way to the actor.
            let Some((status, lsn)) = entry.listed() else { continue };
            page.rests_on = page.rests_on.max(lsn);
            page.events.push((Arc::clone(entry), status));
        }
        if end < events.in_order.len() {
            page.next = end as u64;
        }
        page
    }
}

/// What [`Directory::find_or_make`] came to.
pub(crate) enum Found<T> {
    There(Arc<Entry>),
    Made(T),
}

/// There are as many events as there may be.
pub(crate) struct TooMany;

impl Events {
    fn insert(&mut self, entry: Arc<Entry>) {
        self.next_id = self.next_id.max(entry.id() + 1);
        let name = Box::from(entry.about().name.bytes());
        let before = self.by_name.insert(name, Arc::clone(&entry));
        assert!(before.is_none(), "one name, one event");
        self.in_order.push(entry);
    }
}
