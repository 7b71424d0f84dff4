//! The fixed part of an event: which seats there are, where, and of what sort.

use holdfast_engine::{EventSpec, Name, RowSpec, RowsSpec, Scope, SeatsSpec};

/// A hall.
#[derive(Debug)]
pub struct Venue {
    /// The name of the event.
    pub name: Name,
    /// The description that it is made from.
    pub spec: EventSpec,
    /// In the order of the map.
    rows: Vec<Row>,
}

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) section: usize,
    /// For each seat, whether it is accessible.
    pub(crate) seats: Vec<bool>,
}

impl Venue {
    /// The hall of a valid description.
    #[must_use]
    pub fn new(name: Name, spec: EventSpec) -> Self {
        let mut rows = Vec::new();
        for (section, described) in spec.sections.iter().enumerate() {
            match &described.rows {
                RowsSpec::Range(range) => rows.extend(
                    (range.from..=range.to)
                        .map(|_| Row { section, seats: vec![false; count(&range.seats) as usize] }),
                ),
                RowsSpec::Each(each) => {
                    rows.extend(each.iter().map(|row| Row { section, seats: accessible(row) }));
                }
            }
        }
        Self { name, spec, rows }
    }

    /// The number of seats; their ordinals count up from 0.
    #[must_use]
    pub fn seats(&self) -> u32 {
        self.rows.iter().map(|row| row.seats.len() as u32).sum()
    }

    /// Categories in the order of their first use, those of sections first.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        let sections = self.spec.sections.iter().map(|section| &*section.category);
        let mut categories: Vec<&str> = Vec::new();
        for category in sections.chain(self.spec.areas.iter().map(|area| &*area.category)) {
            if !categories.contains(&category) {
                categories.push(category);
            }
        }
        categories
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The section of every seat.
    pub(crate) fn sections_of(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().flat_map(|row| row.seats.iter().map(|_| row.section))
    }

    /// Whether the section is part of this scope.
    pub(crate) fn is_in(&self, section: usize, scope: Scope) -> bool {
        match scope {
            Scope::Everywhere => true,
            Scope::Section(wanted) => section == usize::from(wanted),
            Scope::Category(wanted) => {
                &*self.spec.sections[section].category == self.categories()[usize::from(wanted)]
            }
        }
    }
}

fn accessible(row: &RowSpec) -> Vec<bool> {
    let first = row.from.unwrap_or(1);
    let last = row.to.or(row.seats.as_ref().map(count)).expect("a row has seats, or a first and a last one");
    (first..=last).map(|number| row.accessible.contains(&number.to_string().into())).collect()
}

fn count(seats: &SeatsSpec) -> u32 {
    match seats {
        SeatsSpec::Count(count) => *count,
        SeatsSpec::List(_) => panic!("the model knows no lists of seats"),
    }
}
