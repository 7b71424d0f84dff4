//! Whether one provider is disturbed.

use super::outcome::{Outcome, Tally};
use super::policy::PaymentPolicy;
use super::window::Window;
use crate::limits;
use crate::numbers::At;

/// Whether a provider is disturbed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Circuit {
    /// It is not.
    #[default]
    Closed,
    /// It is.
    Open,
    /// It was, and is given a try.
    HalfOpen,
}

impl Circuit {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// The word by which figures call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// What is known of one provider.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) circuit: Circuit,
    /// Since when it is so.
    pub(super) since: At,
    /// What has opened it.
    pub(super) why: Tally,
    pub(super) total: Tally,
    window: Window,
    /// Payments that began before this say nothing any more: they are of the disturbance.
    counts_from: At,
    /// Successes and failures of the try.
    tried: (u64, u64),
}

impl Line {
    pub(super) fn new(policy: &PaymentPolicy) -> Self {
        Self {
            circuit: Circuit::Closed,
            since: At::default(),
            why: Tally::default(),
            total: Tally::default(),
            window: Window::new(policy.window),
            counts_from: At::default(),
            tried: (0, 0),
        }
    }

    /// Takes in what became at this time of a payment that had begun at `begun`. True if the circuit is another.
    pub(super) fn takes(&mut self, policy: &PaymentPolicy, at: At, begun: At, outcome: Outcome) -> bool {
        self.total.add(outcome);
        if begun < self.counts_from {
            return false;
        }
        self.window.add(at, outcome);
        match (self.circuit, outcome) {
            (Circuit::Closed, _) if outcome.is_failure() => {
                let sum = self.window.sum(at);
                let is_enough = sum.counted() >= policy.volume;
                is_enough && sum.failures() * 100 >= sum.counted() * policy.open_at && self.opens(at)
            }
            (Circuit::HalfOpen, Outcome::Success) => {
                self.tried.0 += 1;
                self.tried.0 >= limits::PAYMENT_TRIES && self.is(Circuit::Closed, at)
            }
            (Circuit::HalfOpen, _) if outcome.is_failure() => {
                self.tried.1 += 1;
                self.tried.1 >= limits::PAYMENT_TRIES && self.opens(at)
            }
            _ => false,
        }
    }

    /// The time goes on. True if the provider is given a try from now on.
    pub(super) fn goes_on(&mut self, policy: &PaymentPolicy, now: At) -> bool {
        let is_due = self.circuit == Circuit::Open && now.since(self.since) >= policy.probe_after;
        if is_due {
            (self.counts_from, self.tried) = (now, (0, 0));
            self.window.clear();
        }
        is_due && self.is(Circuit::HalfOpen, now)
    }

    /// An earlier process has left the circuit open.
    pub(super) fn was_open(&mut self, now: At) {
        self.is(Circuit::Open, now);
    }

    /// What is in the window at this time.
    pub(super) fn window(&mut self, now: At) -> Tally {
        self.window.sum(now)
    }

    fn opens(&mut self, at: At) -> bool {
        self.why = self.window.sum(at);
        self.is(Circuit::Open, at)
    }

    const fn is(&mut self, circuit: Circuit, at: At) -> bool {
        (self.circuit, self.since) = (circuit, at);
        true
    }
}
