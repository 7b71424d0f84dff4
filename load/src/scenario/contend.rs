//! Many clients, few seats: `rivals` commands race for each seat, one wins, the others are refused.
//!
//! Rivals are sent one after the other on different connections, so the server gets them in an arbitrary order. The
//! share of refusals is the same from the first second to the last.

use super::Seating;
use crate::wire::command::{Command, LONG_TTL};

#[derive(Clone, Debug)]
pub(crate) struct Contend {
    pub(crate) seating: Seating,
    /// Commands for each seat.
    pub(crate) rivals: u32,
}

impl Contend {
    #[inline]
    pub(crate) fn arrive(&self, arrival: u64) -> Command {
        let (event, seat) = self.seating.at(arrival / u64::from(self.rivals));
        Command::hold(event, seat, arrival as u32, LONG_TTL)
    }
}
