//! Changes older than the tails: finding them in the log, and reading them.

pub(super) mod index;
pub(super) mod reader;
pub(super) mod waiting;
