//! The invariants of payments: each runs and has its holds, or is an order, or has given back what it had, and knows
//! what that was. Money is never without a seat or a debt.

use super::money::Money;
use super::table::Payment;
use crate::state::tables::digest::Digest;
use crate::state::{Among, Event, PaymentStatus, ensure};

impl Event {
    /// Adds what payments have in the sum. Trusts no number, as all of these checks.
    pub(in crate::state) fn check_payments(&self, sum: &mut Digest) -> Result<(), String> {
        let slab = self.payments.slab();
        let closed = self.payments.closed().map(|(slot, _)| slab.get(slot));
        let closed = closed.filter(|payment| payment.is_some_and(Payment::is_closed)).count();
        ensure(closed == slab.iter().filter(|(_, payment)| payment.is_closed()).count(), || {
            format!("{closed} payments wait to be forgotten, and others are closed")
        })?;
        let mut paying = 0;
        for (slot, payment) in slab.iter() {
            let name = &payment.name;
            ensure(self.payments.slot(name) == Some(slot), || format!("payment {name} is lost"))?;
            let from_now_on = payment.number > payment.version || payment.version > self.version;
            ensure(!from_now_on, || format!("payment {name} is from the future"))?;
            for &hold in &payment.holds {
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
            paying += payment.holds.len();
            self.check_payment(payment)?;
            sum.add(payment.digest_term());
        }
        let in_payment = self.holds.slab().iter().filter(|(_, hold)| hold.is_paying()).count();
        ensure(in_payment == paying && paying == self.payments.holds(), || {
            format!("{in_payment} holds are in payment, {paying} have one")
        })
    }

    fn check_payment(&self, payment: &Payment) -> Result<(), String> {
        use PaymentStatus::{Failed, Pending, RefundDue, Refunded, Success};
        // One that was paid ahead may never have had any hold.
        let may_have_none = matches!(payment.status, RefundDue | Refunded);
        let (name, status) = (&payment.name, payment.status);
        ensure(payment.holds.is_empty() == (status != Pending), || {
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
            money.check(name, status, self.orders.slot(name).is_some())?;
        }
        self.check_claims(payment)
    }

    fn check_claims(&self, payment: &Payment) -> Result<(), String> {
        let areas = self.layout.areas();
        let mut sum = 0_u64;
        for claim in &payment.claims {
            let seats = claim.seats.iter().all(|&seat| seat < self.seats.len());
            let places = claim.places.iter().all(|&(area, count)| {
                areas.get(usize::from(area)).is_some_and(|area| (1..=area.capacity).contains(&count))
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
