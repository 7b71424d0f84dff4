//! A change of the map: how it is asked for, how it is logged, and the description after it.
//!
//! What is logged has the same form as what is asked for, with everything resolved: seats as ordinals (`#20-39`), rows as
//! further rows of their section, and the classes of all seats that get another.

use std::ops::Range;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{AreaSpec, EventSpec, Named, RowsSpec, SectionSpec, Text};
use crate::limits;
use crate::state::Label;

/// What `EVENT CHANGE` describes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"add\", \"remove\", \"capacity\", \"category\"}")]
pub struct PlanChange {
    /// What comes.
    #[serde(default, skip_serializing_if = "Addition::is_empty")]
    pub add: Addition,
    /// What goes.
    #[serde(default, skip_serializing_if = "Removed::is_empty")]
    pub remove: Removed,
    /// Places of areas, by their names.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub capacity: Named<u32>,
    /// Price classes of sections, areas, rows and seats. Of what has several, the narrowest holds.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub category: Named<Text>,
}

/// What is added to a map, behind all that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"sections\", \"rows\", \"areas\"}")]
pub struct Addition {
    /// Sections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<SectionSpec>,
    /// Rows of sections that are there. None in what is logged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<AddedRows>,
    /// Areas. One of the name of a removed area takes its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<AreaSpec>,
}

/// Rows for a section that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "rows, {\"section\", \"rows\"}")]
pub struct AddedRows {
    /// The section.
    pub section: Text,
    /// The rows.
    pub rows: RowsSpec,
    /// See [`SectionSpec::front`]; `None`: behind the last row of the section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front: Option<u32>,
}

/// Seats and areas that go, or are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"seats\", \"areas\"}")]
pub struct Removed {
    /// Seats: labels, ordinals and ranges of either, rows, sections. In the description of an event, and in what is logged,
    /// only ordinals and ranges of them: `#7`, `#20-39`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Text>,
    /// Areas, by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<Text>,
}

impl Addition {
    pub(in crate::state) const fn is_empty(&self) -> bool {
        self.sections.is_empty() && self.rows.is_empty() && self.areas.is_empty()
    }
}

impl Removed {
    pub(in crate::state) const fn is_empty(&self) -> bool {
        self.seats.is_empty() && self.areas.is_empty()
    }
}

impl PlanChange {
    /// The change as JSON: the same for the same change.
    #[must_use]
    pub fn json(&self) -> String {
        // Its maps have texts as keys, and it has no numbers that JSON lacks.
        serde_json::to_string(self).expect("a change of a map is JSON")
    }
}

/// Logged as its JSON, as the description is.
impl Encode for PlanChange {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.json().encode(encoder)
    }
}

impl<Context> Decode<Context> for PlanChange {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let json = String::decode(decoder)?;
        serde_json::from_str(&json).map_err(|error| DecodeError::OtherString(error.to_string()))
    }
}

bincode::impl_borrow_decode!(PlanChange);

impl EventSpec {
    /// The description after a change that is resolved. `classes` are the price classes of the map before it, in the order of
    /// their numbers, which stay.
    pub(in crate::state) fn changed(&self, change: &PlanChange, classes: &[Label]) -> Self {
        let mut spec = self.clone();
        spec.sections.extend(change.add.sections.iter().cloned());
        for area in &change.add.areas {
            match spec.areas.iter_mut().find(|known| known.name == area.name) {
                Some(known) => {
                    *known = area.clone();
                    spec.removed.areas.retain(|name| *name != area.name);
                }
                None => spec.areas.push(area.clone()),
            }
        }
        for (name, capacity) in &change.capacity.0 {
            spec.areas
                .iter_mut()
                .filter(|area| area.name == *name)
                .for_each(|area| area.capacity = *capacity);
        }
        spec.removed.areas.extend(change.remove.areas.iter().cloned());
        let gone = self.removed.seats.iter().chain(&change.remove.seats).map(|seats| (seats, true));
        let gone = runs(&painted(gone)).into_iter();
        spec.removed.seats = gone.filter_map(|(seats, gone)| gone.map(|_| span(&seats))).collect();
        spec.categories = classes_after(&self.categories, classes, &change.category);
        for (name, class) in change.category.0.iter().filter(|(name, _)| as_ordinals(name).is_none()) {
            let sections = spec.sections.iter_mut().filter(|section| section.name == *name);
            sections.for_each(|section| section.category = class.clone());
            // A section may have the name of an area that is gone.
            let gone = &spec.removed.areas;
            let areas = spec.areas.iter_mut().filter(|area| area.name == *name && !gone.contains(name));
            areas.for_each(|area| area.category = class.clone());
        }
        spec
    }
}

/// All classes, each with the seats that were given it by hand: those of before, then those of the change.
fn classes_after(before: &Named, classes: &[Label], change: &Named<Text>) -> Named {
    let mut all: Vec<(Text, Vec<Text>)> =
        classes.iter().map(|class| (class.as_str().into(), Vec::new())).collect();
    let mut given = Vec::new();
    let by_hand = before.0.iter().flat_map(|(class, seats)| seats.iter().map(move |seats| (seats, class)));
    let changed = change.0.iter().map(|(seats, class)| (seats, class));
    for (seats, class) in by_hand.chain(changed) {
        let index = all.iter().position(|(known, _)| known == class).unwrap_or_else(|| {
            all.push((class.clone(), Vec::new()));
            all.len() - 1
        });
        given.push((seats, index));
    }
    for (seats, index) in runs(&painted(given.into_iter())) {
        index.into_iter().for_each(|index: usize| all[index].1.push(span(&seats)));
    }
    Named(all)
}

/// What each seat has, up to the last that has anything: of what is given for it several times, the last.
fn painted<'a, T: Copy>(given: impl Iterator<Item = (&'a Text, T)>) -> Vec<Option<T>> {
    let mut painted = Vec::new();
    for (seats, value) in given.filter_map(|(seats, value)| Some((as_ordinals(seats)?, value))) {
        painted.resize(painted.len().max(seats.end as usize), None);
        painted[seats.start as usize..seats.end as usize].fill(Some(value));
    }
    painted
}

/// Seats that have the same and are side by side.
pub(in crate::state) fn runs<T: Copy + PartialEq>(of: &[T]) -> Vec<(Range<u32>, T)> {
    let mut start = 0;
    let mut range = |length: usize| {
        let end = start + length as u32;
        std::mem::replace(&mut start, end)..end
    };
    of.chunk_by(PartialEq::eq).map(|run| (range(run.len()), run[0])).collect()
}

/// Seats as they stand in a description: `#7`, `#20-39`.
pub(in crate::state) fn span(seats: &Range<u32>) -> Text {
    match seats.len() {
        1 => format!("#{}", seats.start).into(),
        _ => format!("#{}-{}", seats.start, seats.end - 1).into(),
    }
}

/// What [`span`] writes.
pub(in crate::state) fn as_ordinals(text: &str) -> Option<Range<u32>> {
    let span = text.strip_prefix('#')?;
    let (first, last) = span.split_once('-').unwrap_or((span, span));
    let (first, last) = (first.parse().ok()?, last.parse::<u32>().ok()?);
    (first <= last && last < limits::SEATS_MAX).then(|| first..last + 1)
}
