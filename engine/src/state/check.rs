//! The invariants of an event, checked from scratch: for tests, the simulation, and every restored snapshot.
//!
//! No seat has two owners; counts equal the seats; every hold's seats point back to it; what holders have adds up;
//! every live hold waits for its deadline exactly once, or is in payment; the running digest is the sum of what is there.

use super::apply::{NOBODY, seat_number};
use super::event::{Event, area_number};
use super::holds::Holder;
use super::seats::Chain;
use super::tables::NONE;
use super::tables::digest::{Digest, bytes_number};
use super::values::{Counts, PaymentStatus, SeatStatus};

/// What walking through holds and orders comes upon.
struct Found {
    sum: Digest,
    /// Seats with an owner that knows them.
    seats: u64,
    /// Seats and places by slot of the holder.
    holders: Vec<u64>,
    /// Held, paying and sold places by area.
    places: Vec<[u64; 3]>,
}

impl Event {
    /// Checks every invariant; linear in the size of the event.
    ///
    /// # Errors
    /// The first that is violated, with the seat, hold or number at fault.
    pub fn check(&self) -> Result<(), String> {
        let sum = self.checked_sum(self.keys.number())?;
        ensure(sum == self.sum, || "the running digest is not the sum of what is there".to_owned())
    }

    /// Checks everything but the running sum, which is counted anew; `keys` is the keys' part of it.
    ///
    /// Trusts no number that it comes upon: what is checked may be a snapshot that never was an event.
    pub(super) fn checked_sum(&self, keys: u64) -> Result<Digest, String> {
        let mut found = Found {
            sum: Digest::default(),
            seats: 0,
            holders: vec![0; self.holders.slab().capacity()],
            places: vec![[0; 3]; self.areas.len()],
        };
        self.check_holds(&mut found)?;
        self.check_orders(&mut found)?;
        self.check_cancelled(&mut found)?;
        self.check_payments(&mut found.sum)?;
        self.check_seats(&mut found)?;
        self.check_areas(&mut found)?;
        for (slot, holder) in self.holders.slab().iter() {
            let has = found.holders[slot as usize];
            ensure(has == u64::from(holder.count) && holder.count > 0, || {
                format!("holder {} counts {} but has {has}", holder.name, holder.count)
            })?;
            ensure(holder.number == bytes_number(holder.name.bytes()), || {
                format!("number of {}", holder.name)
            })?;
        }
        found.sum.add(keys);
        found.sum.add(self.limits_number());
        found.sum.add(self.graces.number());
        Ok(found.sum)
    }

    fn check_holds(&self, found: &mut Found) -> Result<(), String> {
        for (slot, hold) in self.holds.slab().iter() {
            let id = hold.id;
            ensure(self.holds.slot(id) == Some(slot), || format!("hold {id} is not found by its number"))?;
            ensure(id <= self.version, || format!("hold {id} is from the future"))?;
            let holder = self.checked_holder(hold.holder, id)?;
            self.check_chain(hold.seats, slot, hold.status(), id, found)?;
            let claims = self.holds.places(hold);
            ensure(hold.has_places != claims.is_empty(), || format!("the places of hold {id} are lost"))?;
            ensure(hold.seats.count > 0 || hold.has_places, || format!("hold {id} holds nothing"))?;
            for &(area, count) in claims {
                found.holders[hold.holder as usize] += u64::from(count);
                self.claim(&mut found.places, area, id, usize::from(hold.is_paying()), count)?;
            }
            found.sum.add(hold.number(holder.number, claims));
        }
        let with_places = self.holds.slab().iter().filter(|(_, hold)| hold.has_places).count();
        ensure(with_places == self.holds.with_places(), || "there are places of no hold".to_owned())?;
        let (waiting, paying) = (self.deadlines.len(), self.payments.holds());
        let pending = self.payments.having(PaymentStatus::Pending).len();
        ensure(waiting + paying == self.holds.slab().len() + pending, || {
            format!("{waiting} deadlines for the live holds and the running payments")
        })
    }

    fn check_orders(&self, found: &mut Found) -> Result<(), String> {
        for (slot, order) in self.orders.slab().iter() {
            let version = order.version;
            ensure(self.orders.slot(&order.name) == Some(slot), || format!("order {} is lost", order.name))?;
            ensure(version <= self.version, || format!("order {} is from the future", order.name))?;
            let holder = self.checked_holder(order.holder, version)?;
            self.check_chain(order.seats, slot, SeatStatus::Sold, version, found)?;
            for sold in &order.places {
                self.checked_holder(sold.holder, version)?;
                found.holders[sold.holder as usize] += u64::from(sold.count);
                self.claim(&mut found.places, sold.area, version, 2, sold.count)?;
            }
            found.sum.add(order.number(holder.number));
        }
        Ok(())
    }

    fn check_cancelled(&self, found: &mut Found) -> Result<(), String> {
        let mut latest = 0;
        for order in self.cancelled.iter() {
            let name = &order.name;
            let is_found = self.cancelled.get(name).is_some_and(|found| found.version == order.version);
            ensure(is_found, || format!("cancelled order {name} is lost"))?;
            ensure(latest <= order.cancelled_at, || format!("cancelled order {name} is out of turn"))?;
            latest = order.cancelled_at;
            ensure(self.orders.slot(name).is_none(), || format!("order {name} is sold and cancelled"))?;
            ensure(order.version <= self.version, || format!("order {name} is from the future"))?;
            found.sum.add(order.number());
        }
        Ok(())
    }

    fn checked_holder(&self, slot: u32, number: u64) -> Result<&Holder, String> {
        self.holders.slab().get(slot).ok_or_else(|| format!("the holder of {number} is lost"))
    }

    /// Adds to the claims on an area, of which there are never more than the area has places: so no sum of them
    /// overflows.
    fn claim(
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

    fn check_chain(
        &self,
        chain: Chain,
        owner: u32,
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
            found.holders[holder as usize] += 1;
            found.sum.add(seat_number(seat, status, number));
            (last, next) = (seat, self.seats.links()[seat as usize]);
        }
        found.seats += u64::from(chain.count);
        ensure(last == chain.tail && next == NONE, || format!("the chain of {number} is broken"))
    }

    /// Seats that no owner knows must be free or blocked.
    fn check_seats(&self, found: &mut Found) -> Result<(), String> {
        self.seats.index().check(self.seats.statuses())?;
        let mut counts = Counts::default();
        for seat in 0..self.seats.len() {
            counts.add(self.seats.status(seat), 1);
            let owned =
                matches!(self.seats.status(seat), SeatStatus::Held | SeatStatus::Paying | SeatStatus::Sold);
            let ends = [self.seats.owner(seat), self.seats.holder(seat)];
            let fits = if owned {
                ends.iter().all(|&end| end != NONE)
            } else {
                ends == [NONE; 2] && self.seats.links()[seat as usize] == NONE
            };
            ensure(fits, || format!("{} and its owner disagree", self.layout.label(seat)))?;
            if self.seats.status(seat) == SeatStatus::Blocked {
                found.sum.add(seat_number(seat, SeatStatus::Blocked, NOBODY));
            }
        }
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

    fn check_areas(&self, found: &mut Found) -> Result<(), String> {
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
            found.sum.add(area_number(index as u16, kept));
        }
        Ok(())
    }
}

pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
