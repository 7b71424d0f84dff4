//! Judges what sells and what takes back: `CONFIRM`, `CANCEL`, `EXCHANGE`, `FORCE CANCEL`. An order is taken back in every state of
//! the sale: money is given back after its end, too.

use super::table::Order;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::At;
use crate::state::holds::no_hold_twice;
use crate::state::tables::Slot;
use crate::state::{
    Audit, Change, Event, EventStatus, Holds, Limit, Name, No, Refusal, SeatStatus, Selection, both,
};

impl Event {
    pub(in crate::state) fn judge_confirm(
        &self,
        order: Name,
        holds: Holds,
        of: Option<&Name>,
        now: At,
    ) -> Result<Change, No> {
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
            self.live_hold(hold, of, now)?;
        }
        Ok(Change::Sold { order, holds })
    }

    pub(in crate::state) fn judge_cancel(
        &self,
        order: Name,
        part: Option<Box<Selection>>,
        refund: Option<u64>,
        reason: Box<str>,
    ) -> Result<Change, No> {
        part.iter().try_for_each(|part| self.some_once("CANCEL", part))?;
        let slot = self.sold_order(&order)?;
        if let Some(part) = &part {
            self.all_in_order(slot, part)?;
            self.whole_groups(&part.seats)?;
        }
        if let Some(refund) = refund {
            let sold = self.orders.at(slot);
            let is_all = part.as_ref().is_none_or(|part| sold.is_all(&part.seats, &part.places));
            self.judge_refund_of_order(&order, is_all, refund)?;
        } else if part.is_none() {
            return Ok(Change::Cancelled { order, reason });
        }
        Ok(Change::Returned { order, part, refund, operator: None, reason })
    }

    fn all_in_order(&self, slot: Slot<Order>, part: &Selection) -> Result<(), Refusal> {
        if let Some(seat) = self.foreign(&part.seats, SeatStatus::Sold, slot.into()) {
            return Err(Refusal::NotInOrder(seat));
        }
        let places = self.orders.at(slot).sum_of_places();
        places
            .lacks(&part.places)
            .map_or(Ok(()), |(area, has, wanted)| Err(Refusal::PlacesNotInOrder { area, has, wanted }))
    }

    /// Taking seats needs an open sale, as a new hold does.
    pub(in crate::state) fn judge_exchange(
        &self,
        order: Name,
        drop: Box<Selection>,
        add: Box<Selection>,
        reason: Box<str>,
    ) -> Result<Change, No> {
        if self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        if drop.is_empty() || add.is_empty() {
            return Err(No::Fault(Fault::new(
                Code::SYNTAX,
                "EXCHANGE names nothing to drop, or nothing to add",
            )));
        }
        self.some_once("EXCHANGE", &both(&drop, &add))?;
        let slot = self.sold_order(&order)?;
        self.all_in_order(slot, &drop)?;
        if let Some(more) = add.count().checked_sub(drop.count()).filter(|more| *more > 0) {
            let of_holder = u64::from(self.holders.at(self.orders.at(slot).holder).count) + more;
            self.within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, of_holder)?;
        }
        self.may_be_swapped(&drop, &add)?;
        Ok(Change::Exchanged { order, drop, add, reason })
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
        let operator = Some(Box::new(operator));
        Ok(Change::Returned { order, part: None, refund: Some(refund), operator, reason })
    }

    fn sold_order(&self, order: &Name) -> Result<Slot<Order>, Refusal> {
        self.orders.slot(order).ok_or_else(|| Refusal::OrderGone(order.clone()))
    }

    /// A name of an order stays taken when all of it was taken back, until that is forgotten.
    pub(in crate::state) fn has_had_order(&self, name: &Name) -> bool {
        self.orders.slot(name).is_some() || self.cancelled.get(name).is_some()
    }
}
