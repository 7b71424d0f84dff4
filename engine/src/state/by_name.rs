//! From a name to the slot of what has it, for names that strangers choose.
//!
//! A table that grows re-hashes what it holds. Here that touches neither names nor slots: part of the hash stands in
//! the table. And it is a sixteenth of the names at a time, as there are so many tables: growing to a million
//! holders pauses a sale for milliseconds, not for hundreds of them.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::name::Name;

const SHARDS: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Entry {
    slot: u32,
    hash: u32,
}

/// Slots by name. The names themselves stand in the slots; whoever asks compares them.
#[derive(Debug)]
pub(super) struct ByName {
    shards: [HashTable<Entry>; SHARDS],
    /// Seeded with the directory's secret, so that nobody can make names collide.
    hasher: FixedState,
}

impl ByName {
    pub(super) const fn new(hasher: FixedState) -> Self {
        Self { shards: [const { HashTable::new() }; SHARDS], hasher }
    }

    fn hash(&self, name: &Name) -> u32 {
        // The upper half: the shard is taken from the lower bits of it, the place in the table from all of it.
        (self.hasher.hash_one(name.bytes()) >> 32) as u32
    }

    /// The slot for which `is_it` says yes, among those whose name may be this one.
    pub(super) fn find(&self, name: &Name, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = self.hash(name);
        let shard = &self.shards[shard(hash)];
        shard.find(spread(hash), |entry| entry.hash == hash && is_it(entry.slot)).map(|entry| entry.slot)
    }

    /// Adds a name that is not there yet.
    pub(super) fn insert(&mut self, name: &Name, slot: u32) {
        let hash = self.hash(name);
        let entry = Entry { slot, hash };
        self.shards[shard(hash)].insert_unique(spread(hash), entry, |entry| spread(entry.hash));
    }

    /// Takes a name out.
    pub(super) fn remove(&mut self, name: &Name, slot: u32) {
        let hash = self.hash(name);
        let found = self.shards[shard(hash)].find_entry(spread(hash), |entry| entry.slot == slot);
        found.expect("every name that has a slot is in the table").remove();
    }
}

const fn shard(hash: u32) -> usize {
    hash as usize % SHARDS
}

/// The table looks at the lowest and at the highest bits: both come from all 32.
const fn spread(hash: u32) -> u64 {
    (hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
