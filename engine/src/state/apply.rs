//! Makes a change happen. Cannot fail: what could go wrong was judged before, and what was logged was judged then.
//!
//! The only place that changes an [`Event`], now and at every replay. A violated expectation here is a defect and
//! panics; the actor takes the event out of service then, before anything is logged or answered.

use super::answer::{Answer, Told};
use super::change::{Change, Moment, Record};
use super::command::{Key, Places, Selection};
use super::event::Event;
use super::seats::Ordinal;
use crate::numbers::{Account, At, HoldId};

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
        self.touched.clear();
        self.spans.clear();
        let applied = Applied(self.happen(record));
        if let (Some(key), Some(told)) = (&record.key, applied.told(record)) {
            self.remember(key, self.came(record.at, record.told_at()), told);
        }
        applied
    }

    /// The answer to the creation, which is remembered like any other.
    pub fn apply_creation(&mut self, record: &Record) -> Answer {
        self.answer_creation(record.key.as_ref(), (record.at, record.told_at()))
    }

    /// The same with what it needs of the record.
    pub(crate) fn answer_creation(&mut self, key: Option<&Key>, (at, told_at): (At, Option<At>)) -> Answer {
        let answer = Answer::Event { status: self.status, version: self.version };
        if let Some(key) = key {
            self.remember(key, self.came(at, told_at), Told::from(&answer));
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
                self.keep_note(version, record.note());
                None
            }
            Change::Extended { hold, ttl } => Some(self.extend(*hold, moment.at + *ttl, version)),
            Change::Released { hold } | Change::ForceReleased { hold, .. } => {
                let released = self.free_hold(*hold);
                Some(Answer::Released { hold: *hold, version, released })
            }
            Change::Sold { order, holds } => Some(self.sell(order, holds, record.note(), moment)),
            Change::PaymentTried { .. }
            | Change::PaymentCharged { .. }
            | Change::PaymentRetried { .. }
            | Change::PaymentSucceeded { .. }
            | Change::PaymentReceived { .. }
            | Change::PaymentFailed { .. }
            | Change::PaymentKept { .. }
            | Change::PaymentRefundDue { .. }
            | Change::PaymentOwed { .. }
            | Change::PaidAhead { .. }
            | Change::PaymentMet { .. }
            | Change::PaymentMissed { .. }
            | Change::PaymentRefunded { .. }
            | Change::MoneyReturned { .. }
            | Change::PaymentRepeated { .. } => {
                Some(self.happen_to_payment(&record.change, record.note(), moment))
            }
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
            Change::Scheduled { status, opens_at, closes_at, .. } => {
                Some(self.set_schedule(*status, (*opens_at, *closes_at), moment))
            }
            Change::PlanChanged { plan, .. } => Some(self.change_plan(plan, version)),
            Change::LimitsSet { limits, .. } => Some(self.set_limits(limits, version)),
            Change::SeatsReleased { .. }
            | Change::PartReleased { .. }
            | Change::Changed { .. }
            | Change::HoldChanged { .. }
            | Change::Cancelled { .. }
            | Change::SeatsCancelled { .. }
            | Change::ForceCancelled { .. }
            | Change::Returned { .. }
            | Change::Exchanged { .. }
            | Change::Blocked { .. }
            | Change::PartBlocked { .. }
            | Change::Unblocked { .. }
            | Change::PartUnblocked { .. } => Some(self.happen_to_part(&record.change, moment)),
        }
    }

    /// What was sold, held or free is so in part, or is so no more. Those of the first format name seats and nothing else.
    fn happen_to_part(&mut self, change: &Change, moment: Moment) -> Answer {
        let (version, none) = (moment.version, &Places::default());
        let answer = match change {
            Change::SeatsReleased { hold, seats } => {
                let released = self.free_part(*hold, seats, none);
                Answer::Released { hold: *hold, version, released }
            }
            Change::PartReleased { hold, part } => {
                let released = self.free_part(*hold, &part.seats, &part.places);
                Answer::Released { hold: *hold, version, released }
            }
            Change::Changed { hold, drop, add } => {
                self.change_hold(*hold, (drop, none), (add, none), version)
            }
            Change::HoldChanged { hold, drop, add } => {
                let (drop, add) = ((&drop.seats, &drop.places), (&add.seats, &add.places));
                self.change_hold(*hold, drop, add, version)
            }
            Change::Cancelled { order, .. } | Change::ForceCancelled { order, .. } => {
                self.cancel(order, None, 0, moment)
            }
            Change::SeatsCancelled { order, seats, .. } => self.cancel(order, Some((seats, none)), 0, moment),
            Change::Returned { order, part, refund, .. } => {
                let part = part.as_deref().map(|Selection { seats, places }| (seats, places));
                self.cancel(order, part, refund.unwrap_or(0), moment)
            }
            Change::Exchanged { order, drop, add, .. } => self.exchange(order, drop, add, version),
            Change::Blocked { seats, .. } => self.block(seats.iter().copied(), none, version),
            Change::PartBlocked { ranges, places, .. } => self.block(in_ranges(ranges), places, version),
            Change::Unblocked { seats, .. } => self.unblock(seats.iter().copied(), none, version),
            Change::PartUnblocked { ranges, places, .. } => self.unblock(in_ranges(ranges), places, version),
            other => unreachable!("{} has no part", other.word()),
        };
        if change.names_its_seats() {
            self.touched.names_seats();
        }
        answer
    }

    /// What nobody asked for: time has passed, or the server was away.
    fn happen_unasked(&mut self, change: &Change, moment: Moment) {
        match change {
            Change::Expired { hold } => {
                let due = self.holds.at(self.live(*hold)).expires_at;
                self.spans.ran_out(due);
                self.free_hold(*hold);
            }
            Change::PaymentLapsed { payment } => {
                let due = self.payments.at(self.payment(payment)).deadline_at;
                self.spans.ran_out(due);
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

/// The seats of these ranges.
fn in_ranges(ranges: &[(Ordinal, u32)]) -> impl Iterator<Item = Ordinal> {
    ranges.iter().flat_map(|&(first, count)| first..first + count)
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
