//! Shows seats and places, one by one and in sums.

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::state::tables::Slot;
use crate::state::{CountBy, Counts, Event, MapView, Name, Ordinal, SeatStatus, SeatView};

impl Event {
    pub(in crate::state) fn map(&self, section: Option<&Name>) -> Result<MapView, Fault> {
        let all = self.layout.rows().len() as u32;
        let rows = match section {
            None => 0..all,
            Some(name) => {
                let section = self.layout.section(name.bytes());
                let section = section
                    .ok_or_else(|| Fault::new(Code::NO_AREA, format!("there is no section {name}")))?;
                section.rows.clone()
            }
        };
        let seats = match &self.layout.rows()[rows.start as usize..rows.end as usize] {
            [] => 0..0,
            [first, .., last] => first.first..last.ordinals().end,
            [only] => only.ordinals(),
        };
        let statuses = &self.seats.statuses()[seats.start as usize..seats.end as usize];
        let areas = match section {
            None => (0..).zip(self.areas.iter().copied()).collect(),
            Some(_) => Vec::new(),
        };
        let letters = statuses.iter().map(|status| status.letter()).collect();
        Ok(MapView { rows, first: seats.start, letters, areas })
    }

    pub(in crate::state) fn total(&self) -> Counts {
        let mut total = *self.seats.counts();
        for area in &self.areas {
            add(&mut total, area);
        }
        total
    }

    pub(in crate::state) fn count_by(&self, by: CountBy) -> Vec<(Name, Counts)> {
        let layout = &self.layout;
        let sections = layout.sections().iter().map(|section| {
            let mut counts = Counts::default();
            for row in layout.rows_of(section) {
                let ordinals = row.ordinals();
                for status in &self.seats.statuses()[ordinals.start as usize..ordinals.end as usize] {
                    counts.add(*status, 1);
                }
            }
            (&section.name, section.category, counts)
        });
        let areas =
            layout.areas().iter().zip(&self.areas).map(|(area, counts)| (&area.name, area.category, *counts));
        let parts = sections.chain(areas);
        match by {
            CountBy::Section => parts.map(|(name, _, counts)| (name.clone(), counts)).collect(),
            CountBy::Category => {
                let mut sums: Vec<_> =
                    layout.categories().iter().map(|name| (name.clone(), Counts::default())).collect();
                for (_, category, counts) in parts {
                    add(&mut sums[category as usize].1, &counts);
                }
                sums
            }
        }
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
