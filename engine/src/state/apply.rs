//! Makes a change happen. Cannot fail: what could go wrong was judged before, and what was logged was judged then.
//!
//! The only place that changes an [`Event`], now and at every replay. A violated expectation here is a defect and
//! panics; the actor takes the event out of service then, before anything is logged or answered.

use super::answer::{Answer, Told};
use super::change::{Change, Moment, Record};
use super::event::Event;
use crate::numbers::{Account, HoldId};

impl Event {
    /// Makes the change of a record happen and remembers the answer under its key.
    ///
    /// # Panics
    /// If the record does not fit the state: a defect, as records are only made by [`super::decide()`] for this state.
    pub fn apply(&mut self, record: &Record) -> Applied {
        let expected = self.version + u64::from(record.change.makes_version());
        assert_eq!(record.version, expected, "versions have no gaps");
        assert!(record.at >= self.last_at, "time does not run backwards");
        self.version = record.version;
        self.last_at = record.at;
        let applied = Applied(self.happen(record));
        if let (Some(key), Some(told)) = (&record.key, applied.told(record)) {
            self.remember(key, self.came(record.at, record.told_at()), told);
        }
        applied
    }

    /// The answer to the creation, which is remembered like any other.
    pub fn apply_creation(&mut self, record: &Record) -> Answer {
        let answer = Answer::Event { status: self.status, version: self.version };
        if let Some(key) = &record.key {
            self.remember(key, self.came(record.at, record.told_at()), Told::from(&answer));
        }
        answer
    }

    /// The answer, if somebody asked for the change and the record does not tell it.
    fn happen(&mut self, record: &Record) -> Option<Answer> {
        let (moment, version) = (record.moment(), record.version);
        match &record.change {
            Change::Created(_) | Change::OldCreated(_) => panic!("an event is created once"),
            Change::StatusSet { status, .. } => {
                self.set_status(*status);
                Some(Answer::Event { status: *status, version })
            }
            Change::Held { holder, ttl, seats, places } => {
                let account = record.key.map_or(Account::NOBODY, |key| key.account);
                self.hold(HoldId(version), (holder, account), (moment.at, *ttl), seats, places);
                None
            }
            Change::Extended { hold, ttl } => Some(self.extend(*hold, moment.at + *ttl, version)),
            Change::Released { hold } | Change::ForceReleased { hold, .. } => {
                let released = self.free_hold(*hold);
                Some(Answer::Released { hold: *hold, version, released })
            }
            Change::SeatsReleased { hold, seats } => {
                self.free_seats(*hold, seats);
                Some(Answer::Released { hold: *hold, version, released: seats.len() as u32 })
            }
            Change::Sold { order, holds } => Some(self.sell(order, holds, moment)),
            Change::PaymentTried { .. }
            | Change::PaymentCharged { .. }
            | Change::PaymentRetried { .. }
            | Change::PaymentSucceeded { .. }
            | Change::PaymentReceived { .. }
            | Change::PaymentFailed { .. }
            | Change::PaymentRefundDue { .. }
            | Change::PaymentOwed { .. }
            | Change::PaidAhead { .. }
            | Change::PaymentMet { .. }
            | Change::PaymentMissed { .. }
            | Change::PaymentRefunded { .. }
            | Change::MoneyReturned { .. }
            | Change::PaymentRepeated { .. } => Some(self.happen_to_payment(&record.change, moment)),
            Change::Refused(_) => None,
            Change::Expired { .. }
            | Change::PaymentLapsed { .. }
            | Change::TimeCame { .. }
            | Change::Graced { .. }
            | Change::GraceGiven { .. }
            | Change::Forgotten { .. }
            | Change::RecordsForgotten { .. }
            | Change::RefusalsForgotten { .. } => {
                self.happen_unasked(&record.change, moment);
                None
            }
            Change::Changed { hold, drop, add } => Some(self.change_hold(*hold, drop, add, version)),
            Change::Cancelled { order, .. } | Change::ForceCancelled { order, .. } => {
                Some(self.cancel(order, None, 0, moment))
            }
            Change::SeatsCancelled { order, seats, .. } => Some(self.cancel(order, Some(seats), 0, moment)),
            Change::Returned { order, seats, refund, .. } => {
                Some(self.cancel(order, seats.as_deref(), *refund, moment))
            }
            Change::Scheduled { status, opens_at, closes_at, .. } => {
                Some(self.set_schedule(*status, (*opens_at, *closes_at), moment))
            }
            Change::PlanChanged { plan, .. } => Some(self.change_plan(plan, version)),
            Change::LimitsSet { limits, .. } => Some(self.set_limits(limits, version)),
            Change::Blocked { seats, .. } => Some(self.block(seats, version)),
            Change::Unblocked { seats, .. } => Some(self.unblock(seats, version)),
        }
    }

    /// What nobody asked for: time has passed, or the server was away.
    fn happen_unasked(&mut self, change: &Change, moment: Moment) {
        match change {
            Change::Expired { hold } => {
                self.free_hold(*hold);
            }
            Change::PaymentLapsed { payment } => {
                self.fail_payment(payment, None, moment);
            }
            Change::TimeCame { status } => self.set_status(*status),
            Change::Graced { stopped_at, grace } => {
                self.grace(*stopped_at, moment.at, *grace, &[]);
            }
            Change::GraceGiven { stopped_at, grace, again } => {
                let given = self.grace(*stopped_at, moment.at, *grace, again);
                self.note_grace(moment.at, given);
            }
            Change::Forgotten { accepted, refused } => self.forget_keys(*accepted, *refused),
            Change::RefusalsForgotten { refused } => self.forget_refusals(*refused),
            Change::RecordsForgotten { payments, orders } => {
                self.forget_records(*payments, *orders);
            }
            asked => unreachable!("somebody asks for {}", asked.word()),
        }
    }
}

/// What came of a change.
#[derive(Debug)]
pub struct Applied(Option<Answer>);

impl Applied {
    /// The answer, if the change is one that somebody asked for. A new hold and a refusal stand in the record as they are
    /// answered: what the record has of them goes into the answer.
    #[must_use]
    #[inline]
    pub fn answer(self, record: Record) -> Option<Answer> {
        let (moment, version) = (record.moment(), record.version);
        match record.change {
            Change::Held { ttl, seats, places, .. } => {
                let expires_at = moment.at + ttl;
                Some(Answer::Hold { hold: HoldId(version), expires_at, version, seats, places })
            }
            Change::Refused(refusal) => Some(Answer::Refused(refusal)),
            _ => self.0,
        }
    }

    /// The same answer, as it is remembered.
    #[inline]
    fn told<'a>(&'a self, record: &'a Record) -> Option<Told<'a>> {
        match &record.change {
            Change::Held { ttl, seats, places, .. } => {
                let expires_at = record.at + *ttl;
                Some(Told::Hold { version: record.version, expires_at, seats, places })
            }
            Change::Refused(refusal) => Some(Told::Refused(refusal)),
            _ => self.0.as_ref().map(Told::from),
        }
    }
}
