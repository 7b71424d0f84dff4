//! How the parts of the server are: what is wrong, since when, and what to do.

mod archive;
mod cluster;
mod doors;
mod feed;
mod liveness;
mod notifier;
mod parts;
mod payments;
mod reconciliation;
mod seen;
mod time;

pub(crate) use liveness::Liveness;
pub(crate) use parts::Status;
pub(crate) use seen::{Health, Seen};
