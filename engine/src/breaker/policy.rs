//! When a provider counts as disturbed, and what is done about it.

use crate::numbers::Millis;

/// When a provider counts as disturbed, and what is done about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PaymentPolicy {
    /// Outcomes count for so long, in the log's time. At least 1 ms.
    pub window: Millis<u64>,
    /// Fewer outcomes than this within the window say nothing.
    pub volume: u64,
    /// Of a hundred outcomes so many have to be failures, from 1 to 100.
    pub open_at: u64,
    /// So long after its circuit has opened, a provider is given a try.
    pub probe_after: Millis<u64>,
    /// What is done about it.
    pub reaction: PaymentReaction,
}

/// What is done while a provider is disturbed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum PaymentReaction {
    /// Nothing: it is told.
    #[default]
    Observe,
    /// The sales whose payments go to it are paused: new holds would end in payments that cannot succeed.
    StopNew,
}

impl PaymentReaction {
    /// The word by which settings and figures call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::StopNew => "stop-new",
        }
    }
}

impl Default for PaymentPolicy {
    fn default() -> Self {
        Self {
            window: Millis(60_000),
            volume: 20,
            open_at: 50,
            probe_after: Millis(60_000),
            reaction: PaymentReaction::Observe,
        }
    }
}
