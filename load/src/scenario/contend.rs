//! Many clients, few seats: so many commands race for each seat, one wins, the others are refused.
//!
//! Rivals follow each other, and followers are on different connections, so they meet at the server in an order that
//! nobody chose. The share of refusals is the same from the first second to the last.

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
