//! Events, and the system event, from snapshots and log: at a start, for a snapshot, and for an event that broke
//! while it was on duty.

pub(crate) mod checkpoint;
pub(crate) mod newest;
pub(crate) mod note;
pub(crate) mod past;
pub(crate) mod progress;
pub(crate) mod recovery;
pub(crate) mod rehearsal;
pub(crate) mod replay;
pub(crate) mod restorable;
pub(crate) mod sealing;
mod sets;
pub(crate) mod snapshotter;
