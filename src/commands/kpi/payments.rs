//! What became of payments and holds, from the records of all events.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use holdfast_engine::{At, Change, EventId, Name, Record, is_declined};

use super::Window;
use super::spread::Spread;

/// How payments went that began in the window.
pub(super) struct Payments {
    window: Window,
    states: HashMap<(EventId, Name), State>,
    /// From the first try to money and seats.
    pub(super) took: Spread,
    /// From the moment in which money was owed until it was paid back.
    pub(super) refunds: Spread,
    /// Payments whose first outcome this was.
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) declined: u64,
    pub(super) lapsed: u64,
    pub(super) owed: u64,
    /// How often a payment was tried again.
    pub(super) retries: u64,
    pub(super) holds: Holds,
}

/// How holds ended in the window.
#[derive(Default)]
pub(super) struct Holds {
    pub(super) made: u64,
    pub(super) expired: u64,
    pub(super) orders: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Tried(At),
    Over,
    Owed(At),
}

/// What a payment came to first.
#[derive(Clone, Copy)]
enum Outcome {
    Succeeded,
    Failed,
    Declined,
    Lapsed,
    Owed,
}

impl Payments {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window,
            states: HashMap::new(),
            took: Spread::default(),
            refunds: Spread::default(),
            succeeded: 0,
            failed: 0,
            declined: 0,
            lapsed: 0,
            owed: 0,
            retries: 0,
            holds: Holds::default(),
        }
    }

    /// Payments that have an outcome.
    pub(super) const fn over(&self) -> u64 {
        self.succeeded + self.failed + self.declined + self.lapsed + self.owed
    }

    /// For how long each payment owes money that does now.
    pub(super) fn due(&self) -> Spread {
        let mut ages = Spread::default();
        for state in self.states.values() {
            if let State::Owed(at) = state {
                ages.add(self.window.upto.since(*at).0);
            }
        }
        ages
    }

    pub(super) fn see(&mut self, event: EventId, record: &Record) {
        self.count(record);
        let Some(payment) = record.change.payment() else { return };
        let key = (event, payment.clone());
        match &record.change {
            Change::PaymentTried { .. } | Change::PaymentCharged { .. } if self.window.has(record.at) => {
                self.states.insert(key, State::Tried(record.at));
            }
            Change::PaymentRetried { .. } => self.retries += u64::from(self.states.contains_key(&key)),
            // Money that was there before: it is tried and over in one.
            Change::PaymentMet { .. } | Change::PaymentMissed { .. } if self.window.has(record.at) => {
                self.states.insert(key.clone(), State::Tried(record.at));
                let is_met = matches!(record.change, Change::PaymentMet { .. });
                self.end(key, if is_met { Outcome::Succeeded } else { Outcome::Owed }, record.at);
            }
            Change::PaymentSucceeded { .. } | Change::PaymentReceived { .. } => {
                self.end(key, Outcome::Succeeded, record.at);
            }
            Change::PaymentFailed { reason, .. } | Change::PaymentKept { reason, .. } => {
                self.end(
                    key,
                    if is_declined(reason) { Outcome::Declined } else { Outcome::Failed },
                    record.at,
                );
            }
            Change::PaymentLapsed { .. } => self.end(key, Outcome::Lapsed, record.at),
            Change::PaymentRefundDue { .. } | Change::PaymentOwed { .. } => {
                self.end(key, Outcome::Owed, record.at);
            }
            Change::PaymentRefunded { .. } | Change::MoneyReturned { .. } => {
                self.return_money(key, record.at);
            }
            _ => {}
        }
    }

    fn count(&mut self, record: &Record) {
        if !self.window.has(record.at) {
            return;
        }
        match &record.change {
            Change::Held { .. } => self.holds.made += 1,
            Change::Expired { .. } => self.holds.expired += 1,
            Change::Sold { .. }
            | Change::PaymentSucceeded { .. }
            | Change::PaymentReceived { .. }
            | Change::PaymentMet { .. } => self.holds.orders += 1,
            _ => {}
        }
    }

    /// Only the first outcome counts; but money that is owed is owed whatever was before.
    fn end(&mut self, key: (EventId, Name), outcome: Outcome, at: At) {
        let Entry::Occupied(mut state) = self.states.entry(key) else { return };
        let tried = *state.get();
        state.insert(if matches!(outcome, Outcome::Owed) { State::Owed(at) } else { State::Over });
        let State::Tried(since) = tried else { return };
        match outcome {
            Outcome::Succeeded => {
                self.succeeded += 1;
                self.took.add(at.since(since).0);
            }
            Outcome::Failed => self.failed += 1,
            Outcome::Declined => self.declined += 1,
            Outcome::Lapsed => self.lapsed += 1,
            Outcome::Owed => self.owed += 1,
        }
    }

    fn return_money(&mut self, key: (EventId, Name), at: At) {
        let Entry::Occupied(mut state) = self.states.entry(key) else { return };
        if let State::Owed(since) = *state.get() {
            self.refunds.add(at.since(since).0);
            state.insert(State::Over);
        }
    }
}
