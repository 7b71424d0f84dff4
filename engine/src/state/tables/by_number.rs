//! From the number of a hold to its slot.
//!
//! Numbers only grow and are used up evenly, so they stand in pages of consecutive ones: the pages of new holds are
//! few and warm, and growing to a million holds re-hashes two thousand pages, not a million numbers. A page goes when
//! its last hold does; at worst, with one hold left in each, a hold takes the two kilobytes of a page.

use crate::numbers::HoldId;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::prefetch::prefetch;
use super::slot::Slot;

const PAGE: u64 = 512;

#[derive(Debug)]
struct Page<T> {
    slots: [Slot<T>; PAGE as usize],
    live: u32,
}

/// Slots by number.
#[derive(Debug)]
pub(in crate::state) struct ByNumber<T> {
    pages: HashMap<u64, Box<Page<T>>, FixedState>,
}

impl<T> ByNumber<T> {
    pub(in crate::state) const fn new(hasher: FixedState) -> Self {
        Self { pages: HashMap::with_hasher(hasher) }
    }

    /// The slot of a number, if it is there.
    pub(in crate::state) fn get(&self, id: HoldId) -> Option<Slot<T>> {
        let slot = self.pages.get(&(id.0 / PAGE))?.slots[at(id)];
        (slot != Slot::NONE).then_some(slot)
    }

    /// Asks for the place where the slot of a number stands.
    pub(in crate::state) fn prefetch(&self, id: HoldId) {
        if let Some(page) = self.pages.get(&(id.0 / PAGE)) {
            prefetch(&page.slots[at(id)]);
        }
    }

    /// Adds a number, or gives it another slot; returns the one that it had.
    pub(in crate::state) fn insert(&mut self, id: HoldId, slot: Slot<T>) -> Option<Slot<T>> {
        let new = || Box::new(Page { slots: [Slot::NONE; PAGE as usize], live: 0 });
        let page = self.pages.entry(id.0 / PAGE).or_insert_with(new);
        let before = std::mem::replace(&mut page.slots[at(id)], slot);
        if before != Slot::NONE {
            return Some(before);
        }
        page.live += 1;
        None
    }

    /// Takes a number out.
    ///
    /// # Panics
    /// If it is not there.
    pub(in crate::state) fn remove(&mut self, id: HoldId) {
        let page = self.pages.get_mut(&(id.0 / PAGE)).expect("a number that is removed is there");
        assert!(page.slots[at(id)] != Slot::NONE, "hold {id} is removed twice");
        page.slots[at(id)] = Slot::NONE;
        page.live -= 1;
        if page.live == 0 {
            self.pages.remove(&(id.0 / PAGE));
        }
    }
}

const fn at(id: HoldId) -> usize {
    (id.0 % PAGE) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use quickcheck::quickcheck;

    use super::*;

    quickcheck! {
        fn behaves_like_a_map(steps: Vec<(u16, bool)>) -> bool {
            let mut table: ByNumber<()> = ByNumber::new(FixedState::with_seed(1));
            let mut map = BTreeMap::new();
            for (slot, (number, adds)) in (0..).zip(steps) {
                let id = HoldId(u64::from(number % 4_096));
                match (adds, map.contains_key(&id)) {
                    (true, false) => {
                        table.insert(id, Slot::new(slot));
                        map.insert(id, slot);
                    }
                    (false, true) => {
                        table.remove(id);
                        map.remove(&id);
                    }
                    _ => {}
                }
                assert!((0..5_000).map(HoldId).all(|id| table.get(id).map(Slot::number) == map.get(&id).copied()));
                let mut pages: Vec<_> = map.keys().map(|id| id.0 / PAGE).collect();
                pages.dedup();
                assert_eq!(table.pages.len(), pages.len(), "no page without a hold");
            }
            true
        }
    }
}
