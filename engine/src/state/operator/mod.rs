//! What operators do by hand.

mod apply;
mod blocking;
mod decide;
mod limits_change;
mod plan;
mod schedule;
mod scheduling;
mod trying;

pub use limits_change::LimitsChange;
pub(in crate::state) use schedule::Schedule;
