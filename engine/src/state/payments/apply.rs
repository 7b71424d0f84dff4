//! Makes the changes of payments happen.

use super::money::Money;
use super::table::Payment;
use crate::numbers::{At, HoldId};
use crate::state::holds::Hold;
use crate::state::orders::{Order, SoldPlaces};
use crate::state::seats::{Chain, seat_term};
use crate::state::tables::{NONE, Slot};
use crate::state::{
    Amount, Answer, Change, Charge, Event, Holds, Moment, Name, PaymentStatus, Places, Receipt, SeatStatus,
    Waiter,
};

impl Event {
    /// A change that is about a payment.
    pub(in crate::state) fn happen_to_payment(
        &mut self,
        change: &Change,
        note: Option<Box<str>>,
        moment: Moment,
    ) -> Answer {
        let (no_charge, no_receipt) = (Charge::default(), Receipt::default());
        match change {
            Change::PaymentTried { payment, deadline_in, holds } => {
                self.keep_note(moment.version, note);
                self.begin_payment(payment, moment.at + *deadline_in, holds, &no_charge, moment)
            }
            Change::PaymentCharged { payment, deadline_in, holds, charge } => {
                self.keep_note(moment.version, note);
                self.begin_payment(payment, moment.at + *deadline_in, holds, charge, moment)
            }
            Change::PaymentRetried { payment, deadline_in } => {
                self.retry_payment(payment, moment.at + *deadline_in, moment)
            }
            Change::PaymentSucceeded { payment, late } => {
                self.succeed_payment(payment, *late, &no_receipt, moment)
            }
            Change::PaymentReceived { payment, late, receipt } => {
                self.succeed_payment(payment, *late, receipt, moment)
            }
            Change::PaymentFailed { payment, reason } => self.fail_payment(payment, Some(reason), moment),
            Change::PaymentKept { payment, reason, ttl, holds } => {
                self.keep_holds(payment, reason, (moment.at + *ttl, holds), moment)
            }
            Change::PaymentRefundDue { payment } => self.owe_payment(payment, &no_receipt, moment),
            Change::PaymentOwed { payment, receipt } => self.owe_payment(payment, receipt, moment),
            Change::PaidAhead { payment, wait, receipt } => {
                self.pay_ahead(payment, moment.at + *wait, receipt, moment)
            }
            Change::PaymentMet { payment, deadline_in, holds, charge } => {
                self.keep_note(self.payments.at(self.payment(payment)).number, note);
                self.meet_payment(payment, moment.at + *deadline_in, holds, charge, moment)
            }
            Change::PaymentMissed { payment, charge } => {
                self.keep_note(self.payments.at(self.payment(payment)).number, note);
                self.miss_payment(payment, charge, moment)
            }
            Change::PaymentRefunded { payment, reference } => self.refund_payment(payment, reference, moment),
            Change::MoneyReturned { payment, reference, amount } => {
                self.return_money(payment, reference, *amount, moment)
            }
            Change::PaymentRepeated { payment } => self.repeat_payment(payment, moment.at),
            other => unreachable!("{} is about no payment", other.word()),
        }
    }

    fn begin_payment(
        &mut self,
        name: &Name,
        deadline_at: At,
        holds: &Holds,
        charge: &Charge,
        moment: Moment,
    ) -> Answer {
        for &hold in holds {
            self.take_into_payment(hold);
        }
        let mut payment = Payment::new(name, PaymentStatus::Pending, deadline_at, moment);
        payment.holds.clone_from(holds);
        payment.change_money(|money| money.is_to_bring(charge));
        self.wait_for(payment, moment)
    }

    /// Money came first.
    fn pay_ahead(&mut self, name: &Name, deadline_at: At, receipt: &Receipt, moment: Moment) -> Answer {
        let mut payment = Payment::new(name, PaymentStatus::PaidAhead, deadline_at, moment);
        payment.change_money(|money| money.comes(receipt));
        self.wait_for(payment, moment)
    }

    fn wait_for(&mut self, payment: Payment, moment: Moment) -> Answer {
        let deadline_at = payment.deadline_at;
        let slot = self.payments.insert(payment);
        let place = self.deadlines.insert(deadline_at, Waiter::Payment(slot));
        self.payments.moved(slot, place);
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// The payment begins whose money is there: it sells at once.
    fn meet_payment(
        &mut self,
        name: &Name,
        deadline_at: At,
        holds: &Holds,
        charge: &Charge,
        moment: Moment,
    ) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.leave_payment_deadline(slot);
        self.payments.become_other(slot, PaymentStatus::Success, moment);
        self.payments.change(slot, moment.version, |payment| {
            payment.deadline_at = deadline_at;
            payment.change_money(|money| {
                money.is_to_bring(charge);
                money.comes(&Receipt::default());
            });
        });
        self.sell_holds(name, holds, self.note_of_payment(slot), moment);
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// The payment begins whose money is there, and what it was for is gone.
    fn miss_payment(&mut self, name: &Name, charge: &Charge, moment: Moment) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.payments.change(slot, moment.version, |payment| {
            payment.change_money(|money| money.is_to_bring(charge));
        });
        self.add_payment_term(slot);
        self.owe_payment(name, &Receipt::default(), moment)
    }

