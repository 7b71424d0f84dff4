//! The invariants of holds: each has something, its seats point back to it, and it waits for its deadline or is in payment.

use crate::state::{Event, Found, ensure};

impl Event {
    pub(in crate::state) fn check_holds(&self, found: &mut Found) -> Result<(), String> {
        for (slot, hold) in self.holds.slab().iter() {
            let id = hold.id;
            ensure(self.holds.slot(id) == Some(slot), || format!("hold {id} is not found by its number"))?;
            ensure(id.0 <= self.version, || format!("hold {id} is from the future"))?;
            let holder = self.checked_holder(hold.holder, id.0)?;
            self.check_chain(hold.seats, slot.into(), hold.status(), id.0, found)?;
            let claims = self.holds.places(hold);
            ensure(hold.has_places != claims.is_empty(), || format!("the places of hold {id} are lost"))?;
            ensure(hold.seats.count > 0 || hold.has_places, || format!("hold {id} holds nothing"))?;
            for &(area, count) in claims {
                found.holders[hold.holder.index()] += u64::from(count);
                self.claim(&mut found.places, area, id.0, usize::from(hold.is_paying()), count)?;
            }
            found.sum.add(hold.digest_term(holder.digest_term, claims));
        }
        let with_places = self.holds.slab().iter().filter(|(_, hold)| hold.has_places).count();
        ensure(with_places == self.holds.with_places(), || "there are places of no hold".to_owned())?;
        let (waiting, paying) = (self.deadlines.len(), self.payments.holds());
        let (payments, scheduled) = (self.payments.waiting().count(), self.schedule.to_come());
        ensure(waiting + paying == self.holds.slab().len() + payments + scheduled, || {
            format!("{waiting} deadlines for the live holds, the payments that wait and the schedule")
        })?;
        let (known, first) = (self.deadlines.earliest(), self.deadlines.first().map(|(at, _)| at));
        ensure(known == first, || format!("the earliest deadline is {first:?}, not {known:?}"))
    }
}
