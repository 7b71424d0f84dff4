//! Which events there are, and how to reach the actor of each.
//!
//! Entries are made once and never go: names are unique for ever, so a connection may keep the entry it used last. An
//! event that could not be brought back at the start has no entry, and its name stays taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use holdfast_wal::Lsn;
use parking_lot::RwLock;

use crate::actor::Entry;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::EventId;
use crate::restore::recovery::Lost;
use crate::state::{EventStatus, Name, NameRef, TableSeed};

/// All events, by name and in the order of their creation.
pub(crate) struct Directory {
    events: RwLock<Events>,
    /// Names of the events that could not be brought back.
    lost: BTreeSet<Name>,
    /// The number of events that could not be brought back and whose name is unknown.
    unnamed: usize,
}

struct Events {
    /// Seeded with the directory's secret, as clients choose the names.
    by_name: HashMap<Box<[u8]>, Arc<Entry>, FixedState>,
    in_order: Vec<Arc<Entry>>,
    next_id: EventId,
}

/// A page of the list of events: `next` is the cursor of the page after it, 0 at the end.
pub(crate) struct Page {
    pub(crate) next: u64,
    pub(crate) events: Vec<(Arc<Entry>, EventStatus)>,
    pub(crate) rests_on: Lsn,
}

impl Directory {
    /// A directory without events but those that are `lost`. Its first event will have the number `next_id` at least.
    pub(crate) fn new(seed: TableSeed, next_id: EventId, lost: &[Lost]) -> Self {
        let by_name = HashMap::with_hasher(FixedState::with_seed(seed.0));
        let next_id = lost.iter().map(|lost| lost.id.next()).max().unwrap_or_default().max(next_id);
        let unnamed = lost.iter().filter(|lost| lost.name.is_none()).count();
        let lost = lost.iter().filter_map(|lost| lost.name.clone()).collect();
        Self { events: RwLock::new(Events { by_name, in_order: Vec::new(), next_id }), lost, unnamed }
    }

    pub(crate) fn find(&self, name: NameRef<'_>) -> Option<Arc<Entry>> {
        self.events.read().by_name.get(name.bytes()).cloned()
    }

    /// The event of that number.
    pub(crate) fn numbered(&self, id: EventId) -> Option<Arc<Entry>> {
        self.events.read().in_order.iter().find(|entry| entry.id() == id).cloned()
    }

    /// Why a name without an entry may be that of an event all the same: of one that could not be brought back. If
    /// the name of such an event is unknown, it may be any.
    pub(crate) fn withheld(&self, name: NameRef<'_>) -> Option<Fault> {
        let message = if self.lost.contains(&name.to_name()) {
            format!(
                "event {} could not be brought back and is out of service; the others go on",
                name.to_name()
            )
        } else if self.unnamed > 0 {
            "an event is out of service whose name is not known, so that no other name can be looked up or made"
                .to_owned()
        } else {
            return None;
        };
        Some(Fault::new(Code::OUT_OF_SERVICE, message))
    }

    /// The fault of a command for an event that is not there.
    pub(crate) fn absent(&self, name: NameRef<'_>) -> Fault {
        let unknown = || Fault::new(Code::NO_EVENT, format!("there is no event {}", name.to_name()));
        self.withheld(name).unwrap_or_else(unknown)
    }

    /// How many events are out of service.
    pub(crate) fn out_of_service(&self) -> usize {
        let broken = self.events.read().in_order.iter().filter(|entry| entry.is_out_of_service()).count();
        self.lost.len() + self.unnamed + broken
    }

    /// The numbers of all events that were created; `None` if one of them is out of service.
    pub(crate) fn created(&self) -> Option<Vec<EventId>> {
        if self.out_of_service() > 0 {
            return None;
        }
        let events = self.events.read();
        let created = events.in_order.iter().filter(|entry| entry.listed().is_some());
        Some(created.map(|entry| entry.id()).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.events.read().in_order.len()
    }

    /// How many events there are of those that are `shown`.
    pub(crate) fn count(&self, shown: impl Fn(&[u8]) -> bool) -> usize {
        let events = self.events.read();
        let listed = events.in_order.iter().filter(|entry| entry.listed().is_some());
        listed.filter(|entry| shown(entry.name().bytes())).count()
    }

    /// Adds an event that recovery brought back.
    pub(crate) fn add(&self, entry: Arc<Entry>) {
        self.events.write().insert(entry);
    }

    /// Makes the entry of this name with `make`, which is given the event's number, unless there is one. It is made under
    /// the lock, so that a name gets one actor only, and the actor's first message comes from its maker.
    ///
    /// # Errors
    /// [`TooMany`] if there are [`limits::EVENTS_MAX`] events.
    pub(crate) fn find_or_make(
        &self,
        name: NameRef<'_>,
        make: impl FnOnce(EventId) -> Arc<Entry>,
    ) -> Result<(), TooMany> {
        let mut events = self.events.write();
        if events.by_name.contains_key(name.bytes()) {
            return Ok(());
        }
        if events.in_order.len() >= limits::EVENTS_MAX {
            return Err(TooMany);
        }
        let entry = make(events.next_id);
        events.insert(entry);
        Ok(())
    }

    /// Events in the order of their creation, from the place `cursor` on.
    pub(crate) fn page(&self, cursor: u64, count: usize) -> Page {
        let events = self.events.read();
        let start = usize::try_from(cursor).unwrap_or(usize::MAX).min(events.in_order.len());
        let end = start.saturating_add(count).min(events.in_order.len());
        let mut page = Page { next: 0, events: Vec::new(), rests_on: Lsn::ZERO };
        for entry in &events.in_order[start..end] {
            // Not created yet: the command that creates it is still on its way to the actor.
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

/// There are as many events as there may be.
pub(crate) struct TooMany;

impl Events {
    fn insert(&mut self, entry: Arc<Entry>) {
        self.next_id = self.next_id.max(entry.id().next());
        let name = Box::from(entry.name().bytes());
        let before = self.by_name.insert(name, Arc::clone(&entry));
        assert!(before.is_none(), "one name, one event");
        self.in_order.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(id: EventId, name: Option<&str>) -> Lost {
        let name = name.map(|name| Name::new(name.as_bytes()).unwrap());
        Lost { id, name, code: Code::SNAPSHOTS_DAMAGED, reason: String::new() }
    }

    fn said(directory: &Directory, name: &str) -> (Option<Code>, Code) {
        let name = NameRef::new(name.as_bytes()).unwrap();
        (directory.withheld(name).map(|fault| fault.code), directory.absent(name).code)
    }

    #[test]
    fn the_name_of_a_lost_event_stays_taken_and_so_does_every_name_if_it_is_unknown() {
        let out = (Some(Code::OUT_OF_SERVICE), Code::OUT_OF_SERVICE);
        let directory = Directory::new(TableSeed(1), EventId(3), &[lost(EventId(7), Some("gala"))]);
        assert_eq!(said(&directory, "gala"), out);
        assert_eq!(said(&directory, "ball"), (None, Code::NO_EVENT));
        assert_eq!(directory.events.read().next_id, EventId(8), "no other event gets its number");
        let directory = Directory::new(
            TableSeed(1),
            EventId(3),
            &[lost(EventId(2), None), lost(EventId(1), Some("gala"))],
        );
        assert_eq!((said(&directory, "gala"), said(&directory, "ball")), (out, out));
        assert_eq!((directory.out_of_service(), directory.events.read().next_id), (2, EventId(3)));
    }
}
