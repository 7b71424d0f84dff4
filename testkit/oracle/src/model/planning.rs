//! Another map, while the sale goes on.

use std::rc::Rc;

use holdfast_engine::{Answer, Code, DryView, HoldId, Name, PlanChange, Refusal, SeatStatus};

use super::{Hold, Model, No};
use crate::plan::Changed;
use crate::venue::Venue;

impl Model {
    pub(super) fn change_plan(&mut self, change: &PlanChange) -> Result<Answer, No> {
        self.not_closed()?;
        let changed = self.venue.changed(change).map_err(No::Fault)?;
        self.still_taken(&changed).map_or(Ok(()), |refusal| Err(No::from(refusal)))?;
        self.blocked.retain(|seat| !changed.going.contains(seat));
        for &(area, size) in &changed.sizes {
            let taken = self.taken(area);
            // Free places go first.
            if let Some(blocked) = self.blocked_places.get_mut(&area) {
                *blocked = (*blocked).min(size - taken);
            }
        }
        self.venue = Rc::new(changed.venue);
        self.version += 1;
        self.plan_version = self.version;
        Ok(Answer::Event { status: self.status, version: self.version })
    }

    fn still_taken(&self, changed: &Changed) -> Option<Refusal> {
        let there = changed.going.iter().filter(|&&seat| seat < self.venue.seats());
        let seats = there.map(|&seat| (seat, self.seat_status(seat)));
        let taken = seats.filter(|(_, status)| !matches!(status, SeatStatus::Free | SeatStatus::Blocked));
        let seats: Vec<_> = taken.take(16).collect();
        let areas: Vec<_> = self.too_small(changed).into_iter().take(16).collect();
        let is_free = seats.is_empty() && areas.is_empty();
        (!is_free).then(|| Refusal::StillTaken { seats: seats.into_iter().collect(), areas: areas.into() })
    }

    /// Areas of which more places are taken than there are to be, with how many.
    fn too_small(&self, changed: &Changed) -> Vec<(u16, u32)> {
        let there = changed.sizes.iter().filter(|(area, _)| usize::from(*area) < self.venue.spec.areas.len());
        let taken = |area: u16| self.taken(area);
        there
            .map(|&(area, size)| (area, taken(area), size))
            .filter(|(_, taken, size)| taken > size)
            .map(|(area, taken, _)| (area, taken))
            .collect()
    }

    /// How many places of an area are held, in payment and sold; none of one that comes.
    fn taken(&self, area: u16) -> u32 {
        if usize::from(area) >= self.venue.spec.areas.len() {
            return 0;
        }
        let counts = self.area(area);
        [SeatStatus::Held, SeatStatus::Paying, SeatStatus::Sold].map(|of| counts.of(of)).iter().sum()
    }

    /// What a change would do; the resolved change itself is left out.
    ///
    /// # Errors
    /// The code of the fault that it would be answered with.
    pub fn try_plan(&self, change: &PlanChange) -> Result<DryView, Code> {
        let changed = self.venue.changed(change)?;
        let refused = if self.status.is_over() {
            Some(Refusal::NotOnSale(self.status))
        } else {
            self.still_taken(&changed)
        };
        let mut areas = changed.repriced_areas.clone();
        areas.extend(self.too_small(&changed).iter().map(|&(area, _)| area));
        areas.extend(changed.sizes.iter().filter(|(_, size)| *size == 0).map(|&(area, _)| area));
        let is_concerned = |hold: &Hold| {
            hold.seats.iter().any(|seat| changed.going.contains(seat) || changed.repriced.contains(seat))
                || hold.places.iter().any(|(area, _)| areas.contains(area))
        };
        let holds = self.holds.iter().filter(|(_, hold)| is_concerned(hold));
        let holds: Vec<HoldId> = holds.map(|(&id, _)| id).collect();
        let mut orders: Vec<_> =
            self.orders.iter().filter(|(_, order)| order.holds.iter().any(is_concerned)).collect();
        orders.sort_by_key(|(_, order)| order.version);
        let orders: Vec<Name> = orders.into_iter().map(|(name, _)| name.clone()).collect();
        Ok(DryView {
            status: self.status,
            version: self.version,
            refused,
            change: Box::default(),
            added: changed.venue.seats() - self.venue.seats(),
            removed: changed.going.len() as u32,
            counts: (holds.len() as u32, orders.len() as u32),
            holds,
            orders,
        })
    }

    /// The hall as it is.
    #[must_use]
    pub const fn hall(&self) -> &Rc<Venue> {
        &self.venue
    }
}
