//! The way to the disk: batches into groups, groups into the running segment.

pub(crate) mod committer;
pub(crate) mod desk;
pub(crate) mod durable;
pub(crate) mod group_queue;
pub(crate) mod histogram;
pub(crate) mod pressure;
pub(crate) mod segment_maker;
pub(crate) mod shared;
pub(crate) mod thinner;
