//! The times at which a sale opens and closes by itself.

use crate::numbers::At;
use crate::state::Waiter;
use crate::state::tables::digest::{self, Part};

/// What is to come. Unix milliseconds; none is a time that has come.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in crate::state) struct Schedule {
    pub(in crate::state) opens_at: Option<At>,
    pub(in crate::state) closes_at: Option<At>,
    /// Their places among what has the same deadline; they follow from the order of restoring, so they are no state.
    pub(super) places: [u32; 2],
}

impl Schedule {
    pub(in crate::state) const fn new(opens_at: Option<At>, closes_at: Option<At>) -> Self {
        Self { opens_at, closes_at, places: [0; 2] }
    }

    /// Its part of the digest: nothing as long as nothing is to come.
    pub(in crate::state) fn digest_term(self) -> u64 {
        let time = |at: Option<At>| at.map_or(0, |at| at.0 + 1);
        match (time(self.opens_at), time(self.closes_at)) {
            (0, 0) => 0,
            (opens, closes) => digest::term(Part::Schedule, opens, closes, 0),
        }
    }

    /// How many times are to come.
    pub(in crate::state) fn to_come(self) -> usize {
        self.waiting().iter().filter(|(_, at)| at.is_some()).count()
    }

    pub(super) const fn waiting(self) -> [(Waiter, Option<At>); 2] {
        [(Waiter::Opening, self.opens_at), (Waiter::Closing, self.closes_at)]
    }

    /// The place among what has the same deadline changed.
    pub(in crate::state) const fn moved(&mut self, waiter: Waiter, place: u32) {
        self.places[if matches!(waiter, Waiter::Opening) { 0 } else { 1 }] = place;
    }
}
