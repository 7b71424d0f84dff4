//! Reads beside writes: maps and counts of the very events that are being written to.

use super::Seating;
use crate::wire::command::{Command, Kind, LONG_TTL};

#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) seating: Seating,
    pub(crate) events: u16,
}

impl Read {
    /// Lane 0 writes, lane 1 reads.
    #[inline]
    pub(crate) fn arrive(&self, lane: usize, arrival: u64) -> Command {
        if lane == 0 {
            let (event, seat) = self.seating.at(arrival);
            return Command::hold(event, seat, arrival as u32, LONG_TTL);
        }
        let kind = if arrival.is_multiple_of(2) { Kind::Map } else { Kind::Count };
        Command::read(kind, (arrival / 2 % u64::from(self.events)) as u16)
    }
}
