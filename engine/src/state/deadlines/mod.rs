//! Deadlines: what is due, and what goes on for a while after a restart.

mod apply;
mod decide;
mod graces;
mod queue;

pub(in crate::state) use graces::Graces;
pub(in crate::state) use queue::{Deadlines, Waiter};
