//! Benches: what of a row is side by side. A row is one bench, unless aisles divide it.
//!
//! Where every row is a bench by itself, behind the one before, nothing is kept.

use std::ops::Range;

use super::block_index::BlockIndex;
use super::{Layout, Ordinal, Row};

/// Seats side by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bench {
    /// Ordinal of its first seat.
    pub first: Ordinal,
    /// How many seats it has.
    pub seats: u32,
    /// Twice the ordinal, in half seats, of the point of its row that is nearest to the middle of the stage: the sum of the
    /// ends of the row, if that is its middle. May lie outside of the bench.
    pub middle: u32,
    /// How many rows are nearer to the stage.
    pub depth: u32,
}

impl Bench {
    /// The row of this index as a bench, where there are no others.
    pub(super) const fn of_row(row: &Row, index: u32) -> Self {
        Self { first: row.first, seats: row.seats, middle: 2 * row.first + row.seats, depth: index }
    }

    /// The ordinals of its seats.
    #[must_use]
    pub const fn ordinals(&self) -> Range<Ordinal> {
        self.first..self.first + self.seats
    }
}

/// The benches, if they are not the rows.
#[derive(Debug, Default)]
pub(super) struct Benches {
    all: Vec<Bench>,
    at: BlockIndex,
    /// The benches that are nearer to the stage than the one before: there, benches abreast begin.
    nearer: Vec<u32>,
}

impl Benches {
    pub(super) fn new(all: Vec<Bench>) -> Self {
        let at = BlockIndex::new(all.iter().map(|bench| bench.ordinals().end));
        let nearer = (1..all.len()).filter(|&at| all[at].depth < all[at - 1].depth).map(|at| at as u32);
        Self { nearer: nearer.collect(), all, at }
    }
}

impl Layout {
    /// How many benches there are.
    #[must_use]
    pub fn bench_count(&self) -> u32 {
        let count = if self.benches.all.is_empty() { self.rows.len() } else { self.benches.all.len() };
        count as u32
    }

    /// The bench of this index; they stand in the order of their seats.
    ///
    /// # Panics
    /// If the index is not below [`Layout::bench_count`].
    #[must_use]
    #[inline]
    pub fn bench(&self, index: u32) -> Bench {
        match self.benches.all.get(index as usize) {
            Some(bench) => *bench,
            None => Bench::of_row(&self.rows[index as usize], index),
        }
    }

    /// How many rows are nearer to the stage than this bench.
    #[inline]
    pub(in crate::state) fn depth(&self, bench: u32) -> u32 {
        self.benches.all.get(bench as usize).map_or(bench, |bench| bench.depth)
    }

    /// The first of these benches, none of which is nearer to the stage than the one before, that is at least so far away.
    pub(in crate::state) fn first_at_depth(&self, benches: &Range<u32>, depth: u32) -> u32 {
        if self.benches.all.is_empty() {
            return depth.clamp(benches.start, benches.end);
        }
        let all = &self.benches.all[benches.start as usize..benches.end as usize];
        benches.start + all.partition_point(|bench| bench.depth < depth) as u32
    }

    /// The index of the bench of a seat.
    ///
    /// # Panics
    /// If the ordinal is not below [`Layout::seats`].
    #[must_use]
    #[inline]
    pub fn bench_index_of(&self, seat: Ordinal) -> u32 {
        let Benches { all, at, .. } = &self.benches;
        if all.is_empty() {
            return self.row_index_of(seat);
        }
        assert!(seat < self.seats, "seat {seat} of {}", self.seats);
        at.find(all, |bench| bench.first, seat)
    }

    /// The benches of these seats, which are whole rows.
    #[must_use]
    pub fn benches_of(&self, seats: &Range<Ordinal>) -> Range<u32> {
        if seats.is_empty() {
            0..0
        } else {
            self.bench_index_of(seats.start)..self.bench_index_of(seats.end - 1) + 1
        }
    }

    /// The same benches in pieces, in each of which none is nearer to the stage than the one before.
    pub(in crate::state) fn lanes(&self, benches: Range<u32>) -> impl Iterator<Item = Range<u32>> {
        let nearer = &self.benches.nearer;
        let inside =
            nearer.partition_point(|&at| at <= benches.start)..nearer.partition_point(|&at| at < benches.end);
        let ends = nearer[inside].iter().copied().chain(std::iter::once(benches.end));
        let mut start = benches.start;
        ends.map(move |end| std::mem::replace(&mut start, end)..end)
    }
}
