//! The invariants of an event, checked from scratch: for tests, the simulation, and every restored snapshot.
//!
//! No seat has two owners; counts equal the seats; every hold's seats point back to it; what holders have adds up;
//! every live hold waits for its deadline exactly once; the running digest is the sum of what is there.

use super::apply::seat_number;
use super::digest::{Digest, bytes_number};
use super::event::{Event, area_number};
use super::seats::{Chain, NONE};
use super::status::{Counts, SeatStatus};

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
    pub(super) fn checked_sum(&self, keys: u64) -> Result<Digest, String> {
        let mut sum = Digest::default();
        let mut holders = vec![0_u64; self.holders.slab().slots().len()];
        let mut places = vec![Counts::default(); self.areas.len()];
        let seen = self.check_holds(&mut sum, &mut holders, &mut places)?;
        let seen = seen + self.check_orders(&mut sum, &mut holders, &mut places)?;
        self.check_seats(seen)?;
        self.check_areas(&mut sum, &places)?;
        for (slot, holder) in self.holders.slab().iter() {
            ensure(holders[slot as usize] == u64::from(holder.count) && holder.count > 0, || {
                format!("holder {} counts {} but has {}", holder.name, holder.count, holders[slot as usize])
            })?;
            ensure(holder.number == bytes_number(holder.name.bytes()), || {
                format!("number of {}", holder.name)
            })?;
        }
        sum.add(keys);
        Ok(sum)
    }

    fn check_holds(
        &self,
        sum: &mut Digest,
        holders: &mut [u64],
        places: &mut [Counts],
    ) -> Result<u64, String> {
        let mut seen = 0;
        for (slot, hold) in self.holds.slab().iter() {
            let id = hold.id;
            ensure(self.holds.slot(id) == Some(slot), || format!("hold {id} is not found by its number"))?;
            ensure(id <= self.version, || format!("hold {id} is from the future"))?;
            self.check_chain(hold.seats, slot, SeatStatus::Held, id, sum, holders)?;
            let claims = self.holds.places(hold);
            ensure(hold.seats.count > 0 || !claims.is_empty(), || format!("hold {id} holds nothing"))?;
            for &(area, count) in claims {
                places[area as usize].add(SeatStatus::Held, count);
                holders[hold.holder as usize] += u64::from(count);
            }
            sum.add(hold.number(self.holders.at(hold.holder).number, claims));
            seen += u64::from(hold.seats.count);
        }
        let waiting = self.deadlines.len();
        ensure(waiting == self.holds.slab().len(), || format!("{waiting} deadlines for the live holds"))?;
        Ok(seen)
    }

    fn check_orders(
        &self,
        sum: &mut Digest,
        holders: &mut [u64],
        places: &mut [Counts],
    ) -> Result<u64, String> {
        let mut seen = 0;
        for (slot, order) in self.orders.slab().iter() {
            ensure(self.orders.slot(&order.name) == Some(slot), || format!("order {} is lost", order.name))?;
            self.check_chain(order.seats, slot, SeatStatus::Sold, order.version, sum, holders)?;
            for sold in &order.places {
                places[sold.area as usize].add(SeatStatus::Sold, sold.count);
                holders[sold.holder as usize] += u64::from(sold.count);
            }
            sum.add(order.number(self.holders.at(order.holder).number));
            seen += u64::from(order.seats.count);
        }
        Ok(seen)
    }

    fn check_chain(
        &self,
        chain: Chain,
        owner: u32,
        status: SeatStatus,
        number: u64,
        sum: &mut Digest,
        holders: &mut [u64],
    ) -> Result<(), String> {
        let mut count = 0;
        let mut last = NONE;
        for seat in self.seats.chain(chain) {
            let label = || self.layout.label(seat);
            ensure(self.seats.status(seat) == status, || {
                format!("{} of {number} is {}", label(), self.seats.status(seat).word())
            })?;
            ensure(self.seats.owner(seat) == owner, || format!("{} has two owners", label()))?;
            holders[self.seats.holder(seat) as usize] += 1;
            sum.add(seat_number(seat, status, number));
            count += 1;
            last = seat;
        }
        ensure(count == chain.count && last == chain.tail, || format!("the chain of {number} is broken"))
    }

    /// `seen` seats have an owner that knows them; the others must be free.
    fn check_seats(&self, seen: u64) -> Result<(), String> {
        let mut counts = Counts::default();
        for seat in 0..self.seats.len() {
            counts.add(self.seats.status(seat), 1);
            let owned =
                matches!(self.seats.status(seat), SeatStatus::Held | SeatStatus::Paying | SeatStatus::Sold);
            let has_owner = self.seats.owner(seat) != NONE && self.seats.holder(seat) != NONE;
            ensure(owned == has_owner, || format!("{} and its owner disagree", self.layout.label(seat)))?;
        }
        ensure(counts == *self.seats.counts(), || {
            format!("{counts:?} counted, {:?} kept", self.seats.counts())
        })?;
        let taken: u64 = [SeatStatus::Held, SeatStatus::Paying, SeatStatus::Sold]
            .iter()
            .map(|&status| u64::from(counts.of(status)))
            .sum();
        ensure(taken == seen, || format!("{taken} seats are taken, {seen} have an owner that knows them"))
    }

    fn check_areas(&self, sum: &mut Digest, claimed: &[Counts]) -> Result<(), String> {
        for (index, (area, claimed)) in self.layout.areas().iter().zip(claimed).enumerate() {
            let kept = &self.areas[index];
            ensure(kept.total() == u64::from(area.capacity), || format!("area {} lost places", area.name))?;
            for status in [SeatStatus::Held, SeatStatus::Paying, SeatStatus::Sold] {
                ensure(kept.of(status) == claimed.of(status), || {
                    format!("area {}: {} {} places have no owner", area.name, kept.of(status), status.word())
                })?;
            }
            sum.add(area_number(index as u16, kept));
        }
        Ok(())
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
