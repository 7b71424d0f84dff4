//! The fixed part of an event: which seats there are, where, and of what sort. Read from the description in the plainest way.

use holdfast_engine::{EventSpec, Focus, Name, Named, RowSpec, RowsSpec, SeatsSpec, Text};

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
    pub(crate) name: Text,
    /// How many rows are nearer to the stage.
    pub(crate) depth: usize,
    pub(crate) focus: Focus,
    pub(crate) seats: Vec<Seat>,
}

/// A seat. Others of its row are named by their places there.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) category: String,
    pub(crate) accessible: bool,
    pub(crate) kept_for: Option<usize>,
    pub(crate) group: Option<usize>,
    /// There is an aisle to the right of it.
    pub(crate) aisle: bool,
}

impl Venue {
    /// The hall of a valid description.
    #[must_use]
    pub fn new(name: Name, spec: EventSpec) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for (section, described) in spec.sections.iter().enumerate() {
            let behind = rows.iter().map(|row| row.depth + 1).max().unwrap_or(0);
            let mut next = described.front.map_or(behind, |front| front as usize - 1);
            let mut named = Vec::<(Text, usize)>::new();
            for row in each(&described.rows) {
                let depth =
                    named.iter().find(|(name, _)| *name == row.name).map_or(next, |(_, depth)| *depth);
                next = next.max(depth + 1);
                named.push((row.name.clone(), depth));
                let category = row.category.as_ref().unwrap_or(&described.category);
                let (focus, seats) = (described.focus, seats(&row, category));
                rows.push(Row { section, name: row.name, depth, focus, seats });
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
        let mut all: Vec<&str> = Vec::new();
        for section in &self.spec.sections {
            all.push(&section.category);
            match &section.rows {
                RowsSpec::Range(range) => all.extend(names(&range.categories)),
                RowsSpec::Each(rows) => {
                    all.extend(
                        rows.iter().flat_map(|row| {
                            row.category.as_deref().into_iter().chain(names(&row.categories))
                        }),
                    );
                }
            }
        }
        all.extend(self.spec.areas.iter().map(|area| &*area.category));
        let mut categories: Vec<&str> = Vec::new();
        for category in all {
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

    /// The section and the row of every seat.
    pub(crate) fn rows_of(&self) -> impl Iterator<Item = (usize, &str)> {
        self.rows.iter().flat_map(|row| row.seats.iter().map(|_| (row.section, &*row.name)))
    }

    /// The section and the row of a seat.
    #[must_use]
    pub fn row_of(&self, seat: u32) -> (usize, &str) {
        self.rows_of().nth(seat as usize).expect("a seat of the map")
    }

    /// The category of every seat.
    pub(crate) fn categories_of(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().flat_map(|row| row.seats.iter().map(|seat| seat.category.as_str()))
    }

    /// The seats that are sold only together with this one.
    pub(crate) fn group_of(&self, seat: u32) -> Vec<u32> {
        let mut first = 0;
        for row in &self.rows {
            let place = (seat - first) as usize;
            if let Some(at) = row.seats.get(place) {
                let of_group = |other: &usize| row.seats[*other].group == at.group && at.group.is_some();
                return (0..row.seats.len()).filter(of_group).map(|other| first + other as u32).collect();
            }
            first += row.seats.len() as u32;
        }
        Vec::new()
    }
}

fn names(lists: &Named) -> impl Iterator<Item = &str> {
    lists.0.iter().map(|(name, _)| &**name)
}

/// Every row by itself.
fn each(rows: &RowsSpec) -> Vec<RowSpec> {
    match rows {
        RowsSpec::Each(rows) => rows.clone(),
        RowsSpec::Range(range) => (range.from..=range.to)
            .map(|number| RowSpec {
                name: number.to_string().into(),
                seats: Some(range.seats.clone()),
                categories: range.categories.clone(),
                accessible: range.accessible.clone(),
                companions: range.companions.clone(),
                aisles: range.aisles.clone(),
                groups: range.groups.clone(),
                ..RowSpec::default()
            })
            .collect(),
    }
}

fn seats(row: &RowSpec, category: &Text) -> Vec<Seat> {
    let all: Vec<String> = match &row.seats {
        None => (row.from.expect("a first seat")..=row.to.expect("a last seat"))
            .map(|seat| seat.to_string())
            .collect(),
        Some(SeatsSpec::Count(count)) => (1..=*count).map(|seat| seat.to_string()).collect(),
        Some(SeatsSpec::List(parts)) => parts.iter().flat_map(|part| labels(&part.seats)).collect(),
    };
    let is_in = |list: &[Text], label: &String| {
        list.iter().flat_map(|text| labels(text)).any(|other| other == *label)
    };
    let place = |label: &str| all.iter().position(|other| other == label).expect("a seat of the row");
    let seat = |label: &String| Seat {
        category: row
            .categories
            .0
            .iter()
            .find(|(_, list)| is_in(list, label))
            .map_or(category, |(name, _)| name)
            .to_string(),
        accessible: is_in(&row.accessible, label),
        kept_for: row.companions.0.iter().find(|(_, list)| is_in(list, label)).map(|(of, _)| place(of)),
        group: row.groups.iter().position(|list| is_in(list, label)),
        aisle: is_in(&row.aisles, label),
    };
    all.iter().map(seat).collect()
}

/// The labels that a text of a list stands for.
fn labels(text: &str) -> Vec<String> {
    let Some((first, rest)) = text.split_once('-') else { return vec![text.to_owned()] };
    let (last, step) = rest.split_once('/').unwrap_or((rest, "1"));
    let step = step.parse().unwrap_or(1);
    let letter =
        |text: &str| text.chars().next().filter(|letter| text.len() == 1 && letter.is_ascii_alphabetic());
    if let (Ok(from), Ok(to)) = (first.parse::<u32>(), last.parse::<u32>()) {
        let width = if first.starts_with('0') || last.starts_with('0') { first.len() } else { 0 };
        return steps(from, to, step).map(|number| format!("{number:0width$}")).collect();
    }
    match (letter(first), letter(last)) {
        (Some(from), Some(to)) => {
            steps(from.into(), to.into(), step).filter_map(char::from_u32).map(String::from).collect()
        }
        _ => vec![text.to_owned()],
    }
}

fn steps(from: u32, to: u32, step: usize) -> Box<dyn Iterator<Item = u32>> {
    if from <= to { Box::new((from..=to).step_by(step)) } else { Box::new((to..=from).rev().step_by(step)) }
}
