//! Judges what is asked of a payment.
//!
//! A payment that has failed is never over for good: money may come late, and then there must be a seat or a debt for
//! it. So success is judged in every state of the payment and of the sale, and reports that repeat what is known are
//! answered, not refused.

use super::table::{Claim, Payment};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::{At, Millis};
use crate::state::holds::no_hold_twice;
use crate::state::{
    Change, Event, Holds, Limit, Name, No, PaymentAction, PaymentStatus, Refusal, SeatStatus,
};

fn early(message: String) -> No {
    No::Fault(Fault::new(Code::PAYMENT_EARLY, message))
}

impl Event {
    pub(in crate::state) fn judge_payment(
        &self,
        payment: Name,
        action: PaymentAction,
        now: At,
    ) -> Result<Change, No> {
        match action {
            PaymentAction::Try { deadline_in, holds } => self.judge_try(payment, deadline_in, holds, now),
            PaymentAction::Retry { deadline_in } => {
                self.judge_retry(payment, deadline_in, now).map_err(No::Refused)
            }
            PaymentAction::Succeed => self.judge_success(payment),
            PaymentAction::Fail { reason } => self.judge_failure(payment, reason),
            PaymentAction::Refunded { reference } => self.judge_refund(payment, reference),
        }
    }

    fn judge_try(
        &self,
        payment: Name,
        deadline_in: Millis<u64>,
        holds: Holds,
        now: At,
    ) -> Result<Change, No> {
        self.not_closed()?;
        no_hold_twice("PAYMENT TRY", &holds)?;
        if self.payments.slot(&payment).is_some() {
            return Err(Refusal::PaymentExists(payment).into());
        }
        if self.has_had_order(&payment) {
            return Err(Refusal::OrderExists(payment).into());
        }
        for &hold in &holds {
            self.live_hold(hold, now)?;
        }
        let deadline_in = self.checked_ttl(deadline_in)?;
        Ok(Change::PaymentTried { payment, deadline_in, holds })
    }

    fn judge_retry(&self, payment: Name, deadline_in: Millis<u64>, now: At) -> Result<Change, Refusal> {
        self.not_closed()?;
        let known = self.known_payment(&payment)?;
        match known.status {
            PaymentStatus::Pending if known.deadline_at > now => {}
            PaymentStatus::Pending | PaymentStatus::Failed => {
                return Err(Refusal::PaymentGone { payment, failed: true });
            }
            status => return Err(Refusal::PaymentIs { payment, status }),
        }
        let deadline_in = self.checked_ttl(deadline_in)?;
        let most = self.limits.max_payment_retries;
        self.within(Limit::PaymentRetries, most, u64::from(known.retries) + 1)?;
        Ok(Change::PaymentRetried { payment, deadline_in })
    }

    fn judge_success(&self, payment: Name) -> Result<Change, No> {
        let known = self.reported(&payment)?;
        Ok(match known.status {
            PaymentStatus::Pending => Change::PaymentSucceeded { payment, late: false },
            PaymentStatus::Failed if self.claims_are_free(&known.claims) => {
                Change::PaymentSucceeded { payment, late: true }
            }
            PaymentStatus::Failed => Change::PaymentRefundDue { payment },
            PaymentStatus::Success | PaymentStatus::RefundDue | PaymentStatus::Refunded => {
                Change::PaymentRepeated { payment }
            }
        })
    }

    fn judge_failure(&self, payment: Name, reason: Box<str>) -> Result<Change, No> {
        match self.reported(&payment)?.status {
            PaymentStatus::Pending => Ok(Change::PaymentFailed { payment, reason }),
            PaymentStatus::Failed => Ok(Change::PaymentRepeated { payment }),
            status => Err(Refusal::PaymentIs { payment, status }.into()),
        }
    }

    fn judge_refund(&self, payment: Name, reference: Box<str>) -> Result<Change, No> {
        let known = self.reported(&payment)?;
        match known.status {
            PaymentStatus::RefundDue => Ok(Change::PaymentRefunded { payment, reference }),
            // Another reference would be a second refund: somebody has to look at that.
            PaymentStatus::Refunded if known.reference.as_ref() == Some(&reference) => {
                Ok(Change::PaymentRepeated { payment })
            }
            PaymentStatus::Refunded => Err(Refusal::PaymentIs { payment, status: known.status }.into()),
            PaymentStatus::Pending | PaymentStatus::Failed | PaymentStatus::Success => {
                Err(early(format!("payment {payment} is {}: no refund of it is due", known.status.word())))
            }
        }
    }

    /// The payment of a report. A provider may be quicker than the command that begins the payment, and tells again what was
    /// not taken: a refusal would be the answer for ever.
    fn reported(&self, name: &Name) -> Result<&Payment, No> {
        let none =
            || format!("there is no payment {name} yet; if none is to come, pay back what was paid for it");
        self.payments.get(name).ok_or_else(|| early(none()))
    }

    fn known_payment(&self, name: &Name) -> Result<&Payment, Refusal> {
        let gone = || Refusal::PaymentGone { payment: name.clone(), failed: false };
        self.payments.get(name).ok_or_else(gone)
    }

    /// Is all that was given back still to be had?
    fn claims_are_free(&self, claims: &[Claim]) -> bool {
        let mut seats = claims.iter().flat_map(|claim| &claim.seats);
        if !seats.all(|&seat| self.seats.status(seat) == SeatStatus::Free) {
            return false;
        }
        let places = || claims.iter().flat_map(|claim| &claim.places);
        places().all(|&(area, _)| {
            let of_area = places().filter(|place| place.0 == area);
            let wanted: u64 = of_area.map(|&(_, count)| u64::from(count)).sum();
            wanted <= u64::from(self.areas[area as usize].of(SeatStatus::Free))
        })
    }
}