    /// A hold in payment stays what it is, but for its deadline and the state of its seats and places.
    fn take_into_payment(&mut self, id: HoldId) {
        let slot = self.live(id);
        self.leave_deadline(slot);
        self.holds.at_mut(slot).place = NONE;
        self.restate(slot, SeatStatus::Held, SeatStatus::Paying);
    }

    /// The way back: the hold waits for this deadline.
    fn give_from_payment(&mut self, id: HoldId, expires_at: At) {
        let slot = self.live(id);
        self.subtract_hold_term(slot);
        let place = self.deadlines.insert(expires_at, Waiter::Hold(slot));
        let hold = self.holds.at_mut(slot);
        assert!(hold.is_paying(), "hold {id} comes back from a payment");
        hold.defer(expires_at);
        hold.place = place;
        self.restate(slot, SeatStatus::Paying, SeatStatus::Held);
        self.add_hold_term(slot);
    }

    /// The seats and places of a hold, which stay its own, have another status.
    fn restate(&mut self, slot: Slot<Hold>, from: SeatStatus, to: SeatStatus) {
        let Hold { id, seats: chain, .. } = *self.holds.at(slot);
        let mut seat = chain.head;
        for _ in 0..chain.count {
            self.sum.subtract(seat_term(seat, from, id.0));
            self.sum.add(seat_term(seat, to, id.0));
            self.seats.hand_over(seat, to, slot.into());
            self.touched.seat(seat, to);
            seat = self.seats.links()[seat as usize];
        }
        let places: Places = self.holds.places(self.holds.at(slot)).clone();
        self.move_places(&places, from, to);
    }

