//! Builds the map of an event from its description, and says what is wrong with one that cannot be used.
//!
//! Sections, rows and areas are taken one by one, so that what comes later is taken in the same way.

use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use super::bench::{Bench, Benches};
use super::block_index::BlockIndex;
use super::odd::Odd;
use super::pattern::{Numbering, Pattern, checked_id};
use super::{Area, Layout, Ordinal, Row, Section};
use crate::limits;
use crate::state::seats::spec::{AreaSpec, EventSpec, Focus, RowsSpec, SectionSpec, Text};
use crate::state::{Label, no_label};

#[derive(Default)]
pub(super) struct Builder {
    sections: Vec<Section>,
    rows: Vec<Row>,
    areas: Vec<Area>,
    categories: Vec<Label>,
    accessible: Vec<Ordinal>,
    companions: Vec<(Ordinal, Ordinal)>,
    groups: Vec<Range<Ordinal>>,
    /// Seats whose price class is not that of their section.
    priced: Vec<(Range<Ordinal>, u16)>,
    ids: Vec<(Range<Ordinal>, Arc<str>)>,
    odd: Vec<Odd>,
    by_prefix: HashMap<Box<[u8]>, u32, FixedState>,
    further: HashMap<u32, Vec<u32>, FixedState>,
    by_name: HashMap<Label, u16, FixedState>,
    section_names: HashSet<Label, FixedState>,
    area_names: HashSet<Label, FixedState>,
    /// Empty as long as every row is a bench by itself, behind the one before.
    benches: Vec<Bench>,
    /// The depth of the next row, and behind all of them.
    depth: u32,
    behind: u32,
    seats: u32,
}

/// What the rows of a section have from it.
struct Within<'a> {
    section: &'a Label,
    /// Its index.
    index: u16,
    /// The price class of the section.
    of_section: u16,
    /// The price class of the row.
    category: u16,
    focus: Focus,
    id: Option<Arc<str>>,
}

impl Builder {
    pub(super) fn build(spec: &EventSpec) -> Result<Layout, String> {
        let mut builder = Self::default();
        let sections = spec.sections.iter().filter(|section| !section.more).count();
        bounded("sections", sections, limits::SECTIONS_MAX)?;
        bounded("areas", spec.areas.len(), limits::AREAS_MAX)?;
        spec.categories.0.iter().try_for_each(|(class, _)| builder.category(class).map(drop))?;
        for section in &spec.sections {
            builder.section(section)?;
        }
        for area in &spec.areas {
            builder.area(area)?;
        }
        spec.limits.check()?;
        builder.finish()?.amended(spec)
    }

    fn section(&mut self, spec: &SectionSpec) -> Result<(), String> {
        let name = checked_label("section", &spec.name)?;
        let category = self.category(&spec.category)?;
        let index = if spec.more {
            let known = self.sections.iter().position(|section| section.name == name);
            known.ok_or_else(|| format!("more rows of section {name}, which does not stand before"))?
        } else if self.section_names.insert(name.clone()) {
            self.sections.len()
        } else {
            return Err(format!("section {name} stands twice"));
        };
        let of_section = self.sections.get(index).map_or(category, |section| section.category);
        match spec.front {
            None if spec.more => self.depth = self.behind_section(index),
            None => self.depth = self.behind,
            Some(front) if (1..=limits::SEATS_MAX).contains(&front) => self.depth = front - 1,
            Some(front) => {
                return Err(format!("section {name}: front {front} is not from 1 to {}", limits::SEATS_MAX));
            }
        }
        let id = spec.id.as_ref().map(|id| checked_id(id, &format!("section {name}"))).transpose()?;
        let mut within =
            Within { section: &name, index: index as u16, of_section, category, focus: spec.focus, id };
        let start = self.rows.len() as u32;
        match &spec.rows {
            RowsSpec::Each(rows) => {
                let of_section = within.id.clone();
                for row in rows {
                    let place = || format!("row {} of section {name}", &*row.name);
                    let mut pattern = Pattern::of_row(row, &name)?;
                    let numbers = self.numbers(&mut pattern);
                    within.category =
                        row.category.as_ref().map_or(Ok(category), |text| self.category(text))?;
                    row.categories.0.iter().try_for_each(|(name, _)| self.category(name).map(drop))?;
                    let id = row.id.as_ref().map(|id| checked_id(id, &place())).transpose()?;
                    within.id = id.or_else(|| of_section.clone());
                    self.row(&within, &row.name, &pattern, numbers)?;
                }
            }
            RowsSpec::Range(range) => {
                if range.from > range.to {
                    return Err(format!("section {name}: rows from {} to {}", range.from, range.to));
                }
                let place = format!("row {} of section {name}", range.from);
                let mut pattern = Pattern::of_range(range, &place)?;
                let numbers = self.numbers(&mut pattern);
                range.categories.0.iter().try_for_each(|(name, _)| self.category(name).map(drop))?;
                for number in range.from..=range.to {
                    self.row(&within, &number.to_string().into(), &pattern, numbers)?;
                }
            }
        }
        let rows = start..self.rows.len() as u32;
        if rows.is_empty() {
            return Err(format!("section {name} has no rows"));
        }
        match self.sections.get_mut(index) {
            Some(section) => section.extend(rows),
            None => self.sections.push(Section { name, category, rows, further: Vec::new() }),
        }
        Ok(())
    }

