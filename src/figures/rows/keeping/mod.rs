//! What is kept beside the sale, and who is told of it.

pub(super) mod archive;
pub(super) mod audit;
pub(super) mod cluster;
pub(super) mod notices;
pub(super) mod reconcile;
