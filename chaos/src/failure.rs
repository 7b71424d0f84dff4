//! Why an experiment cannot be run. What a run has found is no failure of this sort: it stands in the journal.

use std::fmt;

/// Why there is no journal, in words for the person who started it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The experiment, or what was asked for, cannot be; nothing was started.
    Usage(String),
    /// The directory of the run could not be made or written to.
    Failed(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(message) | Self::Failed(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for Failure {}
