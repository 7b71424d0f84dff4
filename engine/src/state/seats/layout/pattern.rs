//! What a row is like, wherever it is: how its seats are called, and which of them are special. Read once for a range of rows.
//!
//! Seats are places in the row here, from 0 at the left.

use std::ops::Range;
use std::sync::Arc;

use super::odd::{Odd, OddBuilder};
use super::range::{Form, Piece, Run};
use crate::limits;
use crate::state::seats::spec::{Named, RowRange, RowSpec, RowsSpec, SeatsSpec, Text};
use crate::state::{Label, is_plain};

/// A row without its name.
#[derive(Debug, Default)]
pub(super) struct Pattern {
    pub(super) seats: u32,
    pub(super) numbering: Numbering,
    /// Ascending.
    pub(super) accessible: Vec<u32>,
    /// A companion's seat and the accessible seat that it is kept for, ascending.
    pub(super) companions: Vec<(u32, u32)>,
    /// The seats to the right of which there is an aisle, ascending.
    pub(super) aisles: Vec<u32>,
    /// Seats that are sold whole, ascending.
    pub(super) groups: Vec<Range<u32>>,
    /// Seats with a category that is not that of the row, ascending.
    pub(super) categories: Vec<(Range<u32>, Text)>,
    /// Seats with an identity, ascending.
    pub(super) ids: Vec<(Range<u32>, Arc<str>)>,
}

/// How the seats of a row are called.
#[derive(Debug)]
pub(super) enum Numbering {
    /// By numbers, one step apart.
    Even { from: u32, step: i16 },
    /// In another way.
    Odd(Odd),
}

impl Default for Numbering {
    fn default() -> Self {
        Self::Even { from: 1, step: 1 }
    }
}

/// The lists of a row, as they stand in its description.
struct Lists<'a> {
    categories: &'a Named,
    accessible: &'a [Text],
    companions: &'a Named,
    aisles: &'a [Text],
    groups: &'a [Vec<Text>],
    /// Whether leading zeros of accessible seats are nothing: so it was in the forms that the first logs had. A new event may
    /// not have them.
    zeros: bool,
}

impl Pattern {
    /// Of a row that is described by itself.
    ///
    /// # Errors
    /// What is wrong with the description, and where.
    pub(super) fn of_row(row: &RowSpec, section: &Label) -> Result<Self, String> {
        let place = &format!("row {} of section {section}", row.name);
        let unclear = |what: &str| Err(format!("row {:?} of section {section}{what}", &*row.name));
        let mut pattern = match (&row.seats, row.from, row.to) {
            (Some(seats), None, None) => Self::of_seats(seats, place)?,
            (None, Some(from), Some(to)) if from <= to => {
                let seats = (to - from).saturating_add(1);
                if from.checked_add(seats).is_none() {
                    return Err(format!("{place}: its seat numbers are too large"));
                }
                Self { seats, numbering: Numbering::Even { from, step: 1 }, ..Self::default() }
            }
            (None, Some(from), Some(to)) => return unclear(&format!(": seats from {from} to {to}")),
            _ => return unclear(" needs either seats or from and to"),
        };
        let RowSpec { categories, accessible, companions, aisles, groups, .. } = row;
        let zeros = !matches!(row.seats, Some(SeatsSpec::List(_)));
        pattern.mark(&Lists { categories, accessible, companions, aisles, groups, zeros }, place)?;
        Ok(pattern)
    }

    /// Of each row of a range. `place` says where it is, for messages.
    ///
    /// # Errors
    /// As [`Pattern::of_row`].
    pub(super) fn of_range(range: &RowRange, place: &str) -> Result<Self, String> {
        let mut pattern = Self::of_seats(&range.seats, place)?;
        let RowRange { categories, accessible, companions, aisles, groups, .. } = range;
        pattern.mark(&Lists { categories, accessible, companions, aisles, groups, zeros: false }, place)?;
        Ok(pattern)
    }

