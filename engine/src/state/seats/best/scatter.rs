//! Whole runs of the length of the longest, outwards from a point: what `SCATTERED` takes until something shorter is due.
//!
//! One walk outwards for all of them, where each would have its own. What may come next waits in a heap, by the best
//! score that it can have: rows that were come to, pieces of long rows, and blocks, of which the first is taken. A row is
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
    /// All of a row.
    Row,
    /// The runs that begin in a piece of it.
    Piece,
    /// A run.
    Block,
}

/// The walk.
pub(super) struct Scatter<'a> {
    judge: Judge,
    among: Among,
    rows: &'a Rows,
    heap: BinaryHeap<Reverse<Candidate>>,
    /// The next row further back, and the next further to the front, that may have a run.
    ahead: Option<u32>,
    behind: Option<u32>,
}

impl<'a> Scatter<'a> {
    /// There must be no longer run in these rows than what is looked for.
    pub(super) fn new(view: &View<'_>, judge: Judge, among: Among, rows: &'a Rows) -> Self {
        let mut scatter = Self { judge, among, rows, heap: BinaryHeap::new(), ahead: None, behind: None };
        scatter.ahead = scatter.next(view, judge.aim.row);
        scatter.behind = scatter.previous(view, judge.aim.row);
        scatter
    }

    /// The best run that is left. What was returned before is taken meanwhile, and nothing else has changed.
    pub(super) fn next_block(&mut self, view: &View<'_>) -> Option<Score> {
        loop {
            self.widen(view);
            let Reverse(best) = self.heap.pop()?;
            let seats = view.layout.rows()[best.row as usize].ordinals();
            match best.what {
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

    /// Comes to all rows that may have something better than all that is known.
    fn widen(&mut self, view: &View<'_>) {
        loop {
            let nearest = self.heap.peek().map(|Reverse(best)| (best.lone, best.distance, best.row));
            let is_near = |row: &u32| {
                let here = (0, self.judge.aim.to_row(*row), *row);
                nearest.is_none_or(|nearest| here <= nearest)
            };
            if let Some(row) = self.ahead.filter(is_near) {
                self.come_to(view, row);
                self.ahead = self.next(view, row + 1);
            } else if let Some(row) = self.behind.filter(is_near) {
                self.come_to(view, row);
                self.behind = self.previous(view, row);
            } else {
                return;
            }
        }
    }

    fn come_to(&mut self, view: &View<'_>, row: u32) {
        let distance = match self.among {
            Among::Open => self.judge.at_least(view, row),
            _ => self.judge.aim.to_row(row),
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
            let (longest, clear) = view.bounds(seats, self.among);
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

    fn next(&self, view: &View<'_>, from: u32) -> Option<u32> {
        let rest = &self.rows[self.rows.partition_point(|rows| rows.end <= from)..];
        let of =
            |rows: &Range<u32>| view.next_row(&(rows.start.max(from)..rows.end), self.among, self.judge.size);
        rest.iter().find_map(of)
    }

    fn previous(&self, view: &View<'_>, upto: u32) -> Option<u32> {
        let rest = &self.rows[..self.rows.partition_point(|rows| rows.start < upto)];
        let of = |rows: &Range<u32>| {
            view.previous_row(&(rows.start..rows.end.min(upto)), self.among, self.judge.size)
        };
        rest.iter().rev().find_map(of)
    }
}
