//! Judges what takes a sold order back: `CANCEL`, `FORCE CANCEL`. In every state of the sale: money is given back
//! after the end of a sale, too.

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::state::{Audit, Change, Event, Name, No, Refusal, SeatStatus, Seats, first_repeated, repeated};

impl Event {
    pub(in crate::state) fn judge_cancel(
        &self,
        order: &Name,
        seats: Option<&Seats>,
        reason: &str,
    ) -> Result<Change, No> {
        let (order, reason) = (order.clone(), Box::from(reason));
        let Some(seats) = seats else {
            self.sold_order(&order)?;
            return Ok(Change::Cancelled { order, reason });
        };
        if seats.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, "CANCEL ... SEATS names no seat")));
        }
        if let Some(seat) = first_repeated(seats) {
            return Err(repeated(format!("seat \"{}\" is named twice", self.layout.label(seat))));
        }
        let slot = self.sold_order(&order)?;
        let foreign = seats
            .iter()
            .copied()
            .find(|&seat| self.seats.status(seat) != SeatStatus::Sold || self.seats.owner(seat) != slot);
        match foreign {
            Some(seat) => Err(Refusal::NotInOrder(seat).into()),
            None => Ok(Change::SeatsCancelled { order, seats: seats.clone(), reason }),
        }
    }

    pub(in crate::state) fn judge_force_cancel(&self, order: &Name, audit: &Audit) -> Result<Change, No> {
        self.sold_order(order)?;
        Ok(Change::ForceCancelled { order: order.clone(), audit: audit.clone() })
    }

    fn sold_order(&self, order: &Name) -> Result<u32, Refusal> {
        self.orders.slot(order).ok_or_else(|| Refusal::OrderGone(order.clone()))
    }
}
