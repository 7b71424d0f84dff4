//! Says a hall as EVENT CREATE takes it, in few words.

use std::collections::BTreeMap;

use holdfast_engine::{EventSpec, Named, RowRange, RowSpec, RowsSpec, SectionSpec, Text};

use super::compact::{ranges, seats};
use super::hall::{Hall, Row, Seat, Section};

pub(super) fn spec(hall: &Hall) -> EventSpec {
    EventSpec {
        sections: hall.sections.iter().map(|section| section_spec(section, &hall.categories)).collect(),
        ..EventSpec::default()
    }
}

fn section_spec(section: &Section, categories: &[Text]) -> SectionSpec {
    let category = most(section.rows.iter().flat_map(|row| &row.seats));
    let rows: Vec<RowSpec> = section.rows.iter().map(|row| row_spec(row, category, categories)).collect();
    let rows = as_range(&rows).map_or(RowsSpec::Each(rows), RowsSpec::Range);
    SectionSpec {
        name: section.name.clone(),
        category: categories[usize::from(category)].clone(),
        rows,
        front: section.front,
        focus: section.focus,
        id: section.id.clone(),
        more: false,
    }
}

/// The category that most of these seats have; of several the first one of the plan.
fn most<'a>(seats: impl Iterator<Item = &'a Seat>) -> u16 {
    let mut counts = BTreeMap::<u16, usize>::new();
    seats.for_each(|seat| *counts.entry(seat.category).or_default() += 1);
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(0, |(category, _)| category)
}

fn row_spec(row: &Row, of_section: u16, categories: &[Text]) -> RowSpec {
    let labels = |which: &dyn Fn(&Seat) -> bool| {
        let labels: Vec<&str> =
            row.seats.iter().filter(|seat| which(seat)).map(|seat| &*seat.label).collect();
        ranges(&labels)
    };
    let category = most(row.seats.iter());
    let mut others: Vec<u16> = row.seats.iter().map(|seat| seat.category).collect();
    others.sort_unstable();
    others.dedup();
    let others = others.into_iter().filter(|other| *other != category);
    let named = |other: u16| (categories[usize::from(other)].clone(), labels(&|seat| seat.category == other));
    let all: Vec<_> = row.seats.iter().map(|seat| (&*seat.label, seat.id.as_ref())).collect();
    RowSpec {
        name: row.name.clone(),
        seats: Some(seats(&all)),
        accessible: labels(&|seat| seat.accessible),
        category: (category != of_section).then(|| categories[usize::from(category)].clone()),
        categories: Named(others.map(named).collect()),
        aisles: labels(&|seat| seat.aisle),
        id: row.id.clone(),
        ..RowSpec::default()
    }
}

/// Rows that are all alike and numbered one by one.
fn as_range(rows: &[RowSpec]) -> Option<RowRange> {
    let number =
        |row: &RowSpec| row.name.parse::<u32>().ok().filter(|number| *number.to_string() == *row.name);
    let (first, last) = rows.first().zip(rows.last())?;
    let (from, to) = number(first).zip(number(last))?;
    let alike = |(row, number): (&RowSpec, u32)| {
        *row == RowSpec { name: row.name.clone(), ..first.clone() } && *number.to_string() == *row.name
    };
    let is_range = rows.len() > 1
        && first.category.is_none()
        && first.id.is_none()
        && rows.iter().zip(from..).all(alike);
    let RowSpec { seats: Some(seats), categories, accessible, companions, aisles, groups, .. } =
        first.clone()
    else {
        return None;
    };
    is_range.then_some(RowRange { from, to, seats, categories, accessible, companions, aisles, groups })
}
