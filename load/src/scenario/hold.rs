//! Each command holds a new seat, for a new holder, under a new key: what a server can take in at best.

use super::Seating;
use crate::wire::command::{Command, LONG_TTL};

#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub(crate) seating: Seating,
}

impl Hold {
    #[inline]
    pub(crate) fn arrive(&self, arrival: u64) -> Command {
        let (event, seat) = self.seating.at(arrival);
        Command::hold(event, seat, arrival as u32, LONG_TTL)
    }
}
