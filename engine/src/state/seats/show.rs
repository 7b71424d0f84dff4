//! Shows seats and places, one by one and in sums.

use std::ops::Range;

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::state::tables::Slot;
use crate::state::{CountBy, Counts, Event, Label, MapView, Ordinal, PictureView, SeatStatus, SeatView};

impl Event {
    pub(in crate::state) fn map(&self, section: Option<&Label>) -> Result<MapView, Fault> {
        let all = 0..self.layout.rows().len() as u32;
        let rows: Vec<Range<u32>> = match section {
            None => vec![all],
            Some(name) => {
                let section = self.layout.section(name.bytes());
                let section = section
                    .ok_or_else(|| Fault::new(Code::NO_AREA, format!("there is no section {name}")))?;
                section.parts().collect()
            }
        };
        let mut letters = Vec::new();
        for seats in rows.iter().map(|rows| self.layout.seats_in(rows)) {
            let statuses = &self.seats.statuses()[seats.start as usize..seats.end as usize];
            letters.extend(statuses.iter().map(|status| status.letter()));
        }
        let areas = if section.is_none() { self.areas_there().collect() } else { Vec::new() };
        Ok(MapView { rows, letters, areas })
    }

    pub(in crate::state) fn picture(&self) -> PictureView {
        PictureView {
            version: self.version,
            at: self.last_at,
            plan_version: self.plan_version,
            letters: self.seats.statuses().iter().map(|status| status.letter()).collect(),
            areas: self.areas_there().collect(),
        }
    }

    /// The areas that were not removed, by index.
    pub(in crate::state) fn areas_there(&self) -> impl Iterator<Item = (u16, Counts)> {
        let areas = (0..).zip(self.layout.areas()).zip(&self.areas);
        areas.filter(|((_, area), _)| !area.removed).map(|((index, _), counts)| (index, *counts))
    }

    pub(in crate::state) fn total(&self) -> Counts {
        let mut total = *self.seats.counts();
        for area in &self.areas {
            add(&mut total, area);
        }
        total
    }

    pub(in crate::state) fn count_by(&self, by: CountBy) -> Vec<(Label, Counts)> {
        let layout = &self.layout;
        let areas = self.areas_there().map(|(area, counts)| (&layout.areas()[usize::from(area)], counts));
        match by {
            CountBy::Section => {
                let sections = layout.sections().iter();
                let sections =
                    sections.map(|section| (section.name.clone(), self.count(layout.seats_of(section))));
                sections.chain(areas.map(|(area, counts)| (area.name.clone(), counts))).collect()
            }
            CountBy::Category => {
                let mut sums: Vec<_> =
                    layout.categories().iter().map(|name| (name.clone(), Counts::default())).collect();
                for section in layout.sections() {
                    for (seats, category) in layout.categories_of(section) {
                        add(&mut sums[usize::from(category)].1, &self.count([seats]));
                    }
                }
                for (area, counts) in areas {
                    add(&mut sums[usize::from(area.category)].1, &counts);
                }
                sums
            }
        }
    }

    /// These seats by status.
    fn count(&self, seats: impl IntoIterator<Item = Range<Ordinal>>) -> Counts {
        let mut counts = Counts::default();
        for seats in seats {
            for status in &self.seats.statuses()[seats.start as usize..seats.end as usize] {
                counts.add(*status, 1);
            }
        }
        counts
    }

    pub(in crate::state) fn seat(&self, seat: Ordinal) -> SeatView {
        let status = self.seats.status(seat);
        let owner = self.seats.owner(seat);
        let holder = self.seats.holder(seat);
        let holder = (holder != Slot::NONE).then(|| self.holders.at(holder).name.clone());
        let hold = match status {
            SeatStatus::Held | SeatStatus::Paying => Some(self.holds.at(owner.slot())),
            _ => None,
        };
        SeatView {
            seat,
            status,
            hold: hold.map(|hold| hold.id),
            order: (status == SeatStatus::Sold).then(|| self.orders.at(owner.slot()).name.clone()),
            holder,
            expires_at: hold.map(|hold| self.ends_at(hold)),
        }
    }
}

fn add(sum: &mut Counts, more: &Counts) {
    for status in SeatStatus::ALL {
        sum.add(status, more.of(status));
    }
}
