//! The map of an event: where each seat is, and what it is called. Built once from its description, never changed, shared by everyone.
//!
//! Seats are dense ordinals in the order of the description, so the state keeps plain arrays. Labels exist only at
//! the edges: one hash of the row's prefix leads from `A-12-7` to an ordinal, one binary search back.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use smallvec::SmallVec;

use self::builder::Builder;
use super::spec::EventSpec;
use crate::state::Name;

mod builder;

/// The place of a seat in the order of the map, from 0.
pub type Ordinal = u32;

/// Seats to one entry of the index of rows: a row of usual length or two.
const BLOCK: u32 = 64;

/// Sections, rows, categories and areas of an event. Immutable.
#[derive(Debug)]
pub struct Layout {
    sections: Vec<Section>,
    rows: Vec<Row>,
    /// For each [`BLOCK`] of seats the row of its first one: a search among all rows misses the cache at every step.
    row_at: Vec<u32>,
    areas: Vec<Area>,
    categories: Vec<Name>,
    /// Sorted.
    accessible: Vec<Ordinal>,
    /// `A-12-` to the row's index. Fixed hash seed: the names come from the operator, not from buyers.
    by_prefix: HashMap<Box<[u8]>, u32, FixedState>,
    seats: u32,
}

/// A seated section.
#[derive(Debug)]
pub struct Section {
    /// Unique among the sections.
    pub name: Name,
    /// Index into [`Layout::categories`].
    pub category: u16,
    /// Its rows, as indexes into [`Layout::rows`].
    pub rows: std::ops::Range<u32>,
}

/// One row of seats with consecutive numbers.
#[derive(Debug)]
pub struct Row {
    /// Unique within the section.
    pub name: Name,
    /// Index into [`Layout::sections`].
    pub section: u16,
    /// Ordinal of its first seat.
    pub first: Ordinal,
    /// Number of its first seat.
    pub from: u32,
    /// How many seats it has.
    pub seats: u32,
    /// What its labels start with: `A-12-`. Beside the numbers, as a label needs both.
    prefix: SmallVec<[u8; 16]>,
}

impl Row {
    /// The ordinals of its seats.
    #[must_use]
    pub const fn ordinals(&self) -> std::ops::Range<Ordinal> {
        self.first..self.first + self.seats
    }
}

/// A standing area.
#[derive(Debug)]
pub struct Area {
    /// Unique among the areas.
    pub name: Name,
    /// Index into [`Layout::categories`].
    pub category: u16,
    /// Places.
    pub capacity: u32,
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

    /// How many seats there are; ordinals are below it.
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
    #[must_use]
    pub fn rows_of(&self, section: &Section) -> &[Row] {
        &self.rows[section.rows.start as usize..section.rows.end as usize]
    }

