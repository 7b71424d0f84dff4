//! What is due next: live holds and running payments by deadline.
//!
//! Holds of one millisecond share a bucket, so a rush costs one look-up in a small tree a hold. A hold knows its
//! place in its bucket, so that one that is sold or given back leaves at once and nothing stale is kept. Within one
//! millisecond the order is that of the bucket: each expiry is logged, so nobody has to guess it.

use std::collections::BTreeMap;

use smallvec::SmallVec;

/// Stands in the slot of a payment, which waits in the same queue: there is one order of everything. No event has so
/// many holds.
pub(super) const PAYMENT: u32 = 1 << 31;

/// Slots of holds and payments by deadline in Unix milliseconds.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    buckets: BTreeMap<u64, SmallVec<[u32; 4]>>,
}

impl Deadlines {
    /// Adds a hold; returns its place, which the hold keeps.
    pub(super) fn insert(&mut self, at: u64, slot: u32) -> u32 {
        let bucket = self.buckets.entry(at).or_default();
        bucket.push(slot);
        bucket.len() as u32 - 1
    }

    /// Takes a hold out. Another one may have moved into its place: it is returned and must be told.
    pub(super) fn remove(&mut self, at: u64, slot: u32, place: u32) -> Option<u32> {
        let bucket = self.buckets.get_mut(&at).expect("every live hold is in the bucket of its deadline");
        let removed = bucket.swap_remove(place as usize);
        assert_eq!(removed, slot, "a hold knows its place");
        let moved = bucket.get(place as usize).copied();
        if bucket.is_empty() {
            self.buckets.remove(&at);
        }
        moved
    }

    /// The earliest deadline and one hold that has it.
    pub(super) fn first(&self) -> Option<(u64, u32)> {
        let (&at, bucket) = self.buckets.first_key_value()?;
        Some((at, *bucket.last()?))
    }

    /// Is there a deadline after the one and before the other?
    pub(super) fn any_between(&self, after: u64, before: u64) -> bool {
        let next = self.buckets.range(after.saturating_add(1)..).next();
        next.is_some_and(|(&at, _)| at < before)
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.buckets.values().map(SmallVec::len).sum()
    }
}
