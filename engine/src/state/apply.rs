//! Makes a change happen. Cannot fail: what could go wrong was judged before, and what was logged was judged then.
//!
//! The only place that changes an [`Event`], now and at every replay. A violated expectation here is a defect and
//! panics; the actor takes the event out of service then, before anything is logged or answered.

use super::answer::Answer;
use super::change::{Change, Record};
use super::command::{HoldId, Holds, Places};
use super::event::{Event, area_number};
use super::holds::Hold;
use super::orders::{Order, SoldPlaces};
use super::seats::{Chain, Ordinal};
use super::tables::digest::Part;
use super::tables::{PAYMENT, digest};
use super::values::{Name, SeatStatus};

/// The owner of a seat that nobody has, in its part of the digest.
pub(super) const NOBODY: u64 = 0;

impl Event {
    /// Makes the change of a record happen and remembers the answer under its key. Returns the answer, if the change
    /// is one that somebody asked for.
    ///
    /// # Panics
    /// If the record does not fit the state: a defect, as records are only made by [`super::decide`] for this state.
    pub fn apply(&mut self, record: &Record) -> Option<Answer> {
        let expected = self.version + u64::from(record.change.makes_version());
        assert_eq!(record.version, expected, "versions have no gaps");
        assert!(record.at >= self.last_at, "time does not run backwards");
        self.version = record.version;
        self.last_at = record.at;
        let answer = self.happen(record);
        if let (Some(key), Some(answer)) = (&record.key, &answer) {
            let number = self.keys.remember(key, self.second(record.at), answer);
            self.sum.add(number);
        }
        answer
    }

    /// The answer to the creation, which is remembered like any other.
    pub fn apply_creation(&mut self, record: &Record) -> Answer {
        let answer = Answer::Event { status: self.status, version: self.version };
        if let Some(key) = &record.key {
            let number = self.keys.remember(key, 0, &answer);
            self.sum.add(number);
        }
        answer
    }

    fn happen(&mut self, record: &Record) -> Option<Answer> {
        let version = record.version;
        match &record.change {
            Change::Created(_) => panic!("an event is created once"),
            Change::StatusSet { status, .. } => {
                self.status = *status;
                Some(Answer::Event { status: *status, version })
            }
            Change::Held { holder, ttl, seats, places } => {
                let expires_at = record.at + u64::from(*ttl);
                self.hold(version, holder, expires_at, seats, places);
                let (seats, places) = (seats.clone(), places.clone());
                Some(Answer::Hold { hold: version, expires_at, version, seats, places })
            }
            Change::Extended { hold, ttl } => Some(self.extend(*hold, record.at + u64::from(*ttl), version)),
            Change::Released { hold } | Change::ForceReleased { hold, .. } => {
                let released = self.free_hold(*hold);
                Some(Answer::Released { hold: *hold, version, released })
            }
            Change::SeatsReleased { hold, seats } => {
                self.free_seats(*hold, seats);
                Some(Answer::Released { hold: *hold, version, released: seats.len() as u32 })
            }
            Change::Sold { order, holds } => Some(self.sell(order, holds, record.at, version)),
            Change::Expired { hold } => {
                self.free_hold(*hold);
                None
            }
            Change::PaymentTried { payment, deadline, holds } => {
                let deadline = record.at + u64::from(*deadline);
                Some(self.begin_payment(payment, deadline, holds, record.at, version))
            }
            Change::PaymentRetried { payment, deadline } => {
                let deadline = record.at + u64::from(*deadline);
                Some(self.retry_payment(payment, deadline, record.at, version))
            }
            Change::PaymentSucceeded { payment, late } => {
                Some(self.succeed_payment(payment, *late, record.at, version))
            }
            Change::PaymentFailed { payment, reason } => {
                Some(self.fail_payment(payment, Some(reason), record.at, version))
            }
            Change::PaymentLapsed { payment } => {
                self.fail_payment(payment, None, record.at, version);
                None
            }
            Change::PaymentRefundDue { payment } => Some(self.owe_payment(payment, record.at, version)),
            Change::PaymentRefunded { payment, reference } => {
                Some(self.refund_payment(payment, reference, record.at, version))
            }
            Change::PaymentRepeated { payment } => Some(self.repeat_payment(payment, record.at)),
            Change::Graced { stopped_at, grace } => {
                self.grace(*stopped_at, record.at, *grace, &[]);
                None
            }
            Change::GraceGiven { stopped_at, grace, again } => {
                let given = self.grace(*stopped_at, record.at, *grace, again);
                self.note_grace(record.at, given);
                None
            }
            Change::Refused(refusal) => Some(Answer::Refused(refusal.clone())),
            Change::Forgotten { accepted, refused } => {
                let number = self.keys.forget(*accepted, *refused);
                self.sum.subtract(number);
                None
            }
            Change::RecordsForgotten { payments, orders } => {
                self.forget_records(*payments, *orders);
                None
            }
            Change::Changed { hold, drop, add } => Some(self.change_hold(*hold, drop, add, version)),
            Change::Cancelled { order, .. } | Change::ForceCancelled { order, .. } => {
                Some(self.cancel(order, None, record.at, version))
            }
            Change::SeatsCancelled { order, seats, .. } => {
                Some(self.cancel(order, Some(seats), record.at, version))
            }
            Change::LimitsSet { limits, .. } => Some(self.set_limits(limits, version)),
            Change::Blocked { seats, .. } => Some(self.block(seats, version)),
            Change::Unblocked { seats, .. } => Some(self.unblock(seats, version)),
        }
    }

