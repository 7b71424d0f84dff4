//! Makes the changes of payments happen.

use super::table::{Claim, Payment};
use crate::numbers::{At, HoldId};
use crate::state::orders::{Order, SoldPlaces};
use crate::state::seats::{Chain, seat_term};
use crate::state::tables::{NONE, Slot};
use crate::state::{Answer, Event, Holds, Moment, Name, PaymentStatus, Places, SeatStatus, Waiter};

impl Event {
    pub(in crate::state) fn begin_payment(
        &mut self,
        name: &Name,
        deadline_at: At,
        holds: &Holds,
        moment: Moment,
    ) -> Answer {
        for &hold in holds {
            self.take_into_payment(hold);
        }
        let slot = self.payments.insert(Payment {
            name: name.clone(),
            number: moment.version,
            tried_at: moment.at,
            version: moment.version,
            status: PaymentStatus::Pending,
            deadline_at,
            retries: 0,
            place: NONE,
            holds: holds.clone(),
            claims: Vec::new(),
            reason: None,
            reference: None,
        });
        let place = self.deadlines.insert(deadline_at, Waiter::Payment(slot));
        self.payments.moved(slot, place);
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// A hold in payment stays what it is, but for its deadline and the state of its seats and places.
    fn take_into_payment(&mut self, id: HoldId) {
        let slot = self.live(id);
        self.leave_deadline(slot);
        let hold = self.holds.at_mut(slot);
        hold.place = NONE;
        let chain = hold.seats;
        let mut seat = chain.head;
        for _ in 0..chain.count {
            self.sum.subtract(seat_term(seat, SeatStatus::Held, id.0));
            self.sum.add(seat_term(seat, SeatStatus::Paying, id.0));
            self.seats.hand_over(seat, SeatStatus::Paying, slot.into());
            seat = self.seats.links()[seat as usize];
        }
        let places: Places = self.holds.places(self.holds.at(slot)).clone();
        self.move_places(&places, SeatStatus::Held, SeatStatus::Paying);
    }

    pub(in crate::state) fn retry_payment(&mut self, name: &Name, deadline_at: At, moment: Moment) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.defer_payment(slot, deadline_at);
        self.payments.change(slot, moment.version, |payment| payment.retries += 1);
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    pub(in crate::state) fn succeed_payment(&mut self, name: &Name, late: bool, moment: Moment) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        if late {
            self.payments.become_other(slot, PaymentStatus::Success, moment);
            self.sell_claims(slot, moment);
        } else {
            self.leave_payment_deadline(slot);
            let holds = self.payments.become_other(slot, PaymentStatus::Success, moment);
            self.sell_holds(name, &holds, moment);
        }
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// Sells again what was given back; nobody has it now.
    fn sell_claims(&mut self, slot: Slot<Payment>, moment: Moment) {
        let name = self.payments.at(slot).name.clone();
        let mut claims = Vec::new();
        self.payments.change(slot, moment.version, |payment| claims = std::mem::take(&mut payment.claims));
        let order = Order {
            name,
            version: moment.version,
            sold_at: moment.at,
            seats: Chain::EMPTY,
            holder: Slot::NONE,
            places: Vec::new(),
        };
        let order_slot = self.orders.insert(order);
        let mut chain = Chain::EMPTY;
        let mut places = Vec::new();
        let mut first = Slot::NONE;
        for claim in &claims {
            let holder = self.holders.add(&claim.holder, claim.count());
            first = if first == Slot::NONE { holder } else { first };
            for &seat in &claim.seats {
                self.seats.take(&mut chain, seat, order_slot.into(), holder);
                self.seats.hand_over(seat, SeatStatus::Sold, order_slot.into());
                self.sum.add(seat_term(seat, SeatStatus::Sold, moment.version));
            }
            self.move_places(&claim.places, SeatStatus::Free, SeatStatus::Sold);
            places.extend(claim.places.iter().map(|&(area, count)| SoldPlaces { area, count, holder }));
        }
        let order = self.orders.at_mut(order_slot);
        (order.seats, order.places, order.holder) = (chain, places, first);
        let term = self.orders.at(order_slot).digest_term(self.holders.at(first).digest_term);
        self.sum.add(term);
    }

    /// The seats are free again; what they were is remembered, as money may still come.
    pub(in crate::state) fn fail_payment(
        &mut self,
        name: &Name,
        reason: Option<&str>,
        moment: Moment,
    ) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.leave_payment_deadline(slot);
        let holds = self.payments.become_other(slot, PaymentStatus::Failed, moment);
        let mut claims = Vec::with_capacity(holds.len());
        for &id in &holds {
            let hold = self.holds.at(self.live(id));
            claims.push(Claim {
                holder: self.holders.at(hold.holder).name.clone(),
                seats: self.seats.chain(hold.seats).collect(),
                places: self.holds.places(hold).clone(),
            });
            self.free_hold(id);
        }
        self.payments.change(slot, moment.version, |payment| {
            payment.claims = claims;
            payment.reason = reason.map(Box::from);
        });
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    pub(in crate::state) fn owe_payment(&mut self, name: &Name, moment: Moment) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.payments.become_other(slot, PaymentStatus::RefundDue, moment);
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    pub(in crate::state) fn refund_payment(
        &mut self,
        name: &Name,
        reference: &str,
        moment: Moment,
    ) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.payments.become_other(slot, PaymentStatus::Refunded, moment);
        self.payments.change(slot, moment.version, |payment| payment.reference = Some(reference.into()));
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// What was asked for is so already.
    pub(in crate::state) fn repeat_payment(&self, name: &Name, at: At) -> Answer {
        self.payment_answer(self.payment(name), at, true)
    }

    fn payment(&self, name: &Name) -> Slot<Payment> {
        self.payments.slot(name).unwrap_or_else(|| panic!("payment {name} is there"))
    }

    pub(in crate::state) fn defer_payment(&mut self, slot: Slot<Payment>, deadline_at: At) {
        self.leave_payment_deadline(slot);
        let place = self.deadlines.insert(deadline_at, Waiter::Payment(slot));
        self.payments.defer(slot, deadline_at, place);
    }

    fn leave_payment_deadline(&mut self, slot: Slot<Payment>) {
        let payment = self.payments.at(slot);
        assert!(payment.status == PaymentStatus::Pending, "only a running payment has a deadline");
        self.leave_bucket(payment.deadline_at, Waiter::Payment(slot), payment.place);
    }

    pub(in crate::state) fn add_payment_term(&mut self, slot: Slot<Payment>) {
        self.sum.add(self.payments.at(slot).digest_term());
    }

    pub(in crate::state) fn subtract_payment_term(&mut self, slot: Slot<Payment>) {
        self.sum.subtract(self.payments.at(slot).digest_term());
    }

    fn payment_answer(&self, slot: Slot<Payment>, at: At, already: bool) -> Answer {
        Answer::Payment { line: self.payments.at(slot).line(at), already }
    }
}
