//! What a change of the map would do, without doing it.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Resolved;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::HoldId;
use crate::state::{DryView, Event, Name, Ordinal, PlanChange, SeatStatus};

impl Event {
    /// # Errors
    /// The fault that the change would be answered with.
    pub(in crate::state) fn try_plan(&self, asked: &PlanChange) -> Result<DryView, Fault> {
        let Resolved { plan, layout, going, repriced, areas, refused } = self.resolve(asked)?;
        let seats = || going.iter().chain(&repriced).cloned().flatten();
        let mut holds: BTreeSet<HoldId> = BTreeSet::new();
        let mut orders: BTreeMap<u64, Name> = BTreeMap::new();
        for seat in seats().filter(|&seat| seat < self.seats.len()) {
            self.owner_of(seat, &mut holds, &mut orders);
        }
        let is_there = |area: u16| areas.contains(&area);
        let with_places = self.holds.slab().iter().map(|(_, hold)| hold).filter(|hold| hold.has_places);
        let with_places = with_places
            .filter(|hold| self.holds.places(hold).iter().any(|&(area, _)| is_there(area)))
            .map(|hold| hold.id);
        holds.extend(with_places);
        let sold = self.orders.slab().iter().map(|(_, order)| order);
        let sold = sold.filter(|order| order.places.iter().any(|places| is_there(places.area)));
        orders.extend(sold.map(|order| (order.version, order.name.clone())));
        let closed = self.not_closed().err();
        Ok(DryView {
            status: self.status,
            version: self.version,
            refused: closed.or(refused),
            change: plan.json().into(),
            added: layout.seats() - self.seats.len(),
            removed: going.iter().map(|seats| seats.len() as u32).sum(),
            counts: (holds.len() as u32, orders.len() as u32),
            holds: holds.into_iter().take(limits::DRY_NAMED_MAX).collect(),
            orders: orders.into_values().take(limits::DRY_NAMED_MAX).collect(),
        })
    }

    fn owner_of(&self, seat: Ordinal, holds: &mut BTreeSet<HoldId>, orders: &mut BTreeMap<u64, Name>) {
        let owner = self.seats.owner(seat);
        match self.seats.status(seat) {
            SeatStatus::Held | SeatStatus::Paying => {
                holds.insert(self.holds.at(owner.slot()).id);
            }
            SeatStatus::Sold => {
                let order = self.orders.at(owner.slot());
                orders.entry(order.version).or_insert_with(|| order.name.clone());
            }
            SeatStatus::Free | SeatStatus::Blocked | SeatStatus::Removed => {}
        }
    }
}
