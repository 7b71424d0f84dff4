//! Makes the changes of holds happen.

use super::table::{Extends, Hold};
use crate::numbers::{Account, At, HoldId, Millis};
use crate::state::seats::{Chain, seat_term};
use crate::state::tables::{Beside, NONE, Slot};
use crate::state::{Answer, Event, Name, Ordinal, Places, SeatStatus, Seats, Waiter};

impl Event {
    pub(in crate::state) fn hold(
        &mut self,
        id: HoldId,
        (holder, account): (&Name, Account),
        (made_at, ttl): (At, Millis),
        seats: &[Ordinal],
        places: &Places,
    ) {
        let count = size(seats, places);
        assert!(count > 0, "hold {id} holds something");
        let holder = self.holders.add(holder, count);
        let has_places = !places.is_empty();
        let (expires_at, total) = (made_at + ttl, Beside(ttl));
        let seats_so_far = Chain::EMPTY;
        let hold = Hold {
            id,
            expires_at,
            holder,
            seats: seats_so_far,
            extends: Extends::default(),
            place: 0,
            account,
            has_places,
            total,
        };
        self.accounts.change(account, |used| used.holds += 1);
        let slot = self.holds.insert(hold, places);
        let mut chain = Chain::EMPTY;
        for &seat in seats {
            self.seats.take(&mut chain, seat, slot.into(), holder);
            self.sum.add(seat_term(seat, SeatStatus::Held, id.0));
        }
        self.move_places(places, SeatStatus::Free, SeatStatus::Held);
        let place = self.deadlines.insert(expires_at, Waiter::Hold(slot));
        assert!(chain.count as usize == seats.len(), "hold {id} has the seats that were named");
        let hold = self.holds.at_mut(slot);
        hold.seats = chain;
        hold.place = place;
        self.add_hold_term(slot);
    }

    pub(in crate::state) fn extend(&mut self, id: HoldId, expires_at: At, version: u64) -> Answer {
        let slot = self.live(id);
        self.subtract_hold_term(slot);
        self.leave_deadline(slot);
        let place = self.deadlines.insert(expires_at, Waiter::Hold(slot));
        let hold = self.holds.at_mut(slot);
        hold.defer(expires_at);
        hold.place = place;
        hold.extends.once_more();
        self.add_hold_term(slot);
        let hold = self.holds.at(slot);
        let seats = self.seats.chain(hold.seats).collect();
        Answer::Hold { hold: id, expires_at, version, seats, places: self.holds.places(hold).clone() }
    }

    /// Takes a live hold out of everything but its seats and places, which are the caller's to give to somebody. Its note goes.
    pub(in crate::state) fn take_out(&mut self, id: HoldId) -> (Hold, Places) {
        let slot = self.live(id);
        // First, so that nothing more looks it up.
        let (hold, places) = self.holds.remove(slot);
        self.sum.subtract(hold.digest_term(self.holders.at(hold.holder).digest_term, &places));
        if !hold.is_paying() {
            self.leave_bucket(hold.expires_at, Waiter::Hold(slot), hold.place);
        }
        self.spans.hold(hold.expires_at, *hold.total);
        self.accounts.change(hold.account, |used| used.holds -= 1);
        self.take_note(id.0);
        (hold, places)
    }

    /// Ends a hold and frees all that it has; returns how much that is.
    pub(in crate::state) fn free_hold(&mut self, id: HoldId) -> u32 {
        let (hold, places) = self.take_out(id);
        if self.payments.keep_any() {
            self.let_go_of_kept(id);
        }
        let status = hold.status();
        let mut seat = hold.seats.head;
        for _ in 0..hold.seats.count {
            let next = self.seats.links()[seat as usize];
            self.sum.subtract(seat_term(seat, status, id.0));
            self.seats.free(seat);
            self.touched.seat(seat, SeatStatus::Free);
            seat = next;
        }
        assert!(seat == NONE, "hold {id} has the seats that it counts");
        self.move_places(&places, status, SeatStatus::Free);
        let freed = hold.seats.count + places.total() as u32;
        self.holders.subtract(hold.holder, freed);
        freed
    }

