//! Orders of which nothing is left. Their names are remembered until they are forgotten after a long time, so that none
//! is sold under again meanwhile.

use foldhash::fast::FixedState;

use crate::numbers::At;
use crate::state::Name;
use crate::state::tables::digest::Part;
use crate::state::tables::{ByName, Fifo, Slot, digest};

/// An order that was taken back as a whole.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct CancelledOrder {
    pub(in crate::state) name: Name,
    /// The version that sold it.
    pub(in crate::state) version: u64,
    /// Unix milliseconds.
    pub(in crate::state) sold_at: At,
    /// Unix milliseconds.
    pub(in crate::state) cancelled_at: At,
    /// For whom it was at last. By name: a holder that has nothing has no slot.
    pub(in crate::state) holder: Name,
}

/// The cancelled orders, oldest first, and by name.
#[derive(Debug)]
pub(in crate::state) struct CancelledOrders {
    orders: Fifo<CancelledOrder>,
    /// The low bits of the sequence numbers, as keys have them: there are never so many at a time.
    by_name: ByName<CancelledOrder>,
}

impl CancelledOrders {
    pub(in crate::state) const fn new(hasher: FixedState) -> Self {
        Self { orders: Fifo::new(), by_name: ByName::new(hasher) }
    }

    pub(in crate::state) fn from_rows(rows: Vec<CancelledOrder>, hasher: FixedState) -> Self {
        let mut orders = Self::new(hasher);
        rows.into_iter().for_each(|order| orders.push(order));
        orders
    }

    /// Oldest first.
    pub(in crate::state) const fn len(&self) -> u64 {
        self.orders.len()
    }

    pub(in crate::state) fn iter(&self) -> impl Iterator<Item = &CancelledOrder> {
        self.orders.iter()
    }

    pub(in crate::state) fn get(&self, name: &Name) -> Option<&CancelledOrder> {
        if self.orders.len() == 0 {
            return None;
        }
        let low = self.by_name.find(name, |low| self.at(low).is_some_and(|order| order.name == *name))?;
        self.at(low)
    }

    fn at(&self, low: Slot<CancelledOrder>) -> Option<&CancelledOrder> {
        let first = self.orders.first();
        self.orders.get(first + u64::from(low.number().wrapping_sub(first as u32)))
    }

    pub(in crate::state) fn push(&mut self, order: CancelledOrder) {
        self.by_name.insert(&order.name, Slot::new(self.orders.next() as u32));
        self.orders.push(order);
    }

    /// Forgets the oldest.
    pub(in crate::state) fn take_first(&mut self) -> CancelledOrder {
        let first = self.orders.first();
        let order = self.orders.get(first).expect("only orders that are there are forgotten").clone();
        self.by_name.remove(&order.name, Slot::new(first as u32));
        self.orders.drop_first();
        order
    }
}

impl CancelledOrder {
    /// Its part of the digest.
    pub(in crate::state) fn digest_term(&self) -> u64 {
        let names =
            digest::bytes_term(self.name.bytes()) ^ digest::bytes_term(self.holder.bytes()).rotate_left(32);
        let own = digest::term(Part::CancelledOrder, self.version, self.sold_at.0, names);
        digest::term(Part::CancelledOrder, own, self.cancelled_at.0, 0)
    }
}
