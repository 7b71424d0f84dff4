//! The rules about seats that several commands share.

use super::best;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::state::values::ShortList;
use crate::state::{Event, No, Ordinal, Orphans, Refusal, SeatStatus, Seats, first_repeated, repeated};

impl Event {
    /// The form of a command that names seats and nothing else.
    pub(in crate::state) fn some_seats_once(&self, command: &str, seats: &Seats) -> Result<(), No> {
        if seats.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, format!("{command} names no seat"))));
        }
        self.no_seat_twice(seats)
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
        let taken: ShortList<_, 2> = seats
            .iter()
            .map(|&seat| (seat, self.seats.status(seat)))
            .filter(|&(_, status)| status != SeatStatus::Free)
            .take(limits::TAKEN_NAMED_MAX)
            .collect();
        Err(Refusal::SeatsTaken(taken))
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
