//! The description as the first logs and snapshots have it. It is read for ever; and an event that can be described in these
//! words is described in them in a snapshot. The fields' order is the format, to which nothing is added.

use bincode::{Decode, Encode};

use super::{
    AreaSpec, EventSpec, Focus, Named, Removed, RowRange, RowSpec, RowsSpec, SaleLimits, SeatsSpec,
    SectionSpec,
};

/// What `EVENT CREATE` described.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OldSpec {
    /// Seated sections, best first.
    pub sections: Vec<OldSection>,
    /// Standing areas: name, category, places.
    pub areas: Vec<(String, String, u32)>,
    /// Rules of the sale.
    pub limits: SaleLimits,
    /// On sale at once?
    pub open: bool,
}

/// A seated section.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OldSection {
    /// Unique among the sections.
    pub name: String,
    /// Price class.
    pub category: String,
    /// Rows, best first.
    pub rows: OldRows,
}

/// The rows of a section.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum OldRows {
    /// Each row described.
    Each(Vec<OldRow>),
    /// Rows named by numbers: the first, the last, and the seats of each.
    Range(u32, u32, u32),
}

/// One row: either `seats` (numbered from 1) or `from` and `to`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OldRow {
    /// Unique within the section.
    pub name: String,
    /// How many seats, numbered from 1.
    pub seats: Option<u32>,
    /// Number of the first seat.
    pub from: Option<u32>,
    /// Number of the last seat.
    pub to: Option<u32>,
    /// Numbers of the accessible seats; leading zeros were taken for nothing.
    pub accessible: Vec<String>,
}

impl From<OldSpec> for EventSpec {
    fn from(old: OldSpec) -> Self {
        let section = |old: OldSection| {
            let rows = match old.rows {
                OldRows::Each(rows) => RowsSpec::Each(rows.into_iter().map(RowSpec::from).collect()),
                OldRows::Range(from, to, seats) => RowsSpec::Range(RowRange::new(from, to, seats)),
            };
            SectionSpec::new(&old.name, &old.category, rows)
        };
        let area = |(name, category, capacity): (String, String, u32)| AreaSpec {
            name: name.into(),
            category: category.into(),
            capacity,
        };
        Self {
            sections: old.sections.into_iter().map(section).collect(),
            areas: old.areas.into_iter().map(area).collect(),
            limits: old.limits,
            open: old.open,
            opens_at: 0,
            closes_at: 0,
            categories: Named::default(),
            removed: Removed::default(),
        }
    }
}

impl From<OldRow> for RowSpec {
    fn from(old: OldRow) -> Self {
        let plain = |number: String| match number.parse::<u64>() {
            Ok(number) => number.to_string().into(),
            Err(_) => number.into(),
        };
        Self {
            name: old.name.into(),
            seats: old.seats.map(SeatsSpec::Count),
            from: old.from,
            to: old.to,
            accessible: old.accessible.into_iter().map(plain).collect(),
            ..Self::default()
        }
    }
}

impl OldSpec {
    /// The same in the old words; `None` if they do not have all of it.
    #[must_use]
    pub fn of(spec: &EventSpec) -> Option<Self> {
        let EventSpec { sections, areas, limits, open, opens_at: 0, closes_at: 0, categories, removed } =
            spec
        else {
            return None;
        };
        if !(categories.is_empty() && removed.is_empty()) {
            return None;
        }
        let area = |AreaSpec { name, category, capacity }: &AreaSpec| {
            (name.to_string(), category.to_string(), *capacity)
        };
        Some(Self {
            sections: sections.iter().map(OldSection::of).collect::<Option<_>>()?,
            areas: areas.iter().map(area).collect(),
            limits: limits.clone(),
            open: *open,
        })
    }
}

impl OldSection {
    fn of(spec: &SectionSpec) -> Option<Self> {
        let SectionSpec { name, category, rows, id: None, front: None, focus: Focus::Middle, more: false } =
            spec
        else {
            return None;
        };
        let rows = match rows {
            RowsSpec::Each(rows) => OldRows::Each(rows.iter().map(OldRow::of).collect::<Option<_>>()?),
            RowsSpec::Range(range) => {
                let SeatsSpec::Count(seats) = range.seats else { return None };
                let is_old = *range == RowRange::new(range.from, range.to, seats);
                is_old.then_some(OldRows::Range(range.from, range.to, seats))?
            }
        };
        Some(Self { name: name.to_string(), category: category.to_string(), rows })
    }
}

impl OldRow {
    fn of(spec: &RowSpec) -> Option<Self> {
        let seats = match spec.seats {
            None => None,
            Some(SeatsSpec::Count(seats)) => Some(seats),
            Some(SeatsSpec::List(_)) => return None,
        };
        let old = Self {
            name: spec.name.to_string(),
            seats,
            from: spec.from,
            to: spec.to,
            accessible: spec.accessible.iter().map(ToString::to_string).collect(),
        };
        let is_number = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_old = old.accessible.iter().all(is_number) && RowSpec::from(old.clone()) == *spec;
        is_old.then_some(old)
    }
}
