//! Chooses the seats of the `BEST` parts of a hold.

use std::ops::Range;

use super::index::Index;
use super::scatter::Scatter;
use super::score::{Aim, Judge, Score};
use super::search::{Rows, Search, longest};
use super::view::{Among, View};
use crate::state::{Best, Layout, Refusal, Scope, Seats, Section};

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

/// There are too few seats.
struct TooFew;

impl Chosen<'_> {
    fn add(&mut self, part: &Best) -> Result<(), Refusal> {
        let rows = rows_of(self.view.layout, part.scope);
        self.view.within = match part.scope {
            Scope::Category(category) if self.view.layout.has_bands() => Some(category),
            _ => None,
        };
        let chosen = match part.accessible {
            0 => self.add_ordinary(part, &rows),
            accessible => self.add_accessible(part, u32::from(accessible), &rows),
        };
        chosen.map_err(|TooFew| {
            let wanted = u32::from(part.accessible);
            let among = if wanted == 0 { Among::Free } else { Among::Accessible(wanted, wanted) };
            let free = self.count(&rows, Among::Free);
            Refusal::NotEnough { best: *part, free, together: longest(&self.view, &rows, among, part.count) }
        })
    }

    /// Accessible seats, and those that are kept for companions, only when there are not enough others.
    fn add_ordinary(&mut self, part: &Best, rows: &Rows) -> Result<(), TooFew> {
        for among in self.sorts() {
            if let Some(block) = self.best(part.count, *among, rows, Aim::FRONT) {
                self.take(block, part.count);
                return Ok(());
            }
            if part.scattered
                && self.count(rows, *among) >= part.count
                && self.whole(|all| all.scatter(part.count, *among, rows, None)).is_ok()
            {
                return Ok(());
            }
        }
        Err(TooFew)
    }

    /// What is looked for, one after the other, where no accessible seat is asked for.
    fn sorts(&self) -> &'static [Among] {
        let layout = self.view.layout;
        match (layout.accessible().is_empty(), layout.companions().is_empty()) {
            (true, _) => &[Among::Open],
            (false, true) => &[Among::Open, Among::Free],
            (false, false) => &[Among::Open, Among::Ordinary, Among::Free],
        }
    }

    /// As many accessible seats as are asked for, and no more.
    fn add_accessible(&mut self, part: &Best, wanted: u32, rows: &Rows) -> Result<(), TooFew> {
        if let Some(block) = self.best(part.count, Among::Accessible(wanted, wanted), rows, Aim::FRONT) {
            self.take(block, part.count);
            return Ok(());
        }
        let ordinary = self.count(rows, Among::Ordinary);
        let accessible = self.count(rows, Among::Free) - ordinary;
        if !part.scattered || accessible < wanted || ordinary < part.count - wanted {
            return Err(TooFew);
        }
        self.whole(|all| all.scatter_accessible(part.count, wanted, rows))
    }

    /// Takes all, or nothing.
    fn whole(&mut self, take: impl FnOnce(&mut Self) -> Result<(), TooFew>) -> Result<(), TooFew> {
        // Only groups, which are sold whole, leave something that cannot be filled.
        if self.view.layout.groups().is_empty() {
            return take(self);
        }
        let (view, seats) = (self.view.clone(), self.seats.len());
        take(self).inspect_err(|TooFew| {
            self.view = view;
            self.seats.truncate(seats);
        })
    }

    /// The largest blocks that have an accessible seat first, each with no more of either sort than is wanted; then the others.
    fn scatter_accessible(&mut self, count: u32, wanted: u32, rows: &Rows) -> Result<(), TooFew> {
        let (mut accessible, mut others) = (wanted, count - wanted);
        let (mut near, mut largest) = (None, count);
        while accessible > 0 {
            // What can be filled only gets smaller.
            let sizes = (1..=largest.min(accessible + others)).rev();
            let (block, size) = sizes
                .filter_map(|size| {
                    let among = Among::Accessible(size.saturating_sub(others).max(1), accessible.min(size));
                    Some((self.best(size, among, rows, near.unwrap_or(Aim::FRONT))?, size))
                })
                .next()
                .ok_or(TooFew)?;
            largest = size;
            near = near.or_else(|| Some(Aim::at(&self.view, block.row, block.first, size)));
            let block_of = block.first..block.first + size;
            let taken = block_of.filter(|&seat| self.view.is_accessible(seat)).count() as u32;
            self.take(block, size);
            (accessible, others) = (accessible - taken, others + taken - size);
        }
        let among = if self.count(rows, Among::Open) < others { Among::Ordinary } else { Among::Open };
        self.scatter(others, among, rows, near)
    }

    /// The largest block that there is, then again and again the largest of what is left, near the first one.
    fn scatter(&mut self, count: u32, among: Among, rows: &Rows, near: Option<Aim>) -> Result<(), TooFew> {
        let (mut left, mut near) = (count, near);
        while left > 0 {
            let size = longest(&self.view, rows, among, left);
            let aim = near.unwrap_or(Aim::FRONT);
            if size == left || near.is_none() || !self.view.layout.groups().is_empty() {
                let block = if size == 0 { None } else { self.best(size, among, rows, aim) }.ok_or(TooFew)?;
                near = near.or_else(|| Some(Aim::at(&self.view, block.row, block.first, size)));
                self.take(block, size);
                left -= size;
                continue;
            }
            // Nothing longer is left, so that each block is all of its run.
            let mut runs = Scatter::new(&self.view, self.judge(size, among, aim), among, rows);
            while left >= size
                && let Some(block) = runs.next_block(&self.view)
            {
                self.take(block, size);
                left -= size;
            }
        }
        Ok(())
    }

    fn judge(&self, size: u32, among: Among, aim: Aim) -> Judge {
        let wants_accessible = matches!(among, Among::Accessible(..));
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
        let layout = self.view.layout;
        let seats =
            |rows: &Range<u32>| layout.bench(rows.start).first..layout.bench(rows.end - 1).ordinals().end;
        rows.iter().map(|rows| self.view.count(seats(rows), among)).sum()
    }
}

/// The benches of a scope, neighbours joined, in pieces of which none comes nearer to the stage.
fn rows_of(layout: &Layout, scope: Scope) -> Rows {
    match scope {
        Scope::Everywhere if layout.rows().is_empty() => Rows::new(),
        Scope::Everywhere => layout.lanes(0..layout.bench_count()).collect(),
        Scope::Section(section) => benches_of(layout, &layout.sections()[usize::from(section)..][..1]),
        Scope::Category(category) => {
            let has = |section: &&Section| layout.categories_of(section).any(|(_, of)| of == category);
            benches_of(layout, layout.sections().iter().filter(has))
        }
    }
}

/// The benches of these sections. What was added to one later stands behind those that were there.
pub(super) fn benches_of<'a>(layout: &Layout, sections: impl IntoIterator<Item = &'a Section>) -> Rows {
    let seats = sections.into_iter().flat_map(|section| layout.seats_of(section));
    let mut all: Rows = seats.map(|seats| layout.benches_of(&seats)).collect();
    all.sort_unstable_by_key(|benches| benches.start);
    let mut rows = Rows::new();
    for benches in all {
        match rows.last_mut() {
            Some(last) if last.end == benches.start => last.end = benches.end,
            _ => rows.push(benches),
        }
    }
    rows.iter().flat_map(|rows| layout.lanes(rows.clone())).collect()
}
