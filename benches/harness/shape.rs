//! How a load is put to a server.

use std::fmt;

/// Who sends next, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pace {
    /// The next request when one is answered: so many under way on each connection.
    Closed { pipeline: usize },
    /// By the clock, at random times, so many a second on average on all connections together. A server that is late
    /// is not waited for.
    Open { rate: u32 },
}

/// Connections, and their pace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shape {
    pub(crate) connections: usize,
    pub(crate) pace: Pace,
}

impl Shape {
    pub(crate) const fn closed(connections: usize, pipeline: usize) -> Self {
        Self { connections, pace: Pace::Closed { pipeline } }
    }

    pub(crate) const fn open(rate: u32, connections: usize) -> Self {
        Self { connections, pace: Pace::Open { rate } }
    }

    /// A word for names of events and keys.
    pub(crate) fn word(&self) -> String {
        self.to_string().replace(' ', "")
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pace {
            Pace::Closed { pipeline } => write!(f, "{} x {pipeline}", self.connections),
            Pace::Open { rate } => write!(f, "{rate}/s on {}", self.connections),
        }
    }
}
