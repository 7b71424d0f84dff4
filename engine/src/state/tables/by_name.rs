//! From a name to the slot of what has it, for names that strangers choose.

use std::hash::BuildHasher;
use std::marker::PhantomData;

use foldhash::fast::FixedState;

use super::hash_index::HashIndex;
use super::slot::Slot;
use crate::state::values::Name;

/// Slots by name. The names themselves stand in the slots; the caller compares them.
#[derive(Debug)]
pub(in crate::state) struct ByName<T> {
    index: HashIndex,
    of: PhantomData<fn() -> T>,
    /// Seeded with the directory's secret, so that nobody can make names collide.
    hasher: FixedState,
}

impl<T> ByName<T> {
    pub(in crate::state) const fn new(hasher: FixedState) -> Self {
        Self { index: HashIndex::new(), of: PhantomData, hasher }
    }

    fn hash(&self, name: &Name) -> u32 {
        (self.hasher.hash_one(name.bytes()) >> 32) as u32
    }

    /// The slot for which `is_it` says yes, among those whose name may be this one.
    pub(in crate::state) fn find(&self, name: &Name, is_it: impl Fn(Slot<T>) -> bool) -> Option<Slot<T>> {
        self.index.find(self.hash(name), |slot| is_it(Slot::new(slot))).map(Slot::new)
    }

    /// Asks for the place where a search for the name will begin.
    pub(in crate::state) fn prefetch(&self, name: &Name) {
        self.index.prefetch(self.hash(name));
    }

    /// As [`ByName::find`]; a name that is not there is added with this slot.
    pub(in crate::state) fn find_or_insert(
        &mut self,
        name: &Name,
        slot: Slot<T>,
        is_it: impl Fn(Slot<T>) -> bool,
    ) -> Option<Slot<T>> {
        let found = self.index.find_or_insert(self.hash(name), slot.number(), |slot| is_it(Slot::new(slot)));
        found.map(Slot::new)
    }

    /// Adds a name that is not there yet.
    pub(in crate::state) fn insert(&mut self, name: &Name, slot: Slot<T>) {
        self.index.insert(self.hash(name), slot.number());
    }

    /// Takes a name out.
    pub(in crate::state) fn remove(&mut self, name: &Name, slot: Slot<T>) {
        self.index.remove(self.hash(name), slot.number());
    }
}
