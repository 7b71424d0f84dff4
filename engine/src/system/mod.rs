//! The system event: the second pure core, for what happens to the process and what operators have it do, and not to a sale.
//!
//! Its records stand in the log as those of event 0. As in a sale, [`decide_system`] judges and changes nothing,
//! [`System::apply`] makes it happen and cannot fail, and each record carries the digest of what it led to. It sees
//! no clock, no randomness, no order of a hash table and no disk. A sale never waits for it and never asks it.

mod apply;
mod change;
mod check;
mod decide;
mod executions;
mod image;
mod state;

pub use change::{Branch, Mode, SystemChange, SystemRecord, Why};
pub(crate) use decide::within;
pub use decide::{Told, decide_system};
pub use executions::{
    Act, ActKind, Asking, By, Ending, Execution, ExecutionChange, ExecutionId, Executions, Failure,
    JobFigures, Judged, Outcome, Progress, RunType, State, Task,
};
pub(crate) use image::{PIECE, Piece};
pub use state::{Outage, RunOfSystem, System, Totals};

#[cfg(test)]
mod tests;
