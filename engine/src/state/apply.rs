//! Makes a change happen. Cannot fail: what could go wrong was judged before, and what was logged was judged then.
//!
//! The only place that changes an [`Event`], now and at every replay. A violated expectation here is a defect and
//! panics; the actor takes the event out of service then, before anything is logged or answered.

use super::answer::Answer;
use super::change::{Change, Record};
use super::event::Event;
use super::tables::PAYMENT;

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

    /// Takes a hold or a payment out of the bucket of its deadline; what moves into its place is told.
    pub(super) fn leave_bucket(&mut self, at: u64, slot: u32, place: u32) {
        match self.deadlines.remove(at, slot, place) {
            None => {}
            Some(moved) if moved & PAYMENT == 0 => self.holds.at_mut(moved).place = place,
            Some(moved) => self.payments.moved(moved & !PAYMENT, place),
        }
    }
}
