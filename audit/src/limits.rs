//! What is bounded, and why.

/// A line of a file has at most so many bytes. Texts of an act have some hundred each, and JSON makes six of one at the worst.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// At most so many lines are written and synced together: they are what a crash can take.
pub const BATCH_LINES_MAX: usize = 1_024;

/// Bytes that are read at once.
pub(crate) const READ_BYTES: usize = 256 * 1024;

/// So many faults are told one by one; of the others, how many there are.
pub const FAULTS_KEPT: usize = 50;

const _: () = assert!(READ_BYTES > LINE_BYTES_MAX, "a piece has a line at least");
