//! Whether the providers of payments do their work, by what becomes of the payments that go through them: a pure core.
//!
//! The engine calls no provider. It has the outcome of every payment, in order. Here they are counted for each provider in a window of
//! the log's time, and a circuit says whether the provider is disturbed. No clock, no disk, no threads: records come in, and what
//! they say comes out. `life::payments` reads the log for it, and does what the settings ask for.

mod begun;
mod circuit;
mod outcome;
mod policy;
mod providers;
mod window;

#[cfg(test)]
mod tests;

pub use circuit::Circuit;
pub use outcome::{Outcome, Tally, is_declined};
pub use policy::{PaymentPolicy, PaymentReaction};
pub use providers::ProviderFigures;
pub(crate) use providers::{Providers, Turn, Who};