    fn of_seats(seats: &SeatsSpec, place: &str) -> Result<Self, String> {
        let mut pattern = Self::default();
        match seats {
            SeatsSpec::Count(seats) => pattern.seats = *seats,
            SeatsSpec::List(parts) => {
                let mut odd = OddBuilder::default();
                for part in parts {
                    let first = odd.seats();
                    let wrong =
                        |what: String| format!("{place}: the text {:?} of its seats {what}", &*part.seats);
                    odd.add(Piece::read(&part.seats).map_err(wrong)?).map_err(wrong)?;
                    if let Some(id) = &part.id {
                        pattern.ids.push((first..odd.seats(), checked_id(id, place)?));
                    }
                }
                pattern.seats = odd.seats();
                pattern.numbering = match odd.only_run() {
                    Some(Run { from, step, form: Form::Number(0), .. }) if i16::try_from(step).is_ok() => {
                        Numbering::Even { from, step: step as i16 }
                    }
                    _ => Numbering::Odd(odd.finish()),
                };
                if let Numbering::Odd(odd) = &pattern.numbering
                    && let Some(label) = odd.repeated(pattern.seats)
                {
                    return Err(format!("{place}: the seat {label:?} stands twice in the row"));
                }
            }
        }
        Ok(pattern)
    }

    /// Reads the lists.
    fn mark(&mut self, lists: &Lists<'_>, place: &str) -> Result<(), String> {
        if self.seats > limits::SEATS_MAX {
            return Err(format!("{place} has more than {} seats", limits::SEATS_MAX));
        }
        let mut accessible = Places { zeros: lists.zeros, ..Places::new(self, "accessible seat", place) };
        accessible.add(lists.accessible)?;
        let accessible = accessible.in_order();
        let mut companions = Vec::new();
        let mut kept = Places::new(self, "companion seat", place);
        for (of, list) in &lists.companions.0 {
            let seat = self.find(of).filter(|seat| accessible.binary_search(seat).is_ok());
            let seat = seat.ok_or_else(|| {
                format!("{place}: companions of {of:?}, which is no accessible seat of the row")
            })?;
            for companion in kept.add(list)? {
                if accessible.binary_search(&companion).is_ok() {
                    return Err(format!(
                        "{place}: companion seat {:?} is accessible itself",
                        self.label(companion)
                    ));
                }
                companions.push((companion, seat));
            }
        }
        companions.sort_unstable();
        let mut aisles = Places::new(self, "the seat before an aisle", place);
        aisles.add(lists.aisles)?;
        let aisles = aisles.in_order();
        if let Some(last) = aisles.last().filter(|&&last| last + 1 == self.seats) {
            return Err(format!("{place}: there is no seat behind the aisle behind {:?}", self.label(*last)));
        }
        let mut grouped = Places::new(self, "grouped seat", place);
        let mut groups = Vec::new();
        for list in lists.groups {
            groups.push(self.group(&grouped.add(list)?, &aisles, place)?);
        }
        groups.sort_unstable_by_key(|group| group.start);
        let mut priced = Places::new(self, "seat with a category", place);
        let mut categories = Vec::new();
        for (category, list) in &lists.categories.0 {
            let seats = priced.add(list)?;
            categories.extend(runs(seats).into_iter().map(|seats| (seats, category.clone())));
        }
        categories.sort_unstable_by_key(|(seats, _)| seats.start);
        (self.accessible, self.companions, self.aisles) = (accessible, companions, aisles);
        (self.groups, self.categories) = (groups, categories);
        Ok(())
    }

    /// A group is a piece of the row: of two seats at least, side by side.
    fn group(&self, seats: &[u32], aisles: &[u32], place: &str) -> Result<Range<u32>, String> {
        let named = || {
            let labels: Vec<String> = seats.iter().take(4).map(|&seat| self.label(seat)).collect();
            format!("{place}: the group of {}", labels.join(", "))
        };
        if seats.len() < 2 {
            return Err(format!("{place}: a group has at least two seats"));
        }
        let [group] = &runs(seats.to_vec())[..] else {
            return Err(format!("{}: its seats are not side by side", named()));
        };
        if aisles.iter().any(|&aisle| group.contains(&aisle) && aisle + 1 < group.end) {
            return Err(format!("{}: an aisle goes through it", named()));
        }
        if group.len() > limits::SEATS_PER_HOLD_MAX as usize {
            return Err(format!("{}: {} seats are more than a hold can have", named(), group.len()));
        }
        Ok(group.clone())
    }

    /// The seat of that label.
    fn find(&self, label: &str) -> Option<u32> {
        match &self.numbering {
            Numbering::Even { from, step } => {
                Run::of_numbers(*from, *step, self.seats).find(label.as_bytes())
            }
            Numbering::Odd(odd) => odd.find(label.as_bytes()),
        }
    }

