//! The invariants of payments: each runs and has its holds, or is an order, or has given back what it had, and knows
//! what that was. Money is never without a seat or a debt.

use super::money::Money;
use super::table::Payment;
use crate::limits;
use crate::state::tables::Slot;
use crate::state::tables::digest::Digest;
use crate::state::{Among, Event, Name, PaymentStatus, ensure};

impl Event {
    /// Adds what payments have in the sum. Trusts no number, as all of these checks.
    pub(in crate::state) fn check_payments(&self, sum: &mut Digest) -> Result<(), String> {
        use PaymentStatus::Failed;
        let slab = self.payments.slab();
        let closed = self.payments.closed().map(|(slot, _)| slab.get(slot));
        let closed = closed.filter(|payment| payment.is_some_and(Payment::is_closed)).count();
        ensure(closed == slab.iter().filter(|(_, payment)| payment.is_closed()).count(), || {
            format!("{closed} payments wait to be forgotten, and others are closed")
        })?;
        let (mut paying, mut kept) = (0, 0);
        for (slot, payment) in slab.iter() {
            let name = &payment.name;
            ensure(self.payments.slot(name) == Some(slot), || format!("payment {name} is lost"))?;
            let from_now_on = payment.number > payment.version || payment.version > self.version;
            ensure(!from_now_on, || format!("payment {name} is from the future"))?;
            if payment.status == Failed {
                kept += payment.holds.len();
                self.check_kept(slot, payment)?;
            }
            for &hold in payment.holds.iter().filter(|_| payment.status != Failed) {
                let is_its_own = self.payments.paying(hold) == Some(slot)
                    && self.holds.get(hold).is_some_and(crate::state::holds::Hold::is_paying);
                ensure(is_its_own, || format!("hold {hold} is not in payment {name}"))?;
            }
            let of = |among| self.payments.lists(among)[0].get(&payment.number) == Some(&slot);
            let is_disputed = payment.money().is_some_and(Money::is_disputed);
            let is_listed =
                of(Among::Refundable) == self.is_refundable(payment) && of(Among::Mismatched) == is_disputed;
            ensure(is_listed, || {
                format!("payment {name} is in a list of refunds or mismatches, and should not")
            })?;
            paying += if payment.status == Failed { 0 } else { payment.holds.len() };
            self.check_payment(payment)?;
            sum.add(payment.digest_term());
        }
        ensure(kept == self.payments.kept(), || format!("{kept} holds were kept by payments that failed"))?;
        let in_payment = self.holds.slab().iter().filter(|(_, hold)| hold.is_paying()).count();
        ensure(in_payment == paying && paying == self.payments.holds(), || {
            format!("{in_payment} holds are in payment, {paying} have one")
        })
    }

    /// The holds that a payment which failed left what they had are there, or were sold.
    fn check_kept(&self, slot: Slot<Payment>, payment: &Payment) -> Result<(), String> {
        let name = &payment.name;
        ensure(payment.holds.len() <= payment.claims.len(), || {
            format!("payment {name} kept {} holds of {}", payment.holds.len(), payment.claims.len())
        })?;
        payment.holds.iter().try_for_each(|&hold| {
            ensure(hold.0 < payment.number && self.payments.keepers(hold).contains(&slot), || {
                format!("payment {name} did not keep hold {hold}")
            })
        })
    }

    fn check_payment(&self, payment: &Payment) -> Result<(), String> {
        use PaymentStatus::{Failed, Pending, RefundDue, Refunded, Success};
        // One that was paid ahead may never have had any hold.
        let may_have_none = matches!(payment.status, RefundDue | Refunded);
        let (name, status) = (&payment.name, payment.status);
        ensure(payment.holds.is_empty() == (status != Pending) || status == Failed, || {
            format!("payment {name} is {} and has {} holds", status.word(), payment.holds.len())
        })?;
        let gave_back = matches!(status, Failed | RefundDue | Refunded);
        ensure(payment.claims.is_empty() != gave_back || may_have_none, || {
            format!("payment {name} is {} and gave back {} holds", status.word(), payment.claims.len())
        })?;
        ensure(payment.reference.is_some() == (status == Refunded), || {
            format!("payment {name} is {} with or without a refund", status.word())
        })?;
        let has_order = self.orders.slot(name).is_some() || self.cancelled.get(name).is_some();
        ensure(has_order == (status == Success), || {
            format!("payment {name} is {} with or without an order", status.word())
        })?;
        if let Some(money) = payment.money() {
            check_money(money, name, status, self.orders.slot(name).is_some())?;
        }
        self.check_claims(payment)
    }

