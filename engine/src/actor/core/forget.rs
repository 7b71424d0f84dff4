//! What an event forgets: keys, closed payments and cancelled orders whose time is over.

use super::EventCore;
use crate::actor::terms::Policy;
use crate::limits;
use crate::numbers::At;
use crate::state::Change;

impl EventCore {
    /// Forgets keys, closed payments and cancelled orders whose time is over, a few at a time. Returns whether there are
    /// more. Waits while the log takes nothing.
    pub fn forget(&mut self, now: At) -> bool {
        let Policy { retention, record_retention, .. } = self.policy;
        let most = limits::FORGETS_PER_TURN;
        let Some(event) = self.event().filter(|_| !self.journal.takes_nothing()) else { return false };
        let keys = event.forgettable(now, retention, most);
        let records = event.records_forgettable(now, record_retention, most);
        let due = [
            keys.map(|(accepted, refused)| Change::Forgotten { accepted, refused }),
            records.map(|(payments, orders)| Change::RecordsForgotten { payments, orders }),
        ];
        for change in due.into_iter().flatten() {
            if self.guarded(|core, stage| core.happen(None, change, now, stage)).is_err() {
                break;
            }
        }
        let surplus = self.forget_surplus(now);
        self.commit();
        let is_full = |(one, other): (u32, u32)| one.max(other) == most;
        let is_more = keys.is_some_and(is_full) || records.is_some_and(is_full) || surplus == most;
        !self.is_out_of_service() && is_more
    }

    /// Forgets keys of refused commands that are too many, as many as a turn takes; returns how many.
    pub(super) fn forget_surplus(&mut self, now: At) -> u32 {
        let (max, most) = (self.policy.refusals_max, limits::FORGETS_PER_TURN);
        let Some(refused) = self.event().and_then(|event| event.surplus_refusals(max, most)) else {
            return 0;
        };
        let change = Change::RefusalsForgotten { refused };
        // Out of service, it forgets nothing more.
        let forgotten = self.guarded(|core, stage| core.happen(None, change, now, stage));
        if forgotten.is_ok() { refused } else { 0 }
    }
}
