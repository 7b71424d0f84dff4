//! The money of a payment. What has come in is kept for seats, to be paid back, or paid back: nothing else, at any time.

#[cfg(test)]
use crate::limits;
#[cfg(test)]
use crate::state::Currency;
use crate::state::tables::digest;
use crate::state::tables::digest::Part;
use crate::state::{Amount, Charge, Name, Receipt, Sums};

/// What is known of the money of a payment.
#[derive(Clone, PartialEq, Eq, Default, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Money {
    /// What it was to bring.
    pub(super) asked: Option<Amount>,
    /// What it has brought, if that was told then or before.
    pub(super) paid: Option<Amount>,
    /// Of that, in minor units: for seats that are sold, or that are to come.
    pub(super) kept: u64,
    /// To be paid back.
    pub(super) refundable: u64,
    /// Paid back.
    pub(super) refunded: u64,
    pub(super) provider: Option<Name>,
    /// The provider's reference of the payment.
    pub(super) receipt: Option<Box<str>>,
    /// The provider's references of the refunds, each with how much it was.
    pub(super) refunds: Vec<(Box<str>, u64)>,
}

impl Money {
    /// What is to come, before it has; money that came before the payment began and without an amount is that much.
    pub(super) fn is_to_bring(&mut self, charge: &Charge) {
        self.asked = charge.amount;
        self.provider.clone_from(&charge.provider);
    }

    /// The money is there; for seats, until it is told otherwise.
    pub(super) fn comes(&mut self, receipt: &Receipt) {
        self.paid = receipt.amount.or(self.paid).or(self.asked);
        self.kept = self.paid.map_or(0, |paid| paid.minor);
        if receipt.reference.is_some() {
            self.receipt.clone_from(&receipt.reference);
        }
    }

    /// So much of what was kept is to be paid back.
    pub(super) fn falls_due(&mut self, minor: u64) {
        self.kept = self.kept.checked_sub(minor).expect("no more goes back than was kept");
        self.refundable += minor;
    }

    /// All that was kept is to be paid back.
    pub(super) fn all_falls_due(&mut self) {
        self.falls_due(self.kept);
    }

    /// So much of what was due was paid back.
    pub(super) fn goes_back(&mut self, reference: &str, minor: u64) {
        self.refundable = self.refundable.checked_sub(minor).expect("no more is paid back than was due");
        self.refunded += minor;
        self.refunds.push((reference.into(), minor));
    }

    /// What of it stands for seats.
    pub(super) fn kept(&self) -> Option<Amount> {
        self.paid.map(|paid| Amount { minor: self.kept, ..paid })
    }

    /// What is to be paid back.
    pub(super) fn due(&self) -> Option<Amount> {
        self.paid.map(|paid| Amount { minor: self.refundable, ..paid })
    }

    pub(super) fn refunds(&self) -> &[(Box<str>, u64)] {
        &self.refunds
    }

    /// What it was to bring, if it has brought something else.
    pub(super) fn missed(&self) -> Option<Amount> {
        self.asked.filter(|_| self.paid.is_some() && self.paid != self.asked)
    }

    /// It brought something else than it was to, and not all of it was paid back.
    pub(super) fn is_disputed(&self) -> bool {
        self.missed().is_some() && self.kept + self.refundable > 0
    }

    pub(super) fn sums(&self) -> Option<Sums> {
        let amount = self.paid.or(self.asked)?;
        let mismatch = self.missed().is_some();
        Some(Sums { amount, refundable: self.refundable, refunded: self.refunded, mismatch })
    }

    /// The largest that the limits allow.
    #[cfg(test)]
    pub(in crate::state) fn largest() -> Self {
        let text = || Box::from("r".repeat(256));
        let amount =
            Amount { minor: limits::AMOUNT_MINOR_MAX, currency: Currency::new(b"EUR").expect("a currency") };
        Self {
            asked: Some(amount),
            paid: Some(amount),
            provider: Name::new(&[b'p'; 64]),
            receipt: Some(text()),
            refunds: (0..limits::REFUNDS_MAX).map(|_| (text(), 1)).collect(),
            ..Self::default()
        }
    }

    /// One of which some has gone back and some is to go back.
    #[cfg(test)]
    pub(super) fn sample() -> Self {
        let euros = |minor| Currency::new(b"EUR").map(|currency| Amount { minor, currency });
        Self {
            asked: euros(90),
            paid: euros(100),
            kept: 50,
            refundable: 30,
            refunded: 20,
            provider: Name::new(b"p"),
            receipt: Some("pi".into()),
            refunds: vec![("a".into(), 5), ("b".into(), 15)],
        }
    }

    /// Its part of the digest.
    pub(super) fn digest_term(&self, number: u64) -> u64 {
        let of = |b, c| digest::term(Part::Money, number, b, c);
        let amount = |amount: Option<Amount>| {
            amount.map_or(0, |amount| amount.minor ^ digest::bytes_term(amount.currency.code().as_bytes()))
        };
        let text =
            |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| digest::bytes_term(text.as_bytes()));
        let provider = self.provider.as_ref().map_or(0, |name| digest::bytes_term(name.bytes()));
        let sum = of(amount(self.asked), amount(self.paid))
            .wrapping_add(of(self.kept, self.refundable.rotate_left(32) ^ self.refunded))
            .wrapping_add(of(provider, text(&self.receipt).rotate_left(1)));
        (1_u64..).zip(&self.refunds).fold(sum, |sum, (place, (reference, minor))| {
            let reference = digest::bytes_term(reference.as_bytes());
            sum.wrapping_add(digest::term(Part::Money, number ^ place << 48, reference, *minor))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(minor: u64) -> Option<Amount> {
        Currency::new(b"EUR").map(|currency| Amount { minor, currency })
    }

    #[test]
    fn every_part_of_the_money_is_in_its_term() {
        let base = Money::sample();
        let other = |minor, code: &[u8]| Currency::new(code).map(|currency| Amount { minor, currency });
        let others = [
            base.clone(),
            Money { asked: None, ..base.clone() },
            Money { asked: euros(91), ..base.clone() },
            Money { asked: other(90, b"KRW"), ..base.clone() },
            Money { paid: euros(101), ..base.clone() },
            Money { paid: other(100, b"KRW"), ..base.clone() },
            Money { asked: base.paid, paid: base.asked, ..base.clone() },
            Money { kept: 51, ..base.clone() },
            Money { kept: 30, refundable: 50, ..base.clone() },
            Money { refundable: 20, refunded: 30, ..base.clone() },
            Money { provider: Name::new(b"q"), ..base.clone() },
            Money { provider: None, ..base.clone() },
            Money { receipt: Some("pj".into()), ..base.clone() },
            Money { provider: Name::new(b"pi"), receipt: Some("p".into()), ..base.clone() },
            Money { refunds: vec![("b".into(), 5), ("a".into(), 15)], ..base.clone() },
            Money { refunds: vec![("b".into(), 15), ("a".into(), 5)], ..base.clone() },
            Money { refunds: vec![("a".into(), 5)], ..base.clone() },
        ];
        let mut terms: Vec<u64> = others.iter().map(|money| money.digest_term(7)).collect();
        terms.push(base.digest_term(8));
        for (index, one) in terms.iter().enumerate() {
            assert!(!terms[index + 1..].contains(one), "term {index} stands twice");
        }
    }
}
