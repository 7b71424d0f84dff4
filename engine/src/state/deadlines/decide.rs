//! What is due, and what a restart gives.

use super::queue::Waiter;
use crate::state::{Change, Event};

impl Event {
    /// What makes up for the time since `stopped_at`, in which nobody could be heard: of what was alive then, nothing
    /// ends before `now` + `grace_ms`, but what had a grace before, of which half is given again. `None` if nothing would.
    #[must_use]
    pub fn grace_due(&self, stopped_at: u64, now: u64, grace_ms: u32) -> Option<Change> {
        let at = now.max(self.last_at);
        let before = at + u64::from(grace_ms);
        let again = self.graces.again(stopped_at, before, grace_ms);
        let is_short = |deadline: u64| deadline < at + u64::from(given(grace_ms, &again, deadline));
        let due = self.deadlines.between(stopped_at, before).any(is_short);
        due.then(|| Change::GraceGiven { stopped_at, grace: grace_ms, again: again.into() })
    }

    /// When the next hold or payment is due, Unix milliseconds.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|(at, _)| at)
    }

    /// The end of a hold or payment whose deadline has come, the earliest first.
    #[must_use]
    pub fn due(&self, now: u64) -> Option<Change> {
        let (at, waiter) = self.deadlines.first()?;
        if at > now {
            return None;
        }
        Some(match waiter {
            Waiter::Hold(slot) => Change::Expired { hold: self.holds.at(slot).id },
            Waiter::Payment(slot) => Change::PaymentLapsed { payment: self.payments.at(slot).name.clone() },
        })
    }
}

/// What a grace gives to what has this deadline.
pub(in crate::state) fn given(grace: u32, again: &[(u64, u32)], deadline: u64) -> u32 {
    again.binary_search_by_key(&deadline, |&(of, _)| of).map_or(grace, |place| again[place].1)
}