    /// The depth of a row behind the last of a section.
    fn behind_section(&self, index: usize) -> u32 {
        let rows = self.sections[index].parts().flatten();
        rows.map(|row| self.depth_of(row) + 1).max().unwrap_or(self.behind)
    }

    /// What the rows of a pattern have for their labels: the first number and the step, or the index of their list and 0. The
    /// list goes over to the map.
    fn numbers(&mut self, pattern: &mut Pattern) -> (u32, i16) {
        match std::mem::take(&mut pattern.numbering) {
            Numbering::Even { from, step } => (from, step),
            Numbering::Odd(odd) => {
                self.odd.push(odd);
                (self.odd.len() as u32 - 1, 0)
            }
        }
    }

    /// Appends a row.
    fn row(
        &mut self,
        within: &Within<'_>,
        row: &Text,
        pattern: &Pattern,
        (from, step): (u32, i16),
    ) -> Result<(), String> {
        let section = within.section;
        let name = checked_label("row", row)?;
        let seats = pattern.seats;
        if seats == 0 {
            return Err(format!("row {name} of section {section} has no seats"));
        }
        let first = self.seats;
        self.seats = first
            .checked_add(seats)
            .filter(|&total| total <= limits::SEATS_MAX)
            .ok_or_else(|| format!("more than {} seats", limits::SEATS_MAX))?;
        let prefix: Box<[u8]> = format!("{section}-{name}-").into_bytes().into();
        let index = self.rows.len() as u32;
        let of_section = within.index;
        let other = *self.by_prefix.entry(prefix.clone()).or_insert(index);
        let mut depth = self.depth;
        if other == index {
            self.depth += 1;
        } else {
            // A part of a row that is there is as far from the stage as the row.
            let part = self.rows_with(other).find(|&row| self.rows[row as usize].section == of_section);
            match part {
                Some(part) => {
                    depth = self.depth_of(part);
                    self.depth = self.depth.max(depth + 1);
                }
                None => self.depth += 1,
            }
            let parts = self.further.entry(other).or_default();
            if parts.len() + 1 >= limits::RANGES_PER_ROW_MAX {
                let most = limits::RANGES_PER_ROW_MAX;
                return Err(format!("row {name} of section {section} comes in more than {most} parts"));
            }
            parts.push(index);
        }
        self.behind = self.behind.max(depth + 1);
        self.special(within, pattern, first)?;
        self.bench(within.focus, pattern, first, depth);
        let prefix = SmallVec::from_slice(&prefix);
        self.rows.push(Row { name, section: of_section, step, first, from, seats, prefix });
        Ok(())
    }

