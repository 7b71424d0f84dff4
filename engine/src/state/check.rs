//! The invariants of an event, checked from scratch: for tests, the simulation, and every restored snapshot.
//!
//! Each room checks its own things and adds what it comes upon; here stands what only all of them together can tell.

use super::event::Event;
use super::tables::digest::Digest;

/// What walking through holds and orders comes upon.
pub(super) struct Found {
    pub(super) sum: Digest,
    /// Seats with an owner that knows them.
    pub(super) seats: u64,
    /// Seats and places by slot of the holder.
    pub(super) holders: Vec<u64>,
    /// Held, paying and sold places by area.
    pub(super) places: Vec<[u64; 3]>,
}

impl Event {
    /// Checks every invariant; linear in the size of the event.
    ///
    /// # Errors
    /// The first that is violated, with the seat, hold or number at fault.
    pub fn check(&self) -> Result<(), String> {
        let sum = self.checked_sum(self.keys.digest_term())?;
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
        self.check_notes(&mut found.sum)?;
        self.check_seats(&mut found)?;
        self.check_areas(&mut found)?;
        self.check_holders(&found)?;
        let counted = self.counted_accounts();
        ensure(self.accounts == counted, || format!("the accounts have {counted:?}"))?;
        found.sum.add(keys);
        found.sum.add(self.limits_term());
        found.sum.add(self.graces.digest_term());
        found.sum.add(self.schedule.digest_term());
        found.sum.add(self.plan_term());
        Ok(found.sum)
    }
}

pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
