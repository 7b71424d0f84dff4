//! Chooses the seats of the `BEST` parts of a hold.

use std::ops::Range;

use super::index::Index;
use super::scatter::Scatter;
use super::score::{Aim, Judge, Score};
use super::search::{Rows, Search, longest};
use super::view::{Among, View};
use crate::state::{Best, Layout, Refusal, Scope, Seats};

/// The seats that were named and behind them, part by part, the best of what is left. The named ones are free.
///
/// # Errors
/// The refusal that tells what could be had of the first part that cannot be filled.
pub(in crate::state) fn choose(
    layout: &Layout,
    index: &Index,
    named: Seats,
    parts: &[Best],
    avoids_lone: bool,
) -> Result<Seats, Refusal> {
    let mut view = View::new(layout, index);
    for &seat in &named {
        view.take(seat);
    }
    let mut chosen = Chosen { view, seats: named, avoids_lone };
    for part in parts {
        chosen.add(part)?;
    }
    Ok(chosen.seats)
}

struct Chosen<'a> {
    view: View<'a>,
    seats: Seats,
    avoids_lone: bool,
}

impl Chosen<'_> {
    fn add(&mut self, part: &Best) -> Result<(), Refusal> {
        let rows = rows_of(self.view.layout, part.scope);
        let among = if part.accessible { Among::WithAccessible } else { Among::Open };
        if let Some(block) = self.best(part.count, among, &rows, Aim::FRONT) {
            self.take(block, part.count);
            return Ok(());
        }
        // In what the other blocks are of, an accessible seat is as good as any once they are asked for.
        let rest = if part.accessible { Among::Free } else { Among::Open };
        let (free, together) = (self.count(&rows, rest), longest(&self.view, &rows, among, part.count));
        if !part.scattered || free < part.count || together == 0 {
            return Err(Refusal::NotEnough { best: *part, free, together });
        }
        self.scatter(part.count, together, among, rest, &rows);
        Ok(())
    }

    /// The largest block that there is, then again and again the largest of what is left, near the first one.
    fn scatter(&mut self, count: u32, largest: u32, among: Among, rest: Among, rows: &Rows) {
        let first = self.best(largest, among, rows, Aim::FRONT).expect("there is a block of that size");
        let aim = Aim::at(&self.view, first.row, first.first, largest);
        self.take(first, largest);
        let mut left = count - largest;
        while left > 0 {
            let size = longest(&self.view, rows, rest, left);
            if size == left {
                let last = self.best(size, rest, rows, aim).expect("there is a block of that size");
                return self.take(last, size);
            }
            // Nothing longer is left, so that each block is all of its run.
            let mut runs = Scatter::new(&self.view, self.judge(size, rest, aim), rest, rows);
            while left >= size
                && let Some(block) = runs.next_block(&self.view)
            {
                self.take(block, size);
                left -= size;
            }
        }
    }

    fn judge(&self, size: u32, among: Among, aim: Aim) -> Judge {
        let wants_accessible = among == Among::WithAccessible;
        Judge { aim, size, avoids_lone: self.avoids_lone, wants_accessible }
    }

    fn best(&self, size: u32, among: Among, rows: &Rows, aim: Aim) -> Option<Score> {
        let judge = self.judge(size, among, aim);
        let search = Search { judge, among, rows, flawless: false, most: 1 };
        search.run(&self.view).first().copied()
    }

    fn take(&mut self, block: Score, size: u32) {
        for seat in block.first..block.first + size {
            self.view.take(seat);
            self.seats.push(seat);
        }
    }

    fn count(&self, rows: &Rows, among: Among) -> u32 {
        let all = self.view.layout.rows();
        let seats = |rows: &Range<u32>| {
            let (first, last) = (&all[rows.start as usize], &all[rows.end as usize - 1]);
            first.first..last.first + last.seats
        };
        rows.iter().map(|rows| self.view.count(seats(rows), among)).sum()
    }
}

/// The rows of a scope, neighbours joined.
fn rows_of(layout: &Layout, scope: Scope) -> Rows {
    let sections = layout.sections();
    match scope {
        Scope::Everywhere if layout.rows().is_empty() => Rows::new(),
        Scope::Everywhere => std::iter::once(0..layout.rows().len() as u32).collect(),
        Scope::Section(section) => std::iter::once(sections[usize::from(section)].rows.clone()).collect(),
        Scope::Category(category) => {
            let mut rows = Rows::new();
            for section in sections.iter().filter(|section| section.category == category) {
                match rows.last_mut() {
                    Some(last) if last.end == section.rows.start => last.end = section.rows.end,
                    _ => rows.push(section.rows.clone()),
                }
            }
            rows
        }
    }
}
