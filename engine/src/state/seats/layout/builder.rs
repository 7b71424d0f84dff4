//! Builds the map of an event from its description, and says what is wrong with one that cannot be used.

use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use smallvec::SmallVec;

use super::{Area, BLOCK, Layout, Ordinal, Row, Section, parse_number};
use crate::limits;
use crate::state::seats::spec::{AreaSpec, EventSpec, RowSpec, RowsSpec, SectionSpec};
use crate::state::{Name, NameRef};

#[derive(Default)]
pub(super) struct Builder {
    sections: Vec<Section>,
    rows: Vec<Row>,
    areas: Vec<Area>,
    categories: Vec<Name>,
    accessible: BTreeSet<Ordinal>,
    by_prefix: HashMap<Box<[u8]>, u32, FixedState>,
    section_names: BTreeSet<Name>,
    area_names: BTreeSet<Name>,
    seats: u32,
}

impl Builder {
    pub(super) fn build(spec: &EventSpec) -> Result<Layout, String> {
        let mut builder = Self::default();
        bounded("sections", spec.sections.len(), limits::SECTIONS_MAX)?;
        bounded("areas", spec.areas.len(), limits::AREAS_MAX)?;
        for section in &spec.sections {
            builder.section(section)?;
        }
        for area in &spec.areas {
            builder.area(area)?;
        }
        spec.limits.check()?;
        builder.finish()
    }

    fn section(&mut self, spec: &SectionSpec) -> Result<(), String> {
        let name = checked_name("section", &spec.name)?;
        if !self.section_names.insert(name.clone()) {
            return Err(format!("section {name} stands twice"));
        }
        let category = self.category(&spec.category)?;
        let start = self.rows.len() as u32;
        match &spec.rows {
            RowsSpec::Each(rows) => {
                for row in rows {
                    let (from, seats) = numbers_of(&name, row)?;
                    let index = self.rows.len();
                    self.row(&name, &row.name, from, seats)?;
                    self.accessible(&name, index, &row.accessible)?;
                }
            }
            RowsSpec::Range(range) => {
                if range.from > range.to {
                    return Err(format!("section {name}: rows from {} to {}", range.from, range.to));
                }
                for number in range.from..=range.to {
                    self.row(&name, &number.to_string(), 1, range.seats)?;
                }
            }
        }
        let rows = start..self.rows.len() as u32;
        if rows.is_empty() {
            return Err(format!("section {name} has no rows"));
        }
        self.sections.push(Section { name, category, rows });
        Ok(())
    }

    fn row(&mut self, section: &Name, row: &str, from: u32, seats: u32) -> Result<(), String> {
        let name = checked_name("row", row)?;
        if seats == 0 {
            return Err(format!("row {name} of section {section} has no seats"));
        }
        if from.checked_add(seats).is_none() {
            return Err(format!("row {name} of section {section}: its seat numbers are too large"));
        }
        let first = self.seats;
        self.seats = first
            .checked_add(seats)
            .filter(|&total| total <= limits::SEATS_MAX)
            .ok_or_else(|| format!("more than {} seats", limits::SEATS_MAX))?;
        let prefix: Box<[u8]> = format!("{section}-{name}-").into_bytes().into();
        if let Some(other) = self.by_prefix.insert(prefix.clone(), self.rows.len() as u32) {
            return Err(self.clash((section, &name), (from, seats), &self.rows[other as usize]));
        }
        let section = self.sections.len() as u16;
        self.rows.push(Row { name, section, first, from, seats, prefix: SmallVec::from_slice(&prefix) });
        Ok(())
    }

