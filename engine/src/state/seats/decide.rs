//! The rules about seats that several commands share.

use super::best;
use super::table::Owner;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::state::values::ShortList;
use crate::state::{
    Event, No, Ordinal, Orphans, Places, Refusal, SeatStatus, Seats, Selection, first_repeated, repeated,
};

impl Event {
    /// The form of a command that names a part of something.
    pub(in crate::state) fn some_once(&self, command: &str, part: &Selection) -> Result<(), No> {
        if part.is_empty() {
            return Err(No::Fault(Fault::new(
                Code::SYNTAX,
                format!("{command} names neither seats nor places"),
            )));
        }
        self.no_seat_twice(&part.seats)?;
        self.no_area_twice(&part.places)
    }

    /// Each area is named once, and with places.
    #[inline]
    pub(in crate::state) fn no_area_twice(&self, places: &Places) -> Result<(), No> {
        if places.is_empty() { Ok(()) } else { self.each_area_once(places) }
    }

    fn each_area_once(&self, places: &Places) -> Result<(), No> {
        let name = |area: u16| &self.layout.areas()[area as usize].name;
        let mut each = places.iter().enumerate();
        if let Some((_, &(area, _))) =
            each.find(|(at, (area, _))| places[..*at].iter().any(|(before, _)| before == area))
        {
            return Err(repeated(format!("area \"{}\" is named twice", name(area))));
        }
        places.iter().find(|(_, count)| *count == 0).map_or(Ok(()), |&(area, _)| {
            let message = format!("0 places of area {}: at least 1", name(area));
            Err(No::Fault(Fault::new(Code::BAD_NUMBER, message)))
        })
    }

    pub(in crate::state) fn no_seat_twice(&self, seats: &Seats) -> Result<(), No> {
        first_repeated(seats).map_or(Ok(()), |seat| {
            Err(repeated(format!("seat \"{}\" is named twice", self.layout.label(seat))))
        })
    }

    pub(in crate::state) fn all_free(&self, seats: &Seats) -> Result<(), Refusal> {
        if seats.iter().all(|&seat| self.seats.status(seat) == SeatStatus::Free) {
            return Ok(());
        }
        self.all_are(seats.iter().copied(), SeatStatus::Free)
    }

    #[cold]
    pub(in crate::state) fn all_are(
        &self,
        seats: impl Iterator<Item = Ordinal>,
        wanted: SeatStatus,
    ) -> Result<(), Refusal> {
        let statuses = seats.map(|seat| (seat, self.seats.status(seat)));
        let others = statuses.filter(|&(_, status)| status != wanted).take(limits::TAKEN_NAMED_MAX);
        let others: ShortList<_, 2> = others.collect();
        match wanted {
            _ if others.is_empty() => Ok(()),
            SeatStatus::Blocked => Err(Refusal::NotBlocked(others)),
            _ => Err(Refusal::SeatsTaken(others)),
        }
    }

    /// The first of these seats that this owner does not have, or not with this status.
    pub(in crate::state) fn foreign(
        &self,
        seats: &Seats,
        status: SeatStatus,
        owner: Owner,
    ) -> Option<Ordinal> {
        let is_foreign = |seat| self.seats.status(seat) != status || self.seats.owner(seat) != owner;
        seats.iter().copied().find(|&seat| is_foreign(seat))
    }

    pub(in crate::state) fn places_free(&self, places: &Places) -> Result<(), Refusal> {
        let free = |area: u16| self.areas[area as usize].of(SeatStatus::Free);
        places
            .iter()
            .find(|&&(area, wanted)| wanted > free(area))
            .map_or(Ok(()), |&(area, wanted)| Err(Refusal::PlacesTaken { area, free: free(area), wanted }))
    }

    /// What goes back and what is taken for it in the same step.
    pub(in crate::state) fn may_be_swapped(
        &self,
        back: &Selection,
        taken: &Selection,
    ) -> Result<(), Refusal> {
        self.all_free(&taken.seats)?;
        self.places_free(&taken.places)?;
        self.whole_groups(&back.seats)?;
        self.whole_groups(&taken.seats)?;
        self.none_stranded(&back.seats, &taken.seats)
    }

    /// A group of seats has one owner: it is taken and given back whole.
    #[inline]
    pub(in crate::state) fn whole_groups(&self, seats: &Seats) -> Result<(), Refusal> {
        if self.layout.groups().is_empty() { Ok(()) } else { self.no_group_in_part(seats) }
    }

    #[cold]
    fn no_group_in_part(&self, seats: &Seats) -> Result<(), Refusal> {
        let mut named = seats.to_vec();
        named.sort_unstable();
        let mut left = &named[..];
        while let Some(&seat) = left.first() {
            let group = self.layout.group_of(seat).unwrap_or(seat..seat + 1);
            let (here, others) = left.split_at(left.partition_point(|&seat| seat < group.end));
            if here.len() < group.len() {
                let rest = group.filter(|seat| here.binary_search(seat).is_err());
                return Err(Refusal::PartOfGroup {
                    seat,
                    rest: rest.take(limits::TAKEN_NAMED_MAX).collect(),
                });
            }
            left = others;
        }
        Ok(())
    }

    /// Where the sale refuses it, named seats must not leave one alone; those that are given back for them count as free.
    pub(in crate::state) fn none_stranded(&self, back: &[Ordinal], seats: &Seats) -> Result<(), Refusal> {
        if self.limits.orphans != Orphans::Refuse {
            return Ok(());
        }
        best::stranded(&self.layout, self.seats.index(), back, seats).map_or(Ok(()), Err)
    }
}
