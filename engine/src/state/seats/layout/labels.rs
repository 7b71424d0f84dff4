//! From the label of a seat to its ordinal, and back.

use super::number::{parse_number, push_number};
use super::range::Run;
use super::{Layout, Ordinal, Row};
use crate::state::{Label, normal};

impl Layout {
    /// The seat of a label (`A-12-7`) in whatever form it is sent, or of an ordinal (`#7`, `#0007`); `None` if the map has no
    /// such seat.
    #[must_use]
    pub fn seat(&self, label: &[u8]) -> Option<Ordinal> {
        if let Some(digits) = label.strip_prefix(b"#") {
            return parse_number(digits).filter(|&ordinal| ordinal < self.seats);
        }
        // The usual case first: the seats of the row are numbered one by one.
        let dash = label.iter().rposition(|&byte| byte == b'-')?;
        let (prefix, digits) = label.split_at(dash + 1);
        if let Some(&row) = self.by_prefix.get(prefix) {
            let row = &self.rows[row as usize];
            let is_padded = digits.len() > 1 && digits[0] == b'0';
            if row.step == 1
                && !is_padded
                && let Some(offset) = parse_number(digits).and_then(|number| number.checked_sub(row.from))
                && offset < row.seats
            {
                return Some(row.first + offset);
            }
        }
        self.seat_with_care(label)
    }

    #[cold]
    fn seat_with_care(&self, label: &[u8]) -> Option<Ordinal> {
        let label = normal(std::str::from_utf8(label).ok()?);
        self.readings(label.as_bytes()).next()
    }

    /// Every seat that a label can be read as: its words may have dashes, and rows the same prefix.
    pub(super) fn readings(&self, label: &[u8]) -> impl Iterator<Item = Ordinal> {
        let dashes = (0..label.len()).rev().filter(|&at| label[at] == b'-');
        dashes.flat_map(move |dash| {
            let (prefix, word) = label.split_at(dash + 1);
            self.rows_with(prefix).filter_map(move |row| self.seat_in(&self.rows[row as usize], word))
        })
    }

    /// The rows whose labels begin so.
    pub(super) fn rows_with(&self, prefix: &[u8]) -> impl Iterator<Item = u32> {
        let first = self.by_prefix.get(prefix).copied();
        let further = first.and_then(|row| self.further.get(&row));
        first.into_iter().chain(further.into_iter().flatten().copied())
    }

    /// The seat of that name in a row of a section. The row may come in parts.
    pub(crate) fn seat_of_row(&self, section: u16, row: &Label, name: &Label) -> Option<Ordinal> {
        let mut parts = self.rows_of(&self.sections[usize::from(section)]).filter(|part| part.name == *row);
        parts.find_map(|part| self.seat_in(part, name.bytes()))
    }

    pub(super) fn seat_in(&self, row: &Row, word: &[u8]) -> Option<Ordinal> {
        let place = match row.step {
            0 => self.odd[row.from as usize].find(word),
            step => Run::of_numbers(row.from, step, row.seats).find(word),
        };
        place.map(|place| row.first + place)
    }

    /// Appends the label of a seat: `A-12-7`.
    ///
    /// # Panics
    /// If the ordinal is not below [`Layout::seats`].
    pub fn write_label(&self, seat: Ordinal, out: &mut Vec<u8>) {
        let row = self.row_of(seat);
        out.extend_from_slice(&row.prefix);
        if row.step == 1 {
            push_number(out, row.from + (seat - row.first), 0);
        } else {
            self.write_with_care(row, seat - row.first, out);
        }
    }

    #[cold]
    fn write_with_care(&self, row: &Row, place: u32, out: &mut Vec<u8>) {
        match row.step {
            0 => self.odd[row.from as usize].write(place, out),
            step => Run::of_numbers(row.from, step, row.seats).write(place, out),
        }
    }

    /// The label of a seat, for messages.
    ///
    /// # Panics
    /// If the ordinal is not below [`Layout::seats`].
    #[must_use]
    pub fn label(&self, seat: Ordinal) -> String {
        let mut label = Vec::with_capacity(16);
        self.write_label(seat, &mut label);
        String::from_utf8_lossy(&label).into_owned()
    }
}
