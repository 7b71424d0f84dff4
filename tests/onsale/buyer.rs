//! A buyer for parties of two and four, who buys until nothing is left, and whose payments go well or wrong in every way.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use holdfast_testkit::Random;

use super::support::reply::Value;
use super::support::{Client, eventually};

/// What buyers were told.
#[derive(Default, Debug)]
pub(crate) struct Ledger {
    /// Payments, and the seats that they bought.
    pub(crate) sold: Vec<(String, Vec<String>)>,
    /// Payments that are to be paid back.
    pub(crate) owed: BTreeSet<String>,
}

impl Ledger {
    pub(crate) fn add(&mut self, other: Self) {
        self.sold.extend(other.sold);
        self.owed.extend(other.owed);
    }
}

pub(crate) struct Buyer {
    number: u64,
    client: Client,
    random: Random,
    /// Of the next key.
    next: u64,
    ledger: Ledger,
}

impl Buyer {
    pub(crate) fn new(number: u64, client: Client) -> Self {
        Self { number, client, random: Random::new(number), next: 0, ledger: Ledger::default() }
    }

    /// Buys as long as there are two seats side by side, or may be again.
    pub(crate) fn buy(mut self) -> Ledger {
        let mut party = 2;
        loop {
            // Whoever does not come back to pay.
            let forgets = self.random.percent(4);
            let ttl = if forgets { 40 } else { 0 };
            match self.hold(party, ttl) {
                Some(_) if forgets => {}
                Some((hold, seats)) => self.pay(hold, seats),
                None if party == 4 => {
                    party = 2;
                    continue;
                }
                None if self.is_over() => return self.ledger,
                None => thread::sleep(Duration::from_millis(10)),
            }
            party = *self.random.pick(&[2, 4]);
        }
    }

    /// Buys all that is left, and always pays.
    pub(crate) fn sweep(mut self) -> Ledger {
        for party in [4, 2, 1] {
            while let Some((hold, seats)) = self.hold(party, 0) {
                let payment = self.try_payment(hold, 0);
                self.succeed(&payment, seats);
            }
        }
        self.ledger
    }

    /// Takes the same seats twice, while nobody else is there; the money for the first time comes last.
    pub(crate) fn pay_twice(mut self) -> Ledger {
        let (hold, seats) = self.hold(2, 0).unwrap();
        let late = self.try_late(hold);
        let (hold, again) = self.hold(2, 0).unwrap();
        assert_eq!(again, seats, "they are the best again");
        let payment = self.try_payment(hold, 0);
        self.succeed(&payment, again);
        self.succeed(&late, seats);
        self.ledger
    }

    fn key(&mut self) -> String {
        self.next += 1;
        format!("k-{}-{}", self.number, self.next)
    }

    /// The hold and its seats; none if there are not so many side by side.
    fn hold(&mut self, party: u32, ttl: u64) -> Option<(u64, Vec<String>)> {
        let line = format!("HOLD gala {} buyer-{} {ttl} BEST {party}", self.key(), self.number);
        let bytes = self.client.bytes(&line);
        if self.random.percent(5) {
            assert_eq!(self.client.bytes(&line), bytes, "one key, one answer: {line}");
        }
        let reply = Value::of(&bytes);
        if let Value::Error(message) = &reply {
            assert!(message.starts_with("TAKEN HF-BIZ-003"), "{line}: {message}");
            return None;
        }
        let seats = reply.texts("seats");
        assert_eq!(seats.len(), party as usize);
        Some((reply.integer("hold"), seats))
    }

    fn pay(&mut self, hold: u64, seats: Vec<String>) {
        match self.random.below(100) {
            0..=69 => {
                let payment = self.try_payment(hold, 0);
                self.succeed(&payment, seats);
            }
            70..=84 => {
                let payment = self.try_payment(hold, 0);
                assert_eq!(self.report("FAIL", &payment, " declined").0, "FAILED");
            }
            // The provider takes longer than its deadline, and then comes with the money all the same.
            _ => {
                let payment = self.try_late(hold);
                self.succeed(&payment, seats);
            }
        }
    }

    /// A payment whose deadline has passed.
    fn try_late(&mut self, hold: u64) -> String {
        let payment = self.try_payment(hold, 20);
        eventually("the deadline of a payment", || {
            let shown = Value::of(&self.client.bytes(&format!("GET PAYMENT gala {payment}")));
            shown.get("status").unwrap().text() == "FAILED"
        });
        payment
    }

    /// The payment, which has a name of its own.
    fn try_payment(&mut self, hold: u64, deadline: u64) -> String {
        let key = self.key();
        let payment = format!("pay-{key}");
        let line = format!("PAYMENT TRY gala {key} {payment} {deadline} {hold}");
        let reply = Value::of(&self.client.bytes(&line));
        assert_eq!(reply.get("status").map(Value::text), Some("PENDING"), "{reply:?}");
        payment
    }

    /// Status, and whether it was so before.
    fn report(&mut self, what: &str, payment: &str, more: &str) -> (String, bool) {
        let line = format!("PAYMENT {what} gala {} {payment}{more}", self.key());
        let bytes = self.client.bytes(&line);
        if self.random.percent(20) {
            assert_eq!(self.client.bytes(&line), bytes, "one key, one answer: {line}");
        }
        let reply = Value::of(&bytes);
        assert!(!reply.is_error(), "{line}: {reply:?}");
        (reply.get("status").unwrap().text().to_owned(), reply.get("already").is_some())
    }

    /// Now and then the money is reported twice.
    fn succeed(&mut self, payment: &str, seats: Vec<String>) {
        let (status, already) = self.report("SUCCEED", payment, "");
        assert!(!already, "{payment} was never reported before");
        if self.random.percent(20) {
            assert_eq!(self.report("SUCCEED", payment, ""), (status.clone(), true));
        }
        match status.as_str() {
            "SUCCESS" => self.ledger.sold.push((payment.to_owned(), seats)),
            "REFUND_DUE" => _ = self.ledger.owed.insert(payment.to_owned()),
            other => panic!("{payment} is {other}"),
        }
    }

    /// Does nobody have anything that may come back?
    fn is_over(&mut self) -> bool {
        let counts = Value::of(&self.client.bytes("COUNT gala"));
        counts.integer("held") + counts.integer("paying") == 0
    }
}
