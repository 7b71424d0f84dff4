//! How a log ended, and what else is known of its end.

use crate::lsn::Lsn;

/// What something outside the log knows about its durability.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Every record up to this one was durable.
    pub durable: Lsn,
    /// The source of this knowledge, for the message if the log is shorter: "snapshot manifest X".
    pub source: String,
}

/// How the log ended.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Tail {
    /// It was stopped cleanly.
    Sealed,
    /// It ended without a stop, and all of its groups are known to have been durable.
    Clean,
    /// Its last group is whole, and nothing proves that this group was ever synced: it is kept, copied and synced again
    /// before anything is served from it.
    Doubtful {
        /// Number of its segment.
        segment: u64,
        /// Where in the segment it starts, bytes.
        offset: u64,
        /// Sequence of that group.
        group: u64,
    },
    /// A last group was being written when the log ended, and was never acknowledged: it is cut off.
    Cut {
        /// Number of its segment.
        segment: u64,
        /// Where in the segment it starts, bytes.
        offset: u64,
        /// Sequence of that group.
        group: u64,
        /// Length of what was written there: up to the last byte that is not zero.
        bytes: u64,
        /// What was found instead of a whole group.
        reason: String,
    },
}
