//! The table of figures: one row for each, from which `INFO`, the pages of metrics and `docs/metrics.md` are made.
//!
//! The rows of the front end stand beside what it counts, in `holdfast_net`; those of the rest of the server stand here.

mod events;
mod feed;
mod log;
mod memory;
mod metrics;
mod proc;
mod process;
mod running;
mod sales;
mod server;
mod system;
#[cfg(test)]
mod tests;

use holdfast_figures::{Distribution, Section};

pub(crate) use metrics::Pages;
pub(crate) use running::{Place, Running};

/// The sections that are read from a running server, in the order of `INFO`. The front end's follow them.
pub(crate) const RUNNING: [&Section<Running>; 10] = [
    &server::SERVER,
    &log::PERSISTENCE,
    &memory::MEMORY,
    &feed::FEED,
    &process::CPU,
    &system::RECOVERY,
    &system::SYSTEM,
    &system::REPLICATION,
    &server::KEYSPACE,
    &sales::SALES,
];

/// A reader whose value is always known.
macro_rules! of {
    (|$now:ident| $value:expr) => {
        |$now: &$crate::figures::Running| Some(holdfast_figures::Value::from($value))
    };
}

use of;

/// A distribution of the log, as pages tell it.
fn distribution(spread: &holdfast_wal::Spread) -> Distribution {
    let holdfast_wal::Spread { buckets, count, sum } = spread;
    Distribution { buckets: buckets.clone(), count: *count, sum: *sum }
}
