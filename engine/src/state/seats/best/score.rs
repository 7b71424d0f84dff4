//! What is better than what. Whole numbers, and never a tie: the same seats for the same state, on every machine.

use super::view::View;
use crate::state::Ordinal;

/// What a row further back costs, in half seats to the side: a row is about as deep as two seats are wide.
const ROW: u32 = 4;

/// A point of the map that blocks are to be near.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// Index of the row.
    pub(super) row: u32,
    /// From the middle of the row to the right, in half seats.
    pub(super) aside: i32,
}

impl Aim {
    /// The middle of the first row.
    pub(super) const FRONT: Self = Self { row: 0, aside: 0 };

    /// The middle of a block.
    pub(super) fn at(view: &View<'_>, row: u32, first: Ordinal, size: u32) -> Self {
        Self { row, aside: aside(view, row, first, size) }
    }

    /// How far a row is, at least.
    pub(super) const fn to_row(self, row: u32) -> u32 {
        self.row.abs_diff(row) * ROW
    }

    /// The first seat of the block of that size that is nearest to the aim, if the whole row were free; it may lie
    /// outside the row.
    pub(super) fn first_in(self, view: &View<'_>, row: u32, size: u32) -> i64 {
        let row = &view.layout.rows()[row as usize];
        let offset = i64::from(self.aside) + i64::from(row.seats) - i64::from(size);
        i64::from(row.first) + offset.div_euclid(2)
    }
}

/// How far to the right of the middle of its row the middle of a block is, in half seats.
fn aside(view: &View<'_>, row: u32, first: Ordinal, size: u32) -> i32 {
    let row = &view.layout.rows()[row as usize];
    // A map has at most a million seats.
    2 * (first - row.first) as i32 + size as i32 - row.seats as i32
}

/// A block, and how good it is: less is better, field by field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Score {
    /// Seats that are not accessible, where accessible ones are asked for; else 0.
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
        self.aim.to_row(row) + off_middle.saturating_sub(self.aim.aside.unsigned_abs())
    }

    /// How far away a block is at least that begins with one of these seats of the row.
    pub(super) fn distance_between(&self, view: &View<'_>, row: u32, first: Ordinal, last: Ordinal) -> u32 {
        let off = |first| aside(view, row, first, self.size) - self.aim.aside;
        self.aim.to_row(row) + off(first).max(-off(last)).max(0).unsigned_abs()
    }

    /// Judges the block that begins at `first`; all its seats are free.
    pub(super) fn score(&self, view: &View<'_>, row: u32, first: Ordinal) -> Score {
        let block = first..first + self.size;
        let lacking = if self.wants_accessible {
            block.clone().filter(|&seat| !view.is_free_accessible(seat)).count() as u32
        } else {
            0
        };
        let seats = view.layout.rows()[row as usize].ordinals();
        let lone = if self.avoids_lone {
            let left = block.start > seats.start && is_left_alone(view, &seats, block.start - 1, &block);
            let right = block.end < seats.end && is_left_alone(view, &seats, block.end, &block);
            u32::from(left) + u32::from(right)
        } else {
            0
        };
        let distance = self.aim.to_row(row) + aside(view, row, first, self.size).abs_diff(self.aim.aside);
        Score { lacking, lone, distance, row, first }
    }
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
