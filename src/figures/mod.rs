//! The table of figures: one row for each, from which `INFO`, the pages of metrics and `docs/metrics.md` are made.
//!
//! The rows of the front end stand beside what it counts, in `holdfast_net`; those of the rest of the server stand here.

mod metrics;
mod proc;
mod rows;
mod running;
#[cfg(test)]
mod tests;

pub(crate) use metrics::Pages;
pub(crate) use proc::thread_times;
pub(crate) use rows::RUNNING;
pub(crate) use running::{Place, Running};
