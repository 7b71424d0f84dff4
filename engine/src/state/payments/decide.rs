//! Judges what is asked of a payment.
//!
//! A payment that has failed is never over for good: money may come late, and then there must be a seat or a debt for
//! it. So success is judged in every state of the payment and of the sale, and reports that repeat what is known are
//! answered, not refused.

use super::money::Money;
use super::table::{Claim, Payment};
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::{At, Millis};
use crate::state::holds::no_hold_twice;
use crate::state::{
    Amount, Change, Charge, Event, Holds, Limit, Name, No, PaymentAction, PaymentStatus, Receipt, Refusal,
    SeatStatus,
};

/// What it is at this time: money whose payment has not begun in time is owed, whether that was logged yet or not.
fn status_at(payment: &Payment, now: At) -> PaymentStatus {
    match payment.status {
        PaymentStatus::PaidAhead if payment.deadline_at <= now => PaymentStatus::RefundDue,
        status => status,
    }
}

/// Can so much of what is left go back? All of it has to, where nothing else may follow.
fn fitting(payment: &Name, wanted: Amount, left: Amount, is_last: bool) -> Result<(), Refusal> {
    let fits = wanted.currency == left.currency
        && wanted.minor <= left.minor
        && (wanted.minor == left.minor || !is_last);
    if fits { Ok(()) } else { Err(Refusal::RefundSum { payment: Box::new(payment.clone()), wanted, left }) }
}

fn early(message: String) -> No {
    No::Fault(Fault::new(Code::PAYMENT_EARLY, message))
}

impl Event {
    pub(in crate::state) fn judge_payment(
        &self,
        payment: Name,
        action: PaymentAction,
        of: Option<&Name>,
        now: At,
    ) -> Result<Change, No> {
        match action {
            PaymentAction::Try { deadline_in, holds, charge } => {
                self.judge_try(payment, deadline_in, (holds, of), charge, now)
            }
            PaymentAction::Retry { deadline_in } => {
                self.judge_retry(payment, deadline_in, now).map_err(No::Refused)
            }
            PaymentAction::Succeed(receipt) => self.judge_success(payment, receipt),
            PaymentAction::Fail { reason, keep: None } => self.judge_failure(payment, reason, now),
            PaymentAction::Fail { reason, keep: Some(ttl) } => self.judge_keeping(payment, reason, ttl, now),
            PaymentAction::Refunded { reference, amount } => {
                self.judge_refund(payment, reference, amount, now)
            }
        }
    }

    fn judge_try(
        &self,
        payment: Name,
        deadline_in: Millis<u64>,
        (holds, of): (Holds, Option<&Name>),
        charge: Box<Charge>,
        now: At,
    ) -> Result<Change, No> {
        self.not_closed()?;
        no_hold_twice("PAYMENT TRY", &holds)?;
        let known = self.payments.get(&payment).map(|known| status_at(known, now));
        if known.is_some_and(|status| status != PaymentStatus::PaidAhead) {
            return Err(Refusal::PaymentExists(payment).into());
        }
        if known.is_none() && self.has_had_order(&payment) {
            return Err(Refusal::OrderExists(payment).into());
        }
        for &hold in &holds {
            match self.live_hold(hold, of, now) {
                // The money is there, so that it is owed.
                Err(Refusal::HoldGone(_)) if known.is_some() => {
                    return Ok(Change::PaymentMissed { payment, charge });
                }
                hold => hold?,
            };
        }
        let deadline_in = self.checked_ttl(deadline_in)?;
        Ok(match known {
            Some(_) => Change::PaymentMet { payment, deadline_in, holds, charge },
            None if *charge == Charge::default() => Change::PaymentTried { payment, deadline_in, holds },
            None => Change::PaymentCharged { payment, deadline_in, holds, charge },
        })
    }

