//! The money of payments: what came, what of it fell due to go back, and what went back.

use holdfast_engine::{Amount, Charge, Name, Receipt, Sums};

/// What was told of the money of a payment, and what became of it.
#[derive(Clone, Default, Debug)]
pub struct Money {
    asked: Option<Amount>,
    /// What has come.
    pub(super) paid: Option<Amount>,
    pub(super) provider: Option<Name>,
    pub(super) receipt: Option<Box<str>>,
    /// All that ever fell due, in minor units.
    pub(super) due: u64,
    /// All that went back.
    pub(super) refunds: Vec<(Box<str>, u64)>,
}

impl Money {
    pub(super) fn asks(&mut self, charge: &Charge) {
        self.asked = charge.amount;
        self.provider.clone_from(&charge.provider);
    }

    pub(super) fn gets(&mut self, receipt: &Receipt) {
        self.paid = receipt.amount.or(self.paid).or(self.asked);
        self.receipt = receipt.reference.clone().or(self.receipt.take());
    }

    /// All that went back, in minor units.
    pub(super) fn back(&self) -> u64 {
        self.refunds.iter().map(|(_, minor)| minor).sum()
    }

    /// Everything that came and is not for seats any more falls due.
    pub(super) fn all_falls_due(&mut self) {
        self.due = self.paid.map_or(0, |paid| paid.minor);
    }

    pub(super) fn mismatch(&self) -> Option<Amount> {
        self.asked.filter(|asked| self.paid.is_some_and(|paid| paid != *asked))
    }

    pub(super) fn sums(&self) -> Option<Sums> {
        self.paid.or(self.asked).map(|amount| Sums {
            amount,
            refundable: self.due - self.back(),
            refunded: self.back(),
            mismatch: self.mismatch().is_some(),
        })
    }
}