    fn retry_payment(&mut self, name: &Name, deadline_at: At, moment: Moment) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.defer_payment(slot, deadline_at);
        self.payments.change(slot, moment.version, |payment| payment.retries += 1);
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    fn succeed_payment(&mut self, name: &Name, late: bool, receipt: &Receipt, moment: Moment) -> Answer {
        let slot = self.payment(name);
        self.spans.payment(self.payments.at(slot).tried_at);
        self.subtract_payment_term(slot);
        if late {
            let claimed = self.take_claimed_note(slot);
            self.payments.become_other(slot, PaymentStatus::Success, moment);
            self.sell_claims(slot, moment);
            self.keep_note(moment.version, self.note_of_payment(slot).or(claimed));
        } else {
            self.leave_payment_deadline(slot);
            let holds = self.payments.become_other(slot, PaymentStatus::Success, moment);
            self.sell_holds(name, &holds, self.note_of_payment(slot), moment);
        }
        self.payments.change(slot, moment.version, |payment| {
            payment.change_money(|money| money.comes(receipt));
        });
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
                self.touched.seat(seat, SeatStatus::Sold);
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
        let holds = self.end_payment(slot, reason, moment);
        holds.iter().for_each(|&id| {
            self.free_hold(id);
        });
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// The seats are back in their holds. As long as those have them, or have sold them, money that comes is owed.
    fn keep_holds(
        &mut self,
        name: &Name,
        reason: &str,
        (expires_at, named): (At, &Holds),
        moment: Moment,
    ) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        let holds = self.end_payment(slot, Some(reason), moment);
        assert_eq!(holds, *named, "payment {name} names its holds");
        holds.iter().for_each(|&id| self.give_from_payment(id, expires_at));
        self.payments.change(slot, moment.version, |payment| payment.deadline_at = expires_at);
        self.payments.keep(slot, holds);
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// Makes it one that has failed, which remembers what it was for; returns its holds.
    fn end_payment(&mut self, slot: Slot<Payment>, reason: Option<&str>, moment: Moment) -> Holds {
        self.leave_payment_deadline(slot);
        let claims = self.claims_of_holds(self.payments.at(slot));
        let holds = self.payments.become_other(slot, PaymentStatus::Failed, moment);
        let claimed = self.first_note(&holds).filter(|_| self.note_of_payment(slot).is_none());
        self.payments.change(slot, moment.version, |payment| {
            payment.claims = claims;
            payment.reason = reason.map(Box::from);
        });
        self.keep_note(moment.version, claimed);
        holds
    }

    /// A hold has given back all that it had: a payment that had kept it has to wait for it no more. Not for one that was sold.
    pub(in crate::state) fn let_go_of_kept(&mut self, id: HoldId) {
        for slot in self.payments.keepers(id) {
            self.subtract_payment_term(slot);
            self.payments.let_go(slot, id);
            self.add_payment_term(slot);
        }
    }

    fn owe_payment(&mut self, name: &Name, receipt: &Receipt, moment: Moment) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        if self.payments.at(slot).is_waiting() {
            self.leave_payment_deadline(slot);
        }
        self.take_claimed_note(slot);
        self.payments.become_other(slot, PaymentStatus::RefundDue, moment);
        self.payments.change(slot, moment.version, |payment| {
            payment.change_money(|money| {
                money.comes(receipt);
                money.all_falls_due();
            });
        });
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// Closes what was owed, of which nobody has told how much it was.
    fn refund_payment(&mut self, name: &Name, reference: &str, moment: Moment) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.payments.become_other(slot, PaymentStatus::Refunded, moment);
        self.payments.change(slot, moment.version, |payment| payment.reference = Some(reference.into()));
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// Some of what is due was paid back. What is owed is closed with the last of it.
    fn return_money(
        &mut self,
        name: &Name,
        reference: &str,
        amount: Option<Amount>,
        moment: Moment,
    ) -> Answer {
        let slot = self.payment(name);
        self.subtract_payment_term(slot);
        self.payments.change(slot, moment.version, |payment| {
            payment.change_money(|money| money.goes_back(reference, amount.map_or(0, |amount| amount.minor)));
        });
        let payment = self.payments.at(slot);
        let is_rest = payment.money().and_then(Money::due).is_none_or(|due| due.minor == 0);
        if is_rest && payment.status == PaymentStatus::RefundDue {
            self.payments.become_other(slot, PaymentStatus::Refunded, moment);
            self.payments.change(slot, moment.version, |payment| payment.reference = Some(reference.into()));
        }
        self.add_payment_term(slot);
        self.payment_answer(slot, moment.at, false)
    }

    /// Something of an order was taken back, `is_all` if nothing is left of it: of what was paid for it, `refund` is to be
    /// paid back, or all that is left.
    pub(in crate::state) fn owe_for_order(
        &mut self,
        order: &Name,
        is_all: bool,
        refund: u64,
        moment: Moment,
    ) {
        let Some(slot) = self.payments.slot(order) else { return };
        let kept = self.payments.at(slot).money().and_then(Money::kept);
        let due = kept.map_or(0, |kept| if is_all { kept.minor } else { refund });
        if due == 0 {
            self.list_payment(slot);
            return;
        }
        self.subtract_payment_term(slot);
        self.payments.change(slot, moment.version, |payment| {
            payment.change_money(|money| money.falls_due(due));
        });
        self.add_payment_term(slot);
    }

    /// What was asked for is so already.
    fn repeat_payment(&self, name: &Name, at: At) -> Answer {
        self.payment_answer(self.payment(name), at, true)
    }

    pub(in crate::state) fn payment(&self, name: &Name) -> Slot<Payment> {
        self.payments.slot(name).unwrap_or_else(|| panic!("payment {name} is there"))
    }

    pub(in crate::state) fn defer_payment(&mut self, slot: Slot<Payment>, deadline_at: At) {
        self.leave_payment_deadline(slot);
        let place = self.deadlines.insert(deadline_at, Waiter::Payment(slot));
        self.payments.defer(slot, deadline_at, place);
    }

    fn leave_payment_deadline(&mut self, slot: Slot<Payment>) {
        let payment = self.payments.at(slot);
        assert!(payment.is_waiting(), "only a payment that waits has a deadline");
        self.leave_bucket(payment.deadline_at, Waiter::Payment(slot), payment.place);
    }

    pub(in crate::state) fn add_payment_term(&mut self, slot: Slot<Payment>) {
        self.sum.add(self.payments.at(slot).digest_term());
        self.list_payment(slot);
    }

    fn list_payment(&mut self, slot: Slot<Payment>) {
        self.list_payment_since(slot, self.last_at);
    }

    fn list_payment_since(&mut self, slot: Slot<Payment>, at: At) {
        let is_refundable = self.is_refundable(self.payments.at(slot));
        self.payments.list(slot, is_refundable, at);
    }

    /// After a restart: the lists follow from the payments and the orders. Since when money is owed stands nowhere: that of a
    /// payment whose seats had gone is taken to have come at its deadline.
    pub(in crate::state) fn list_all_payments(&mut self) {
        let since = |payment: &Payment| match payment.status {
            PaymentStatus::RefundDue => payment.deadline_at.min(self.last_at),
            _ => self.last_at,
        };
        let all: Vec<_> = self.payments.slab().iter().map(|(slot, payment)| (slot, since(payment))).collect();
        all.into_iter().for_each(|(slot, at)| self.list_payment_since(slot, at));
    }

    pub(in crate::state) fn subtract_payment_term(&mut self, slot: Slot<Payment>) {
        self.sum.subtract(self.payments.at(slot).digest_term());
    }

    fn payment_answer(&self, slot: Slot<Payment>, at: At, already: bool) -> Answer {
        let payment = self.payments.at(slot);
        let line = payment.line(at);
        match payment.sums() {
            None => Answer::Payment { line, already },
            Some(sums) => Answer::Money { line, sums: Box::new(sums), already },
        }
    }
}