    /// Frees a part of a hold, and ends it when nothing is left; returns how much that is.
    pub(in crate::state) fn free_part(&mut self, id: HoldId, seats: &[Ordinal], places: &Places) -> u32 {
        let slot = self.live(id);
        let (hold, freed) = (self.holds.at(slot), size(seats, places));
        if u64::from(freed) == u64::from(hold.seats.count) + self.holds.places(hold).total() {
            return self.free_hold(id);
        }
        self.subtract_hold_term(slot);
        let (chain, holder) = (self.holds.at(slot).seats, self.holds.at(slot).holder);
        let kept = self.let_go(id, chain, seats);
        self.move_places(places, SeatStatus::Held, SeatStatus::Free);
        self.holders.subtract(holder, freed);
        self.holds.at_mut(slot).seats = kept;
        self.holds.change_places(slot, places, &Places::default());
        self.add_hold_term(slot);
        freed
    }

    /// What stays keeps its order; what comes stands behind it.
    pub(in crate::state) fn change_hold(
        &mut self,
        id: HoldId,
        (drop, drop_places): (&Seats, &Places),
        (add, add_places): (&Seats, &Places),
        version: u64,
    ) -> Answer {
        let slot = self.live(id);
        self.subtract_hold_term(slot);
        let hold = self.holds.at(slot);
        let (before, holder) = (hold.seats, hold.holder);
        let mut chain = self.let_go(id, before, drop);
        for &seat in add {
            self.seats.take(&mut chain, seat, slot.into(), holder);
            self.sum.add(seat_term(seat, SeatStatus::Held, id.0));
        }
        self.move_places(drop_places, SeatStatus::Held, SeatStatus::Free);
        self.move_places(add_places, SeatStatus::Free, SeatStatus::Held);
        // More first: a holder that has nothing for a moment would be forgotten.
        self.holders.grow(holder, size(add, add_places));
        self.holders.subtract(holder, size(drop, drop_places));
        self.holds.at_mut(slot).seats = chain;
        self.holds.change_places(slot, drop_places, add_places);
        self.add_hold_term(slot);
        let hold = self.holds.at(slot);
        assert!(hold.seats.count > 0 || hold.has_places, "hold {id} holds something");
        let (expires_at, places) = (hold.expires_at, self.holds.places(hold).clone());
        Answer::Hold { hold: id, expires_at, version, seats: self.seats.chain(chain).collect(), places }
    }

    /// Frees seats of a hold's chain; returns what is left of it, which is the caller's to give to the hold.
    pub(in crate::state) fn let_go(&mut self, id: HoldId, chain: Chain, seats: &[Ordinal]) -> Chain {
        let kept = self.seats.unlink(chain, seats);
        for &seat in seats {
            self.sum.subtract(seat_term(seat, SeatStatus::Held, id.0));
            self.seats.free(seat);
        }
        kept
    }

    pub(in crate::state) fn live(&self, id: HoldId) -> Slot<Hold> {
        self.holds.slot(id).unwrap_or_else(|| panic!("hold {id} is live"))
    }

    pub(in crate::state) fn leave_deadline(&mut self, slot: Slot<Hold>) {
        let hold = self.holds.at(slot);
        if !hold.is_paying() {
            self.leave_bucket(hold.expires_at, Waiter::Hold(slot), hold.place);
        }
    }

    fn hold_term(&self, slot: Slot<Hold>) -> u64 {
        let hold = self.holds.at(slot);
        hold.digest_term(self.holders.at(hold.holder).digest_term, self.holds.places(hold))
    }

    pub(in crate::state) fn add_hold_term(&mut self, slot: Slot<Hold>) {
        let term = self.hold_term(slot);
        self.sum.add(term);
    }

    pub(in crate::state) fn subtract_hold_term(&mut self, slot: Slot<Hold>) {
        let term = self.hold_term(slot);
        self.sum.subtract(term);
    }
}

/// How many seats and places: at most those of all holds of an order.
pub(in crate::state) fn size(seats: &[Ordinal], places: &Places) -> u32 {
    seats.len() as u32 + places.total() as u32
}
