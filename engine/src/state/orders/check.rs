//! The invariants of orders: each has its seats, and a cancelled one has none.

use crate::numbers::At;
use crate::state::{Event, Found, SeatStatus, ensure};

impl Event {
    pub(in crate::state) fn check_orders(&self, found: &mut Found) -> Result<(), String> {
        for (slot, order) in self.orders.slab().iter() {
            let version = order.version;
            ensure(self.orders.slot(&order.name) == Some(slot), || format!("order {} is lost", order.name))?;
            ensure(version <= self.version, || format!("order {} is from the future", order.name))?;
            let holder = self.checked_holder(order.holder, version)?;
            self.check_chain(order.seats, slot.into(), SeatStatus::Sold, version, found)?;
            for sold in &order.places {
                self.checked_holder(sold.holder, version)?;
                found.holders[sold.holder.index()] += u64::from(sold.count);
                self.claim(&mut found.places, sold.area, version, 2, sold.count)?;
            }
            found.sum.add(order.digest_term(holder.digest_term));
        }
        Ok(())
    }

    pub(in crate::state) fn check_cancelled(&self, found: &mut Found) -> Result<(), String> {
        let mut latest = At(0);
        for order in self.cancelled.iter() {
            let name = &order.name;
            let is_found = self.cancelled.get(name).is_some_and(|found| found.version == order.version);
            ensure(is_found, || format!("cancelled order {name} is lost"))?;
            ensure(latest <= order.cancelled_at, || format!("cancelled order {name} is out of turn"))?;
            latest = order.cancelled_at;
            ensure(self.orders.slot(name).is_none(), || format!("order {name} is sold and cancelled"))?;
            ensure(order.version <= self.version, || format!("order {name} is from the future"))?;
            found.sum.add(order.digest_term());
        }
        Ok(())
    }
}
