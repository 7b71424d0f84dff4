//! Holds: seats and places that are a buyer's until a deadline.

mod apply;
mod check;
mod decide;
mod show;
mod table;

pub(in crate::state) use apply::size;
pub(in crate::state) use decide::no_hold_twice;
#[cfg(test)]
pub(in crate::state) use table::Extends;
pub(in crate::state) use table::{Hold, Holds, places_term};
