//! The map of an event: where each seat is, and what it is called. Built from its description, never changed, shared by
//! everyone. An event whose map changes gets another, in which all that was there has its place, its number and its name.
//!
//! Seats are dense ordinals in the order of the description, so the state keeps plain arrays. Labels exist only at
//! the edges: one hash of the row's prefix leads from `A-12-7` to an ordinal, one binary search back. Rows whose seats are
//! numbered one step apart take nothing for their labels; what else rows and seats have stands in lists beside them, which are
//! empty where there is none.

use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use smallvec::SmallVec;

use self::block_index::BlockIndex;
use self::builder::Builder;
use self::odd::Odd;
use super::spec::EventSpec;
use crate::state::Label;

mod amended;
mod bench;
mod block_index;
mod builder;
mod labels;
mod named;
mod number;
mod odd;
mod pattern;
mod range;
#[cfg(test)]
mod tests;

pub use bench::Bench;
pub(in crate::state) use named::{Breadth, Unnamed};

/// The place of a seat in the order of the map, from 0.
pub type Ordinal = u32;

/// Sections, rows, categories and areas of an event. Immutable.
#[derive(Debug)]
pub struct Layout {
    sections: Vec<Section>,
    rows: Vec<Row>,
    row_at: BlockIndex,
    areas: Vec<Area>,
    categories: Vec<Label>,
    /// Sorted.
    accessible: Vec<Ordinal>,
    /// `A-12-` to the row's index. Fixed hash seed: the names come from the operator, not from buyers.
    by_prefix: HashMap<Box<[u8]>, u32, FixedState>,
    /// Further rows with the same prefix, by the one that `by_prefix` has: parts of a row, or `A-1` with row `2` and `A` with
    /// row `1-2`.
    further: HashMap<u32, Vec<u32>, FixedState>,
    /// What the seats of rows are called that have no step.
    odd: Vec<Odd>,
    /// Companions' seats, each with the accessible seat that it is kept for. Sorted.
    companions: Vec<(Ordinal, Ordinal)>,
    /// Seats that are sold whole. Sorted.
    groups: Vec<Range<Ordinal>>,
    /// Where a price class begins, from the first seat on; empty if all of a section has the same.
    bands: Vec<(Ordinal, u16)>,
    /// What front ends know seats by. Sorted.
    ids: Vec<(Range<Ordinal>, Arc<str>)>,
    benches: bench::Benches,
    /// Seats that are not there any more. Sorted, and apart.
    removed: Vec<Range<Ordinal>>,
    seats: u32,
}

/// A seated section.
#[derive(Debug)]
pub struct Section {
    /// Unique among the sections.
    pub name: Label,
    /// Price class of the seats that have none of their own, as an index into [`Layout::categories`].
    pub category: u16,
    /// Its rows, as indexes into [`Layout::rows`].
    pub rows: Range<u32>,
    /// The rows that came later and stand elsewhere, ascending.
    pub further: Vec<Range<u32>>,
}

impl Section {
    /// All of its rows.
    pub fn parts(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        std::iter::once(&self.rows).chain(&self.further).cloned()
    }

    /// Takes in rows behind all that the map has.
    fn extend(&mut self, rows: Range<u32>) {
        let last = self.further.last_mut().unwrap_or(&mut self.rows);
        if last.end == rows.start {
            last.end = rows.end;
        } else {
            self.further.push(rows);
        }
    }
}

/// One row of seats, or a part of one.
#[derive(Debug)]
pub struct Row {
    /// Rows of one name in a section are the parts of one row.
    pub name: Label,
    /// Index into [`Layout::sections`].
    pub section: u16,
    /// From the number of a seat to that of its right neighbour; 0 if its labels are odd.
    step: i16,
    /// Ordinal of its first seat.
    pub first: Ordinal,
    /// Number of its first seat; the index of its labels in [`Layout::odd`], if they are odd.
    from: u32,
    /// How many seats it has.
    pub seats: u32,
    /// What its labels start with: `A-12-`. Beside the numbers, as a label needs both.
    prefix: SmallVec<[u8; 16]>,
}

