//! A hall as its plan tells of it: sections, rows, seats, and where they are.

use std::collections::BTreeMap;
use std::fmt;

use holdfast_engine::{
    EventSpec, Focus, LABEL_BYTES_MAX, Label, Layout, RowSpec, RowsSpec, SectionSpec, Text, limits,
};

use super::notes::Notes;
use crate::flags::Side;

#[derive(Debug, Default)]
pub(super) struct Hall {
    pub(super) sections: Vec<Section>,
    pub(super) categories: Vec<Text>,
    by_category: BTreeMap<Text, u16>,
    by_row: BTreeMap<(usize, Text), usize>,
    seats: u32,
}

#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: Text,
    pub(super) id: Option<Text>,
    pub(super) rows: Vec<Row>,
    /// As in the description of an event.
    pub(super) front: Option<u32>,
    pub(super) focus: Focus,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: Text,
    pub(super) id: Option<Text>,
    pub(super) seats: Vec<Seat>,
}

#[derive(Debug)]
pub(super) struct Seat {
    pub(super) label: Text,
    /// Index into [`Hall::categories`].
    pub(super) category: u16,
    pub(super) accessible: bool,
    pub(super) id: Option<Text>,
    pub(super) at: Point,
    /// There is an aisle to the right of it.
    pub(super) aisle: bool,
    pub(super) place: Place,
}

/// Where a seat is, as seen towards the stage, as far as it is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// From the left.
    pub(super) across: Option<f64>,
    /// From the stage.
    pub(super) depth: Option<f64>,
}

/// Where in its plan a seat stands, from 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Line(u64),
    Seat { zone: usize, row: usize, seat: usize },
}

impl Point {
    /// A point of a plan whose x grows to the right and whose y grows to the bottom.
    pub(super) fn new(x: Option<f64>, y: Option<f64>, stage: Side) -> Self {
        let turned = |value: Option<f64>| value.map(|value| -value);
        let (across, depth) = match stage {
            Side::Top => (x, y),
            Side::Bottom => (turned(x), turned(y)),
            Side::Left => (turned(y), x),
            Side::Right => (y, turned(x)),
        };
        Self { across, depth }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Seat { zone, row, seat } => write!(f, "zone {zone}, row {row}, seat {seat}"),
        }
    }
}

impl Hall {
    /// Appends a section.
    pub(super) fn section(&mut self, name: Text, id: Option<Text>) -> usize {
        self.sections.push(Section { name, id, rows: Vec::new(), front: None, focus: Focus::Middle });
        self.sections.len() - 1
    }

    /// The row of that name; a new one if there is none.
    pub(super) fn row(&mut self, section: usize, name: &Text) -> &mut Row {
        let rows = &mut self.sections[section].rows;
        let row = *self.by_row.entry((section, name.clone())).or_insert_with(|| {
            rows.push(Row { name: name.clone(), id: None, seats: Vec::new() });
            rows.len() - 1
        });
        &mut rows[row]
    }

    /// Counts a seat.
    ///
    /// # Errors
    /// There are more than any event may have.
    pub(super) fn count_seat(&mut self) -> Result<(), String> {
        self.seats += 1;
        let most = limits::SEATS_MAX;
        if self.seats > most { Err(format!("there are more than {most} seats")) } else { Ok(()) }
    }

    /// The index of a category.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn category(&mut self, name: &Text) -> Result<u16, String> {
        if let Some(&known) = self.by_category.get(name) {
            return Ok(known);
        }
        let new = u16::try_from(self.categories.len()).map_err(|_| "too many categories")?;
        self.by_category.insert(name.clone(), new);
        self.categories.push(name.clone());
        Ok(new)
    }

    /// All seats in their order.
    pub(super) fn seats(&self) -> impl Iterator<Item = (&Section, &Row, &Seat)> {
        let rows =
            self.sections.iter().flat_map(|section| section.rows.iter().map(move |row| (section, row)));
        rows.flat_map(|(section, row)| row.seats.iter().map(move |seat| (section, row, seat)))
    }

    /// What cannot be brought into order: nothing to sell, and two seats of one row with one label.
    ///
    /// # Errors
    /// Both places.
    pub(super) fn checked(mut self) -> Result<Self, String> {
        for section in &mut self.sections {
            section.rows.retain(|row| !row.seats.is_empty());
            for row in &section.rows {
                let mut known: BTreeMap<&Text, Place> = BTreeMap::new();
                for seat in &row.seats {
                    if let Some(other) = known.insert(&seat.label, seat.place) {
                        let (label, place) = (&seat.label, seat.place);
                        let (section, row) = (&section.name, &row.name);
                        return Err(format!(
                            "{place}: the seat {section}-{row}-{label} stands in {other} already"
                        ));
                    }
                }
            }
        }
        self.sections.retain(|section| !section.rows.is_empty());
        if self.sections.is_empty() { Err("there are no seats in it".to_owned()) } else { Ok(self) }
    }
}

/// A name as the map has it: with single plain spaces.
///
/// # Errors
/// It cannot be one.
pub(super) fn named(what: &str, text: &str, notes: &mut Notes) -> Result<Text, String> {
    let tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if Label::new(tidy.as_bytes()).is_none() || tidy.starts_with('#') {
        return Err(format!(
            "the {what} {text:?} is no name: 1 to {LABEL_BYTES_MAX} bytes of text without control and format characters that does not begin with #"
        ));
    }
    notes.chosen(
        "names with spaces at an end, in a row or of another sort: single spaces inside",
        u64::from(tidy != text),
    );
    Ok(tidy.into())
}

/// The label of a seat: a name that is not read as a range of several.
///
/// # Errors
/// It cannot be one.
pub(super) fn seat_label(text: &str, notes: &mut Notes) -> Result<Text, String> {
    let label = named("seat", text, notes)?;
    let row = RowSpec { name: "1".into(), seats: Some([&*label].into()), ..RowSpec::default() };
    let alone = || EventSpec {
        sections: vec![SectionSpec::new("A", "A", RowsSpec::Each(vec![row]))],
        ..EventSpec::default()
    };
    let is_one = |hall: Layout| hall.seats() == 1 && hall.label(0) == format!("A-1-{label}");
    if label.contains('-') && !Layout::build(&alone()).is_ok_and(is_one) {
        return Err(format!("the seat {text:?} would be read as a range of seats"));
    }
    Ok(label)
}
