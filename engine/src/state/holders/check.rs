//! The invariants of holders: each has as much as is counted for it, and at least something.

use super::table::Holder;
use crate::state::tables::{Slot, digest};
use crate::state::{Event, Found, ensure};

impl Event {
    /// Compares what each has with what walking through holds and orders came upon.
    pub(in crate::state) fn check_holders(&self, found: &Found) -> Result<(), String> {
        for (slot, holder) in self.holders.slab().iter() {
            let has = found.holders[slot.index()];
            ensure(has == u64::from(holder.count) && holder.count > 0, || {
                format!("holder {} counts {} but has {has}", holder.name, holder.count)
            })?;
            ensure(holder.digest_term == digest::bytes_term(holder.name.bytes()), || {
                format!("the digest term of {}", holder.name)
            })?;
        }
        Ok(())
    }

    pub(in crate::state) fn checked_holder(
        &self,
        slot: Slot<Holder>,
        number: u64,
    ) -> Result<&Holder, String> {
        self.holders.slab().get(slot).ok_or_else(|| format!("the holder of {number} is lost"))
    }
}
