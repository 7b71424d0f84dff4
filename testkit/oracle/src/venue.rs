//! The fixed part of an event: which seats there are, where, and of what sort. Read from the description in the plainest way.

use holdfast_engine::{EventSpec, Focus, Name, Named, RowSpec, RowsSpec, SeatsSpec, SectionSpec, Text};

/// A hall.
#[derive(Clone, Debug)]
pub struct Venue {
    /// The name of the event.
    pub name: Name,
    /// The description that it is made from.
    pub spec: EventSpec,
    /// In the order of the map.
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The place of its section among those of the description that are no further rows of another.
    pub(crate) section: usize,
    pub(crate) name: Text,
    /// How many rows are nearer to the stage.
    pub(crate) depth: usize,
    pub(crate) focus: Focus,
    pub(crate) seats: Vec<Seat>,
}

/// A seat. Others of its row are named by their places there.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// The end of its label.
    pub(crate) label: String,
    pub(crate) category: String,
    /// It has its category whatever its row says.
    pub(crate) by_hand: bool,
    pub(crate) accessible: bool,
    pub(crate) kept_for: Option<usize>,
    pub(crate) group: Option<usize>,
    /// There is an aisle to the right of it.
    pub(crate) aisle: bool,
    pub(crate) removed: bool,
}

impl Venue {
    /// The hall of a valid description.
    #[must_use]
    pub fn new(name: Name, spec: EventSpec) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        let names: Vec<&Text> = sections(&spec).map(|section| &section.name).collect();
        for described in &spec.sections {
            let section = names.iter().position(|name| **name == described.name).expect("a section");
            let behind = |row: &&Row| !described.more || row.section == section;
            let behind = rows.iter().filter(behind).map(|row| row.depth + 1).max().unwrap_or(0);
            let mut next = described.front.map_or(behind, |front| front as usize - 1);
            for row in each(&described.rows) {
                let part = rows.iter().find(|other| other.section == section && other.name == row.name);
                let depth = part.map_or(next, |part| part.depth);
                next = next.max(depth + 1);
                let category = row.category.as_ref().unwrap_or(&described.category);
                let (seats, focus) = (seats(&row, category), described.focus);
                rows.push(Row { section, name: row.name, depth, focus, seats });
            }
        }
        let mut venue = Self { name, spec, rows };
        for (class, texts) in venue.spec.categories.clone().0 {
            for seat in texts.iter().flat_map(|text| ordinals(text)) {
                let seat = venue.seat_mut(seat);
                (seat.category, seat.by_hand) = (class.to_string(), true);
            }
        }
        for seat in venue.spec.removed.seats.clone().iter().flat_map(|text| ordinals(text)) {
            venue.seat_mut(seat).removed = true;
        }
        venue
    }

    fn seat_mut(&mut self, seat: u32) -> &mut Seat {
        let mut seats = self.rows.iter_mut().flat_map(|row| &mut row.seats);
        seats.nth(seat as usize).expect("a seat of the hall")
    }

    /// The number of seats, removed ones included; their ordinals count up from 0.
    #[must_use]
    pub fn seats(&self) -> u32 {
        self.rows.iter().map(|row| row.seats.len() as u32).sum()
    }

    /// The number of seats and places that are there.
    #[must_use]
    pub fn there(&self) -> u64 {
        let areas = self.spec.areas.iter().filter(|area| !self.is_gone(&area.name));
        let seats = self.all_seats().filter(|seat| !seat.removed).count() as u64;
        seats + areas.map(|area| u64::from(area.capacity)).sum::<u64>()
    }

    pub(crate) fn all_seats(&self) -> impl Iterator<Item = &Seat> {
        self.rows.iter().flat_map(|row| &row.seats)
    }

    /// Sections, without further rows of theirs.
    pub fn sections(&self) -> impl Iterator<Item = &SectionSpec> {
        sections(&self.spec)
    }

    /// Is the area of that name not there any more?
    pub(crate) fn is_gone(&self, area: &Text) -> bool {
        self.spec.removed.areas.contains(area)
    }

    /// Categories in the order of their first use, those of sections first; after a change of the map, those of before first.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        let mut all: Vec<&str> = names(&self.spec.categories).collect();
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
        self.all_seats().map(|seat| seat.category.as_str())
    }

    /// The seats that are sold only together with this one.
    pub(crate) fn group_of(&self, seat: u32) -> Vec<u32> {
        let mut first = 0;
        for row in &self.rows {
            let place = (seat - first) as usize;
            if place < row.seats.len() {
                return row.group_of(place).map(|other| first + other as u32).collect();
            }
            first += row.seats.len() as u32;
        }
        Vec::new()
    }
}

impl Row {
    /// The seats that are sold only together with this one. A removed seat parts its neighbours.
    pub(crate) fn group_of(&self, place: usize) -> std::ops::Range<usize> {
        let seat = &self.seats[place];
        let is_of_group = |at: &usize| self.seats[*at].group == seat.group && !self.seats[*at].removed;
        if seat.group.is_none() || seat.removed {
            return place..place;
        }
        let before = (0..place).rev().take_while(is_of_group).count();
        let behind = (place + 1..self.seats.len()).take_while(is_of_group).count();
        let group = place - before..place + behind + 1;
        if group.len() < 2 { place..place } else { group }
    }
}

fn sections(spec: &EventSpec) -> impl Iterator<Item = &SectionSpec> {
    spec.sections.iter().filter(|section| !section.more)
}

/// `#7` or `#20-39`.
fn ordinals(text: &str) -> std::ops::RangeInclusive<u32> {
    let text = text.trim_start_matches('#');
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    first.parse().expect("an ordinal")..=last.trim_start_matches('#').parse().expect("an ordinal")
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
        label: label.clone(),
        category: row
            .categories
            .0
            .iter()
            .find(|(_, list)| is_in(list, label))
            .map_or(category, |(name, _)| name)
            .to_string(),
        by_hand: false,
        removed: false,
        accessible: is_in(&row.accessible, label),
        kept_for: row.companions.0.iter().find(|(_, list)| is_in(list, label)).map(|(of, _)| place(of)),
        group: row.groups.iter().position(|list| is_in(list, label)),
        aisle: is_in(&row.aisles, label),
    };
    all.iter().map(seat).collect()
}

/// The labels that a text of a list stands for.
pub(crate) fn labels(text: &str) -> Vec<String> {
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
