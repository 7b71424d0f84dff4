//! What is due, and what a restart gives.

use super::queue::Waiter;
use crate::numbers::{At, Millis};
use crate::state::{Change, Event, EventStatus, PaymentStatus};

impl Event {
    /// What makes up for the time since `stopped_at`, in which nobody could be heard: of what was alive then, nothing
    /// ends before `now` + `grace`, but what had a grace before, of which half is given again. `None` if nothing would.
    #[must_use]
    pub fn grace_due(&self, stopped_at: At, now: At, grace: Millis) -> Option<Change> {
        let at = now.max(self.last_at);
        let before = at + grace;
        let again = self.graces.again(stopped_at, before, grace);
        let is_short = |deadline: At| deadline < at + given(grace, &again, deadline);
        let due = self.deadlines.between(stopped_at, before).any(is_short);
        due.then(|| Change::GraceGiven { stopped_at, grace, again: again.into() })
    }

    /// When something is due next, Unix milliseconds.
    #[must_use]
    pub const fn next_deadline(&self) -> Option<At> {
        self.deadlines.earliest()
    }

    /// Whether anything is due.
    #[must_use]
    #[inline]
    pub fn is_due(&self, now: At) -> bool {
        self.next_deadline().is_some_and(|at| at <= now)
    }

    /// What comes of the earliest deadline that has come: the end of a hold or payment, or that of the wait for a sale.
    #[must_use]
    pub fn due(&self, now: At) -> Option<Change> {
        if !self.is_due(now) {
            return None;
        }
        let (_, waiter) = self.deadlines.first()?;
        Some(match waiter {
            Waiter::Hold(slot) => Change::Expired { hold: self.holds.at(slot).id },
            Waiter::Opening => Change::TimeCame { status: EventStatus::Open },
            Waiter::Closing => Change::TimeCame { status: EventStatus::Closed },
            Waiter::Payment(slot) => {
                let known = self.payments.at(slot);
                let payment = known.name.clone();
                match known.status {
                    // The money is there, and its payment did not begin.
                    PaymentStatus::PaidAhead => Change::PaymentRefundDue { payment },
                    _ => Change::PaymentLapsed { payment },
                }
            }
        })
    }
}

/// What a grace gives to what has this deadline.
pub(in crate::state) fn given(grace: Millis, again: &[(At, Millis)], deadline: At) -> Millis {
    again.binary_search_by_key(&deadline, |&(of, _)| of).map_or(grace, |place| again[place].1)
}
