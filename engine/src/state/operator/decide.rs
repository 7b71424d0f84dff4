//! Judges what an operator does by hand: the state of the sale, limits, blocked seats, a hold given back in somebody's stead.

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::{At, HoldId};
use crate::state::No;
use crate::state::{Audit, Change, Event, EventStatus, LimitsChange, Refusal, StatusAction};

impl Event {
    pub(in crate::state) fn next_status(&self, action: StatusAction) -> Result<EventStatus, Refusal> {
        match (self.status, action) {
            (EventStatus::Closed, StatusAction::Archive) => Ok(EventStatus::Archived),
            (EventStatus::Closed | EventStatus::Archived, _) => Err(Refusal::NotOnSale(self.status)),
            (_, StatusAction::Archive) => Err(Refusal::NotClosed(self.status)),
            (_, StatusAction::Close) => Ok(EventStatus::Closed),
            (EventStatus::Paused, StatusAction::Pause) | (EventStatus::Open, StatusAction::Resume) => {
                Err(Refusal::AlreadyStatus(self.status))
            }
            (EventStatus::Pending, StatusAction::Pause) => Err(Refusal::NotOnSale(EventStatus::Pending)),
            (EventStatus::Open, StatusAction::Pause) => Ok(EventStatus::Paused),
            (EventStatus::Paused | EventStatus::Pending, StatusAction::Resume) => Ok(EventStatus::Open),
        }
    }

    /// Whether all is over, so that the event may be archived: what only time can turn is no answer.
    pub(in crate::state) fn all_is_over(&self) -> Result<(), No> {
        let early = || Fault::new(Code::ARCHIVE_EARLY, "holds or payments of the event are not over yet");
        if self.next_deadline().is_some() { Err(No::Fault(early())) } else { Ok(()) }
    }

    pub(in crate::state) fn judge_limits(&self, given: &LimitsChange, audit: Audit) -> Result<Change, No> {
        self.not_closed()?;
        let limits = given.over(&self.limits);
        limits.check().map_err(|what| No::Fault(Fault::new(Code::BAD_LIMITS, what)))?;
        Ok(Change::LimitsSet { limits: Box::new(limits), audit })
    }

    pub(in crate::state) fn judge_force_release(
        &self,
        id: HoldId,
        audit: Audit,
        now: At,
    ) -> Result<Change, No> {
        self.live_hold(id, None, now)?;
        Ok(Change::ForceReleased { hold: id, audit })
    }
}
