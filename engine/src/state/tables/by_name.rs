//! From a name to the slot of what has it, for names that strangers choose.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::hash_index::HashIndex;
use crate::state::values::Name;

/// Slots by name. The names themselves stand in the slots; whoever asks compares them.
#[derive(Debug)]
pub(in crate::state) struct ByName {
    index: HashIndex,
    /// Seeded with the directory's secret, so that nobody can make names collide.
    hasher: FixedState,
}

impl ByName {
    pub(in crate::state) const fn new(hasher: FixedState) -> Self {
        Self { index: HashIndex::new(), hasher }
    }

    fn hash(&self, name: &Name) -> u32 {
        (self.hasher.hash_one(name.bytes()) >> 32) as u32
    }

    /// The slot for which `is_it` says yes, among those whose name may be this one.
    pub(in crate::state) fn find(&self, name: &Name, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        self.index.find(self.hash(name), is_it)
    }

    /// Asks for the place where a search for the name will begin.
    pub(in crate::state) fn prefetch(&self, name: &Name) {
        self.index.prefetch(self.hash(name));
    }

    /// As [`ByName::find`]; a name that is not there is added with this slot.
    pub(in crate::state) fn find_or_insert(
        &mut self,
        name: &Name,
        slot: u32,
        is_it: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        self.index.find_or_insert(self.hash(name), slot, is_it)
    }

    /// Adds a name that is not there yet.
    pub(in crate::state) fn insert(&mut self, name: &Name, slot: u32) {
        self.index.insert(self.hash(name), slot);
    }

    /// Takes a name out.
    pub(in crate::state) fn remove(&mut self, name: &Name, slot: u32) {
        self.index.remove(self.hash(name), slot);
    }
}
