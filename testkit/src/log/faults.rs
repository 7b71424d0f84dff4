//! What goes wrong with a replicated log.

use std::ops::Range;

/// The faults that a log has at the moment. Chances are percents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogFaults {
    /// It compares the position that a message is to go behind. If not, messages land wherever the end is.
    pub compares: bool,
    /// It has no leader until this time, milliseconds: nothing is written or read.
    pub away_until: u64,
    /// A question or an answer is lost.
    pub lost: u64,
    /// A message is written twice, an acknowledgement given twice. The second copy of a message comes late.
    pub doubled: u64,
    /// Something takes up to `late_ms`, so that it is overtaken.
    pub late: u64,
    /// How long something late takes at most, milliseconds.
    pub late_ms: u64,
    /// How long anything takes at most, milliseconds.
    pub usual_ms: u64,
    /// A node is not told of a new message.
    pub unseen: u64,
    /// Whoever answers reads is so many messages behind, and refuses messages that it ought to take.
    pub behind: u64,
    /// Whoever answers reads has nothing at these positions.
    pub hole: Option<Range<u64>>,
    /// Which nodes cannot reach it.
    pub cut_off: Vec<bool>,
}

impl LogFaults {
    /// None, for so many nodes.
    #[must_use]
    pub fn new(nodes: usize) -> Self {
        Self {
            compares: true,
            away_until: 0,
            lost: 0,
            doubled: 0,
            late: 0,
            late_ms: 3_000,
            usual_ms: 4,
            unseen: 0,
            behind: 0,
            hole: None,
            cut_off: vec![false; nodes],
        }
    }
}