    /// Standing areas in the order of the description.
    #[must_use]
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// Price classes in the order of their first use.
    #[must_use]
    pub fn categories(&self) -> &[Name] {
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
    #[must_use]
    pub fn row_index_of(&self, seat: Ordinal) -> u32 {
        assert!(seat < self.seats, "seat {seat} of {}", self.seats);
        let block = (seat / BLOCK) as usize;
        let first = self.row_at[block] as usize;
        let last = self.row_at.get(block + 1).map_or(self.rows.len() - 1, |&row| row as usize);
        (first + self.rows[first + 1..=last].partition_point(|row| row.first <= seat)) as u32
    }

    /// The price class of a seat.
    #[must_use]
    pub fn category_of(&self, seat: Ordinal) -> u16 {
        self.sections[self.row_of(seat).section as usize].category
    }

    /// The seat of a label (`A-12-7`) or of an ordinal (`#7`, `#0007`); `None` if the map has no such seat.
    #[must_use]
    pub fn seat(&self, label: &[u8]) -> Option<Ordinal> {
        if let Some(digits) = label.strip_prefix(b"#") {
            return parse_number(digits).filter(|&ordinal| ordinal < self.seats);
        }
        let dash = label.iter().rposition(|&byte| byte == b'-')?;
        let (prefix, digits) = label.split_at(dash + 1);
        if digits.len() > 1 && digits[0] == b'0' {
            return None;
        }
        let row = &self.rows[*self.by_prefix.get(prefix)? as usize];
        let offset = parse_number(digits)?.checked_sub(row.from)?;
        (offset < row.seats).then(|| row.first + offset)
    }

    /// Appends the label of a seat: `A-12-7`.
    ///
    /// # Panics
    /// If the ordinal is not below [`Layout::seats`].
    pub fn write_label(&self, seat: Ordinal, out: &mut Vec<u8>) {
        let row = self.row_of(seat);
        out.extend_from_slice(&row.prefix);
        push_number(out, row.from + (seat - row.first));
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

/// A decimal number of 1 to 16 digits, leading zeros allowed, without sign; `None` if it is anything else.
fn parse_number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 16 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    u32::try_from(value).ok()
}

fn push_number(out: &mut Vec<u8>, mut number: u32) {
    let mut digits = [0_u8; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(json: &str) -> Result<Layout, String> {
        let spec: EventSpec = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Layout::build(&spec)
    }

    const HALL: &str = r#"{"sections": [
        {"name": "A", "category": "VIP", "rows": [
            {"name": "1", "seats": 20, "accessible": ["1", "20"]}, {"name": "2", "from": 5, "to": 24}]},
        {"name": "B", "category": "STD", "rows": {"from": 1, "to": 50, "seats": 40}}],
        "areas": [{"name": "FLOOR", "category": "GA", "capacity": 2000}]}"#;

    #[test]
    fn labels_and_ordinals_lead_to_each_other() {
        let hall = layout(HALL).unwrap();
        assert_eq!(hall.seats(), 40 + 50 * 40);
        for seat in 0..hall.seats() {
            assert_eq!(hall.seat(hall.label(seat).as_bytes()), Some(seat));
            assert_eq!(hall.seat(format!("#{seat:06}").as_bytes()), Some(seat));
        }
        assert_eq!(hall.label(0), "A-1-1");
        assert_eq!(hall.label(20), "A-2-5");
        assert_eq!(hall.label(hall.seats() - 1), "B-50-40");
        assert!(hall.is_accessible(0) && hall.is_accessible(19) && !hall.is_accessible(1));
        assert_eq!(hall.categories().len(), 3);
        assert_eq!(hall.area(b"FLOOR"), Some(0));
    }

    #[test]
    fn unknown_labels_are_not_seats() {
        let hall = layout(HALL).unwrap();
        for label in
            ["", "#", "#2040", "#-1", "#99999999999", "A", "A-1", "A-1-", "A-1-0", "A-1-21", "A-1-01"]
        {
            assert_eq!(hall.seat(label.as_bytes()), None, "{label}");
        }
        for label in ["a-1-1", "A-2-4", "A-2-25", "B-51-1", "A-1-1 ", "A--1", "A-1-4294967297"] {
            assert_eq!(hall.seat(label.as_bytes()), None, "{label}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let cases = [
            ("{}", "neither seats nor areas"),
            (r#"{"sections": [], "colour": 1}"#, "colour"),
            (r#"{"limits": {"max_tll": 1}}"#, "max_tll"),
            (
                r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 2, "seat": 3}}]}"#,
                "`seat`",
            ),
            (
                r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 2, "to": 1, "seats": 3}}]}"#,
                "from 2 to 1",
            ),
            (r#"{"sections": [{"name": "A", "category": "C", "rows": []}]}"#, "no rows"),
            (r#"{"sections": [{"name": "A A", "category": "C", "rows": []}]}"#, "\"A A\" is no name"),
            (
                r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1001, "seats": 1000}}]}"#,
                "1000000 seats",
            ),
            (
                r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 4000000000, "seats": 1}}]}"#,
                "1000000 seats",
            ),
            (r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1"}]}]}"#, "needs either"),
            (
                r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1", "seats": 0}]}]}"#,
                "no seats",
            ),
            (
                r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1", "seats": 2, "accessible": ["3"]}]}]}"#,
                "\"3\"",
            ),
            (r#"{"areas": [{"name": "F", "category": "C", "capacity": 0}]}"#, "capacity 0"),
            (
                r#"{"areas": [{"name": "F", "category": "C", "capacity": 1}, {"name": "F", "category": "C", "capacity": 1}]}"#,
                "stands twice",
            ),
            (
                r#"{"areas": [{"name": "F", "category": "C", "capacity": 1}], "limits": {"default_ttl": 0}}"#,
                "default_ttl",
            ),
            (
                r#"{"areas": [{"name": "F", "category": "C", "capacity": 1}], "limits": {"default_ttl": 10, "max_ttl": 9}}"#,
                "over limits.max_ttl",
            ),
            (
                r#"{"sections": [{"name": "A-1", "category": "C", "rows": [{"name": "2", "seats": 1}]}, {"name": "A", "category": "C", "rows": [{"name": "1-2", "seats": 1}]}]}"#,
                "the seat A-1-2-1 stands twice: in row 2 of section A-1 and in row 1-2 of section A",
            ),
            (
                r#"{"sections": [{"name": "A-1", "category": "C", "rows": [{"name": "2", "seats": 1}]}, {"name": "A", "category": "C", "rows": [{"name": "1-2", "from": 2, "to": 3}]}]}"#,
                "row 1-2 of section A and row 2 of section A-1 have the same labels but for their numbers",
            ),
            (
                r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1", "seats": 7}, {"name": "1", "from": 8, "to": 20}]}]}"#,
                "row 1 of section A stands twice: a row is described in one piece",
            ),
            (
                r#"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1", "seats": 7}, {"name": "1", "from": 5, "to": 20}]}]}"#,
                "the seat A-1-5 stands twice: in row 1 of section A and in row 1 of section A",
            ),
        ];
        for (json, expected) in cases {
            let error = layout(json).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }
}
