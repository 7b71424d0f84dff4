//! The life of a data directory: whose it is, opening, snapshots in the background, closing.

pub(crate) mod audit;
pub(crate) mod background;
mod backoff;
pub(crate) mod condition;
pub(crate) mod engine;
pub(crate) mod follow;
pub(crate) mod identity;
mod jobs;
mod memory_watch;
pub(crate) mod notices;
pub(crate) mod payments;
pub(crate) mod sync_probe;
pub(crate) mod system_watch;
pub(crate) mod waking;
mod watch;
