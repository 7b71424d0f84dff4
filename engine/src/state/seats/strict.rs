//! What a description of a new event may not have, although it can be read: events that were made when it was allowed go
//! on, and the same command repeated for one of them gets its answer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::spec::{Addition, AreaSpec, EventSpec, PlanChange, RowsSpec, SeatsSpec, SectionSpec, Text};
use crate::limits;
use crate::numbers::At;

impl EventSpec {
    /// Says what is wrong with a description of a new event, of which this was read.
    ///
    /// # Errors
    /// A sentence that names the place: a list where an object belongs, whose fields would be told by their order; a name
    /// that begins with `#`, as ordinals do; an area with the name of a section, which `COUNT` and `MAP` could not tell apart;
    /// an accessible seat with zeros that its label does not have; a time to close that has come, or is before that to open.
    pub fn is_fit_for_a_new_event(&self, json: &[u8], now: At) -> Result<(), String> {
        self.times_fit(now)?;
        let told: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        is_object("it", &told)?;
        are_objects(&told, "", &["limits", "removed"], &["sections", "areas"])?;
        let sections: BTreeSet<&str> = self.sections.iter().map(|section| &*section.name).collect();
        if let Some(area) = self.areas.iter().find(|area| sections.contains(&*area.name)) {
            return Err(format!("area {} has the name of a section", area.name));
        }
        let classes = self.categories.0.iter().map(|(class, _)| &**class);
        are_fit(classes.chain(names(&self.sections, &self.areas)))?;
        self.sections.iter().try_for_each(|section| are_in_the_row(&section.name, &section.rows))
    }

    fn times_fit(&self, now: At) -> Result<(), String> {
        let Self { opens_at, closes_at, .. } = *self;
        let last = limits::TIME_MAX;
        match (opens_at, closes_at) {
            (opens, closes) if opens > last || closes > last => Err(format!("a time is after {last}")),
            (_, 0) => Ok(()),
            (_, closes) if closes <= now.0 => Err(format!("closes_at is {closes}, and it is {now}")),
            (opens, closes) if closes <= opens => {
                Err(format!("closes_at is {closes}, before opens_at, which is {opens}"))
            }
            _ => Ok(()),
        }
    }
}

impl PlanChange {
    /// Reads a change of a map, and says what is wrong with it whatever the map is.
    ///
    /// # Errors
    /// A sentence that names the place.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        let change: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let told: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        is_object("it", &told)?;
        are_objects(&told, "", &["add", "remove"], &[])?;
        if let Some(add) = told.get("add") {
            are_objects(add, "add.", &[], &["sections", "rows", "areas"])?;
        }
        if change == Self::default() {
            return Err("it changes nothing".to_owned());
        }
        let Addition { sections, rows, areas } = &change.add;
        let classes = change.category.0.iter().map(|(_, class)| &**class);
        are_fit(
            classes
                .chain(names(sections, areas))
                .chain(rows.iter().flat_map(|rows| names_of_rows(&rows.rows))),
        )?;
        sections.iter().try_for_each(|section| are_in_the_row(&section.name, &section.rows))?;
        rows.iter().try_for_each(|rows| are_in_the_row(&rows.section, &rows.rows))?;
        Ok(change)
    }
}

/// Checks that these fields are objects, and that the things of these lists are, with their rows.
fn are_objects(of: &Value, place: &str, fields: &[&str], lists: &[&str]) -> Result<(), String> {
    for field in fields {
        of.get(field).map_or(Ok(()), |value| is_object(&format!("{place}{field}"), value))?;
    }
    for field in lists {
        for (at, thing) in list(of, field).iter().enumerate() {
            let place = format!("{place}{field}[{at}]");
            is_object(&place, thing)?;
            for (row_at, row) in list(thing, "rows").iter().enumerate() {
                is_object(&format!("{place}.rows[{row_at}]"), row)?;
            }
        }
    }
    Ok(())
}

fn are_fit<'a>(mut names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let wrong = names.find(|name| name.starts_with('#'));
    wrong.map_or(Ok(()), |name| Err(format!("the name {name} begins with #, as ordinals of seats do")))
}

/// No accessible seat of numbered rows has zeros that its label does not have.
fn are_in_the_row(section: &Text, rows: &RowsSpec) -> Result<(), String> {
    let RowsSpec::Each(rows) = rows else { return Ok(()) };
    for row in rows.iter().filter(|row| !matches!(row.seats, Some(SeatsSpec::List(_)))) {
        // In a range, of one of its ends.
        let is_padded =
            |seat: &&Text| seat.split(['-', '/']).any(|number| number.len() > 1 && number.starts_with('0'));
        if let Some(seat) = row.accessible.iter().find(is_padded) {
            let place = format!("row {} of section {section}", row.name);
            return Err(format!("{place}: accessible seat {:?} is not in the row", &**seat));
        }
    }
    Ok(())
}

/// Every name and label that stands in them by itself.
fn names<'a>(sections: &'a [SectionSpec], areas: &'a [AreaSpec]) -> impl Iterator<Item = &'a str> {
    let sections = sections.iter().flat_map(|section| {
        let own: [&str; 2] = [&section.name, &section.category];
        own.into_iter().chain(names_of_rows(&section.rows))
    });
    sections.chain(areas.iter().flat_map(|area| -> [&str; 2] { [&area.name, &area.category] }))
}

fn names_of_rows(rows: &RowsSpec) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    match rows {
        RowsSpec::Each(rows) => {
            for row in rows {
                names.push(&row.name);
                names.extend(row.category.as_deref());
                names.extend(row.categories.0.iter().map(|(name, _)| &**name));
                names.extend(row.seats.iter().flat_map(labels));
            }
        }
        RowsSpec::Range(range) => {
            names.extend(range.categories.0.iter().map(|(name, _)| &**name));
            names.extend(labels(&range.seats));
        }
    }
    names
}

fn labels(seats: &SeatsSpec) -> impl Iterator<Item = &str> {
    let parts = match seats {
        SeatsSpec::List(parts) => &parts[..],
        SeatsSpec::Count(_) => &[],
    };
    parts.iter().map(|part| &*part.seats)
}

fn list<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    of.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_object(what: &str, value: &Value) -> Result<(), String> {
    if value.is_object() { Ok(()) } else { Err(format!("{what} is no object, {{\"...\": ...}}")) }
}
