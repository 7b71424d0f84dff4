//! Holders: those who have something, and how much.

mod check;
mod table;

pub(in crate::state) use table::{Holder, Holders};
