//! What operators do by hand.

mod apply;
mod decide;
mod limits_change;

pub use limits_change::LimitsChange;
