//! What seats a text names that stands for several: a row, a section, a range of labels or of ordinals.

use std::ops::Range;

use super::number::parse_number;
use super::range::Piece;
use super::{Layout, Ordinal};

/// Why a text names no seats.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::state) enum Unnamed {
    /// There are none of that name.
    Nothing,
    /// It can be read in two ways.
    Unclear,
}

/// How much a text names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::state) enum Breadth {
    Section,
    Row,
    Seats,
}

impl Layout {
    /// The seats that a text names: a label (`A-3-7`) or an ordinal (`#17`), a range of either (`A-3-7-12`, `A-3-1-39/2`,
    /// `#17-30`), a row (`A-3`) or a section (`A`).
    ///
    /// # Errors
    /// Why not. A label goes before a range; all else that can be read in two ways is unclear.
    pub(in crate::state) fn seats_named(
        &self,
        text: &str,
    ) -> Result<(Breadth, Vec<Range<Ordinal>>), Unnamed> {
        if let Some(span) = text.strip_prefix('#') {
            let (first, last) = span.split_once('-').unwrap_or((span, span));
            let ends =
                (parse_number(first.as_bytes()), parse_number(last.trim_start_matches('#').as_bytes()));
            return match ends {
                (Some(first), Some(last)) if first <= last && last < self.seats => {
                    Ok((Breadth::Seats, one(first..last + 1)))
                }
                _ => Err(Unnamed::Nothing),
            };
        }
        let seat = self.readings(text.as_bytes()).next().map(|seat| seat..seat + 1);
        let rows: Vec<u32> = self.rows_with(format!("{text}-").as_bytes()).collect();
        let section = self.section(text.as_bytes());
        match (seat, rows.first(), section) {
            (Some(seat), None, None) => Ok((Breadth::Seats, one(seat))),
            (None, Some(&first), None) => {
                let name = |row: u32| (self.rows[row as usize].section, &self.rows[row as usize].name);
                if rows.iter().any(|&row| name(row) != name(first)) {
                    return Err(Unnamed::Unclear);
                }
                Ok((Breadth::Row, rows.iter().map(|&row| self.rows[row as usize].ordinals()).collect()))
            }
            (None, None, Some(section)) => Ok((Breadth::Section, self.seats_of(section).collect())),
            (None, None, None) => {
                let seats = self.range_named(text).ok_or(Unnamed::Nothing)?;
                Ok((Breadth::Seats, seats.into_iter().map(|seat| seat..seat + 1).collect()))
            }
            _ => Err(Unnamed::Unclear),
        }
    }

    /// The seats of a row that a range behind its name stands for.
    fn range_named(&self, text: &str) -> Option<Vec<Ordinal>> {
        text.match_indices('-').find_map(|(dash, _)| {
            let (prefix, range) = text.split_at(dash + 1);
            let rows: Vec<u32> = self.rows_with(prefix.as_bytes()).collect();
            let range = Piece::read(range).ok().filter(|piece| !rows.is_empty() && piece.count() > 1)?;
            let mut seats = Vec::new();
            let find = |label: &str| {
                rows.iter().find_map(|&row| self.seat_in(&self.rows[row as usize], label.as_bytes()))
            };
            range.each(|label| find(label).map(|seat| seats.push(seat)).ok_or(())).ok()?;
            Some(seats)
        })
    }
}

fn one(seats: Range<Ordinal>) -> Vec<Range<Ordinal>> {
    std::iter::once(seats).collect()
}
