//! Changes older than the tails: keeping them, finding them in the log, and reading them.

mod all;
mod back;
pub(super) mod history;
pub(super) mod index;
pub(super) mod job;
pub(super) mod needs;
pub(super) mod reader;
pub(super) mod span;
pub(super) mod waiting;

#[cfg(test)]
mod tests;
