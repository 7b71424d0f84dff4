//! Orders: what was sold, and what of it was taken back.

mod apply;
mod cancelled;
mod check;
mod decide;
mod show;
mod table;

pub(in crate::state) use cancelled::{CancelledOrder, CancelledOrders};
pub(in crate::state) use table::{Order, Orders, SoldPlaces};
