//! A line of a provider's file.

use holdfast_engine::{At, Currency};

/// Which way money goes, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// The buyer has paid.
    Capture,
    /// The buyer is paid back.
    Refund,
    /// A refund that came back.
    RefundReversed,
    /// The buyer's bank has taken it back.
    Chargeback,
    /// A dispute that was won.
    ChargebackReversed,
    /// No money of a payment.
    Other,
}

impl Flow {
    /// Whether it brings money to the seller.
    #[must_use]
    pub const fn brings(self) -> bool {
        matches!(self, Self::Capture | Self::RefundReversed | Self::ChargebackReversed)
    }
}

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// Which of the files, from 0.
    pub file: u16,
    /// Its line there, from 1.
    pub line: u64,
}

/// A line of a provider's file, as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Where it stands.
    pub place: Place,
    /// What the provider was given as the merchant's reference; empty if the line has none.
    pub key: Box<str>,
    /// The provider's name of what the line says. It stands in one line of all files.
    pub id: Box<str>,
    /// The provider's name of the payment or refund, if the line has another one than `id`.
    pub reference: Option<Box<str>>,
    /// What it says.
    pub flow: Flow,
    /// How much the seller has more by it, in minor units; below 0 if less.
    pub minor: i64,
    /// In which currency.
    pub currency: Currency,
    /// When.
    pub at: At,
}
