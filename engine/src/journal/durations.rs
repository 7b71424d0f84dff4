//! How long holds and payments take, and how late what runs out is written down: histograms that the threads of the events keep, by
//! the times of the records. No clock is read for them.

use holdfast_wal::{Histogram, Spread};

use crate::numbers::At;
use crate::state::{Happened, Spans};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Upper bounds in milliseconds: people choose seats and pay within minutes, holds for groups last for days.
const HOLDS: [u64; 13] = [
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    HOUR,
    6 * HOUR,
    24 * HOUR,
    168 * HOUR,
];
/// A provider answers within seconds, a customer within minutes, a transfer within days.
const PAYMENTS: [u64; 13] = [
    100,
    250,
    500,
    SECOND,
    5 * SECOND,
    15 * SECOND,
    MINUTE,
    3 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    24 * HOUR,
    168 * HOUR,
];
/// A timer is late by a millisecond or two, a wave of a million by a second, a full disk by as long as it is full.
const DELAYS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 500, SECOND, 5 * SECOND, MINUTE, 10 * MINUTE];

/// How a hold ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HoldEnd {
    /// It became an order.
    Sold,
    /// It was given back, by whoever had it or by an operator, or with its payment that had failed.
    Released,
    /// Its deadline or that of its payment passed.
    Expired,
}

impl HoldEnd {
    /// All of them, in the order of their places.
    pub const ALL: [Self; 3] = [Self::Sold, Self::Released, Self::Expired];

    /// The word by which figures call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }

    const fn by(what: Happened) -> Self {
        match what {
            Happened::Sold | Happened::PaymentSucceeded => Self::Sold,
            Happened::Expired | Happened::PaymentLapsed => Self::Expired,
            _ => Self::Released,
        }
    }
}

/// How long things took since the start of the process, milliseconds.
#[derive(Clone, Default, Debug)]
pub struct Durations {
    /// Holds from the first to the last moment, in the order of [`HoldEnd::ALL`].
    pub holds: [Spread; HoldEnd::ALL.len()],
    /// Payments that brought an order, since they began.
    pub payments: Spread,
    /// From the deadline of a hold or a payment to the record that it has run out.
    pub expiry_delays: Spread,
}

/// Those of one thread. Only that thread adds to them.
#[derive(Debug)]
pub(super) struct Taken {
    holds: [Histogram<13>; HoldEnd::ALL.len()],
    payments: Histogram<13>,
    expiry_delays: Histogram<12>,
}

impl Default for Taken {
    fn default() -> Self {
        Self {
            holds: [const { Histogram::new(&HOLDS) }; HoldEnd::ALL.len()],
            payments: Histogram::new(&PAYMENTS),
            expiry_delays: Histogram::new(&DELAYS),
        }
    }
}

impl Taken {
    /// A change of this kind has ended something `now`.
    pub(super) fn ended(&self, what: Happened, spans: &Spans, now: At) {
        let holds = &self.holds[HoldEnd::by(what) as usize];
        spans.holds(now).for_each(|span| holds.add_alone(span.0));
        spans.paid(now).into_iter().for_each(|span| self.payments.add_alone(span.0));
        spans.overdue(now).into_iter().for_each(|span| self.expiry_delays.add_alone(span.0));
    }

    /// Adds these to what others have.
    pub(super) fn add_to(&self, sum: &mut Durations) {
        let spreads = self.holds.iter().map(Histogram::spread);
        let spreads = spreads.chain([self.payments.spread(), self.expiry_delays.spread()]);
        let sums = sum.holds.iter_mut().chain([&mut sum.payments, &mut sum.expiry_delays]);
        for (sum, spread) in sums.zip(spreads) {
            *sum = std::mem::take(sum).and(&spread);
        }
    }
}
