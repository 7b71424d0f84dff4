//! Judges what is asked of holds: `HOLD`, `EXTEND`, `RELEASE`, `CHANGE`.

use super::table::Hold;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::{At, HoldId, Millis};
use crate::state::seats::{Owner, best};
use crate::state::{
    Best, Change, Event, EventStatus, Holds, Limit, Name, Orphans, Places, Refusal, SeatStatus, Seats,
};
use crate::state::{No, first_repeated, repeated};

impl Event {
    pub(in crate::state) fn judge_hold(
        &self,
        holder: Name,
        ttl: Millis<u64>,
        seats: Seats,
        best: &[Best],
        places: Places,
    ) -> Result<Change, No> {
        if self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        self.no_seat_twice(&seats)?;
        if let Some(area) = places.iter().enumerate().find_map(|(index, (area, _))| {
            places[..index].iter().any(|(before, _)| before == area).then_some(*area)
        }) {
            return Err(repeated(format!(
                "area \"{}\" is named twice",
                self.layout.areas()[area as usize].name
            )));
        }
        if seats.is_empty() && best.is_empty() && places.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, "HOLD names nothing to hold")));
        }
        if let Some((area, _)) = places.iter().find(|(_, count)| *count == 0) {
            let area = &self.layout.areas()[*area as usize].name;
            let message = format!("0 places of area {area}: at least 1");
            return Err(No::Fault(Fault::new(Code::BAD_NUMBER, message)));
        }
        best.iter().try_for_each(is_sound)?;
        let ttl = self.checked_ttl(ttl)?;
        let chosen = best.iter().map(|part| u64::from(part.count)).sum::<u64>();
        let named = seats.len() as u64 + places.iter().map(|&(_, count)| u64::from(count)).sum::<u64>();
        let wanted = named + chosen;
        self.within(Limit::SeatsPerHold, self.limits.max_seats_per_hold, wanted)?;
        let with_others = wanted + u64::from(self.holders.count(&holder));
        self.within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, with_others)?;
        self.all_free(&seats)?;
        for &(area, wanted) in &places {
            let free = self.areas[area as usize].of(SeatStatus::Free);
            if wanted > free {
                return Err(Refusal::PlacesTaken { area, free, wanted }.into());
            }
        }
        self.whole_groups(&seats)?;
        self.none_stranded(&[], &seats)?;
        let seats = if best.is_empty() { seats } else { self.with_best(seats, best)? };
        Ok(Change::Held { holder, ttl, seats, places })
    }

    fn with_best(&self, seats: Seats, parts: &[Best]) -> Result<Seats, Refusal> {
        let avoids_lone = self.limits.orphans != Orphans::Allow;
        best::choose(&self.layout, self.seats.index(), seats, parts, avoids_lone)
    }

    pub(in crate::state) fn judge_extend(&self, id: HoldId, ttl: Millis<u64>, now: At) -> Result<Change, No> {
        self.not_closed()?;
        let hold = self.live_hold(id, now)?;
        let ttl = self.checked_ttl(ttl)?;
        self.within(Limit::Extends, self.limits.max_extends, u64::from(hold.extends.count()) + 1)?;
        let total = (now + ttl).since(hold.made_at());
        self.within(Limit::HoldTotal, self.limits.max_hold_total.0, total.0)?;
        Ok(Change::Extended { hold: id, ttl })
    }

    pub(in crate::state) fn judge_release(
        &self,
        id: HoldId,
        seats: Option<Seats>,
        now: At,
    ) -> Result<Change, No> {
        let Some(seats) = seats else {
            self.live_hold(id, now)?;
            return Ok(Change::Released { hold: id });
        };
        self.some_seats_once("RELEASE ... SEATS", &seats)?;
        self.live_hold(id, now)?;
        self.all_in_hold(id, &seats)?;
        self.whole_groups(&seats)?;
        Ok(Change::SeatsReleased { hold: id, seats })
    }

    /// Taking seats needs an open sale, as a new hold does; giving some back is as free as a release.
    pub(in crate::state) fn judge_change(
        &self,
        id: HoldId,
        drop: Seats,
        add: Seats,
        now: At,
    ) -> Result<Change, No> {
        if !add.is_empty() && self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        if drop.is_empty() && add.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, "CHANGE names no seat to drop or to add")));
        }
        let named: Seats = drop.iter().chain(&add).copied().collect();
        self.no_seat_twice(&named)?;
        let hold = self.live_hold(id, now)?;
        self.all_in_hold(id, &drop)?;
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
        self.all_free(&add)?;
        self.whole_groups(&drop)?;
        self.whole_groups(&add)?;
        self.none_stranded(&drop, &add)?;
        Ok(Change::Changed { hold: id, drop, add })
    }

    pub(in crate::state) fn all_in_hold(&self, id: HoldId, seats: &Seats) -> Result<(), Refusal> {
        let owner = self.holds.slot(id).map(Owner::from);
        let foreign = seats.iter().copied().find(|&seat| {
            self.seats.status(seat) != SeatStatus::Held || Some(self.seats.owner(seat)) != owner
        });
        foreign.map_or(Ok(()), |seat| Err(Refusal::NotInHold(seat)))
    }

    /// A hold that something can be done with: one in payment is the payment's.
    pub(in crate::state) fn live_hold(&self, id: HoldId, now: At) -> Result<&Hold, Refusal> {
        match self.holds.get(id) {
            Some(hold) if hold.is_paying() => Err(self.in_payment(id)),
            Some(hold) if hold.expires_at > now => Ok(hold),
            _ => Err(Refusal::HoldGone(id)),
        }
    }

    #[cold]
    fn in_payment(&self, hold: HoldId) -> Refusal {
        let payment = self.payments.paying(hold).map(|slot| self.payments.at(slot).name.clone());
        payment.map_or(Refusal::HoldGone(hold), |payment| Refusal::HoldInPayment { hold, payment })
    }
}

/// The form of a `BEST`.
fn is_sound(part: &Best) -> Result<(), No> {
    let Best { count, accessible, .. } = *part;
    if count == 0 {
        return Err(No::Fault(Fault::new(Code::BAD_NUMBER, "BEST 0: at least 1")));
    }
    if u32::from(accessible) > count {
        let message = format!("BEST {count} ACCESSIBLE {accessible}: at most as many as there are seats");
        return Err(No::Fault(Fault::new(Code::BAD_NUMBER, message)));
    }
    Ok(())
}

/// The form of a command that names holds.
pub(in crate::state) fn no_hold_twice(command: &str, holds: &Holds) -> Result<(), No> {
    if holds.is_empty() {
        return Err(No::Fault(Fault::new(Code::SYNTAX, format!("{command} names no hold"))));
    }
    first_repeated(holds).map_or(Ok(()), |hold| Err(repeated(format!("hold \"{hold}\" is named twice"))))
}