    fn hold(&mut self, id: HoldId, holder: &Name, expires_at: u64, seats: &[Ordinal], places: &Places) {
        let count = seats.len() as u32 + places.iter().map(|&(_, count)| count).sum::<u32>();
        assert!(count > 0, "hold {id} holds something");
        let holder = self.holders.add(holder, count);
        let has_places = !places.is_empty();
        let hold = Hold { id, expires_at, holder, seats: Chain::EMPTY, extends: 0, place: 0, has_places };
        let slot = self.holds.insert(hold, places);
        let mut chain = Chain::EMPTY;
        for &seat in seats {
            self.seats.take(&mut chain, seat, slot, holder);
            self.sum.add(seat_number(seat, SeatStatus::Held, id));
        }
        self.move_places(places, SeatStatus::Free, SeatStatus::Held);
        let place = self.deadlines.insert(expires_at, slot);
        let hold = self.holds.at_mut(slot);
        hold.seats = chain;
        hold.place = place;
        self.add_hold_number(slot);
    }

    fn extend(&mut self, id: HoldId, expires_at: u64, version: u64) -> Answer {
        let slot = self.live(id);
        self.subtract_hold_number(slot);
        self.leave_deadline(slot);
        let place = self.deadlines.insert(expires_at, slot);
        let hold = self.holds.at_mut(slot);
        hold.expires_at = expires_at;
        hold.place = place;
        hold.extends += 1;
        self.add_hold_number(slot);
        let hold = self.holds.at(slot);
        let seats = self.seats.chain(hold.seats).collect();
        Answer::Hold { hold: id, expires_at, version, seats, places: self.holds.places(hold).clone() }
    }

    /// Takes a live hold out of everything but its seats and places, which are the caller's to give to somebody.
    fn take_out(&mut self, id: HoldId) -> (Hold, Places) {
        let slot = self.live(id);
        self.subtract_hold_number(slot);
        self.leave_deadline(slot);
        self.holds.remove(slot)
    }

    /// Ends a hold and frees all that it has; returns how much that is.
    pub(super) fn free_hold(&mut self, id: HoldId) -> u32 {
        let (hold, places) = self.take_out(id);
        let status = hold.status();
        let mut seat = hold.seats.head;
        for _ in 0..hold.seats.count {
            let next = self.seats.links()[seat as usize];
            self.sum.subtract(seat_number(seat, status, id));
            self.seats.free(seat);
            seat = next;
        }
        self.move_places(&places, status, SeatStatus::Free);
        let freed = hold.seats.count + places.iter().map(|&(_, count)| count).sum::<u32>();
        self.holders.subtract(hold.holder, freed);
        freed
    }

    /// Frees some seats of a hold; ends it when nothing is left.
    fn free_seats(&mut self, id: HoldId, seats: &[Ordinal]) {
        let slot = self.live(id);
        let hold = self.holds.at(slot);
        if seats.len() as u32 == hold.seats.count && !hold.has_places {
            self.free_hold(id);
            return;
        }
        self.subtract_hold_number(slot);
        let (chain, holder) = (self.holds.at(slot).seats, self.holds.at(slot).holder);
        let kept = self.let_go(id, chain, seats);
        self.holders.subtract(holder, seats.len() as u32);
        self.holds.at_mut(slot).seats = kept;
        self.add_hold_number(slot);
    }

