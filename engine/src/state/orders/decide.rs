//! Judges what sells and what takes back: `CONFIRM`, `CANCEL`, `FORCE CANCEL`. An order is taken back in every state of
//! the sale: money is given back after its end, too.

use super::table::Order;
use crate::numbers::At;
use crate::state::holds::no_hold_twice;
use crate::state::seats::Owner;
use crate::state::tables::Slot;
use crate::state::{Audit, Change, Event, Holds, Name, No, Refusal, SeatStatus, Seats};

impl Event {
    pub(in crate::state) fn judge_confirm(&self, order: Name, holds: Holds, now: At) -> Result<Change, No> {
        self.not_closed()?;
        no_hold_twice("CONFIRM", &holds)?;
        if self.has_had_order(&order) {
            return Err(Refusal::OrderExists(order).into());
        }
        // A payment may become an order of its name at any time.
        if self.payments.slot(&order).is_some() {
            return Err(Refusal::PaymentExists(order).into());
        }
        for &hold in &holds {
            self.live_hold(hold, now)?;
        }
        Ok(Change::Sold { order, holds })
    }

    pub(in crate::state) fn judge_cancel(
        &self,
        order: Name,
        seats: Option<Seats>,
        refund: Option<u64>,
        reason: Box<str>,
    ) -> Result<Change, No> {
        let slot = match &seats {
            None => self.sold_order(&order)?,
            Some(seats) => self.order_of_seats(&order, seats)?,
        };
        Ok(match (refund, seats) {
            (None, None) => Change::Cancelled { order, reason },
            (None, Some(seats)) => Change::SeatsCancelled { order, seats, reason },
            (Some(refund), seats) => {
                let sold = self.orders.at(slot);
                let is_all = seats.as_ref().is_none_or(|seats| sold.is_all(seats));
                self.judge_refund_of_order(&order, is_all, refund)?;
                Change::Returned { order, seats: seats.map(Box::new), refund, operator: None, reason }
            }
        })
    }

    fn order_of_seats(&self, order: &Name, seats: &Seats) -> Result<Slot<Order>, No> {
        self.some_seats_once("CANCEL ... SEATS", seats)?;
        let slot = self.sold_order(order)?;
        let owner = Owner::from(slot);
        let foreign = seats
            .iter()
            .copied()
            .find(|&seat| self.seats.status(seat) != SeatStatus::Sold || self.seats.owner(seat) != owner);
        if let Some(seat) = foreign {
            return Err(Refusal::NotInOrder(seat).into());
        }
        self.whole_groups(seats)?;
        Ok(slot)
    }

    pub(in crate::state) fn judge_force_cancel(
        &self,
        order: Name,
        refund: Option<u64>,
        audit: Audit,
    ) -> Result<Change, No> {
        self.sold_order(&order)?;
        let Some(refund) = refund else { return Ok(Change::ForceCancelled { order, audit }) };
        self.judge_refund_of_order(&order, true, refund)?;
        let Audit { operator, reason } = audit;
        Ok(Change::Returned { order, seats: None, refund, operator: Some(Box::new(operator)), reason })
    }

    fn sold_order(&self, order: &Name) -> Result<Slot<Order>, Refusal> {
        self.orders.slot(order).ok_or_else(|| Refusal::OrderGone(order.clone()))
    }

    /// A name of an order stays taken when all of it was taken back, until that is forgotten.
    pub(in crate::state) fn has_had_order(&self, name: &Name) -> bool {
        self.orders.slot(name).is_some() || self.cancelled.get(name).is_some()
    }
}
