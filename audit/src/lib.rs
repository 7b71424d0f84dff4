//! The audit trail: who did what, line by line, in files that only grow and in which nothing can be changed unseen.
//!
//! A line is JSON. It has the hash of the line before it, and its own over that and all of its bytes: so the hash of the newest line,
//! the [`Head`], stands for all of them. A chain proves nothing about its own end, as cutting off the tail leaves a chain that is
//! shorter and whole: so heads are noted elsewhere as [`Anchor`]s, and [`verify`] compares them.
//!
//! Lines are written and synced in batches. A line says with which one its batch began: so what a crash has torn, the newest batch
//! alone, is told from damage. `FORMAT.md` has the bytes and the rules.
//!
//! What an act is, and where it comes from, is nothing that is known here.

mod appender;
mod chain;
mod growth;
mod hash;
mod limits;
mod line;
mod names;
mod pieces;
mod verdict;

pub use appender::Appender;
pub use chain::verify;
pub use growth::{Files, join, since, upto};
pub use hash::{BadHead, Hash, Head};
pub use limits::{BATCH_LINES_MAX, FAULTS_KEPT, LINE_BYTES_MAX};
pub use line::{Entry, FORMAT, Line};
pub use names::{DIR, files};
pub use verdict::{Anchor, Fault, Last, Torn, Verdict};

#[cfg(test)]
mod tests;