impl Row {
    /// The ordinals of its seats.
    #[must_use]
    pub const fn ordinals(&self) -> Range<Ordinal> {
        self.first..self.first + self.seats
    }
}

/// A standing area.
#[derive(Debug)]
pub struct Area {
    /// Unique among the areas.
    pub name: Label,
    /// Index into [`Layout::categories`].
    pub category: u16,
    /// Places; none if it was removed.
    pub capacity: u32,
    /// It is not there any more.
    pub removed: bool,
}

impl Layout {
    /// Builds the map.
    ///
    /// # Errors
    /// A sentence for the operator that names the field at fault: a bad name, a name that stands twice, a row
    /// without seats, too many of anything, nothing to sell.
    pub fn build(spec: &EventSpec) -> Result<Self, String> {
        Builder::build(spec)
    }

    /// How many seats there are, removed ones included; ordinals are below it.
    #[must_use]
    pub const fn seats(&self) -> u32 {
        self.seats
    }

    /// Seated sections in the order of the description.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// All rows, section by section, in the order of the description.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of a section.
    pub(in crate::state) fn rows_of<'a>(
        &'a self,
        section: &'a Section,
    ) -> impl Iterator<Item = &'a Row> + 'a {
        section.parts().flat_map(|rows| &self.rows[rows.start as usize..rows.end as usize])
    }

    /// The seats of these rows.
    pub(in crate::state) fn seats_in(&self, rows: &Range<u32>) -> Range<Ordinal> {
        seats_of(&self.rows[rows.start as usize..rows.end as usize])
    }

    /// The seats of a section.
    pub fn seats_of<'a>(&'a self, section: &'a Section) -> impl Iterator<Item = Range<Ordinal>> + 'a {
        section.parts().map(|rows| self.seats_in(&rows))
    }

    /// The seats of a section in pieces, each with its price class.
    pub(in crate::state) fn categories_of<'a>(
        &'a self,
        section: &'a Section,
    ) -> impl Iterator<Item = (Range<Ordinal>, u16)> + 'a {
        self.seats_of(section).flat_map(|seats| self.categories_in(seats, section))
    }

    fn categories_in(
        &self,
        seats: Range<Ordinal>,
        section: &Section,
    ) -> impl Iterator<Item = (Range<Ordinal>, u16)> {
        let first = self.bands.partition_point(|&(first, _)| first <= seats.start);
        let last = self.bands.partition_point(|&(first, _)| first < seats.end);
        let of_first = first.checked_sub(1).map_or(section.category, |band| self.bands[band].1);
        let starts = std::iter::once((seats.start, of_first)).chain(self.bands[first..last].iter().copied());
        let ends = self.bands[first..last].iter().map(|&(first, _)| first).chain(std::iter::once(seats.end));
        starts.zip(ends).map(|((start, category), end)| (start..end, category))
    }

    /// Has a section seats of several price classes?
    pub(in crate::state) const fn has_bands(&self) -> bool {
        !self.bands.is_empty()
    }

    /// The seats `64 * word` to `64 * word + 63` that have this price class, as bits. Only where there are bands.
    pub(in crate::state) fn category_word(&self, category: u16, word: usize) -> u64 {
        let (begin, end) = (64 * word as u32, 64 * word as u32 + 64);
        let first = self.bands.partition_point(|&(first, _)| first <= begin) - 1;
        let mut bits = 0;
        for (at, &(start, of)) in self.bands.iter().enumerate().skip(first) {
            if start >= end {
                break;
            }
            if of == category {
                let upto = self.bands.get(at + 1).map_or(end, |band| band.0.min(end));
                bits |= !0 << (start.max(begin) - begin) & !0 >> (end - upto);
            }
        }
        bits
    }

    /// Seats that are not there any more, ascending.
    #[must_use]
    pub fn removed(&self) -> &[Range<Ordinal>] {
        &self.removed
    }

    /// Standing areas in the order of the description.
    #[must_use]
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// Price classes in the order of their first use.
    #[must_use]
    pub fn categories(&self) -> &[Label] {
        &self.categories
    }

    /// The section of that name.
    #[must_use]
    pub fn section(&self, name: &[u8]) -> Option<&Section> {
        self.sections.iter().find(|section| section.name.bytes() == name)
    }

    /// The index of the area of that name.
    #[must_use]
    pub fn area(&self, name: &[u8]) -> Option<u16> {
        let index = self.areas.iter().position(|area| area.name.bytes() == name)?;
        u16::try_from(index).ok()
    }

    /// The accessible seats, ascending.
    #[must_use]
    pub fn accessible(&self) -> &[Ordinal] {
        &self.accessible
    }

    /// Is it a seat for those who need an accessible one?
    #[must_use]
    pub fn is_accessible(&self, seat: Ordinal) -> bool {
        self.accessible.binary_search(&seat).is_ok()
    }

    /// Companions' seats, ascending, each with the accessible seat that it is kept for.
    #[must_use]
    pub fn companions(&self) -> &[(Ordinal, Ordinal)] {
        &self.companions
    }

    /// The seats that are sold only together with this one, itself among them; `None` if it is sold by itself.
    #[must_use]
    pub fn group_of(&self, seat: Ordinal) -> Option<Range<Ordinal>> {
        let next = self.groups.partition_point(|group| group.start <= seat);
        let group = &self.groups[next.checked_sub(1)?];
        group.contains(&seat).then(|| group.clone())
    }

    /// Groups of seats that are sold whole, ascending.
    #[must_use]
    pub fn groups(&self) -> &[Range<Ordinal>] {
        &self.groups
    }

    /// What the front end knows the seat by: the identity of its part of the row, else of its row, else of its section.
    #[must_use]
    pub fn id_of(&self, seat: Ordinal) -> Option<&Arc<str>> {
        let next = self.ids.partition_point(|(seats, _)| seats.start <= seat);
        let (seats, id) = &self.ids[next.checked_sub(1)?];
        seats.contains(&seat).then_some(id)
    }

    /// The row of a seat.
    ///
    /// # Panics
    /// If the ordinal is not below [`Layout::seats`].
    #[must_use]
    pub fn row_of(&self, seat: Ordinal) -> &Row {
        &self.rows[self.row_index_of(seat) as usize]
    }

    /// The row of a seat, as an index into [`Layout::rows`].
    ///
    /// # Panics
    /// If the ordinal is not below [`Layout::seats`].
    pub(in crate::state) fn row_index_of(&self, seat: Ordinal) -> u32 {
        assert!(seat < self.seats, "seat {seat} of {}", self.seats);
        self.row_at.find(&self.rows, |row| row.first, seat)
    }

    /// The price class of a seat.
    #[must_use]
    pub fn category_of(&self, seat: Ordinal) -> u16 {
        match self.bands.partition_point(|&(first, _)| first <= seat).checked_sub(1) {
            Some(band) => self.bands[band].1,
            None => self.sections[self.row_of(seat).section as usize].category,
        }
    }

    /// About how many bytes the description takes as JSON.
    pub(crate) fn described_bytes(&self) -> usize {
        let odd: usize = self.odd.iter().map(Odd::bytes).sum();
        let lists = self.ids.len() + self.bands.len() + self.groups.len() + self.removed.len();
        64 * (self.rows.len() + self.areas.len() + lists)
            + 8 * (self.accessible.len() + self.companions.len())
            + odd
    }
}

/// The seats of rows that stand one behind the other.
fn seats_of(rows: &[Row]) -> Range<Ordinal> {
    rows.first().zip(rows.last()).map_or(0..0, |(first, last)| first.first..last.ordinals().end)
}
