//! Why a run is not a good one.

use std::fmt;

/// Why [`run`](crate::run) did not end well, in words for the person who started it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The options do not go together, or one of them has no such value; nothing was sent.
    Usage(String),
    /// The server was not there or went away, broke a promise, or a report could not be written.
    Failed(String),
    /// This program or its machine is at fault.
    Defect(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(message) | Self::Failed(message) | Self::Defect(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for Failure {}
