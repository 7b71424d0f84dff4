//! What became of a map after it was made: seats and areas that are not there any more, and price classes given by hand.

use std::ops::Range;

use super::{Layout, Ordinal, pattern};
use crate::state::seats::spec::{EventSpec, Text, as_ordinals, runs};

impl Layout {
    /// The map with what its description says of later.
    ///
    /// # Errors
    /// A sentence that names the seats or the area that it does not have.
    pub(super) fn amended(mut self, spec: &EventSpec) -> Result<Self, String> {
        if spec.categories.0.iter().any(|(_, seats)| !seats.is_empty()) {
            self.paint(&spec.categories.0)?;
        }
        for name in &spec.removed.areas {
            let area = self.areas.iter_mut().find(|area| area.name.bytes() == name.as_bytes());
            let area = area.ok_or_else(|| format!("removed: there is no area {name}"))?;
            (area.removed, area.capacity) = (true, 0);
        }
        if !spec.removed.seats.is_empty() {
            let mut gone = vec![false; self.seats as usize];
            for seats in &spec.removed.seats {
                let seats = self.ordinals("removed", seats)?;
                gone[seats.start as usize..seats.end as usize].fill(true);
            }
            self.removed =
                runs(&gone).into_iter().filter_map(|(seats, gone)| gone.then_some(seats)).collect();
            self.part_groups();
        }
        Ok(self)
    }

    /// How many seats an event of this description has, which was made: counted without making its map.
    #[must_use]
    pub fn count(spec: &EventSpec) -> u64 {
        let gone = spec.removed.seats.iter().filter_map(|seats| as_ordinals(seats));
        let mut gone: Vec<Ordinal> = gone.flatten().collect();
        gone.sort_unstable();
        gone.dedup();
        let all: u64 = spec.sections.iter().map(|section| pattern::count(&section.rows)).sum();
        all - gone.len() as u64
    }

    /// Gives classes to seats, whatever they had.
    fn paint(&mut self, classes: &[(Text, Vec<Text>)]) -> Result<(), String> {
        let mut of: Vec<u16> = Vec::with_capacity(self.seats as usize);
        for row in &self.rows {
            of.resize(row.ordinals().end as usize, self.sections[usize::from(row.section)].category);
        }
        let ends = self.bands.iter().skip(1).map(|&(first, _)| first).chain([self.seats]);
        for (&(first, class), end) in self.bands.iter().zip(ends) {
            of[first as usize..end as usize].fill(class);
        }
        // They were counted first, so their places are their numbers.
        for (class, (_, lists)) in (0..).zip(classes) {
            for seats in lists {
                let seats = self.ordinals("categories", seats)?;
                of[seats.start as usize..seats.end as usize].fill(class);
            }
        }
        self.bands = runs(&of).into_iter().map(|(seats, class)| (seats.start, class)).collect();
        Ok(())
    }

    /// A removed seat parts its neighbours: what is left of a group at either side of it is one by itself.
    fn part_groups(&mut self) {
        let groups = std::mem::take(&mut self.groups);
        for group in groups {
            let mut start = group.start;
            let gone = self.removed.iter().filter(|gone| gone.start < group.end && gone.end > group.start);
            for (end, next) in gone.map(|gone| (gone.start, gone.end)).chain([(group.end, group.end)]) {
                if end > start + 1 {
                    self.groups.push(start..end);
                }
                start = next;
            }
        }
    }

    fn ordinals(&self, field: &str, text: &str) -> Result<Range<Ordinal>, String> {
        as_ordinals(text)
            .filter(|seats| seats.end <= self.seats)
            .ok_or_else(|| format!("{field}: {text:?} is not #first or #first-last of seats of the map"))
    }
}
