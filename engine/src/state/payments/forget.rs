//! Forgets what was closed long ago: payments that failed or were paid back, and cancelled orders.

use super::money::Money;
use super::table::{Payment, Payments};
use crate::numbers::{At, Millis};
use crate::state::tables::Slot;
use crate::state::{Event, Name};

impl Event {
    /// How many closed payments and cancelled orders may be forgotten now, at most `most` of each: those that have been
    /// so for `retention`. An order waits until all that it has cost was paid back.
    #[must_use]
    pub fn records_forgettable(&self, now: At, retention: Millis<u64>, most: u32) -> Option<(u32, u32)> {
        let upto = now.before(retention)?;
        let old = |times: &mut dyn Iterator<Item = At>| {
            times.take(most as usize).take_while(|&at| at <= upto).count() as u32
        };
        let payments = old(&mut self.payments.closed().map(|(_, at)| at));
        // What is too young is not looked at: many of these may still cost money.
        let orders = self.cancelled.iter().take_while(|order| order.cancelled_at <= upto);
        let orders = orders.filter(|order| !owes_money(&self.payments, &order.name));
        let orders = old(&mut orders.map(|order| order.cancelled_at));
        ((payments, orders) != (0, 0)).then_some((payments, orders))
    }

    pub(in crate::state) fn forget_records(&mut self, payments: u32, orders: u32) {
        for _ in 0..payments {
            let (slot, _) = self.payments.closed().next().expect("only what is there is forgotten");
            self.forget_payment(slot);
        }
        let payments = &self.payments;
        let forgotten = self.cancelled.forget(orders as usize, |order| !owes_money(payments, &order.name));
        assert_eq!(forgotten.len(), orders as usize, "only what is there is forgotten");
        for order in forgotten {
            self.sum.subtract(order.digest_term());
            self.take_note(order.version);
            // The payment that made the order has nothing to show any more.
            if let Some(slot) = self.payments.slot(&order.name) {
                self.forget_payment(slot);
            }
        }
    }

    fn forget_payment(&mut self, slot: Slot<Payment>) {
        self.take_claimed_note(slot);
        let payment = self.payments.remove(slot);
        self.take_note(payment.number);
        self.sum.subtract(payment.digest_term());
    }
}

/// Is a sum of money to be paid back for this order?
fn owes_money(payments: &Payments, order: &Name) -> bool {
    let money = payments.get(order).and_then(Payment::money);
    money.and_then(Money::due).is_some_and(|due| due.minor > 0)
}
