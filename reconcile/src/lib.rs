//! Reconciliation with the money: what payment providers say that they have paid out, against what the engine knows of payments.
//!
//! The match is exact. A line of a provider's file belongs to the payment whose key it has, or to none; amounts are whole numbers of the
//! smallest unit; nothing is scored and nothing is guessed. What does not match has a [`Class`], and each class a code.
//!
//! Each line that was read is in exactly one class, and so is all money that the engine knows of. Both sums are made twice, while
//! reading and while judging, and a run whose sums differ has failed: [`Code::SUMS_OPEN`](holdfast_engine::Code::SUMS_OPEN).
//!
//! Nothing here has a clock or opens a file: bytes come from a reader, payments from an event that somebody else has brought back.

mod books;
mod class;
mod ledger;
mod line;
mod money;
mod profile;
mod read;
mod report;
mod settle;
mod time;
mod written;

pub use books::{Books, Payment};
pub use class::Class;
pub use ledger::{Count, Sums};
pub use line::{Flow, Line, Place};
pub use profile::{Profile, SHIPPED};
pub use read::{File, read};
pub use report::{Finding, Refund, Report};
pub use settle::{Reconciliation, Terms};
pub use written::{mismatches, plans, refunds};
