//! Judges `CHANGE`: other seats for a hold, all or nothing.

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::state::{Change, Event, EventStatus, HoldId, Limit, No, Refusal, Seats, first_repeated, repeated};

impl Event {
    /// Taking seats needs an open sale, as a new hold does; giving some back is as free as a release.
    pub(in crate::state) fn judge_change(
        &self,
        id: HoldId,
        drop: &Seats,
        add: &Seats,
        now: u64,
    ) -> Result<Change, No> {
        if !add.is_empty() && self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        if drop.is_empty() && add.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, "CHANGE names no seat to drop or to add")));
        }
        let named: Seats = drop.iter().chain(add).copied().collect();
        if let Some(seat) = first_repeated(&named) {
            return Err(repeated(format!("seat \"{}\" is named twice", self.layout.label(seat))));
        }
        let hold = self.live_hold(id, now)?;
        self.all_in_hold(id, drop)?;
        if add.is_empty() && drop.len() as u32 == hold.seats.count && !hold.has_places {
            return Err(Refusal::NothingLeft(id).into());
        }
        // Limits may have been lowered since: they stand in the way of more, not of as much as before.
        if let Some(more) = add.len().checked_sub(drop.len()).filter(|more| *more > 0) {
            let places: u64 = self.holds.places(hold).iter().map(|&(_, count)| u64::from(count)).sum();
            let of_hold = u64::from(hold.seats.count) + places + more as u64;
            self.within(Limit::SeatsPerHold, self.limits.max_seats_per_hold, of_hold)?;
            let of_holder = u64::from(self.holders.at(hold.holder).count) + more as u64;
            self.within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, of_holder)?;
        }
        self.all_free(add)?;
        self.none_stranded(drop, add)?;
        Ok(Change::Changed { hold: id, drop: drop.clone(), add: add.clone() })
    }
}
