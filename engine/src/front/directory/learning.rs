//! What a node that follows needs of the directory: its events are made by another one.

use std::sync::Arc;

use super::{Directory, Slot};
use crate::actor::Entry;
use crate::numbers::EventId;

impl Directory {
    /// Adds an event that another node has made. One with a lower number may come later: of two that are made at the same time, each is logged
    /// by its own actor.
    pub(crate) fn learn(&self, entry: Arc<Entry>) {
        let mut events = self.events.write();
        let (id, name) = (entry.id(), entry.name().clone());
        if events.in_order.last().is_none_or(|last| last.id() < id) {
            return events.insert(name.borrowed(), Slot::Here(entry));
        }
        let place = events.in_order.partition_point(|slot| slot.id() < id);
        events.in_order.insert(place, Slot::Here(entry));
        events.names = events.names.with(place, name.borrowed());
    }

    /// The events that are in memory.
    pub(crate) fn in_memory(&self) -> Vec<Arc<Entry>> {
        let events = self.events.read();
        let here = events.in_order.iter().filter_map(|slot| match slot {
            Slot::Here(entry) => Some(Arc::clone(entry)),
            Slot::Resting(_) => None,
        });
        here.collect()
    }

    /// The events at rest whose snapshots could not be read.
    pub(crate) fn unread(&self) -> Vec<EventId> {
        let events = self.events.read();
        let out = events.in_order.iter().filter_map(|slot| match slot {
            Slot::Resting(rest) if rest.is_out => Some(rest.id),
            Slot::Resting(_) | Slot::Here(_) => None,
        });
        out.collect()
    }
}
