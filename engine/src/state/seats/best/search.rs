//! Finds the best blocks: rows outwards from the aim, until nothing further out can be better.

use std::ops::Range;

use smallvec::SmallVec;

use super::score::{Judge, Score};
use super::view::{Among, View};
use crate::state::Ordinal;

/// Rows to look at, ascending and apart.
pub(super) type Rows = SmallVec<[Range<u32>; 2]>;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'a> {
    pub(super) judge: Judge,
    pub(super) among: Among,
    pub(super) rows: &'a [Range<u32>],
    /// Only blocks that leave no lone seat.
    pub(super) flawless: bool,
    /// How many blocks are wanted.
    pub(super) most: usize,
}

/// The best, best first.
pub(super) type Found = SmallVec<[Score; 3]>;

impl Search<'_> {
    /// Looks at every row that may have something better than what is found.
    pub(super) fn run(&self, view: &View<'_>) -> Found {
        let mut found = Found::new();
        let aim = self.judge.aim.depth;
        for rows in self.rows {
            let mut rest = view.layout.first_at_depth(rows, aim)..rows.end;
            while let Some(row) = view.next_row(&rest, self.among, self.judge.size)
                && !self.is_beyond(view, row, &found)
            {
                self.look_into(view, row, &mut found);
                rest.start = row + 1;
            }
        }
        for rows in self.rows.iter().rev() {
            let mut rest = rows.start..view.layout.first_at_depth(rows, aim);
            while let Some(row) = view.previous_row(&rest, self.among, self.judge.size)
                && !self.is_beyond(view, row, &found)
            {
                self.look_into(view, row, &mut found);
                rest.end = row;
            }
        }
        found
    }

    /// Is the row so far away that all that is wanted is better? So are the rows further out then.
    fn is_beyond(&self, view: &View<'_>, row: u32, found: &Found) -> bool {
        self.is_worse(self.judge.aim.to_row(view, row), row, found)
    }

    /// Is all that is wanted better than what is so far away?
    fn is_worse(&self, distance: u32, row: u32, found: &Found) -> bool {
        let worst = found.get(self.most - 1);
        worst.is_some_and(|worst| worst.is_flawless() && (distance, row) > (worst.distance, worst.row))
    }

    fn look_into(&self, view: &View<'_>, row: u32, found: &mut Found) {
        if self.among == Among::Open && self.is_worse(self.judge.at_least(view, row), row, found) {
            return;
        }
        let bench = view.layout.bench(row);
        let (seats, size) = (bench.ordinals(), self.judge.size);
        let (least, most) = match self.among {
            Among::Accessible(least, most) => (least, most),
            _ => (0, u32::MAX),
        };
        if least > 0 || view.index.has_groups(&seats) {
            for run in view.runs(seats, self.among).filter(|run| run.end - run.start >= size) {
                for block in Blocks::of(view, &run, (least, most)).of_size(size) {
                    self.consider(self.judge.score(view, row, block), found);
                }
            }
            return;
        }
        let (longest, clear) = view.bounds(bench, self.among);
        view.tighten(row, self.among, longest, clear);
        if longest < size {
            return;
        }
        for run in view.runs(seats, self.among).filter(|run| run.end - run.start >= size) {
            self.look_around(view, row, &run, found);
        }
    }

    /// The nearest blocks of a run. At most one at each end of it leaves a lone seat, so the best are among these.
    fn look_around(&self, view: &View<'_>, row: u32, run: &Range<Ordinal>, found: &mut Found) {
        let (first, last) = (i64::from(run.start), i64::from(run.end - self.judge.size));
        let nearest = self.judge.aim.first_in(view, row, self.judge.size).clamp(first, last);
        // Between two ordinals.
        if self.has_better(view, row, run, nearest as Ordinal, found) {
            return;
        }
        let score = self.judge.score(view, row, nearest as Ordinal);
        self.consider(score, found);
        if score.is_flawless() && self.most == 1 {
            return;
        }
        let around = self.most as i64 + 1;
        let starts = (nearest - around).max(first)..=(nearest + around).min(last);
        for start in starts.filter(|start| *start != nearest) {
            self.consider(self.judge.score(view, row, start as Ordinal), found);
        }
    }

    /// Is all that is found better than the nearest block of the run would be, if it left no more lone seats than any must?
    fn has_better(
        &self,
        view: &View<'_>,
        row: u32,
        run: &Range<Ordinal>,
        nearest: Ordinal,
        found: &Found,
    ) -> bool {
        let Some(worst) = found.get(self.most - 1) else { return false };
        // One seat is left over, and where no free seat is beside the run, it is alone.
        let one_is_left = self.judge.avoids_lone && run.end - run.start == self.judge.size + 1;
        let lone = u32::from(one_is_left && !view.has_free_neighbour(row, run));
        let distance = self.judge.distance_between(view, row, nearest, nearest);
        (worst.lacking, worst.lone, worst.distance, worst.row) < (0, lone, distance, row)
    }

    fn consider(&self, score: Score, found: &mut Found) {
        if self.flawless && score.lone > 0 {
            return;
        }
        if let Err(place) = found.binary_search(&score)
            && place < self.most
        {
            found.truncate(self.most - 1);
            found.insert(place, score);
        }
    }
}

