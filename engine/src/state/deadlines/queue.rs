//! What is due next: live holds and running payments by deadline.
//!
//! Holds of one millisecond share a bucket, and a rush of new holds mostly goes to one bucket after the other, so the
//! last one is remembered and most holds cost no look-up in the tree. A hold knows its place in its bucket, so that
//! one that is sold or given back leaves at once and nothing stale is kept. Within one millisecond the order is that
//! of the bucket: each expiry is logged, so nobody has to guess it.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::numbers::At;
use crate::state::holds::Hold;
use crate::state::payments::Payment;
use crate::state::tables::Slot;

/// What waits for a deadline. Holds and payments wait in one queue: there is one order of everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::state) enum Waiter {
    Hold(Slot<Hold>),
    Payment(Slot<Payment>),
    /// The sale, to be opened.
    Opening,
    /// The sale, to be closed.
    Closing,
}

/// Stands in the slot of a payment. No event has so many holds.
const PAYMENT: u32 = 1 << 31;
/// No event has so many payments.
const OPENING: u32 = u32::MAX;
const CLOSING: u32 = u32::MAX - 1;

impl Waiter {
    const fn packed(self) -> u32 {
        match self {
            Self::Hold(slot) => slot.number(),
            Self::Payment(slot) => slot.number() | PAYMENT,
            Self::Opening => OPENING,
            Self::Closing => CLOSING,
        }
    }

    const fn unpacked(packed: u32) -> Self {
        match packed {
            OPENING => Self::Opening,
            CLOSING => Self::Closing,
            _ if packed & PAYMENT == 0 => Self::Hold(Slot::new(packed)),
            _ => Self::Payment(Slot::new(packed & !PAYMENT)),
        }
    }
}

/// What is due in the same millisecond, packed.
type Bucket = SmallVec<[u32; 4]>;

/// Slots of holds and payments by deadline in Unix milliseconds.
#[derive(Debug, Default)]
pub(in crate::state) struct Deadlines {
    /// Which bucket is whose.
    order: BTreeMap<At, u32>,
    buckets: Vec<Bucket>,
    /// Buckets that are nobody's, and empty.
    free: Vec<u32>,
    /// The deadline and the bucket of the last insertion, while it has one.
    last: Option<(At, u32)>,
    /// The earliest deadline. Asked for by every run, which must not search the tree for it.
    earliest: Option<At>,
}

impl Deadlines {
    /// Adds a hold or a payment; returns its place, which it keeps.
    pub(in crate::state) fn insert(&mut self, at: At, waiter: Waiter) -> u32 {
        let bucket = match self.last {
            Some((last, bucket)) if last == at => bucket,
            _ => self.find_or_make(at),
        };
        self.last = Some((at, bucket));
        let bucket = &mut self.buckets[bucket as usize];
        bucket.push(waiter.packed());
        bucket.len() as u32 - 1
    }

    fn find_or_make(&mut self, at: At) -> u32 {
        let Self { order, buckets, free, earliest, .. } = self;
        *earliest = earliest.map_or(Some(at), |earliest| Some(earliest.min(at)));
        *order.entry(at).or_insert_with(|| {
            free.pop().unwrap_or_else(|| {
                buckets.push(Bucket::new());
                buckets.len() as u32 - 1
            })
        })
    }

    /// Takes a hold or a payment out. Another one may have moved into its place: it is returned and must be told.
    pub(in crate::state) fn remove(&mut self, at: At, waiter: Waiter, place: u32) -> Option<Waiter> {
        let index = *self.order.get(&at).expect("every live hold is in the bucket of its deadline");
        let bucket = &mut self.buckets[index as usize];
        let removed = bucket.swap_remove(place as usize);
        assert_eq!(removed, waiter.packed(), "{waiter:?} knows its place");
        let moved = bucket.get(place as usize).copied().map(Waiter::unpacked);
        if bucket.is_empty() {
            // What a large bucket has allocated goes back.
            *bucket = Bucket::new();
            self.order.remove(&at);
            self.free.push(index);
            self.last = self.last.filter(|&(last, _)| last != at);
            self.earliest = self.order.first_key_value().map(|(&at, _)| at);
        }
        moved
    }

    /// The earliest deadline.
    pub(in crate::state) const fn earliest(&self) -> Option<At> {
        self.earliest
    }

    /// The earliest deadline and one of those that wait for it.
    pub(in crate::state) fn first(&self) -> Option<(At, Waiter)> {
        let (&at, &bucket) = self.order.first_key_value()?;
        Some((at, Waiter::unpacked(*self.buckets[bucket as usize].last()?)))
    }

    /// The deadlines of holds and payments after the one and before the other, ascending.
    pub(in crate::state) fn between(&self, after: At, before: At) -> impl Iterator<Item = At> {
        let rest = self.order.range(after.next()..).take_while(move |&(&at, _)| at < before);
        let waits = |bucket: &u32| self.buckets[*bucket as usize].iter().any(|&packed| packed < CLOSING);
        rest.filter(move |(_, bucket)| waits(bucket)).map(|(&at, _)| at)
    }

    /// Does anything wait for this deadline?
    pub(in crate::state) fn has(&self, at: At) -> bool {
        self.order.contains_key(&at)
    }

    /// How many wait.
    pub(in crate::state) fn len(&self) -> usize {
        self.buckets.iter().map(SmallVec::len).sum()
    }
}
