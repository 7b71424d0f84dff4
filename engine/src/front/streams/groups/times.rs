//! How often entries were given out before, for whoever asks to be told.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{GroupEntries, GroupTold, WaitedEntry};
use crate::front::streams::StreamKey;
use crate::numbers::{At, EntryId, Millis};
use crate::system::Group;

/// How long ago entries were given out before they are now, and how often, as far as anybody wants to know.
#[derive(Default)]
pub(super) struct Waited(RefCell<BTreeMap<EntryId, (Millis<u64>, u32)>>);

impl Waited {
    /// What is known of pending entries before they are given out again.
    pub(super) fn notes(&self, group: &Group, ids: &[EntryId], now: At) {
        let known = |id: &EntryId| {
            let out = group.pending_at(*id)?;
            Some((*id, (now.since(out.delivered_at), out.deliveries)))
        };
        self.0.borrow_mut().extend(ids.iter().filter_map(known));
    }

    fn of(&self, id: EntryId) -> (Millis<u64>, u32) {
        self.0.borrow().get(&id).copied().unwrap_or_default()
    }
}

/// Of each stream its entries, with what is known of them from before.
pub(super) fn with_waited(streams: Vec<(StreamKey, GroupEntries, Waited)>) -> GroupTold {
    let streams = streams.into_iter().map(|(stream, entries, waited)| {
        let entries = entries.into_iter().map(|(id, entry)| (id, entry, waited.of(id)));
        (stream, entries.collect::<Vec<WaitedEntry>>())
    });
    GroupTold::Waited(streams.collect())
}