/// The longest block of such seats in these rows, but no more than `most`.
pub(super) fn longest(view: &View<'_>, rows: &[Range<u32>], among: Among, most: u32) -> u32 {
    let mut longest = 0;
    for rows in rows {
        let mut rest = rows.clone();
        while longest < most
            && let Some(row) = view.next_row(&rest, among, longest + 1)
        {
            longest = longest.max(longest_in(view, row, among, most));
            rest.start = row + 1;
        }
    }
    longest.min(most)
}

fn longest_in(view: &View<'_>, row: u32, among: Among, most: u32) -> u32 {
    let bench = view.layout.bench(row);
    let accessible = match among {
        Among::Accessible(least, most) => (least, most),
        _ if view.index.has_groups(&bench.ordinals()) => (0, u32::MAX),
        _ => {
            let (longest, clear) = view.bounds(bench, among);
            view.tighten(row, among, longest, clear);
            return longest;
        }
    };
    let runs = view.runs(bench.ordinals(), among);
    runs.map(|run| Blocks::of(view, &run, accessible).longest(most)).max().unwrap_or(0)
}

/// The blocks of a run that divide no group and have as many accessible seats as they may.
struct Blocks<'a> {
    view: &'a View<'a>,
    run: Range<Ordinal>,
    /// The accessible seats of the run.
    accessible: Vec<Ordinal>,
    least: usize,
    most: usize,
}

impl<'a> Blocks<'a> {
    fn of(view: &'a View<'a>, run: &Range<Ordinal>, (least, most): (u32, u32)) -> Self {
        let counts = least > 0;
        let accessible = run.clone().filter(|&seat| counts && view.is_accessible(seat)).collect();
        Self { view, run: run.clone(), accessible, least: least as usize, most: most as usize }
    }

    /// The first seats of those of this size.
    fn of_size(&self, size: u32) -> impl Iterator<Item = Ordinal> {
        (self.run.start..=self.run.end - size).filter(move |&first| {
            let ends = self.view.is_edge(first) && self.view.is_edge(first + size);
            ends && self.ends_of(first).is_some_and(|ends| ends.contains(&(first + size)))
        })
    }

    /// Where a block that begins there may end: such that it has as many accessible seats as it may.
    fn ends_of(&self, first: Ordinal) -> Option<std::ops::RangeInclusive<Ordinal>> {
        let before = self.accessible.partition_point(|&seat| seat < first);
        let least = match self.least.checked_sub(1) {
            None => first + 1,
            Some(more) => self.accessible.get(before + more)? + 1,
        };
        let over = self.accessible.get(before.saturating_add(self.most)).copied();
        Some(least..=over.unwrap_or(self.run.end))
    }

    /// How long the longest of at most this size is.
    fn longest(&self, most: u32) -> u32 {
        let mut longest = 0;
        for first in self.run.clone().filter(|&first| self.view.is_edge(first)) {
            let Some(ends) = self.ends_of(first) else { break };
            let last = (*ends.end()).min(first.saturating_add(most));
            let end = (*ends.start()..=last).rev().find(|&end| self.view.is_edge(end));
            longest = longest.max(end.map_or(0, |end| end - first));
            if longest == most {
                break;
            }
        }
        longest
    }
}
