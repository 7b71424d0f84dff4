//! Holders: the names for which something is held or sold, and how much.

mod check;
mod table;

pub(in crate::state) use table::{Holder, Holders};
