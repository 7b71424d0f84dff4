//! Events from snapshots and log: at a start, for a snapshot, and for an event that broke while it was on duty.

pub(crate) mod checkpoint;
pub(crate) mod recovery;
pub(crate) mod replay;
mod sets;
pub(crate) mod snapshotter;
