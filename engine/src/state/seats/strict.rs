//! What a description of a new event may not have, although it can be read: events that were made when it was allowed go
//! on, and the same command repeated for one of them gets its answer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::spec::{EventSpec, RowsSpec, SeatsSpec, Text};
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
        told.get("limits").map_or(Ok(()), |limits| is_object("limits", limits))?;
        for (at, area) in list(&told, "areas").iter().enumerate() {
            is_object(&format!("areas[{at}]"), area)?;
        }
        for (at, section) in list(&told, "sections").iter().enumerate() {
            is_object(&format!("sections[{at}]"), section)?;
            for (row_at, row) in list(section, "rows").iter().enumerate() {
                is_object(&format!("sections[{at}].rows[{row_at}]"), row)?;
            }
        }
        let sections: BTreeSet<&str> = self.sections.iter().map(|section| &*section.name).collect();
        if let Some(area) = self.areas.iter().find(|area| sections.contains(&*area.name)) {
            return Err(format!("area {} has the name of a section", area.name));
        }
        if let Some(name) = self.names().find(|name| name.starts_with('#')) {
            return Err(format!("the name {name} begins with #, as ordinals of seats do"));
        }
        for section in &self.sections {
            let RowsSpec::Each(rows) = &section.rows else { continue };
            for row in rows.iter().filter(|row| !matches!(row.seats, Some(SeatsSpec::List(_)))) {
                // In a range, of one of its ends.
                let is_padded = |seat: &&Text| {
                    seat.split(['-', '/']).any(|number| number.len() > 1 && number.starts_with('0'))
                };
                if let Some(seat) = row.accessible.iter().find(is_padded) {
                    let place = format!("row {} of section {}", row.name, section.name);
                    return Err(format!("{place}: accessible seat {:?} is not in the row", &**seat));
                }
            }
        }
        Ok(())
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

    /// Every name and label that stands in it by itself.
    fn names(&self) -> impl Iterator<Item = &str> {
        let sections = self.sections.iter().flat_map(|section| {
            let mut names: Vec<&str> = vec![&section.name, &section.category];
            match &section.rows {
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
        });
        sections.chain(self.areas.iter().flat_map(|area| -> [&str; 2] { [&area.name, &area.category] }))
    }
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
