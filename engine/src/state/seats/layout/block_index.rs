//! From a seat to the piece of the map that has it: a row, or a bench.

use super::Ordinal;

/// Seats to one entry: a row of usual length or two. A search among all pieces misses the cache at every step.
const BLOCK: u32 = 64;

/// For each [`BLOCK`] of seats the piece that has the first of them. The pieces stand in the order of their seats and leave none
/// out.
#[derive(Debug, Default)]
pub(super) struct BlockIndex(Vec<u32>);

impl BlockIndex {
    /// Of pieces that end before these seats.
    pub(super) fn new(ends: impl Iterator<Item = Ordinal>) -> Self {
        let mut at = Vec::new();
        for (index, end) in (0..).zip(ends) {
            at.resize((end.div_ceil(BLOCK) as usize).max(at.len()), index);
        }
        at.shrink_to_fit();
        Self(at)
    }

    /// The index of the piece that has this seat, where `first` tells the first seat of a piece. There must be one.
    #[inline]
    pub(super) fn find<T>(&self, all: &[T], first: impl Fn(&T) -> Ordinal, seat: Ordinal) -> u32 {
        let block = (seat / BLOCK) as usize;
        let from = self.0[block] as usize;
        let last = self.0.get(block + 1).map_or(all.len() - 1, |&piece| piece as usize);
        (from + all[from + 1..=last].partition_point(|piece| first(piece) <= seat)) as u32
    }
}
