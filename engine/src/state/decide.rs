//! Judges a command. Pure: what is, what is asked, what time it is; out comes what is to happen, or why not.
//!
//! The order of the checks is part of the contract with users: first the key, then the sale, then the form, then
//! limits, then what is free. One command, one verdict.

use super::answer::{Limit, Refusal, Reply};
use super::change::Change;
use super::command::{Key, Selection, Write};
use super::event::Event;
use super::values::{EventStatus, Name};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::{At, Millis};

/// Judges a write at time `now` (Unix milliseconds, not before [`Event::last_at`]). What was asked becomes what happens: the
/// names and lists of the write go into the change as they are. What happens is an accepted change or [`Change::Refused`]; either
/// binds the key.
///
/// # Errors
/// Nothing is to happen, and this is the reply: the same answer again if the key was judged before; or a fault, then the command is
/// not judged and the key is not bound.
#[inline]
pub fn decide(event: &Event, key: &Key, write: Write, now: At) -> Result<Change, Reply> {
    if let Some((fingerprint, came, answer)) = event.keys.find(&key.hash) {
        if fingerprint != key.fingerprint {
            return Err(Fault::new(Code::KEY_REUSED, "the key was used for another command").into());
        }
        return Err(Reply::Repeated(answer(), event.told_at(came)));
    }
    match event.judge(write, None, now) {
        Ok(change) => Ok(change),
        Err(No::Refused(refusal)) => Ok(Change::Refused(refusal)),
        Err(No::Fault(fault)) => Err(fault.into()),
    }
}

/// Why not.
pub(super) enum No {
    Refused(Refusal),
    Fault(Fault),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Event {
    /// `of` is the holder whose holds alone count.
    fn judge(&self, write: Write, of: Option<&Name>, now: At) -> Result<Change, No> {
        match write {
            Write::Create => Err(Refusal::EventExists.into()),
            write if self.status == EventStatus::Archived && !write.is_about_money() => {
                Err(Refusal::NotOnSale(self.status).into())
            }
            Write::SetStatus { action, operator, reason } => {
                let status = self.next_status(action)?;
                if status == EventStatus::Archived {
                    self.all_is_over()?;
                }
                Ok(Change::StatusSet { status, operator, reason })
            }
            Write::Hold { holder, ttl, seats, best, places } => {
                self.judge_hold(holder, ttl, seats, &best, places)
            }
            Write::Extend { hold, ttl } => self.judge_extend(hold, of, ttl, now),
            Write::Release { hold, part } => self.judge_release(hold, of, part, now),
            Write::Confirm { order, holds } => self.judge_confirm(order, holds, of, now),
            Write::Change { hold, drop, add } => self.judge_change(hold, of, drop, add, now),
            Write::Cancel { order, part, refund, reason } => self.judge_cancel(order, part, refund, reason),
            Write::Schedule { opens, closes, audit } => self.judge_schedule(opens, closes, audit, now),
            Write::SetLimits { limits, audit } => self.judge_limits(&limits, audit),
            Write::Exchange { order, drop, add, reason } => self.judge_exchange(order, drop, add, reason),
            Write::ChangePlan { plan, audit } => self.judge_plan(&plan, audit),
            Write::Block { spots, audit } => self.judge_block(&spots, audit),
            Write::Unblock { spots, audit } => self.judge_unblock(&spots, audit),
            Write::ForceRelease { hold, audit } => self.judge_force_release(hold, audit, now),
            Write::ForceCancel { order, refund, audit } => self.judge_force_cancel(order, refund, audit),
            Write::Payment { payment, action } => self.judge_payment(payment, action, of, now),
            Write::OfHolder(holder, write) => self.judge(*write, Some(&holder), now),
            Write::Noted(_, write) => self.judge(*write, of, now),
        }
    }

    pub(super) fn not_closed(&self) -> Result<(), Refusal> {
        if self.status.is_over() { Err(Refusal::NotOnSale(self.status)) } else { Ok(()) }
    }

    pub(super) fn checked_ttl(&self, ttl: Millis<u64>) -> Result<Millis, Refusal> {
        if ttl.0 == 0 {
            return Ok(self.limits.default_ttl);
        }
        self.within(Limit::Ttl, self.limits.max_ttl.0, ttl.0)?;
        // At most max_ttl, which is a u32.
        Ok(Millis(ttl.0 as u32))
    }

    pub(super) const fn within(&self, limit: Limit, allowed: u32, wanted: u64) -> Result<(), Refusal> {
        if wanted > allowed as u64 { Err(Refusal::OverLimit { limit, allowed, wanted }) } else { Ok(()) }
    }
}

/// What a command names in two lists, none of it twice.
pub(super) fn both(one: &Selection, other: &Selection) -> Selection {
    Selection {
        seats: one.seats.iter().chain(&other.seats).copied().collect(),
        places: one.places.iter().chain(&other.places).copied().collect(),
    }
}

pub(super) fn repeated(message: String) -> No {
    No::Fault(Fault::new(Code::REPEATED, message))
}

/// The first value that stands twice. Short lists, the common case, are compared in place.
pub(super) fn first_repeated<T: Copy + Ord>(values: &[T]) -> Option<T> {
    const SHORT: usize = 16;
    if values.len() <= SHORT {
        return (1..values.len()).find(|&at| values[..at].contains(&values[at])).map(|at| values[at]);
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}
