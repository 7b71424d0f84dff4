//! The invariants of seats and places: none has two owners, and counts equal what is there.

use super::table::{Chain, NOBODY, Owner, area_term, seat_term};
use crate::state::tables::{NONE, Slot};
use crate::state::{Counts, Event, Found, SeatStatus, ensure};

impl Event {
    /// Seats that no owner knows must be free or blocked.
    pub(in crate::state) fn check_seats(&self, found: &mut Found) -> Result<(), String> {
        self.seats.index().check(self.seats.statuses())?;
        let mut counts = Counts::default();
        let gone: u64 = self.layout.removed().iter().map(|gone| gone.len() as u64).sum();
        let all_gone = || self.layout.removed().iter().cloned().flatten();
        ensure(all_gone().all(|seat| self.seats.status(seat) == SeatStatus::Removed), || {
            "a seat that was removed is there".to_owned()
        })?;
        for seat in 0..self.seats.len() {
            counts.add(self.seats.status(seat), 1);
            let owned =
                matches!(self.seats.status(seat), SeatStatus::Held | SeatStatus::Paying | SeatStatus::Sold);
            let ends = (self.seats.owner(seat), self.seats.holder(seat));
            let fits = if owned {
                ends.0 != Owner::NONE && ends.1 != Slot::NONE
            } else {
                ends == (Owner::NONE, Slot::NONE) && self.seats.links()[seat as usize] == NONE
            };
            ensure(fits, || format!("{} and its owner disagree", self.layout.label(seat)))?;
            if self.seats.status(seat) == SeatStatus::Blocked {
                found.sum.add(seat_term(seat, SeatStatus::Blocked, NOBODY));
            }
        }
        ensure(counts.total() + gone == u64::from(self.seats.len()), || {
            "a seat is gone that was not removed".to_owned()
        })?;
        ensure(counts == *self.seats.counts(), || {
            format!("{counts:?} counted, {:?} kept", self.seats.counts())
        })?;
        let taken: u64 = [SeatStatus::Held, SeatStatus::Paying, SeatStatus::Sold]
            .iter()
            .map(|&status| u64::from(counts.of(status)))
            .sum();
        let seen = found.seats;
        ensure(taken == seen, || format!("{taken} seats are taken, {seen} have an owner that knows them"))
    }

    pub(in crate::state) fn check_areas(&self, found: &mut Found) -> Result<(), String> {
        for (index, (area, &[held, paying, sold])) in
            self.layout.areas().iter().zip(&found.places).enumerate()
        {
            let kept = &self.areas[index];
            ensure(kept.total() == u64::from(area.capacity), || format!("area {} lost places", area.name))?;
            for (status, claimed) in
                [(SeatStatus::Held, held), (SeatStatus::Paying, paying), (SeatStatus::Sold, sold)]
            {
                ensure(u64::from(kept.of(status)) == claimed, || {
                    format!("area {}: {} {} places have no owner", area.name, kept.of(status), status.word())
                })?;
            }
            found.sum.add(area_term(index as u16, kept));
        }
        Ok(())
    }

    pub(in crate::state) fn check_chain(
        &self,
        chain: Chain,
        owner: Owner,
        status: SeatStatus,
        number: u64,
        found: &mut Found,
    ) -> Result<(), String> {
        let mut next = chain.head;
        let mut last = NONE;
        for _ in 0..chain.count {
            let seat = next;
            ensure(seat < self.seats.len(), || format!("the chain of {number} is broken"))?;
            let label = || self.layout.label(seat);
            ensure(self.seats.status(seat) == status, || {
                format!("{} of {number} is {}", label(), self.seats.status(seat).word())
            })?;
            ensure(self.seats.owner(seat) == owner, || format!("{} has two owners", label()))?;
            let holder = self.seats.holder(seat);
            self.checked_holder(holder, number)?;
            found.holders[holder.index()] += 1;
            found.sum.add(seat_term(seat, status, number));
            (last, next) = (seat, self.seats.links()[seat as usize]);
        }
        found.seats += u64::from(chain.count);
        ensure(last == chain.tail && next == NONE, || format!("the chain of {number} is broken"))
    }

    /// Adds to the claims on an area, of which there are never more than the area has places: so no sum of them
    /// overflows.
    pub(in crate::state) fn claim(
        &self,
        places: &mut [[u64; 3]],
        area: u16,
        number: u64,
        which: usize,
        count: u32,
    ) -> Result<(), String> {
        let claims =
            places.get_mut(usize::from(area)).ok_or_else(|| format!("{number} claims area {area}"))?;
        let capacity = u64::from(self.layout.areas()[usize::from(area)].capacity);
        ensure(count > 0 && claims.iter().sum::<u64>() + u64::from(count) <= capacity, || {
            format!("{number} claims {count} places of area {area}")
        })?;
        claims[which] += u64::from(count);
        Ok(())
    }
}
