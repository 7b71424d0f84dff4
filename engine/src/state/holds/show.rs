//! Shows holds.

use super::table::Hold;
use crate::limits::LIST_SEATS_MAX;
use crate::numbers::{At, HoldId};
use crate::state::tables::page;
use crate::state::{Ending, Event, HoldView, Listed, View};

impl Event {
    pub(in crate::state) fn hold_view(&self, id: HoldId, now: At) -> Option<HoldView> {
        let hold = self.holds.get(id)?;
        let expires_at = self.ends_at(hold);
        Some(HoldView {
            hold: id,
            holder: self.holders.at(hold.holder).name.clone(),
            expires_at,
            left: expires_at.since(now),
            extends: hold.extends.count(),
            payment: self.payments.paying(id).map(|slot| self.payments.at(slot).name.clone()),
            seats: self.seats.chain(hold.seats).collect(),
            places: self.holds.places(hold).clone(),
            note: self.note(id.0),
        })
    }

    /// A page of the list: a cursor is the number of the hold that the page begins at.
    pub(in crate::state) fn holds_from(&self, listed: &Listed, now: At) -> View {
        let all = self.listed_holds(listed).map(|hold| (hold.id.0, hold.id));
        let (next, holds) = self.page_of_holds(all, listed.count, now);
        View::Holds { next: next.unwrap_or(0), holds }
    }

    /// A page of the list of those that end first: it goes on from the deadline and the number of a hold.
    pub(in crate::state) fn expiring_from(&self, listed: &Listed, from: Ending, now: At) -> View {
        let all = self.listed_holds(listed).map(|hold| ((self.ends_at(hold), hold.id), hold.id));
        let (next, holds) = self.page_of_holds(all.filter(|(place, _)| *place >= from), listed.count, now);
        View::Expiring { next, holds }
    }

    fn listed_holds(&self, Listed { holder, from, .. }: &Listed) -> impl Iterator<Item = &Hold> {
        let holder = holder.as_ref().map(|name| self.holders.slot(name));
        let all = self.holds.slab().iter().map(|(_, hold)| hold);
        all.filter(move |hold| hold.id.0 >= *from && holder.is_none_or(|slot| slot == Some(hold.holder)))
    }

    fn page_of_holds<K: Ord>(
        &self,
        holds: impl Iterator<Item = (K, HoldId)>,
        count: u32,
        now: At,
    ) -> (Option<K>, Vec<HoldView>) {
        page(
            holds,
            (count as usize, LIST_SEATS_MAX),
            |id| self.hold_view(id, now).expect("a hold that was just seen"),
            |view| view.seats.len() + view.places.len(),
        )
    }

    /// When the seats of a hold are free again if nobody does anything.
    pub(in crate::state) fn ends_at(&self, hold: &Hold) -> At {
        self.payments.paying(hold.id).map_or(hold.expires_at, |slot| self.payments.at(slot).deadline_at)
    }
}