    /// What is special about seats of the row that begins at `first`.
    fn special(&mut self, within: &Within<'_>, pattern: &Pattern, first: Ordinal) -> Result<(), String> {
        let here = |seats: &Range<u32>| first + seats.start..first + seats.end;
        self.accessible.extend(pattern.accessible.iter().map(|seat| first + seat));
        self.companions.extend(pattern.companions.iter().map(|(seat, of)| (first + seat, first + of)));
        self.groups.extend(pattern.groups.iter().map(here));
        let all = 0..pattern.seats;
        let mut priced = Vec::with_capacity(pattern.categories.len());
        for (seats, category) in &pattern.categories {
            priced.push((seats.clone(), self.category(category)?));
        }
        let of_row = (within.category != within.of_section).then_some(within.category);
        for (seats, category) in filled(&all, &priced, of_row.as_ref()) {
            self.priced.push((here(&seats), category));
        }
        for (seats, id) in filled(&all, &pattern.ids, within.id.as_ref()) {
            extend(&mut self.ids, here(&seats), id);
        }
        Ok(())
    }

    /// The row as benches between its aisles.
    fn bench(&mut self, focus: Focus, pattern: &Pattern, first: Ordinal, depth: u32) {
        let end = first + pattern.seats;
        let middle = match focus {
            Focus::Left => 2 * first,
            Focus::Middle => first + end,
            Focus::Right => 2 * end,
        };
        let index = self.rows.len() as u32;
        if self.benches.is_empty() {
            if pattern.aisles.is_empty() && focus == Focus::Middle && depth == index {
                return;
            }
            self.benches.extend((0..).zip(&self.rows).map(|(index, row)| Bench::of_row(row, index)));
        }
        let mut start = first;
        let ends = pattern.aisles.iter().map(|aisle| first + aisle + 1).chain(std::iter::once(end));
        for end in ends {
            self.benches.push(Bench { first: start, seats: end - start, middle, depth });
            start = end;
        }
    }

    fn depth_of(&self, row: u32) -> u32 {
        let first = self.rows[row as usize].first;
        let next = self.benches.partition_point(|bench| bench.first <= first);
        next.checked_sub(1).map_or(row, |bench| self.benches[bench].depth)
    }

    fn rows_with(&self, first: u32) -> impl Iterator<Item = u32> {
        std::iter::once(first).chain(self.further.get(&first).into_iter().flatten().copied())
    }

    fn area(&mut self, spec: &AreaSpec) -> Result<(), String> {
        let name = checked_label("area", &spec.name)?;
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
        self.areas.push(Area { name, category, capacity: spec.capacity, removed: false });
        Ok(())
    }

    fn category(&mut self, text: &str) -> Result<u16, String> {
        if let Some(&index) = self.by_name.get(text.as_bytes()) {
            return Ok(index);
        }
        let name = checked_label("category", text)?;
        let index = u16::try_from(self.categories.len()).map_err(|_| "too many categories".to_owned())?;
        self.categories.push(name.clone());
        self.by_name.insert(name, index);
        Ok(index)
    }

    /// Where price classes begin, if one does within a section.
    fn bands(&self) -> Vec<(Ordinal, u16)> {
        let mut bands = Vec::<(Ordinal, u16)>::new();
        if self.priced.is_empty() {
            return bands;
        }
        let mut add = |first, category| {
            if bands.last().is_none_or(|&(_, before)| before != category) {
                bands.push((first, category));
            }
        };
        let mut rest = &self.priced[..];
        for row in &self.rows {
            let (all, of_section) = (row.ordinals(), self.sections[usize::from(row.section)].category);
            let (here, others) = rest.split_at(rest.partition_point(|(seats, _)| seats.start < all.end));
            for (seats, category) in filled(&all, here, Some(&of_section)) {
                add(seats.start, category);
            }
            rest = others;
        }
        bands
    }

