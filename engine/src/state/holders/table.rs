//! Who has something in this event, and how much: for the limit per holder.

use foldhash::fast::FixedState;

use crate::state::Name;
use crate::state::tables::{ByName, Slab, Slot, digest};

/// A holder that has at least one seat or place.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Holder {
    pub(in crate::state) name: Name,
    /// Seats and places held, in payment and sold.
    pub(in crate::state) count: u32,
    /// What the name adds to the digest terms of its holds and orders.
    pub(in crate::state) digest_term: u64,
}

/// The holders by slot and by name.
#[derive(Debug)]
pub(in crate::state) struct Holders {
    slab: Slab<Holder>,
    by_name: ByName<Holder>,
}

impl Holders {
    pub(in crate::state) const fn new(hasher: FixedState) -> Self {
        Self { slab: Slab::new(), by_name: ByName::new(hasher) }
    }

    pub(in crate::state) fn from_slots(slots: Vec<Option<Holder>>, hasher: FixedState) -> Self {
        let mut holders = Self { slab: Slab::from_slots(slots), by_name: ByName::new(hasher) };
        for (slot, holder) in holders.slab.iter() {
            holders.by_name.insert(&holder.name, slot);
        }
        holders
    }

    pub(in crate::state) const fn slab(&self) -> &Slab<Holder> {
        &self.slab
    }

    pub(in crate::state) fn at(&self, slot: Slot<Holder>) -> &Holder {
        self.slab.at(slot)
    }

    pub(in crate::state) fn slot(&self, name: &Name) -> Option<Slot<Holder>> {
        self.by_name.find(name, |slot| self.slab.at(slot).name == *name)
    }

    /// Asks for the place where a search for the name will begin.
    pub(in crate::state) fn prefetch(&self, name: &Name) {
        self.by_name.prefetch(name);
    }

    /// Asks for what is known of a holder.
    pub(in crate::state) fn prefetch_slot(&self, slot: Slot<Holder>) {
        self.slab.prefetch(slot);
    }

    /// What the holder of that name has.
    pub(in crate::state) fn count(&self, name: &Name) -> u32 {
        self.slot(name).map_or(0, |slot| self.slab.at(slot).count)
    }

    /// Counts more for the holder of that name, which is added if it is not there.
    pub(in crate::state) fn add(&mut self, name: &Name, count: u32) -> Slot<Holder> {
        let slab = &self.slab;
        if let Some(slot) = self.by_name.find_or_insert(name, slab.next(), |slot| slab.at(slot).name == *name)
        {
            self.slab.at_mut(slot).count += count;
            return slot;
        }
        let digest_term = digest::bytes_term(name.bytes());
        self.slab.insert(Holder { name: name.clone(), count, digest_term })
    }

    /// Counts more for a holder that is known.
    pub(in crate::state) fn grow(&mut self, slot: Slot<Holder>, count: u32) {
        self.slab.at_mut(slot).count += count;
    }

    /// Counts less; a holder that has nothing is forgotten.
    pub(in crate::state) fn subtract(&mut self, slot: Slot<Holder>, count: u32) {
        let holder = self.slab.at_mut(slot);
        holder.count = holder.count.checked_sub(count).expect("a holder gives back what it has");
        if holder.count == 0 {
            let holder = self.slab.remove(slot);
            self.by_name.remove(&holder.name, slot);
        }
    }
}
