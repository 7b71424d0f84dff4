//! The seam to the log: what is taken on, how far it is durable, and the replies that wait for that.

pub(crate) mod acknowledged;
pub(crate) mod admission;
pub(crate) mod append;
pub(crate) mod archive;
pub(crate) mod budgets;
pub(crate) mod census;
pub(crate) mod durations;
pub(crate) mod gate;
pub(crate) mod log_place;
pub(crate) mod memory;
pub(crate) mod rush;
pub(crate) mod waker;
