//! The money of a payment. What has come in is kept for seats, to be paid back, or paid back: nothing else, at any time.

#[cfg(test)]
use crate::limits;
#[cfg(test)]
use crate::state::Currency;
use crate::state::tables::digest;
use crate::state::tables::digest::Part;
use crate::state::{Amount, Charge, Name, PaymentStatus, Receipt, Sums, ensure};

/// What is known of the money of a payment.
#[derive(Clone, PartialEq, Eq, Default, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Money {
    /// What it was to bring.
    asked: Option<Amount>,
    /// What it has brought, if that was told then or before.
    paid: Option<Amount>,
    /// Of that, in minor units: for seats that are sold, or that are to come.
    kept: u64,
    /// To be paid back.
    refundable: u64,
    /// Paid back.
    refunded: u64,
    pub(super) provider: Option<Name>,
    /// The provider's reference of the payment.
    pub(super) receipt: Option<Box<str>>,
    /// The provider's references of the refunds, each with how much it was.
    refunds: Vec<(Box<str>, u64)>,
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

    /// Money in = money of seats + to be paid back + paid back; and each only where the payment's state has it. Trusts no
    /// number.
    pub(super) fn check(&self, payment: &Name, status: PaymentStatus, has_seats: bool) -> Result<(), String> {
        use PaymentStatus::{Failed, PaidAhead, Pending, RefundDue, Refunded, Success};
        let paid = self.paid.map_or(0, |paid| paid.minor);
        let (kept, due, back) = (self.kept, self.refundable, self.refunded);
        let sum = u128::from(kept) + u128::from(due) + u128::from(back);
        ensure(u128::from(paid) == sum, || {
            format!(
                "payment {payment} brought {paid}: {kept} for seats, {due} to be paid back and {back} paid back"
            )
        })?;
        let refunds: u128 = self.refunds.iter().map(|&(_, minor)| u128::from(minor)).sum();
        ensure(refunds == u128::from(back), || {
            format!("payment {payment} has refunds of {refunds}, and {back} was paid back")
        })?;
        // What was to come has come, if nothing else was told.
        let is_known = self.paid.is_some() || self.asked.is_none();
        let fits = match status {
            Pending | Failed => self.paid.is_none() && self.refunds.is_empty(),
            PaidAhead => due == 0 && back == 0 && is_known,
            Success => (has_seats || kept == 0) && is_known,
            RefundDue => kept == 0 && is_known,
            Refunded => kept == 0 && due == 0 && is_known,
        };
        ensure(fits, || {
            format!("payment {payment} is {}: {kept} for seats, {due} due, {back} back", status.word())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(minor: u64) -> Option<Amount> {
        Currency::new(b"EUR").map(|currency| Amount { minor, currency })
    }

    /// One of which some has gone back and some is to go back.
    fn money() -> Money {
        Money {
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

    #[test]
    fn every_part_of_the_money_is_in_its_term() {
        let base = money();
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

    #[test]
    fn money_that_does_not_add_up_is_found() {
        use PaymentStatus::{Failed, PaidAhead, Pending, RefundDue, Refunded, Success};
        let check =
            |money: &Money, status, has_seats| money.check(&Name::new(b"p").unwrap(), status, has_seats);
        let base = money();
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
