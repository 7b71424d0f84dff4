//! Gives a hold other seats.

use crate::state::{Answer, Event, HoldId, SeatStatus, Seats, seat_number};

impl Event {
    /// The seats that stay keep their order; those that come stand behind them.
    pub(in crate::state) fn change_hold(
        &mut self,
        id: HoldId,
        drop: &Seats,
        add: &Seats,
        version: u64,
    ) -> Answer {
        let slot = self.live(id);
        self.subtract_hold_number(slot);
        let hold = self.holds.at(slot);
        let (before, holder) = (hold.seats, hold.holder);
        let mut chain = self.let_go(id, before, drop);
        for &seat in add {
            self.seats.take(&mut chain, seat, slot, holder);
            self.sum.add(seat_number(seat, SeatStatus::Held, id));
        }
        // More first: a holder that has nothing for a moment would be forgotten.
        self.holders.grow(holder, add.len() as u32);
        self.holders.subtract(holder, drop.len() as u32);
        self.holds.at_mut(slot).seats = chain;
        self.add_hold_number(slot);
        let hold = self.holds.at(slot);
        assert!(hold.seats.count > 0 || hold.has_places, "hold {id} holds something");
        let (expires_at, places) = (hold.expires_at, self.holds.places(hold).clone());
        Answer::Hold { hold: id, expires_at, version, seats: self.seats.chain(chain).collect(), places }
    }
}