    fn judge_retry(&self, payment: Name, deadline_in: Millis<u64>, now: At) -> Result<Change, Refusal> {
        self.not_closed()?;
        let known = self.known_payment(&payment)?;
        match status_at(known, now) {
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

    /// Money that comes is never refused, but under the name of an order that was sold without a payment.
    fn judge_success(&self, payment: Name, receipt: Receipt) -> Result<Change, No> {
        let Some(known) = self.payments.get(&payment) else {
            if self.has_had_order(&payment) {
                return Err(Refusal::OrderExists(payment).into());
            }
            return Ok(Change::PaidAhead { payment, wait: self.limits.paid_ahead, receipt });
        };
        let is_told = receipt != Receipt::default();
        let late = match known.status {
            PaymentStatus::Pending => false,
            PaymentStatus::Failed if known.holds.is_empty() && self.claims_are_free(&known.claims) => true,
            PaymentStatus::Failed if is_told => return Ok(Change::PaymentOwed { payment, receipt }),
            PaymentStatus::Failed => return Ok(Change::PaymentRefundDue { payment }),
            PaymentStatus::Success
            | PaymentStatus::RefundDue
            | PaymentStatus::Refunded
            | PaymentStatus::PaidAhead => return Ok(Change::PaymentRepeated { payment }),
        };
        Ok(match is_told {
            true => Change::PaymentReceived { payment, late, receipt },
            false => Change::PaymentSucceeded { payment, late },
        })
    }

    fn judge_failure(&self, payment: Name, reason: Box<str>, now: At) -> Result<Change, No> {
        match status_at(self.reported(&payment)?, now) {
            PaymentStatus::Pending => Ok(Change::PaymentFailed { payment, reason }),
            PaymentStatus::Failed => Ok(Change::PaymentRepeated { payment }),
            status => Err(Refusal::PaymentIs { payment, status }.into()),
        }
    }

    /// A failure that leaves the holds what they had: they go on as if they were extended, which a closed sale does not allow.
    /// Whatever the payment is that does not run, it is as without that.
    fn judge_keeping(
        &self,
        payment: Name,
        reason: Box<str>,
        ttl: Millis<u64>,
        now: At,
    ) -> Result<Change, No> {
        self.not_closed()?;
        let known = self.reported(&payment)?;
        // At its deadline it has failed, whether that was logged yet or not.
        if known.status != PaymentStatus::Pending || known.deadline_at <= now {
            return self.judge_failure(payment, reason, now);
        }
        let ttl = self.checked_ttl(ttl)?;
        for hold in known.holds.iter().filter_map(|&id| self.holds.get(id)) {
            let total = (now + ttl).since(hold.made_at());
            self.within(Limit::HoldTotal, self.limits.max_hold_total.0, total.0)?;
        }
        let holds = known.holds.clone();
        Ok(Change::PaymentKept { payment, reason, ttl, holds })
    }

    fn judge_refund(
        &self,
        payment: Name,
        reference: Box<str>,
        amount: Option<Amount>,
        now: At,
    ) -> Result<Change, No> {
        let known = self.reported(&payment)?;
        let status = status_at(known, now);
        let refunds = known.money().map_or(&[][..], Money::refunds);
        if known.reference.as_ref() == Some(&reference) || refunds.iter().any(|(one, _)| *one == reference) {
            return Ok(Change::PaymentRepeated { payment });
        }
        if status != PaymentStatus::RefundDue && !self.is_refundable(known) {
            // Another reference would be a second refund: somebody has to look at that.
            let is_over = status == PaymentStatus::Success && self.orders.slot(&payment).is_none();
            return Err(if is_over || status == PaymentStatus::Refunded {
                Refusal::PaymentIs { payment, status }.into()
            } else {
                early(format!("payment {payment} is {}: no refund of it is due", status.word()))
            });
        }
        let left = if known.status == status { Money::due } else { Money::kept };
        let Some(left) = known.money().and_then(left) else {
            return match amount {
                Some(_) => Err(Refusal::NoAmount(payment).into()),
                None if status == PaymentStatus::RefundDue => {
                    Ok(Change::PaymentRefunded { payment, reference })
                }
                None => Ok(Change::MoneyReturned { payment, reference, amount }),
            };
        };
        let wanted = amount.unwrap_or(left);
        let is_last = refunds.len() + 1 >= limits::REFUNDS_MAX;
        fitting(&payment, wanted, left, is_last)?;
        Ok(Change::MoneyReturned { payment, reference, amount: Some(wanted) })
    }

    /// Judges what is to go back for an order of which something is taken back, all that is left of it if `is_all`.
    pub(in crate::state) fn judge_refund_of_order(
        &self,
        order: &Name,
        is_all: bool,
        minor: u64,
    ) -> Result<(), Refusal> {
        let kept = self.payments.get(order).and_then(Payment::money).and_then(Money::kept);
        let left = kept.ok_or_else(|| Refusal::NoAmount(order.clone()))?;
        fitting(order, Amount { minor, ..left }, left, is_all)
    }

    /// Is anything of it to be paid back now?
    pub(in crate::state) fn is_refundable(&self, payment: &Payment) -> bool {
        let money = payment.money();
        match (money.and_then(Money::due), payment.status) {
            (_, PaymentStatus::RefundDue) => true,
            (Some(due), _) => due.minor > 0,
            // How much it was nobody has told: once, and when nothing is left of the order.
            (None, PaymentStatus::Success) => {
                money.is_none_or(|money| money.refunds().is_empty())
                    && self.cancelled.get(&payment.name).is_some()
            }
            (None, _) => false,
        }
    }

    /// The payment of a report. A provider may be quicker than the command that begins the payment, and tells again what was
    /// not taken: a refusal would be the answer for ever.
    fn reported(&self, name: &Name) -> Result<&Payment, No> {
        self.payments.get(name).ok_or_else(|| early(format!("there is no payment {name} yet")))
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
