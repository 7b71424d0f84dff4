//! Shows holds.

use super::table::Hold;
use crate::numbers::{At, HoldId};
use crate::state::{Event, HoldView};

impl Event {
    pub(in crate::state) fn hold_view(&self, id: HoldId) -> Option<HoldView> {
        let hold = self.holds.get(id)?;
        Some(HoldView {
            hold: id,
            holder: self.holders.at(hold.holder).name.clone(),
            expires_at: self.ends_at(hold),
            extends: hold.extends.count(),
            payment: self.payments.paying(id).map(|slot| self.payments.at(slot).name.clone()),
            seats: self.seats.chain(hold.seats).collect(),
            places: self.holds.places(hold).clone(),
        })
    }

    /// When the seats of a hold are free again if nobody does anything.
    pub(in crate::state) fn ends_at(&self, hold: &Hold) -> At {
        self.payments.paying(hold.id).map_or(hold.expires_at, |slot| self.payments.at(slot).deadline_at)
    }
}
