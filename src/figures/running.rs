//! A look at a running server, from which the rows of its figures are read.

use std::time::Instant;

use holdfast_engine::{EngineStats, System};

/// What is known of a running server at one moment.
pub(crate) struct Running {
    pub(in crate::figures) stats: EngineStats,
    /// For `INFO` alone.
    pub(in crate::figures) place: Option<Place>,
}

/// Where a server is, and since when.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) started: Instant,
    /// The real one, also if port 0 was asked for.
    pub(crate) port: u16,
    pub(crate) data: String,
}

impl Running {
    pub(crate) const fn look(stats: EngineStats, place: Option<Place>) -> Self {
        Self { stats, place }
    }

    /// Of what the system event knows; 0 if it has nothing.
    pub(in crate::figures) fn system(&self, read: fn(&System) -> u64) -> u64 {
        self.stats.system.system.as_ref().map_or(0, read)
    }
}
