//! Orders of which nothing is left. Their names are remembered until they are forgotten after a long time, so that none
//! is sold under again meanwhile.

use std::collections::BTreeMap;

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
    /// Older ones that were passed over when it was their turn to be forgotten, by sequence number.
    passed: BTreeMap<u64, CancelledOrder>,
}

impl CancelledOrders {
    pub(in crate::state) const fn new(hasher: FixedState) -> Self {
        Self { orders: Fifo::new(), by_name: ByName::new(hasher), passed: BTreeMap::new() }
    }

    pub(in crate::state) fn from_rows(rows: Vec<CancelledOrder>, hasher: FixedState) -> Self {
        let mut orders = Self::new(hasher);
        rows.into_iter().for_each(|order| orders.push(order));
        orders
    }

    pub(in crate::state) fn len(&self) -> u64 {
        self.orders.len() + self.passed.len() as u64
    }

    /// Oldest first.
    pub(in crate::state) fn iter(&self) -> impl Iterator<Item = &CancelledOrder> {
        self.passed.values().chain(self.orders.iter())
    }

    pub(in crate::state) fn get(&self, name: &Name) -> Option<&CancelledOrder> {
        if self.len() == 0 {
            return None;
        }
        let low = self.by_name.find(name, |low| self.at(low).is_some_and(|order| order.name == *name))?;
        self.at(low)
    }

    fn at(&self, low: Slot<CancelledOrder>) -> Option<&CancelledOrder> {
        let (first, low) = (self.orders.first(), low.number());
        let order = self.orders.get(first + u64::from(low.wrapping_sub(first as u32)));
        let before = || first.checked_sub(u64::from((first as u32).wrapping_sub(low)));
        order.or_else(|| self.passed.get(&before()?))
    }

    pub(in crate::state) fn push(&mut self, order: CancelledOrder) {
        self.by_name.insert(&order.name, Slot::new(self.orders.next() as u32));
        self.orders.push(order);
    }

    /// Forgets the `count` oldest that may be, or all of these; those that may not are passed over.
    pub(in crate::state) fn forget(
        &mut self,
        count: usize,
        may_be: impl Fn(&CancelledOrder) -> bool,
    ) -> Vec<CancelledOrder> {
        let due = self.passed.iter().filter(|(_, order)| may_be(order)).take(count);
        let due: Vec<u64> = due.map(|(&sequence, _)| sequence).collect();
        let mut forgotten = Vec::with_capacity(count);
        for sequence in due {
            forgotten.extend(self.passed.remove(&sequence).map(|order| (sequence, order)));
        }
        while forgotten.len() < count
            && let Some(order) = self.orders.get(self.orders.first()).cloned()
        {
            let sequence = self.orders.first();
            self.orders.drop_first();
            if may_be(&order) {
                forgotten.push((sequence, order));
            } else {
                self.passed.insert(sequence, order);
            }
        }
        let unnamed = |(sequence, order): (u64, CancelledOrder)| {
            self.by_name.remove(&order.name, Slot::new(sequence as u32));
            order
        };
        forgotten.into_iter().map(unnamed).collect()
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
