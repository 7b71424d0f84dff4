//! What the engine knows of payments, as of one record of the log.

use std::collections::HashMap;

use holdfast_engine::{
    Among, Amount, At, Code, Event, Fault, GoesOn, Listed, Name, OrderStatus, PaymentStatus, PaymentView,
    Read, View,
};

use crate::ledger::Sums;
use crate::profile::parts;

/// So many payments are copied at a time.
const PAGE: u32 = 1_000;

/// A payment, or an order that was sold without one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    /// Its event.
    pub event: Name,
    /// Its name: that of its order, too.
    pub name: Name,
    /// What has become of it; `None` for an order that was sold without a payment.
    pub status: Option<PaymentStatus>,
    /// When it began, Unix milliseconds.
    pub begun: At,
    /// Until when it waits for money, Unix milliseconds.
    pub deadline: At,
    /// What it has brought, if that is known.
    pub paid: Option<Amount>,
    /// Of that, what is to be paid back, in minor units.
    pub refundable: u64,
    /// What was told to be paid back: the provider's reference, and how much in minor units.
    pub refunds: Vec<(Box<str>, u64)>,
    /// Something was told to be paid back, and nobody has told how much.
    pub is_refunded: bool,
    /// The provider's reference of the payment.
    pub reference: Option<Box<str>>,
    /// Who was to collect the money.
    pub provider: Option<Name>,
    /// How many seats and places it has now.
    pub seats: u32,
}

/// What the engine knows of payments.
#[derive(Debug)]
pub struct Books {
    /// How keys are made: [`crate::Profile`].
    key: String,
    with_orders: bool,
    pub(crate) payments: Vec<Payment>,
    by_key: HashMap<Box<str>, u32>,
    pub(crate) sums: Sums,
}

impl Books {
    /// Books whose keys are made in the way of this profile. `with_orders` has the orders that were sold without a payment.
    #[must_use]
    pub fn new(profile: &crate::Profile, with_orders: bool) -> Self {
        Self {
            key: profile.key.clone(),
            with_orders,
            payments: Vec::new(),
            by_key: HashMap::new(),
            sums: Sums::default(),
        }
    }

    /// Takes in all payments of an event.
    ///
    /// # Errors
    /// If two of them have one key, or what `goes_on` ends with.
    pub fn take(&mut self, event: &Event, goes_on: GoesOn<'_>) -> Result<(), Fault> {
        let mut cursor = 0;
        loop {
            goes_on()?;
            let View::Payments { next, payments } =
                event.view(&Read::Payments { among: Among::All, cursor, count: PAGE })?
            else {
                return Err(Fault::new(Code::DEFECT, "a list of payments is something else"));
            };
            for (line, ..) in payments {
                let View::Payment(Some(payment)) = event.view(&Read::Payment(line.payment))? else {
                    return Err(Fault::new(Code::DEFECT, "a payment that is listed is not there"));
                };
                self.add(Payment::of(event.name(), *payment))?;
            }
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        if self.with_orders { self.take_orders(event, goes_on) } else { Ok(()) }
    }

    fn take_orders(&mut self, event: &Event, goes_on: GoesOn<'_>) -> Result<(), Fault> {
        let mut from = 0;
        loop {
            goes_on()?;
            let View::Orders { next, orders } =
                event.view(&Read::Orders(Listed { holder: None, from, count: PAGE }))?
            else {
                return Err(Fault::new(Code::DEFECT, "a list of orders is something else"));
            };
            for order in orders.into_iter().filter(|order| order.status != OrderStatus::Cancelled) {
                // The name of a payment is that of its order.
                if let View::Payment(None) = event.view(&Read::Payment(order.order.clone()))? {
                    let places = order.places.iter().map(|(_, count)| count).sum::<u32>();
                    let seats = order.seats.len() as u32 + places;
                    self.add(Payment::sold(event.name().clone(), order.order, order.sold_at, seats))?;
                }
            }
            from = next;
            if from == 0 {
                return Ok(());
            }
        }
    }

    /// Takes in one payment.
    ///
    /// # Errors
    /// If another one has the same key: then no line of that key belongs to one of them.
    pub fn add(&mut self, payment: Payment) -> Result<(), Fault> {
        let number = self.payments.len() as u32;
        if let Some(key) = self.key_of(&payment)
            && let Some(other) = self.by_key.insert(key.clone(), number)
        {
            let other = &self.payments[other as usize];
            let message = format!(
                "the key {key} is made of {} of {} and of {} of {}: choose a key that tells them apart",
                other.name, other.event, payment.name, payment.event
            );
            return Err(Fault::new(Code::KEY_AMBIGUOUS, message));
        }
        if let Some(paid) = payment.money() {
            self.sums.comes(paid.currency, signed(paid.minor));
        }
        self.payments.push(payment);
        Ok(())
    }

    /// The payment that a provider's line with this key is about.
    pub(crate) fn find(&self, key: &str) -> Option<u32> {
        self.by_key.get(key).copied()
    }

    /// `None` if the payment does not have what the key is made of.
    fn key_of(&self, payment: &Payment) -> Option<Box<str>> {
        let part = |part: Result<&str, &str>| match part {
            Ok("event") => Some(payment.event.as_str().to_owned()),
            Ok("payment") => Some(payment.name.as_str().to_owned()),
            Ok(_) => payment.reference.as_deref().map(str::to_owned),
            Err(between) => Some(between.to_owned()),
        };
        parts(&self.key).map(part).collect::<Option<String>>().map(Box::from)
    }
}

impl Payment {
    /// An order that was sold without a payment.
    #[must_use]
    pub const fn sold(event: Name, name: Name, begun: At, seats: u32) -> Self {
        Self {
            event,
            name,
            status: None,
            begun,
            deadline: At(0),
            paid: None,
            refundable: 0,
            refunds: Vec::new(),
            is_refunded: false,
            reference: None,
            provider: None,
            seats,
        }
    }

    fn of(event: &Name, view: PaymentView) -> Self {
        let status = view.line.status;
        let has_come = !matches!(status, PaymentStatus::Pending | PaymentStatus::Failed);
        let places = view.places.iter().map(|(_, count)| count).sum::<u32>();
        Self {
            event: event.clone(),
            name: view.line.payment,
            status: Some(status),
            begun: view.tried_at,
            deadline: view.line.deadline_at,
            paid: view.sums.filter(|_| has_come).map(|sums| sums.amount),
            refundable: view.sums.map_or(0, |sums| sums.refundable),
            is_refunded: view.refunds.is_empty() && view.reference.is_some(),
            refunds: view.refunds,
            reference: view.receipt,
            provider: view.provider,
            seats: if status == PaymentStatus::Success { view.seats.len() as u32 + places } else { 0 },
        }
    }

    /// What it has brought, as far as that is known.
    pub(crate) fn money(&self) -> Option<Amount> {
        self.paid
    }

    /// Whether somebody has told that the money came.
    pub(crate) const fn has_money(&self) -> bool {
        !matches!(self.status, Some(PaymentStatus::Pending | PaymentStatus::Failed))
    }

    /// As it stands in reports.
    pub(crate) const fn word(&self) -> &'static str {
        match self.status {
            Some(status) => status.word(),
            None => "CONFIRMED",
        }
    }
}

/// An amount of the engine has fewer bits.
pub(crate) fn signed(minor: u64) -> i64 {
    i64::try_from(minor).unwrap_or(i64::MAX)
}