    fn label(&self, seat: u32) -> String {
        let mut label = Vec::new();
        match &self.numbering {
            Numbering::Even { from, step } => {
                Run::of_numbers(*from, *step, self.seats).write(seat, &mut label);
            }
            Numbering::Odd(odd) => odd.write(seat, &mut label),
        }
        String::from_utf8_lossy(&label).into_owned()
    }
}

/// How many seats the rows of a section have that were described well.
pub(super) fn count(rows: &RowsSpec) -> u64 {
    let seats = |seats: &SeatsSpec| match seats {
        SeatsSpec::Count(count) => u64::from(*count),
        SeatsSpec::List(parts) => parts
            .iter()
            .filter_map(|part| Piece::read(&part.seats).ok())
            .map(|piece| u64::from(piece.count()))
            .sum(),
    };
    match rows {
        RowsSpec::Range(range) => u64::from(range.to.abs_diff(range.from) + 1) * seats(&range.seats),
        RowsSpec::Each(rows) => rows
            .iter()
            .map(|row| match (&row.seats, row.from, row.to) {
                (Some(spec), ..) => seats(spec),
                (None, Some(from), Some(to)) => u64::from(to.abs_diff(from)) + 1,
                _ => 0,
            })
            .sum(),
    }
}

/// Seats that a list of the row names, none of them twice.
struct Places<'a> {
    pattern: &'a Pattern,
    what: &'static str,
    place: &'a str,
    /// See [`Lists::zeros`].
    zeros: bool,
    /// By seat; empty as long as there is none.
    named: Vec<bool>,
}

impl<'a> Places<'a> {
    const fn new(pattern: &'a Pattern, what: &'static str, place: &'a str) -> Self {
        Self { pattern, what, place, zeros: false, named: Vec::new() }
    }

    /// Takes labels and ranges of them; returns their seats.
    fn add(&mut self, list: &[Text]) -> Result<Vec<u32>, String> {
        let mut seats = Vec::new();
        if !list.is_empty() {
            self.named.resize(self.pattern.seats as usize, false);
        }
        let (what, place) = (self.what, self.place);
        for text in list {
            let wrong = |wrong: String| format!("{place}: {what} {:?} {wrong}", &**text);
            let piece = Piece::read(text).map_err(wrong)?;
            piece.each(|label| {
                let seat = self.pattern.find(label).or_else(|| self.as_once(label));
                let seat = seat.ok_or_else(|| format!("{place}: {what} {label:?} is not in the row"))?;
                if std::mem::replace(&mut self.named[seat as usize], true) {
                    return Err(format!("{place}: {what} {label} stands twice"));
                }
                seats.push(seat);
                Ok(())
            })?;
        }
        Ok(seats)
    }

    fn as_once(&self, label: &str) -> Option<u32> {
        let is_padded =
            self.zeros && label.starts_with('0') && label.bytes().all(|byte| byte.is_ascii_digit());
        is_padded.then(|| self.pattern.find(label.trim_start_matches('0')))?
    }

    /// All of them, from left to right.
    fn in_order(self) -> Vec<u32> {
        let named = (0..).zip(self.named).filter(|(_, named)| *named);
        named.map(|(seat, _)| seat).collect()
    }
}

/// The seats as pieces of the row.
fn runs(mut seats: Vec<u32>) -> Vec<Range<u32>> {
    seats.sort_unstable();
    let mut runs = Vec::<Range<u32>>::new();
    for seat in seats {
        match runs.last_mut() {
            Some(run) if run.end == seat => run.end += 1,
            _ => runs.push(seat..seat + 1),
        }
    }
    runs
}

/// An identity: a text that is not looked into.
///
/// # Errors
/// What it may be.
pub(super) fn checked_id(id: &Text, place: &str) -> Result<Arc<str>, String> {
    let fits = !id.is_empty() && id.len() <= limits::MAP_ID_BYTES_MAX && is_plain(id);
    fits.then(|| Arc::from(&**id)).ok_or_else(|| {
        let most = limits::MAP_ID_BYTES_MAX;
        format!(
            "{place}: the id {:?} is not 1 to {most} bytes of text without control and format characters",
            &**id
        )
    })
}
