//! The rules of money that goes back.

use holdfast_engine::{Amount, Name, PaymentStatus, Refusal};

use super::money::Money;
use super::paying::Payment;
use super::{Model, No};

impl Model {
    /// Is some of it to go back now?
    #[must_use]
    pub fn is_refundable(&self, payment: &Payment) -> bool {
        let Money { paid, due, refunds, .. } = &payment.money;
        match payment.status {
            PaymentStatus::RefundDue => true,
            _ if paid.is_some() => *due > payment.money.back(),
            PaymentStatus::Success => {
                let order = self.orders.get(&payment.name);
                order.is_some_and(|order| order.cancelled_at.is_some()) && refunds.is_empty()
            }
            _ => false,
        }
    }

    /// Has it brought something else than it was to, of which something is still here?
    #[must_use]
    pub fn is_mismatched(&self, payment: &Payment) -> bool {
        let paid = payment.money.paid.map_or(0, |paid| paid.minor);
        payment.money.mismatch().is_some() && paid > payment.money.back()
    }

    /// What came for an order and did not fall due yet, if anybody told how much came.
    #[must_use]
    pub fn left_of(&self, order: &Name) -> Option<Amount> {
        let money = &self.payment_named(order)?.money;
        money.paid.map(|paid| Amount { minor: paid.minor - money.due, ..paid })
    }

    /// May so much go back with seats of the order, or with all that is left of it?
    pub(super) fn may_go_back(&self, order: &Name, is_all: bool, refund: Option<u64>) -> Result<(), No> {
        let Some(minor) = refund else { return Ok(()) };
        let Some(left) = self.left_of(order) else { return Err(Refusal::NoAmount(order.clone()).into()) };
        let wanted = Amount { minor, ..left };
        if minor > left.minor || (is_all && minor < left.minor) {
            return Err(Refusal::RefundSum { payment: Box::new(order.clone()), wanted, left }.into());
        }
        Ok(())
    }

    /// Something of an order was taken back.
    pub(super) fn falls_due(&mut self, order: &Name, is_all: bool, refund: Option<u64>) {
        let version = self.version;
        let Some(payment) = self.payments.iter_mut().find(|payment| payment.name == *order) else { return };
        let before = payment.money.due;
        match refund {
            _ if is_all => payment.money.all_falls_due(),
            Some(minor) => payment.money.due += minor,
            None => {}
        }
        if payment.money.due > before {
            payment.version = version;
        }
    }

    /// Pays so much of what is due back, or all of it; or it was paid back before.
    pub(super) fn pay_back(&mut self, at: usize, reference: &str, amount: Option<Amount>) -> Result<(), No> {
        let payment = &self.payments[at];
        let money = &payment.money;
        if let Some(paid) = money.paid {
            let left = Amount { minor: money.due - money.back(), ..paid };
            let wanted = amount.unwrap_or(left);
            let is_last = money.refunds.len() >= 999;
            if wanted.currency != left.currency
                || wanted.minor > left.minor
                || (is_last && wanted.minor < left.minor)
            {
                return Err(
                    Refusal::RefundSum { payment: Box::new(payment.name.clone()), wanted, left }.into()
                );
            }
            self.payments[at].money.refunds.push((reference.into(), wanted.minor));
        } else if amount.is_some() {
            return Err(Refusal::NoAmount(payment.name.clone()).into());
        } else if payment.status == PaymentStatus::Success {
            self.payments[at].money.refunds.push((reference.into(), 0));
        }
        Ok(())
    }

    /// Of each payment: what came is for seats that are sold or to come, to go back, or gone back.
    ///
    /// # Panics
    /// If it is not.
    pub(super) fn check_money(&self) {
        for payment in &self.payments {
            let money = &payment.money;
            let paid = money.paid.map_or(0, |paid| paid.minor);
            let order = self.orders.get(&payment.name);
            let is_sold = order.is_some_and(|order| order.cancelled_at.is_none());
            let may_keep = is_sold || payment.status == PaymentStatus::PaidAhead;
            assert!(money.back() <= money.due && money.due <= paid, "{payment:?}");
            assert!(may_keep || money.due == paid, "money without seats is to go back: {payment:?}");
        }
    }
}
