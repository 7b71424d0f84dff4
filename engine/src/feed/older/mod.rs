//! What is older than the tails: found in the log, and read again.

pub(super) mod index;
pub(super) mod reader;
