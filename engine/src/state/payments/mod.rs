//! Payments: holds that wait for money, and money that waits for seats.

mod apply;
mod check;
mod decide;
mod forget;
mod money;
mod owed;
mod show;
mod table;

pub(in crate::state) use money::Money;
#[cfg(test)]
pub(in crate::state) use table::Claim;
pub(in crate::state) use table::{Payment, Payments};