    fn finish(self) -> Result<Layout, String> {
        if self.seats == 0 && self.areas.is_empty() {
            return Err("the event has neither seats nor areas".to_owned());
        }
        let row_at = BlockIndex::new(self.rows.iter().map(|row| row.ordinals().end));
        let bands = self.bands();
        let layout = Layout {
            benches: Benches::new(self.benches),
            sections: self.sections,
            rows: self.rows,
            row_at,
            areas: self.areas,
            categories: self.categories,
            accessible: self.accessible,
            companions: self.companions,
            groups: self.groups,
            bands,
            ids: self.ids,
            odd: self.odd,
            by_prefix: self.by_prefix,
            further: self.further,
            removed: Vec::new(),
            seats: self.seats,
        };
        no_label_twice(&layout)?;
        Ok(layout)
    }
}

/// The parts of a row, ascending, and between them what the whole row has.
fn filled<T: Clone>(all: &Range<u32>, parts: &[(Range<u32>, T)], of_row: Option<&T>) -> Vec<(Range<u32>, T)> {
    let mut filled = Vec::with_capacity(parts.len());
    let mut start = all.start;
    let gap = |gap: Range<u32>| of_row.filter(|_| !gap.is_empty()).map(|value| (gap, value.clone()));
    for (seats, value) in parts {
        filled.extend(gap(start..seats.start));
        filled.push((seats.clone(), value.clone()));
        start = seats.end;
    }
    filled.extend(gap(start..all.end));
    filled
}

/// Appends seats, to those before them if they have the same.
fn extend<T: PartialEq>(parts: &mut Vec<(Range<Ordinal>, T)>, seats: Range<Ordinal>, value: T) {
    match parts.last_mut() {
        Some((last, same)) if last.end == seats.start && *same == value => last.end = seats.end,
        _ => parts.push((seats, value)),
    }
}

/// Labels that are not plainly apart are compared: those of rows with the same prefix, and words with a dash, which can be
/// read as part of a row's name. No row has one twice.
fn no_label_twice(layout: &Layout) -> Result<(), String> {
    let twice = |seat, other| {
        let place = |seat| {
            let row = layout.row_of(seat);
            format!("row {} of section {}", row.name, layout.sections[usize::from(row.section)].name)
        };
        let label = layout.label(seat);
        Err(format!("the seat {label} stands twice: in {} and in {}", place(other), place(seat)))
    };
    let mut labels: HashMap<Vec<u8>, Ordinal, FixedState> = HashMap::default();
    for row in
        (0..).zip(&layout.rows).filter(|(index, _)| layout.further.contains_key(index)).map(|(_, row)| row)
    {
        let rows = || layout.rows_with(&row.prefix).map(|row| &layout.rows[row as usize]);
        if are_apart(rows()) {
            continue;
        }
        labels.clear();
        for seat in rows().flat_map(Row::ordinals) {
            let mut label = Vec::new();
            layout.write_label(seat, &mut label);
            if let Some(other) = labels.insert(label, seat) {
                return twice(seat, other);
            }
        }
    }
    for row in layout.rows.iter().filter(|row| row.step == 0) {
        for place in layout.odd[row.from as usize].dashed() {
            let seat = row.first + place;
            let label = layout.label(seat);
            if let Some(other) = layout.readings(label.as_bytes()).find(|&other| other != seat) {
                return twice(seat.max(other), seat.min(other));
            }
        }
    }
    Ok(())
}

/// Are the rows numbered, each from a number to another, and no two across each other?
fn are_apart<'a>(rows: impl Iterator<Item = &'a Row>) -> bool {
    let mut ends = Vec::new();
    for row in rows {
        if row.step == 0 {
            return false;
        }
        let (first, last) = (i64::from(row.from), i64::from(row.step) * i64::from(row.seats - 1));
        ends.push((first.min(first + last), first.max(first + last)));
    }
    ends.sort_unstable();
    ends.windows(2).all(|pair| pair[0].1 < pair[1].0)
}

fn bounded(what: &str, count: usize, most: usize) -> Result<(), String> {
    if count > most { Err(format!("{count} {what}: at most {most} are allowed")) } else { Ok(()) }
}

fn checked_label(what: &str, text: &str) -> Result<Label, String> {
    Label::new(text.as_bytes()).ok_or_else(|| no_label(what, text))
}
