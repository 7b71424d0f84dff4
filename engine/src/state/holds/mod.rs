//! Holds, and those who have them.

mod apply;
mod decide;
mod holders;
mod table;

pub(in crate::state) use holders::{Holder, Holders};
pub(in crate::state) use table::{Hold, Holds, places_number};