    /// Frees seats of a hold's chain; returns what is left of it, which is the caller's to give to the hold.
    pub(super) fn let_go(&mut self, id: HoldId, chain: Chain, seats: &[Ordinal]) -> Chain {
        let kept = self.seats.unlink(chain, seats);
        for &seat in seats {
            self.sum.subtract(seat_number(seat, SeatStatus::Held, id));
            self.seats.free(seat);
        }
        kept
    }

    fn sell(&mut self, name: &Name, holds: &Holds, at: u64, version: u64) -> Answer {
        let slot = self.sell_holds(name, holds, at, version);
        let order = self.orders.at(slot);
        let seats = self.seats.chain(order.seats).collect();
        Answer::Order { order: name.clone(), version, seats, places: order.sum_of_places() }
    }

    /// Makes an order of holds; returns its slot.
    pub(super) fn sell_holds(&mut self, name: &Name, holds: &Holds, at: u64, version: u64) -> u32 {
        let first = self.holds.at(self.live(holds[0])).holder;
        let order = Order {
            name: name.clone(),
            version,
            sold_at: at,
            seats: Chain::EMPTY,
            holder: first,
            places: Vec::new(),
        };
        let order_slot = self.orders.insert(order);
        let mut chain = Chain::EMPTY;
        let mut sold_places = Vec::new();
        for &id in holds {
            let (hold, places) = self.take_out(id);
            let status = hold.status();
            let mut seat = hold.seats.head;
            for _ in 0..hold.seats.count {
                self.sum.subtract(seat_number(seat, status, id));
                self.sum.add(seat_number(seat, SeatStatus::Sold, version));
                self.seats.hand_over(seat, SeatStatus::Sold, order_slot);
                seat = self.seats.links()[seat as usize];
            }
            chain = self.seats.join(chain, hold.seats);
            self.move_places(&places, status, SeatStatus::Sold);
            sold_places.extend(places.iter().map(|&(area, count)| SoldPlaces {
                area,
                count,
                holder: hold.holder,
            }));
        }
        let order = self.orders.at_mut(order_slot);
        order.seats = chain;
        order.places = sold_places;
        let order = self.orders.at(order_slot);
        self.sum.add(order.number(self.holders.at(first).number));
        order_slot
    }

    pub(super) fn live(&self, id: HoldId) -> u32 {
        self.holds.slot(id).unwrap_or_else(|| panic!("hold {id} is live"))
    }

    pub(super) fn leave_deadline(&mut self, slot: u32) {
        let hold = self.holds.at(slot);
        if !hold.is_paying() {
            self.leave_bucket(hold.expires_at, slot, hold.place);
        }
    }

    /// Takes a hold or a payment out of the bucket of its deadline; what moves into its place is told.
    pub(super) fn leave_bucket(&mut self, at: u64, slot: u32, place: u32) {
        match self.deadlines.remove(at, slot, place) {
            None => {}
            Some(moved) if moved & PAYMENT == 0 => self.holds.at_mut(moved).place = place,
            Some(moved) => self.payments.moved(moved & !PAYMENT, place),
        }
    }

    fn hold_number(&self, slot: u32) -> u64 {
        let hold = self.holds.at(slot);
        hold.number(self.holders.at(hold.holder).number, self.holds.places(hold))
    }

    pub(super) fn add_hold_number(&mut self, slot: u32) {
        let number = self.hold_number(slot);
        self.sum.add(number);
    }

    pub(super) fn subtract_hold_number(&mut self, slot: u32) {
        let number = self.hold_number(slot);
        self.sum.subtract(number);
    }

    pub(super) fn move_places(&mut self, places: &Places, from: SeatStatus, to: SeatStatus) {
        for &(area, count) in places {
            let counts = &mut self.areas[area as usize];
            self.sum.subtract(area_number(area, counts));
            counts.shift(count, from, to);
            self.sum.add(area_number(area, counts));
        }
    }
}

/// A taken seat's part of the digest; `owner` is the number of the hold or the version of the order.
pub(super) const fn seat_number(seat: Ordinal, status: SeatStatus, owner: u64) -> u64 {
    digest::number(Part::Seat, seat as u64, status as u64, owner)
}
