//! Who has something in this event, and how much: for the limit per holder.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::digest;
use super::name::Name;
use super::slab::Slab;

/// A holder that has at least one seat or place.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(super) struct Holder {
    pub(super) name: Name,
    /// Seats and places held, in payment and sold.
    pub(super) count: u32,
    /// The name as a number, for the digest.
    pub(super) number: u64,
}

/// The holders by slot and by name.
#[derive(Debug)]
pub(super) struct Holders {
    slab: Slab<Holder>,
    by_name: HashTable<u32>,
    /// Seeded with the directory's secret: holders' names are chosen by strangers.
    hasher: FixedState,
}

impl Holders {
    pub(super) const fn new(hasher: FixedState) -> Self {
        Self { slab: Slab::new(), by_name: HashTable::new(), hasher }
    }

    pub(super) fn from_slots(slots: Vec<Option<Holder>>, hasher: FixedState) -> Self {
        let mut holders = Self::new(hasher);
        holders.slab = Slab::from_slots(slots);
        holders.by_name.reserve(holders.slab.len(), |_| 0);
        for (slot, holder) in holders.slab.iter() {
            let hash = holders.hasher.hash_one(holder.name.bytes());
            holders.by_name.insert_unique(hash, slot, |&slot| hash_of(&holders.slab, &holders.hasher, slot));
        }
        holders
    }

    pub(super) const fn slab(&self) -> &Slab<Holder> {
        &self.slab
    }

    pub(super) fn at(&self, slot: u32) -> &Holder {
        self.slab.at(slot)
    }

    /// What the holder of that name has.
    pub(super) fn count(&self, name: &Name) -> u32 {
        let hash = self.hasher.hash_one(name.bytes());
        let slot = self.by_name.find(hash, |&slot| self.slab.at(slot).name == *name);
        slot.map_or(0, |&slot| self.slab.at(slot).count)
    }

    /// Counts more for a holder, who is made known if need be.
    pub(super) fn add(&mut self, name: &Name, count: u32) -> u32 {
        let hash = self.hasher.hash_one(name.bytes());
        if let Some(&slot) = self.by_name.find(hash, |&slot| self.slab.at(slot).name == *name) {
            self.slab.at_mut(slot).count += count;
            return slot;
        }
        let number = digest::bytes_number(name.bytes());
        let slot = self.slab.insert(Holder { name: name.clone(), count, number });
        let (slab, hasher) = (&self.slab, &self.hasher);
        self.by_name.insert_unique(hash, slot, |&slot| hash_of(slab, hasher, slot));
        slot
    }

    /// Counts less; a holder that has nothing is forgotten.
    pub(super) fn subtract(&mut self, slot: u32, count: u32) {
        let holder = self.slab.at_mut(slot);
        holder.count = holder.count.checked_sub(count).expect("a holder gives back what it has");
        if holder.count == 0 {
            let holder = self.slab.remove(slot);
            let hash = self.hasher.hash_one(holder.name.bytes());
            let found = self.by_name.find_entry(hash, |&known| known == slot);
            found.expect("every holder is in the table").remove();
        }
    }
}

fn hash_of(slab: &Slab<Holder>, hasher: &FixedState, slot: u32) -> u64 {
    hasher.hash_one(slab.at(slot).name.bytes())
}
