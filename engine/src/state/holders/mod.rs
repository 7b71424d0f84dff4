//! Holders: the names for which something is held or sold, and how much; and the accounts of those who sell.

mod accounts;
mod check;
mod show;
mod table;

pub(in crate::state) use accounts::Accounts;
pub use accounts::Used;
pub(in crate::state) use table::{Holder, Holders};
