//! What was sold, by order.

use foldhash::fast::FixedState;

use crate::numbers::At;
use crate::state::holders::Holder;
use crate::state::holds::places_term;
use crate::state::seats::Chain;
use crate::state::tables::digest::Part;
use crate::state::tables::{ByName, Slab, Slot, digest};
use crate::state::{Name, Ordinal, Places};

/// A sold order.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Order {
    pub(in crate::state) name: Name,
    /// The version that sold it: the order's number inside.
    pub(in crate::state) version: u64,
    /// Unix milliseconds.
    pub(in crate::state) sold_at: At,
    pub(in crate::state) seats: Chain,
    /// Slot of the first hold's holder.
    pub(in crate::state) holder: Slot<Holder>,
    /// Places, each with the slot of the holder that they count for.
    pub(in crate::state) places: Vec<SoldPlaces>,
}

/// Places of one area in an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct SoldPlaces {
    pub(in crate::state) area: u16,
    pub(in crate::state) count: u32,
    pub(in crate::state) holder: Slot<Holder>,
}

/// The orders by slot and by name.
#[derive(Debug)]
pub(in crate::state) struct Orders {
    slab: Slab<Order>,
    by_name: ByName<Order>,
}

impl Orders {
    pub(in crate::state) const fn new(hasher: FixedState) -> Self {
        Self { slab: Slab::new(), by_name: ByName::new(hasher) }
    }

    pub(in crate::state) fn from_slots(slots: Vec<Option<Order>>, hasher: FixedState) -> Self {
        let mut orders = Self { slab: Slab::from_slots(slots), by_name: ByName::new(hasher) };
        for (slot, order) in orders.slab.iter() {
            orders.by_name.insert(&order.name, slot);
        }
        orders
    }

    pub(in crate::state) const fn slab(&self) -> &Slab<Order> {
        &self.slab
    }

    pub(in crate::state) fn at(&self, slot: Slot<Order>) -> &Order {
        self.slab.at(slot)
    }

    pub(in crate::state) fn slot(&self, name: &Name) -> Option<Slot<Order>> {
        self.by_name.find(name, |slot| self.slab.at(slot).name == *name)
    }

    /// The slot that the next order will get is known only by inserting it; its chain is set afterwards.
    pub(in crate::state) fn insert(&mut self, order: Order) -> Slot<Order> {
        let slot = self.slab.insert(order);
        self.by_name.insert(&self.slab.at(slot).name, slot);
        slot
    }

    /// Takes an order out; its seats and places are the caller's.
    pub(in crate::state) fn remove(&mut self, slot: Slot<Order>) -> Order {
        let order = self.slab.remove(slot);
        self.by_name.remove(&order.name, slot);
        order
    }

    pub(in crate::state) fn at_mut(&mut self, slot: Slot<Order>) -> &mut Order {
        self.slab.at_mut(slot)
    }
}

impl Order {
    /// Its part of the digest; `holder` is the term of the holder's name.
    pub(in crate::state) fn digest_term(&self, holder: u64) -> u64 {
        let name = digest::bytes_term(self.name.bytes());
        let own = digest::term(Part::Order, self.version, self.sold_at.0, name ^ holder.rotate_left(32))
            .wrapping_add(digest::term(Part::Order, self.version, u64::from(self.seats.count), 0));
        places_term(own, self.version, &self.sum_of_places())
    }

    /// Are these, which are its own, all that it has?
    pub(in crate::state) fn is_all(&self, seats: &[Ordinal], places: &Places) -> bool {
        seats.len() as u32 == self.seats.count && places.total() == self.sum_of_places().total()
    }

    /// Takes places away, which are its own: those first that came to it last. Returns whose they were.
    pub(in crate::state) fn take_places(&mut self, places: &Places) -> Vec<SoldPlaces> {
        let mut taken = Vec::new();
        for &(area, mut left) in places {
            for sold in self.places.iter_mut().rev().filter(|sold| sold.area == area) {
                let count = left.min(sold.count);
                if count > 0 {
                    sold.count -= count;
                    left -= count;
                    taken.push(SoldPlaces { count, ..*sold });
                }
            }
        }
        self.places.retain(|sold| sold.count > 0);
        taken
    }

    /// The places by area, holders forgotten, in the order of their first mention.
    pub(in crate::state) fn sum_of_places(&self) -> Places {
        let mut sums = Places::default();
        self.places.iter().for_each(|sold| sums.put(sold.area, sold.count));
        sums
    }
}
