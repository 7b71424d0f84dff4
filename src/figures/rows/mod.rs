//! The rows, in sections as `INFO` has them.

mod events;
mod feed;
mod groups;
mod keeping;
mod log;
mod memory;
mod payments;
mod process;
mod sales;
mod server;
mod system;

use holdfast_figures::{Distribution, Section};

use super::running::Running;

pub(super) use events::{EVENTS, Named};
pub(super) use groups::GROUPS;
pub(super) use process::{Alive, PROCESS};
#[cfg(test)]
pub(super) use {process::modes, sales::label};

/// The sections that are read from a running server, in the order of `INFO`. The front end's follow them.
pub(crate) const RUNNING: [&Section<Running>; 16] = [
    &server::SERVER,
    &log::PERSISTENCE,
    &keeping::archive::ARCHIVE,
    &memory::MEMORY,
    &feed::FEED,
    &process::CPU,
    &system::RECOVERY,
    &system::SYSTEM,
    &keeping::audit::AUDIT,
    &system::REPLICATION,
    &keeping::cluster::CLUSTER,
    &server::KEYSPACE,
    &sales::SALES,
    &payments::PAYMENTS,
    &keeping::reconcile::RECONCILIATION,
    &keeping::notices::NOTICES,
];

/// A reader whose value is always known.
macro_rules! of {
    (|$now:ident| $value:expr) => {
        |$now: &$crate::figures::Running| Some(holdfast_figures::Value::from($value))
    };
}

use of;

/// A distribution that was counted elsewhere, as pages tell it.
fn distribution(spread: &holdfast_wal::Spread) -> Distribution {
    let holdfast_wal::Spread { buckets, count, sum } = spread;
    Distribution { buckets: buckets.clone(), count: *count, sum: *sum }
}
