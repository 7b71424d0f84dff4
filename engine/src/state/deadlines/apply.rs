//! Takes what waits out of the queue, and makes a grace happen.

use std::collections::BTreeSet;

use super::decide::given;
use super::queue::Waiter;
use crate::numbers::{At, Millis};
use crate::state::Event;

impl Event {
    /// No deadline that was to come after `stopped_at` comes before `grace` milliseconds from now, or before what is given
    /// for it `again`. Returns which times were given.
    pub(in crate::state) fn grace(
        &mut self,
        stopped_at: At,
        now: At,
        grace: Millis,
        again: &[(At, Millis)],
    ) -> BTreeSet<Millis> {
        let until = |at: At| now + given(grace, again, at);
        let short = |at: At| stopped_at < at && at < until(at);
        let mut times = BTreeSet::new();
        let waiting =
            self.holds.slab().iter().filter(|(_, hold)| !hold.is_paying() && short(hold.expires_at));
        let holds: Vec<_> = waiting.map(|(slot, _)| slot).collect();
        for slot in holds {
            let before = self.holds.at(slot).expires_at;
            let until = until(before);
            times.insert(given(grace, again, before));
            self.subtract_hold_term(slot);
            self.leave_deadline(slot);
            let place = self.deadlines.insert(until, Waiter::Hold(slot));
            let hold = self.holds.at_mut(slot);
            hold.defer(until);
            hold.place = place;
            self.add_hold_term(slot);
        }
        let waiting = self.payments.waiting();
        let payments: Vec<_> = waiting.filter(|&slot| short(self.payments.at(slot).deadline_at)).collect();
        for slot in payments {
            let before = self.payments.at(slot).deadline_at;
            times.insert(given(grace, again, before));
            self.subtract_payment_term(slot);
            self.defer_payment(slot, until(before));
            self.add_payment_term(slot);
        }
        times
    }

    /// Remembers what was given, for the next restart.
    pub(in crate::state) fn note_grace(&mut self, now: At, given: BTreeSet<Millis>) {
        self.sum.subtract(self.graces.digest_term());
        self.graces.note(now, given, &self.deadlines);
        self.sum.add(self.graces.digest_term());
    }

    /// Takes a hold or a payment out of the bucket of its deadline; what moves into its place is told.
    pub(in crate::state) fn leave_bucket(&mut self, at: At, waiter: Waiter, place: u32) {
        match self.deadlines.remove(at, waiter, place) {
            None => {}
            Some(Waiter::Hold(moved)) => self.holds.at_mut(moved).place = place,
            Some(Waiter::Payment(moved)) => self.payments.moved(moved, place),
            Some(sale) => self.schedule.moved(sale, place),
        }
    }
}
