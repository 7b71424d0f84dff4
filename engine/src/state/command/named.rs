//! What commands name of the hall: seats, places of areas, parts of it.

use bincode::{Decode, Encode};

use crate::state::seats::Ordinal;
use crate::state::values::{Label, ShortList};

/// Seats of one command, in the order in which they were named.
pub type Seats = ShortList<Ordinal, 4>;

/// Places of standing areas: index of the area and how many.
pub type Places = ShortList<(u16, u32), 1>;

impl Places {
    /// How many places of an area.
    #[must_use]
    pub fn of(&self, area: u16) -> u32 {
        self.iter().filter(|place| place.0 == area).map(|&(_, count)| count).sum()
    }

    /// The first area of which there are fewer places here than are wanted: which, how many there are, how many are wanted.
    pub(in crate::state) fn lacks(&self, wanted: &Self) -> Option<(u16, u32, u32)> {
        let each = wanted.iter().map(|&(area, wanted)| (area, self.of(area), wanted));
        each.into_iter().find(|&(_, has, wanted)| wanted > has)
    }

    /// How many places in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.iter().map(|&(_, count)| u64::from(count)).sum()
    }

    /// Adds places of an area: to its own, if it is there.
    pub(in crate::state) fn put(&mut self, area: u16, count: u32) {
        match self.iter_mut().find(|place| place.0 == area) {
            Some((_, sum)) => *sum += count,
            None => self.push((area, count)),
        }
    }

    /// Takes places of an area away, which are there.
    pub(in crate::state) fn take(&mut self, area: u16, count: u32) {
        self.iter_mut().filter(|place| place.0 == area).for_each(|(_, sum)| *sum -= count);
        self.retain(|(_, sum)| *sum > 0);
    }
}

/// Seats and places of areas: what a command names of a hold, of an order or of what is free.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Selection {
    /// Seats by ordinal, in the order in which they were named.
    pub seats: Seats,
    /// Places: areas by index, and how many of each.
    pub places: Places,
}

impl From<Seats> for Selection {
    fn from(seats: Seats) -> Self {
        Self { seats, places: Places::default() }
    }
}

impl Selection {
    /// Does it name nothing?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty() && self.places.is_empty()
    }

    /// How many seats and places.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.seats.len() as u64 + self.places.total()
    }
}

/// What an operator names of the hall.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spots {
    /// None of it twice.
    pub named: Box<[Spot]>,
    /// Those of it that can be; otherwise all of it, or the command is refused.
    pub lenient: bool,
}

impl Spots {
    /// The seats, if it names single seats and nothing else, and means all of them.
    #[must_use]
    pub fn only_seats(&self) -> Option<Seats> {
        let seat = |spot: &Spot| if let Spot::Seat(seat) = spot { Some(*seat) } else { None };
        if self.lenient { None } else { self.named.iter().map(seat).collect() }
    }
}

/// A part of the hall.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Spot {
    /// One seat.
    Seat(Ordinal),
    /// A section, by its index in [`crate::state::Layout::sections`].
    Section(u16),
    /// A row of a section, or those of its seats that stand between two of them, both included.
    Row(u16, Label, Option<(Ordinal, Ordinal)>),
    /// Places of an area, by its index.
    Area(u16, u32),
}

/// Seats that the engine chooses: one `BEST` of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Best {
    /// How many seats; at least 1.
    pub count: u32,
    /// The part of the hall to choose from.
    pub scope: Scope,
    /// Seats that lie apart will do, if there are not enough side by side.
    pub scattered: bool,
    /// How many of them are to be accessible; 0: none, as long as there are others. One byte in the log, where it was a
    /// truth value once.
    pub accessible: u8,
}

/// Where seats are chosen from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Scope {
    /// All sections.
    Everywhere,
    /// One section, by its index in [`crate::state::Layout::sections`].
    Section(u16),
    /// The sections of one price class, by its index in [`crate::state::Layout::categories`].
    Category(u16),
}
