//! Forgets what was closed long ago: payments that failed or were paid back, and cancelled orders.

use crate::state::Event;

impl Event {
    pub(in crate::state) fn forget_records(&mut self, payments: u32, orders: u32) {
        for _ in 0..payments {
            let (slot, _) = self.payments.closed().next().expect("only what is there is forgotten");
            self.forget_payment(slot);
        }
        for _ in 0..orders {
            let order = self.cancelled.take_first();
            self.sum.subtract(order.number());
            // The payment that made the order has nothing to show any more.
            if let Some(slot) = self.payments.slot(&order.name) {
                self.forget_payment(slot);
            }
        }
    }

    fn forget_payment(&mut self, slot: u32) {
        let payment = self.payments.remove(slot);
        self.sum.subtract(payment.digest_number());
    }
}
