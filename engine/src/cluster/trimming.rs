//! What of the replicated log nobody needs any more.
//!
//! A node that follows needs of it what it has not read yet; all before that is in its own directory. So what is older than anybody may be
//! behind can go, as soon as the owner itself would not read it again: once its own log has let go of it, which two snapshots hold then.

use std::collections::VecDeque;

use holdfast_replica::Position;
use holdfast_wal::Lsn;

use crate::numbers::Millis;

/// So many moments are remembered of the time for which the log is kept.
const MARKS: u64 = 64;

/// Where the log stood at moments of the past.
#[derive(Debug)]
pub(super) struct Trimming {
    /// Milliseconds.
    keep: u64,
    /// When the node was at a position, milliseconds, and which record came next there; oldest first.
    marks: VecDeque<(u64, Position, Lsn)>,
    floor: Position,
}

impl Trimming {
    pub(super) const fn new(Millis(keep): Millis<u64>) -> Self {
        Self { keep, marks: VecDeque::new(), floor: Position::ZERO }
    }

    /// The node is at this position now, and goes on with this record.
    pub(super) fn is_at(&mut self, now: u64, position: Position, next: Lsn) {
        let is_due = |(at, ..): &(u64, Position, Lsn)| now.saturating_sub(*at) >= self.keep.div_ceil(MARKS);
        if self.marks.back().is_none_or(is_due) {
            self.marks.push_back((now, position, next));
        }
    }

    /// The position below which nobody needs the log any more, if it is another than before; `oldest` is the oldest record in the log of this
    /// machine.
    pub(super) fn floor(&mut self, now: u64, oldest: Lsn) -> Option<Position> {
        let before = self.floor;
        let is_free =
            |(at, _, next): &(u64, Position, Lsn)| now.saturating_sub(*at) >= self.keep && *next <= oldest;
        while let Some((_, position, _)) = self.marks.pop_front_if(|mark| is_free(mark)) {
            self.floor = position;
        }
        (self.floor > before).then_some(self.floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_and_in_snapshots_is_not_needed_any_more() {
        let mut trimming = Trimming::new(Millis(640));
        for now in 0..=1_000 {
            trimming.is_at(now, Position(now + 1), Lsn(10 * now + 1));
        }
        assert!(trimming.marks.len() < 128);
        assert_eq!(trimming.floor(639, Lsn(u64::MAX)), None, "nothing is old");
        assert_eq!(trimming.floor(1_000, Lsn::ZERO), None, "nothing is in snapshots");
        assert_eq!(trimming.floor(1_000, Lsn(1_001)), Some(Position(101)), "snapshots have so much");
        assert_eq!(trimming.floor(1_000, Lsn(1_001)), None, "nothing new");
        assert_eq!(trimming.floor(1_000, Lsn(u64::MAX)), Some(Position(361)), "so much is old");
    }
}
