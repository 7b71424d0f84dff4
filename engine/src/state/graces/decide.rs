//! What a restart gives.

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
}

/// What a grace gives to what has this deadline.
pub(in crate::state) fn given(grace: u32, again: &[(u64, u32)], deadline: u64) -> u32 {
    again.binary_search_by_key(&deadline, |&(of, _)| of).map_or(grace, |place| again[place].1)
}
