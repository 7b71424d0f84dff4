//! The live picture of one event: what changed since the last message, for those who have subscribed to it.
//!
//! However fast an event changes, its messages come at most once in [`limits::MAP_MESSAGES_EVERY`], each written once
//! for all who have heard the one before.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::Delta;
use crate::feed::fields::FeedRecord;
use crate::feed::queue::Queue;
use crate::limits;
use crate::state::Layout;

#[derive(Debug, Default)]
pub(in crate::feed) struct Live {
    /// Each with the version up to which it has heard of everything.
    subscribers: Vec<(Arc<Queue>, u64)>,
    /// What there is to tell.
    fresh: Option<Delta>,
    told: Option<Instant>,
}

/// A message, and those who get it.
pub(in crate::feed) type Telling = (Arc<[u8]>, Vec<Arc<Queue>>);

impl Live {
    /// Gives the changes after this version to the queue.
    pub(in crate::feed) fn subscribe(&mut self, queue: &Arc<Queue>, heard: u64) {
        self.subscribers.push((Arc::clone(queue), heard));
    }

    pub(in crate::feed) fn unsubscribe(&mut self, queue: &Arc<Queue>) {
        self.subscribers.retain(|(other, _)| !Arc::ptr_eq(other, queue));
        if self.subscribers.is_empty() {
            self.fresh = None;
        }
    }

    /// All of them.
    pub(in crate::feed) fn into_subscribers(self) -> impl Iterator<Item = Arc<Queue>> {
        self.subscribers.into_iter().map(|(queue, _)| queue)
    }

    /// Takes in what became durable, in order.
    pub(in crate::feed) fn take_in(&mut self, fresh: &[Arc<FeedRecord>]) {
        if self.subscribers.is_empty() {
            return;
        }
        for record in fresh {
            let delta = self.fresh.get_or_insert_with(|| Delta::after(record.version - 1, record.at));
            delta.take(record);
        }
    }

    /// When there is something to tell next.
    pub(in crate::feed) fn due(&self) -> Option<Instant> {
        self.fresh.as_ref()?;
        Some(self.told.map_or_else(Instant::now, |told| told + limits::MAP_MESSAGES_EVERY))
    }

    /// The messages that are due now: one for all who have heard the last one, and one for those who came since.
    pub(in crate::feed) fn tell(&mut self, now: Instant, layout: &Layout) -> Vec<Telling> {
        let Some(delta) = self.fresh.take() else { return Vec::new() };
        self.told = Some(now);
        let mut tellings: BTreeMap<u64, Telling> = BTreeMap::new();
        for (queue, heard) in &mut self.subscribers {
            let from = (*heard).max(delta.from());
            match tellings.get_mut(&from) {
                Some((_, queues)) => queues.push(Arc::clone(queue)),
                None => {
                    let Some(message) = delta.message(from, layout) else { continue };
                    tellings.insert(from, (message, vec![Arc::clone(queue)]));
                }
            }
            *heard = (*heard).max(delta.version());
        }
        tellings.into_values().collect()
    }
}
