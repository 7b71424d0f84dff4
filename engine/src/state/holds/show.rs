//! Shows holds.

use super::table::Hold;
use crate::limits::LIST_SEATS_MAX;
use crate::numbers::{At, HoldId};
use crate::state::tables::page;
use crate::state::{Event, HoldView, Listed, View};

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
            note: self.note(id.0),
        })
    }

    /// A page of the list: a cursor is the number of the hold that the page begins at.
    pub(in crate::state) fn holds_from(&self, Listed { holder, from, count }: &Listed) -> View {
        let holder = holder.as_ref().map(|name| self.holders.slot(name));
        let all = self.holds.slab().iter().map(|(_, hold)| hold);
        let listed =
            all.filter(|hold| hold.id.0 >= *from && holder.is_none_or(|slot| slot == Some(hold.holder)));
        let (next, holds) = page(
            listed.map(|hold| (hold.id.0, hold.id)),
            (*count as usize, LIST_SEATS_MAX),
            |id| self.hold_view(id).expect("a hold that was just seen"),
            |view| view.seats.len() + view.places.len(),
        );
        View::Holds { next, holds }
    }

    /// When the seats of a hold are free again if nobody does anything.
    pub(in crate::state) fn ends_at(&self, hold: &Hold) -> At {
        self.payments.paying(hold.id).map_or(hold.expires_at, |slot| self.payments.at(slot).deadline_at)
    }
}
