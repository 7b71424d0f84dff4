//! What a report or a deadline says of the provider of a payment.

use std::ops::AddAssign;

/// What a report or a deadline says of the provider of a payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The money came.
    Success,
    /// It will not come.
    Failed,
    /// The provider has answered, and has refused the card: that is no fault of the provider.
    Declined,
    /// Nobody has reported anything until the deadline.
    Lapsed,
    /// The provider was tried again. The payment goes on, and has its outcome later.
    Retried,
}

impl Outcome {
    /// All of them, in the order of their places.
    pub const ALL: [Self; 5] = [Self::Success, Self::Failed, Self::Declined, Self::Lapsed, Self::Retried];

    /// The word by which figures call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::Retried => "retried",
        }
    }

    /// Does it say that the provider does not do its work?
    pub(super) const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Lapsed)
    }
}

/// Does the reason of a payment that has failed say that the card was refused? Such reasons begin with `declined`.
#[must_use]
pub fn is_declined(reason: &str) -> bool {
    reason.starts_with("declined")
}

/// How often there was each outcome.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally([u64; Outcome::ALL.len()]);

impl Tally {
    /// How often there was this one.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// How many say that the provider does not do its work.
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.of(Outcome::Failed) + self.of(Outcome::Lapsed)
    }

    /// How many say anything of the provider.
    #[must_use]
    pub const fn counted(&self) -> u64 {
        self.of(Outcome::Success) + self.failures()
    }

    pub(super) const fn add(&mut self, outcome: Outcome) {
        self.0[outcome as usize] += 1;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
    }
}
