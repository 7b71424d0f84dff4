//! What is better than what. Whole numbers, and never a tie: the same seats for the same state, on every machine.

use super::view::View;
use crate::state::Ordinal;

/// What a row further back costs, in half seats to the side: a row is about as deep as two seats are wide.
const ROW: u32 = 4;

/// A point of the map that blocks are to be near.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// How many rows are nearer to the stage.
    pub(super) depth: u32,
    /// From the middle of its row to the right, in half seats.
    pub(super) aside: i32,
}

impl Aim {
    /// The middle of the first row.
    pub(super) const FRONT: Self = Self { depth: 0, aside: 0 };

    /// The middle of a block.
    pub(super) fn at(view: &View<'_>, row: u32, first: Ordinal, size: u32) -> Self {
        Self { depth: view.layout.depth(row), aside: aside(view, row, first, size) }
    }

    /// How far a bench is, at least.
    pub(super) fn to_row(self, view: &View<'_>, row: u32) -> u32 {
        self.depth.abs_diff(view.layout.depth(row)) * ROW
    }

    /// The first seat of the block of that size that is nearest to the aim, if all of the row were free; it may lie
    /// outside the bench.
    pub(super) fn first_in(self, view: &View<'_>, row: u32, size: u32) -> i64 {
        let middle = i64::from(view.layout.bench(row).middle);
        (i64::from(self.aside) + middle - i64::from(size)).div_euclid(2)
    }
}

/// How far to the right of the middle of its row the middle of a block is, in half seats.
fn aside(view: &View<'_>, row: u32, first: Ordinal, size: u32) -> i32 {
    // A map has at most a million seats.
    2 * first as i32 + size as i32 - view.layout.bench(row).middle as i32
}

/// A block, and how good it is: less is better, field by field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Score {
    /// Where accessible seats are asked for: seats that companions could have had, and seats of other people's companions;
    /// else 0.
    pub(super) lacking: u32,
    /// Lone seats that it leaves and that were none before, where they count; else 0.
    pub(super) lone: u32,
    /// From the aim, in half seats.
    pub(super) distance: u32,
    /// Index of the row.
    pub(super) row: u32,
    /// Its first seat.
    pub(super) first: Ordinal,
}

impl Score {
    /// Nothing but a nearer block is better.
    pub(super) const fn is_flawless(&self) -> bool {
        self.lacking == 0 && self.lone == 0
    }
}

/// What a block is judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge {
    pub(super) aim: Aim,
    pub(super) size: u32,
    /// Lone seats count.
    pub(super) avoids_lone: bool,
    /// Accessible seats are asked for.
    pub(super) wants_accessible: bool,
}

impl Judge {
    /// How far away a block of open seats of the row is at least.
    pub(super) fn at_least(&self, view: &View<'_>, row: u32) -> u32 {
        let off_middle = view.off_middle_at_least(row, self.size);
        self.aim.to_row(view, row) + off_middle.saturating_sub(self.aim.aside.unsigned_abs())
    }

    /// How far away a block is at least that begins with one of these seats of the row.
    pub(super) fn distance_between(&self, view: &View<'_>, row: u32, first: Ordinal, last: Ordinal) -> u32 {
        let off = |first| aside(view, row, first, self.size) - self.aim.aside;
        self.aim.to_row(view, row) + off(first).max(-off(last)).max(0).unsigned_abs()
    }

    /// Judges the block that begins at `first`; all its seats are free.
    pub(super) fn score(&self, view: &View<'_>, row: u32, first: Ordinal) -> Score {
        let block = first..first + self.size;
        let lacking = if self.wants_accessible { lacking(view, &block) } else { 0 };
        let seats = view.layout.bench(row).ordinals();
        let lone = if self.avoids_lone {
            let left = block.start > seats.start && is_left_alone(view, &seats, block.start - 1, &block);
            let right = block.end < seats.end && is_left_alone(view, &seats, block.end, &block);
            u32::from(left) + u32::from(right)
        } else {
            0
        };
        let distance =
            self.aim.to_row(view, row) + aside(view, row, first, self.size).abs_diff(self.aim.aside);
        Score { lacking, lone, distance, row, first }
    }
}

/// How many seats of the block companions of its accessible seats could have had in the place of somebody else, and how many are
/// kept for the companions of accessible seats that are not in it.
fn lacking(view: &View<'_>, block: &std::ops::Range<Ordinal>) -> u32 {
    let (mut others, mut own, mut missing, mut foreign) = (0, 0, 0, 0);
    for seat in block.clone() {
        if view.is_accessible(seat) {
            missing +=
                view.index.companions_of(seat).filter(|&of| !block.contains(&of) && view.is_free(of)).count();
            continue;
        }
        others += 1;
        match view.index.kept_for(seat) {
            Some(of) if block.contains(&of) => own += 1,
            Some(of) if view.is_free(of) => foreign += 1,
            _ => {}
        }
    }
    missing.min(others - own) as u32 + foreign
}

/// Is a free seat beside a block of its row alone once the block is taken? It was not alone before.
fn is_left_alone(
    view: &View<'_>,
    row: &std::ops::Range<Ordinal>,
    seat: Ordinal,
    block: &std::ops::Range<Ordinal>,
) -> bool {
    let stays = |other: Ordinal| row.contains(&other) && !block.contains(&other) && view.is_free(other);
    view.is_free(seat) && !stays(seat + 1) && !seat.checked_sub(1).is_some_and(stays)
}
