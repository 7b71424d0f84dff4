//! When a sale opens and closes by itself.
//!
//! Both times wait in the queue of deadlines, so what they do is logged before any command of their millisecond is judged, and
//! after downtime at the start. A restart gives them no grace: nobody loses anything by them that was promised.

use super::schedule::Schedule;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::At;
use crate::state::{Answer, Audit, Change, Closing, Event, EventStatus, Moment, No, Opening, Refusal};

impl Event {
    pub(in crate::state) fn judge_schedule(
        &self,
        opens: Option<Opening>,
        closes: Option<Closing>,
        audit: Audit,
        now: At,
    ) -> Result<Change, No> {
        self.not_closed()?;
        let (status, opens_at) = match opens {
            None => (self.status, self.schedule.opens_at),
            Some(_) if self.status != EventStatus::Pending => {
                return Err(Refusal::AlreadyStatus(self.status).into());
            }
            Some(Opening::At(at)) if at > now => (self.status, Some(at)),
            // What has come already is now.
            Some(Opening::At(_) | Opening::Now) => (EventStatus::Open, None),
        };
        let closes_at = match closes {
            None => self.schedule.closes_at,
            Some(Closing::Never) => None,
            Some(Closing::At(at)) => Some(at),
        };
        if opens.is_none() && closes.is_none() {
            return Err(bad("nothing is scheduled: OPENS or CLOSES".to_owned()));
        }
        check_times(opens_at, closes_at, now).map_err(bad)?;
        Ok(Change::Scheduled { status, opens_at, closes_at, audit })
    }

    pub(in crate::state) fn set_schedule(
        &mut self,
        status: EventStatus,
        (opens_at, closes_at): (Option<At>, Option<At>),
        moment: Moment,
    ) -> Answer {
        self.status = status;
        self.put_schedule(Schedule::new(opens_at, closes_at));
        Answer::Event { status, version: moment.version }
    }

    /// The status is another, by an operator or since its time has come: what is to come goes along with it.
    pub(in crate::state) fn set_status(&mut self, status: EventStatus) {
        self.status = status;
        let Schedule { opens_at, closes_at, .. } = self.schedule;
        let is_pending = status == EventStatus::Pending;
        let is_closed = status.is_over();
        self.put_schedule(Schedule::new(opens_at.filter(|_| is_pending), closes_at.filter(|_| !is_closed)));
    }

    fn put_schedule(&mut self, schedule: Schedule) {
        let before = self.schedule;
        if (before.opens_at, before.closes_at) == (schedule.opens_at, schedule.closes_at) {
            return;
        }
        self.sum.subtract(before.digest_term());
        for (number, (waiter, at)) in before.waiting().into_iter().enumerate() {
            if let Some(at) = at {
                // What moved into the place of the one may have been the other.
                self.leave_bucket(at, waiter, self.schedule.places[number]);
            }
        }
        self.schedule = schedule;
        self.await_schedule();
        self.sum.add(schedule.digest_term());
    }

    /// Puts what is to come into the queue of deadlines.
    pub(in crate::state) fn await_schedule(&mut self) {
        for (waiter, at) in self.schedule.waiting() {
            if let Some(at) = at {
                let place = self.deadlines.insert(at, waiter);
                self.schedule.moved(waiter, place);
            }
        }
    }
}

/// Checks the times of a sale against each other and against the time.
///
/// # Errors
/// A sentence that names the time.
fn check_times(opens_at: Option<At>, closes_at: Option<At>, now: At) -> Result<(), String> {
    let Some(closes) = closes_at else { return Ok(()) };
    if closes <= now {
        return Err(format!("the sale would close at {closes}, and it is {now}"));
    }
    match opens_at {
        Some(opens) if closes <= opens => {
            Err(format!("the sale would close at {closes}, before it opens at {opens}"))
        }
        _ => Ok(()),
    }
}

fn bad(message: String) -> No {
    No::Fault(Fault::new(Code::BAD_SCHEDULE, message))
}