    /// Two rows have the same words in front of the numbers of their seats: the same row, or `A-1` with row `2` and `A` with
    /// row `1-2`.
    fn clash(&self, (section, row): (&Name, &Name), (from, seats): (u32, u32), other: &Row) -> String {
        let place = format!("row {row} of section {section}");
        let there = self.sections.get(usize::from(other.section)).map_or(section, |section| &section.name);
        let first = from.max(other.from);
        if first < (from + seats).min(other.from + other.seats) {
            let there = format!("row {} of section {there}", other.name);
            return format!("the seat {section}-{row}-{first} stands twice: in {there} and in {place}");
        }
        if there == section && other.name == *row {
            return format!("{place} stands twice: a row is described in one piece");
        }
        format!(
            "{place} and row {} of section {there} have the same labels but for their numbers",
            other.name
        )
    }

    fn accessible(&mut self, section: &Name, row: usize, numbers: &[String]) -> Result<(), String> {
        let row = &self.rows[row];
        for number in numbers {
            let offset = parse_number(number.as_bytes())
                .and_then(|number| number.checked_sub(row.from))
                .filter(|&offset| offset < row.seats)
                .ok_or_else(|| {
                    format!(
                        "row {} of section {section}: accessible seat {number:?} is not in the row",
                        row.name
                    )
                })?;
            if !self.accessible.insert(row.first + offset) {
                return Err(format!(
                    "row {} of section {section}: accessible seat {number} stands twice",
                    row.name
                ));
            }
        }
        Ok(())
    }

    fn area(&mut self, spec: &AreaSpec) -> Result<(), String> {
        let name = checked_name("area", &spec.name)?;
        if !self.area_names.insert(name.clone()) {
            return Err(format!("area {name} stands twice"));
        }
        if spec.capacity == 0 || spec.capacity > limits::AREA_CAPACITY_MAX {
            return Err(format!(
                "area {name}: capacity {} is not from 1 to {}",
                spec.capacity,
                limits::AREA_CAPACITY_MAX
            ));
        }
        let category = self.category(&spec.category)?;
        self.areas.push(Area { name, category, capacity: spec.capacity });
        Ok(())
    }

    fn category(&mut self, text: &str) -> Result<u16, String> {
        let name = checked_name("category", text)?;
        let known = self.categories.iter().position(|category| *category == name);
        let index = known.unwrap_or_else(|| {
            self.categories.push(name);
            self.categories.len() - 1
        });
        u16::try_from(index).map_err(|_| "too many categories".to_owned())
    }

    fn finish(self) -> Result<Layout, String> {
        if self.seats == 0 && self.areas.is_empty() {
            return Err("the event has neither seats nor areas".to_owned());
        }
        let mut row_at = Vec::with_capacity(self.seats.div_ceil(BLOCK) as usize);
        for (index, row) in (0..).zip(&self.rows) {
            let upto = (row.first + row.seats).div_ceil(BLOCK) as usize;
            row_at.resize(upto.max(row_at.len()), index);
        }
        Ok(Layout {
            sections: self.sections,
            rows: self.rows,
            row_at,
            areas: self.areas,
            categories: self.categories,
            accessible: self.accessible.into_iter().collect(),
            by_prefix: self.by_prefix,
            seats: self.seats,
        })
    }
}

fn numbers_of(section: &Name, row: &RowSpec) -> Result<(u32, u32), String> {
    match (row.seats, row.from, row.to) {
        (Some(seats), None, None) => Ok((1, seats)),
        (None, Some(from), Some(to)) if from <= to => Ok((from, (to - from).saturating_add(1))),
        (None, Some(from), Some(to)) => {
            Err(format!("row {:?} of section {section}: seats from {from} to {to}", row.name))
        }
        _ => Err(format!("row {:?} of section {section} needs either seats or from and to", row.name)),
    }
}

fn bounded(what: &str, count: usize, most: usize) -> Result<(), String> {
    if count > most { Err(format!("{count} {what}: at most {most} are allowed")) } else { Ok(()) }
}

fn checked_name(what: &str, text: &str) -> Result<Name, String> {
    NameRef::new(text.as_bytes())
        .map(NameRef::to_name)
        .ok_or_else(|| format!("{what} {text:?} is no name: 1 to 64 bytes of printable ASCII without space"))
}
