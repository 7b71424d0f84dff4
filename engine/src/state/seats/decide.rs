//! Judges what is asked of seats, whoever asks.

use super::best;
use crate::limits;
use crate::state::values::ShortList;
use crate::state::{Event, Ordinal, Orphans, Refusal, SeatStatus, Seats};

impl Event {
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

    /// Where the sale refuses it, named seats must not leave one alone; those that are given back for them count as free.
    pub(in crate::state) fn none_stranded(&self, back: &[Ordinal], seats: &Seats) -> Result<(), Refusal> {
        if self.limits.orphans != Orphans::Refuse {
            return Ok(());
        }
        best::stranded(&self.layout, self.seats.index(), back, seats).map_or(Ok(()), Err)
    }
}
