//! Orders of which nothing is left. Their names are remembered for ever, so that none is sold under again.

use foldhash::fast::FixedState;

use super::by_name::ByName;
use super::digest::{self, Part};
use super::name::Name;
use super::slab::Slab;

/// An order that was taken back as a whole.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(super) struct CancelledOrder {
    pub(super) name: Name,
    /// The version that sold it.
    pub(super) version: u64,
    /// Unix milliseconds.
    pub(super) sold_at: u64,
    /// Unix milliseconds.
    pub(super) cancelled_at: u64,
    /// For whom it was at last. By name: a holder that has nothing has no slot.
    pub(super) holder: Name,
}

/// The cancelled orders, oldest first, and by name.
#[derive(Debug)]
pub(super) struct CancelledOrders {
    slab: Slab<CancelledOrder>,
    by_name: ByName,
}

impl CancelledOrders {
    pub(super) const fn new(hasher: FixedState) -> Self {
        Self { slab: Slab::new(), by_name: ByName::new(hasher) }
    }

    pub(super) fn from_rows(rows: Vec<CancelledOrder>, hasher: FixedState) -> Self {
        let mut orders = Self::new(hasher);
        rows.into_iter().for_each(|order| orders.push(order));
        orders
    }

    pub(super) const fn slab(&self) -> &Slab<CancelledOrder> {
        &self.slab
    }

    pub(super) fn slot(&self, name: &Name) -> Option<u32> {
        if self.slab.len() == 0 {
            return None;
        }
        self.by_name.find(name, |slot| self.slab.at(slot).name == *name)
    }

    pub(super) fn get(&self, name: &Name) -> Option<&CancelledOrder> {
        Some(self.slab.at(self.slot(name)?))
    }

    pub(super) fn push(&mut self, order: CancelledOrder) {
        let name = order.name.clone();
        let slot = self.slab.insert(order);
        self.by_name.insert(&name, slot);
    }
}

impl CancelledOrder {
    /// Its part of the digest.
    pub(super) fn number(&self) -> u64 {
        let names = digest::bytes_number(self.name.bytes())
            ^ digest::bytes_number(self.holder.bytes()).rotate_left(32);
        let own = digest::number(Part::CancelledOrder, self.version, self.sold_at, names);
        digest::number(Part::CancelledOrder, own, self.cancelled_at, 0)
    }
}
