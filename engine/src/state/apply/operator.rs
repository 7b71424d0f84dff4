//! What operators change: limits, and seats that are kept from being sold.

use super::{NOBODY, seat_number};
use crate::state::answer::Answer;
use crate::state::command::Seats;
use crate::state::event::Event;
use crate::state::spec::SaleLimits;
use crate::state::status::SeatStatus;

impl Event {
    /// What is held beyond the new limits stays held: limits are looked at when something is asked for.
    pub(super) fn set_limits(&mut self, limits: &SaleLimits, version: u64) -> Answer {
        let before = self.limits_number();
        self.sum.subtract(before);
        self.limits = limits.clone();
        let after = self.limits_number();
        self.sum.add(after);
        Answer::Event { status: self.status, version }
    }

    pub(super) fn block(&mut self, seats: &Seats, version: u64) -> Answer {
        for &seat in seats {
            self.seats.block(seat);
            self.sum.add(seat_number(seat, SeatStatus::Blocked, NOBODY));
        }
        Answer::Blocked { version, seats: seats.len() as u32 }
    }

    pub(super) fn unblock(&mut self, seats: &Seats, version: u64) -> Answer {
        for &seat in seats {
            assert!(self.seats.status(seat) == SeatStatus::Blocked, "seat {seat} is blocked");
            self.sum.subtract(seat_number(seat, SeatStatus::Blocked, NOBODY));
            self.seats.free(seat);
        }
        Answer::Blocked { version, seats: seats.len() as u32 }
    }
}