    fn check_claims(&self, payment: &Payment) -> Result<(), String> {
        let areas = self.layout.areas().len();
        let mut sum = 0_u64;
        for claim in &payment.claims {
            let seats = claim.seats.iter().all(|&seat| seat < self.seats.len());
            // The area may be smaller by now.
            let places = claim.places.iter().all(|&(area, count)| {
                usize::from(area) < areas && (1..=limits::AREA_CAPACITY_MAX).contains(&count)
            });
            let some = !claim.seats.is_empty() || !claim.places.is_empty();
            ensure(seats && places && some, || {
                format!("payment {} gave back what the map does not have", payment.name)
            })?;
            sum += claim.seats.len() as u64;
            sum += claim.places.iter().map(|&(_, count)| u64::from(count)).sum::<u64>();
        }
        ensure(u32::try_from(sum).is_ok(), || format!("payment {} gave back {sum} seats", payment.name))
    }
}

/// Money in = money of seats + to be paid back + paid back; and each only where the payment's state has it. Trusts no number.
fn check_money(money: &Money, payment: &Name, status: PaymentStatus, has_seats: bool) -> Result<(), String> {
    use PaymentStatus::{Failed, PaidAhead, Pending, RefundDue, Refunded, Success};
    let paid = money.paid.map_or(0, |paid| paid.minor);
    let (kept, due, back) = (money.kept, money.refundable, money.refunded);
    let sum = u128::from(kept) + u128::from(due) + u128::from(back);
    ensure(u128::from(paid) == sum, || {
        format!(
            "payment {payment} brought {paid}: {kept} for seats, {due} to be paid back and {back} paid back"
        )
    })?;
    let refunds: u128 = money.refunds.iter().map(|&(_, minor)| u128::from(minor)).sum();
    ensure(refunds == u128::from(back), || {
        format!("payment {payment} has refunds of {refunds}, and {back} was paid back")
    })?;
    // What was to come has come, if nothing else was told.
    let is_known = money.paid.is_some() || money.asked.is_none();
    let fits = match status {
        Pending | Failed => money.paid.is_none() && money.refunds.is_empty(),
        PaidAhead => due == 0 && back == 0 && is_known,
        Success => (has_seats || kept == 0) && is_known,
        RefundDue => kept == 0 && is_known,
        Refunded => kept == 0 && due == 0 && is_known,
    };
    ensure(fits, || {
        format!("payment {payment} is {}: {kept} for seats, {due} due, {back} back", status.word())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_does_not_add_up_is_found() {
        use PaymentStatus::{Failed, PaidAhead, Pending, RefundDue, Refunded, Success};
        let check = |money: &Money, status, has_seats| {
            check_money(money, &Name::new(b"p").unwrap(), status, has_seats)
        };
        let base = Money::sample();
        check(&base, Success, true).unwrap();
        for wrong in [
            Money { kept: 49, ..base.clone() },
            Money { kept: u64::MAX, refundable: 51, ..base.clone() },
            Money { refundable: 29, ..base.clone() },
            Money { paid: None, ..base.clone() },
            Money { refunds: vec![("a".into(), 5)], ..base.clone() },
            Money { refunded: 21, refundable: 29, ..base.clone() },
        ] {
            let found = check(&wrong, Success, true).unwrap_err();
            assert!(found.starts_with("payment p "), "{found}");
        }
        // Each state has its own sums.
        let due = Money { kept: 0, refundable: 80, ..base.clone() };
        let back =
            Money { kept: 0, refundable: 0, refunded: 100, refunds: vec![("a".into(), 100)], ..base.clone() };
        let ahead = Money { kept: 100, refundable: 0, refunded: 0, refunds: vec![], ..base.clone() };
        let asked = Money { paid: None, kept: 0, ..ahead.clone() };
        let fits = |money: &Money| {
            [Pending, Failed, PaidAhead, Success, RefundDue, Refunded]
                .map(|status| check(money, status, false).is_ok())
        };
        assert_eq!(fits(&base), [false; 6], "money of seats that nobody has");
        assert_eq!(fits(&due), [false, false, false, true, true, false]);
        assert_eq!(fits(&back), [false, false, false, true, true, true]);
        assert_eq!(fits(&ahead), [false, false, true, false, false, false]);
        assert_eq!(fits(&asked), [true, true, false, false, false, false], "money that came is counted");
    }
}
