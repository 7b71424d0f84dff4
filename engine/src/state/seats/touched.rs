//! What of the hall a change has touched: for the readers of the feed, who keep no holds and no orders.

use super::layout::Ordinal;
use crate::state::{Counts, SeatStatus};

/// Seats that a change has touched without naming them, and areas that it has moved places of, as they are after it. It is
/// written beside the change, as the digest is: nothing that happens later needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Touched {
    /// The status of the seats from then on.
    pub status: SeatStatus,
    /// Seats that follow each other, by the first and how many, in the order in which their holds or their order have them.
    pub runs: Vec<(Ordinal, u32)>,
    /// Areas, each with how many of its places have another status.
    pub areas: Vec<(u16, u32)>,
    /// The places of each of these areas by status.
    pub counts: Vec<Counts>,
}

impl Touched {
    /// Nothing.
    pub const NOTHING: Self =
        Self { status: SeatStatus::Free, runs: Vec::new(), areas: Vec::new(), counts: Vec::new() };

    /// Is it nothing?
    #[must_use]
    #[inline]
    pub const fn is_nothing(&self) -> bool {
        self.runs.is_empty() && self.areas.is_empty()
    }

    /// As a record has it that was read: nothing takes no room.
    #[must_use]
    pub fn boxed(self) -> Option<Box<Self>> {
        if self.is_nothing() { None } else { Some(Box::new(self)) }
    }

    /// How many seats.
    #[must_use]
    pub fn seat_count(&self) -> usize {
        self.runs.iter().map(|&(_, count)| count as usize).sum()
    }

    /// The seats, one by one.
    pub fn seats(&self) -> impl Iterator<Item = Ordinal> {
        self.runs.iter().flat_map(|&(first, count)| (0..count).map(move |step| first.saturating_add(step)))
    }

    /// Room that was made once is kept.
    #[inline]
    pub(in crate::state) fn clear(&mut self) {
        self.names_seats();
        self.areas.clear();
        self.counts.clear();
    }

    /// A seat has this status now. A change gives all the same that it does not name.
    #[inline]
    pub(in crate::state) fn seat(&mut self, seat: Ordinal, status: SeatStatus) {
        self.status = status;
        match self.runs.last_mut() {
            Some((first, count)) if *first + *count == seat => *count += 1,
            _ => self.runs.push((seat, 1)),
        }
    }

    /// The change names its seats itself.
    #[inline]
    pub(in crate::state) fn names_seats(&mut self) {
        self.runs.clear();
        self.status = SeatStatus::Free;
    }

    /// So many places of an area were moved, which has these now.
    pub(in crate::state) fn area(&mut self, (area, moved): (u16, u32), counts: &Counts) {
        if let Some(at) = self.areas.iter().position(|(known, _)| *known == area) {
            self.areas[at].1 += moved;
            self.counts[at] = *counts;
        } else {
            self.areas.push((area, moved));
            self.counts.push(*counts);
        }
    }
}
