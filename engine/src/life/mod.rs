//! The life of a data directory: whose it is, opening, snapshots in the background, closing.

pub(crate) mod background;
mod backoff;
pub(crate) mod engine;
pub(crate) mod identity;
pub(crate) mod sync_probe;
