//! Judges what is asked of holds: `HOLD`, `EXTEND`, `RELEASE`, `CHANGE`.

use super::table::Hold;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::numbers::{At, HoldId, Millis};
use crate::state::seats::{Owner, best};
use crate::state::{
    Best, Change, Event, EventStatus, Holds, Limit, Name, No, Orphans, Places, Refusal, SeatStatus, Seats,
    Selection, both, first_repeated, repeated,
};

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
        self.no_area_twice(&places)?;
        if seats.is_empty() && best.is_empty() && places.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, "HOLD names nothing to hold")));
        }
        best.iter().try_for_each(is_sound)?;
        let ttl = self.checked_ttl(ttl)?;
        let chosen = best.iter().map(|part| u64::from(part.count)).sum::<u64>();
        let wanted = seats.len() as u64 + places.total() + chosen;
        self.within(Limit::SeatsPerHold, self.limits.max_seats_per_hold, wanted)?;
        let with_others = wanted + u64::from(self.holders.count(&holder));
        self.within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, with_others)?;
        self.all_free(&seats)?;
        self.places_free(&places)?;
        self.whole_groups(&seats)?;
        self.none_stranded(&[], &seats)?;
        let seats = if best.is_empty() { seats } else { self.with_best(seats, best)? };
        Ok(Change::Held { holder, ttl, seats, places })
    }

    fn with_best(&self, seats: Seats, parts: &[Best]) -> Result<Seats, Refusal> {
        let avoids_lone = self.limits.orphans != Orphans::Allow;
        best::choose(&self.layout, self.seats.index(), seats, parts, avoids_lone)
    }

    pub(in crate::state) fn judge_extend(
        &self,
        id: HoldId,
        of: Option<&Name>,
        ttl: Millis<u64>,
        now: At,
    ) -> Result<Change, No> {
        self.not_closed()?;
        let hold = self.live_hold(id, of, now)?;
        let ttl = self.checked_ttl(ttl)?;
        self.within(Limit::Extends, self.limits.max_extends, u64::from(hold.extends.count()) + 1)?;
        let total = (now + ttl).since(hold.made_at());
        self.within(Limit::HoldTotal, self.limits.max_hold_total.0, total.0)?;
        Ok(Change::Extended { hold: id, ttl })
    }

    pub(in crate::state) fn judge_release(
        &self,
        id: HoldId,
        of: Option<&Name>,
        part: Option<Box<Selection>>,
        now: At,
    ) -> Result<Change, No> {
        let Some(part) = part else {
            self.live_hold(id, of, now)?;
            return Ok(Change::Released { hold: id });
        };
        self.some_once("RELEASE", &part)?;
        let hold = self.live_hold(id, of, now)?;
        self.all_in_hold(hold, &part)?;
        self.whole_groups(&part.seats)?;
        Ok(Change::PartReleased { hold: id, part })
    }

    /// Taking seats needs an open sale, as a new hold does; giving some back is as free as a release.
    pub(in crate::state) fn judge_change(
        &self,
        id: HoldId,
        of: Option<&Name>,
        drop: Box<Selection>,
        add: Box<Selection>,
        now: At,
    ) -> Result<Change, No> {
        if !add.is_empty() && self.status != EventStatus::Open {
            return Err(Refusal::NotOnSale(self.status).into());
        }
        self.some_once("CHANGE", &both(&drop, &add))?;
        let hold = self.live_hold(id, of, now)?;
        self.all_in_hold(hold, &drop)?;
        let has = u64::from(hold.seats.count) + self.holds.places(hold).total();
        if add.is_empty() && drop.count() == has {
            return Err(Refusal::NothingLeft(id).into());
        }
        // Limits may have been lowered since: they stand in the way of more, not of as much as before.
        if let Some(more) = add.count().checked_sub(drop.count()).filter(|more| *more > 0) {
            self.within(Limit::SeatsPerHold, self.limits.max_seats_per_hold, has + more)?;
            let of_holder = u64::from(self.holders.at(hold.holder).count) + more;
            self.within(Limit::SeatsPerHolder, self.limits.max_seats_per_holder, of_holder)?;
        }
        self.may_be_swapped(&drop, &add)?;
        Ok(Change::HoldChanged { hold: id, drop, add })
    }

    fn all_in_hold(&self, hold: &Hold, part: &Selection) -> Result<(), Refusal> {
        let owner = self.holds.slot(hold.id).map_or(Owner::NONE, Owner::from);
        if let Some(seat) = self.foreign(&part.seats, SeatStatus::Held, owner) {
            return Err(Refusal::NotInHold(seat));
        }
        self.holds
            .places(hold)
            .lacks(&part.places)
            .map_or(Ok(()), |(area, has, wanted)| Err(Refusal::PlacesNotInHold { area, has, wanted }))
    }

    /// A hold that something can be done with: one in payment is the payment's. One of another holder than `of` is not there.
    pub(in crate::state) fn live_hold(
        &self,
        id: HoldId,
        of: Option<&Name>,
        now: At,
    ) -> Result<&Hold, Refusal> {
        let is_theirs = |hold: &&Hold| of.is_none_or(|name| self.holders.at(hold.holder).name == *name);
        match self.holds.get(id).filter(is_theirs) {
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
