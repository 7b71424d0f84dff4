//! Whole runs of the length of the longest, outwards from a point: what `SCATTERED` takes until something shorter is due.
//!
//! One walk outwards for all of them, where each would have its own. What may come next waits in a heap, by the best
//! score that it can have: where the walk goes on, rows that were come to, pieces of long rows, and blocks, of which the first is taken. A row is
//! looked into once, and only when nothing that is known is nearer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::score::{Judge, Score};
use super::search::Rows;
use super::view::{Among, View};
use crate::state::Ordinal;

/// Rows that are longer are looked into piece by piece, the nearest first.
const PIECE: u32 = 128;

/// Something with the best score that can be in it. The fields are compared in their order, as those of [`Score`] are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Candidate {
    lone: u32,
    distance: u32,
    row: u32,
    what: What,
    first: Ordinal,
}

/// What may hide something better comes before what is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum What {
    /// The next bench of a walk, and those behind it. `first` is the number of the walk.
    Walk,
    /// All of a bench.
    Row,
    /// The runs that begin in a piece of it.
    Piece,
    /// A run.
    Block,
}

/// The walks: from the aim to the back and to the front, along each row of benches of which none is nearer to the stage than the
/// one before. There are several where benches are abreast.
pub(super) struct Scatter<'a> {
    judge: Judge,
    among: Among,
    /// Benches of a lane each, which is further back than the one before.
    lanes: Vec<&'a [Range<u32>]>,
    heap: BinaryHeap<Reverse<Candidate>>,
}

impl<'a> Scatter<'a> {
    /// There must be no longer run in these rows than what is looked for, and no groups.
    pub(super) fn new(view: &View<'_>, judge: Judge, among: Among, rows: &'a Rows) -> Self {
        let depth = |row| view.layout.depth(row);
        let lanes = rows.chunk_by(|one, next| depth(one.end - 1) <= depth(next.start)).collect();
        let mut scatter = Self { judge, among, lanes, heap: BinaryHeap::new() };
        for lane in 0..scatter.lanes.len() {
            let rows = scatter.lanes[lane];
            let aim = |rows: &Range<u32>| view.layout.first_at_depth(rows, judge.aim.depth);
            let ahead = |rows: &Range<u32>| view.next_row(&(aim(rows)..rows.end), among, judge.size);
            let behind = |rows: &Range<u32>| view.previous_row(&(rows.start..aim(rows)), among, judge.size);
            scatter.walk(view, 2 * lane, rows.iter().find_map(ahead));
            scatter.walk(view, 2 * lane + 1, rows.iter().rev().find_map(behind));
        }
        scatter
    }

    /// The walk goes on to this bench.
    fn walk(&mut self, view: &View<'_>, walk: usize, row: Option<u32>) {
        if let Some(row) = row {
            self.push(0, self.judge.aim.to_row(view, row), row, What::Walk, walk as u32);
        }
    }

    /// The best run that is left. What was returned before is taken meanwhile, and nothing else has changed.
    pub(super) fn next_block(&mut self, view: &View<'_>) -> Option<Score> {
        loop {
            let Reverse(best) = self.heap.pop()?;
            let seats = view.layout.bench(best.row).ordinals();
            match best.what {
                What::Walk => {
                    self.come_to(view, best.row);
                    let walk = best.first as usize;
                    let next = self.further(view, walk, best.row);
                    self.walk(view, walk, next);
                }
                What::Row if seats.len() <= PIECE as usize => self.look_into(view, best.row, &seats, &seats),
                What::Row => self.divide(view, best.row, seats),
                What::Piece => {
                    let piece = best.first..(best.first + PIECE).min(seats.end);
                    self.look_into(view, best.row, &seats, &piece);
                }
                What::Block => {
                    // What was taken since may have made a neighbour of it lone, which only makes it worse.
                    let score = self.judge.score(view, best.row, best.first);
                    if score.lone == best.lone {
                        return Some(score);
                    }
                    self.push(score.lone, score.distance, best.row, What::Block, best.first);
                }
            }
        }
    }

    fn come_to(&mut self, view: &View<'_>, row: u32) {
        let distance = match self.among {
            Among::Open => self.judge.at_least(view, row),
            _ => self.judge.aim.to_row(view, row),
        };
        self.push(0, distance, row, What::Row, 0);
    }

    fn divide(&mut self, view: &View<'_>, row: u32, seats: Range<Ordinal>) {
        for first in seats.clone().step_by(PIECE as usize) {
            let last = (first + PIECE).min(seats.end) - 1;
            let distance = self.judge.distance_between(view, row, first, last);
            self.push(0, distance, row, What::Piece, first);
        }
    }

    /// Finds the runs that begin in this piece of the row.
    fn look_into(&mut self, view: &View<'_>, row: u32, seats: &Range<Ordinal>, piece: &Range<Ordinal>) {
        if piece == seats {
            let (longest, clear) = view.bounds(view.layout.bench(row), self.among);
            view.tighten(row, self.among, longest, clear);
            if longest < self.judge.size {
                return;
            }
        }
        let judge = self.judge;
        // What is left of a run that began before the piece is shorter than the longest, and is not looked for.
        let runs = view.runs(piece.start..seats.end, self.among).take_while(|run| run.start < piece.end);
        for run in runs.filter(|run| run.end - run.start == judge.size) {
            let score = judge.score(view, row, run.start);
            self.push(score.lone, score.distance, row, What::Block, run.start);
        }
    }

    fn push(&mut self, lone: u32, distance: u32, row: u32, what: What, first: Ordinal) {
        self.heap.push(Reverse(Candidate { lone, distance, row, what, first }));
    }

    /// The next bench of a walk that may have a run.
    fn further(&self, view: &View<'_>, walk: usize, row: u32) -> Option<u32> {
        let rows = self.lanes[walk / 2];
        if walk.is_multiple_of(2) {
            let from = row + 1;
            let of = |rows: &Range<u32>| {
                view.next_row(&(rows.start.max(from)..rows.end), self.among, self.judge.size)
            };
            rows[rows.partition_point(|rows| rows.end <= from)..].iter().find_map(of)
        } else {
            let of = |rows: &Range<u32>| {
                view.previous_row(&(rows.start..rows.end.min(row)), self.among, self.judge.size)
            };
            rows[..rows.partition_point(|rows| rows.start < row)].iter().rev().find_map(of)
        }
    }
}
