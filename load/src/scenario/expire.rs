//! A mass of holds that are due at one moment: how long it takes until all are free, and what other clients notice
//! meanwhile.
//!
//! Lane 0 fills the events. Every hold asks for just the time that is left, so the deadlines differ by no more than
//! the milliseconds that a command is in flight. Lane 1 holds seats of another event all the time, at a steady rate.
//! Lane 2 asks for counts until they say that everything is free.

use super::Seating;
use crate::wire::command::{Command, Kind, LONG_TTL};
use crate::wire::reply::Answer;

/// How long the run waits after the deadline before it gives up.
const PATIENCE_NS: u64 = 60_000_000_000;

#[derive(Clone, Debug)]
pub(crate) struct Expire {
    pub(crate) filled: Seating,
    pub(crate) beside: Seating,
    /// The number of events that are filled; the event of lane 1 comes after them.
    pub(crate) events: u16,
    /// The seats of each of these events, and the holds in all of them.
    pub(crate) seats: u32,
    pub(crate) holds: u64,
    /// When all holds are due, from the start.
    pub(crate) due_ns: u64,
    pub(crate) seen: Expiry,
}

/// What was seen, in nanoseconds from the start.
#[derive(Clone, Debug)]
pub(crate) struct Expiry {
    /// The last hold was answered.
    pub(crate) filled_ns: u64,
    /// For each event: when a count first said that all was free.
    free_ns: Vec<Option<u64>>,
}

impl Expiry {
    pub(crate) fn new(events: u16) -> Self {
        Self { filled_ns: 0, free_ns: vec![None; usize::from(events)] }
    }

    /// When the last event was free; `None` if one never was.
    pub(crate) fn all_free_ns(&self) -> Option<u64> {
        self.free_ns.iter().copied().try_fold(0, |latest, free| Some(latest.max(free?)))
    }
}

impl Expire {
    pub(crate) fn arrive(&self, lane: usize, arrival: u64, intended_ns: u64) -> Command {
        match lane {
            0 => {
                let (event, seat) = self.filled.at(arrival);
                let left_ms = self.due_ns.saturating_sub(intended_ns) / 1_000_000;
                Command::hold(event, seat, arrival as u32, (left_ms as u32).max(1))
            }
            1 => {
                let (event, seat) = self.beside.at(arrival);
                let kind = if intended_ns < self.due_ns { Kind::HoldBefore } else { Kind::HoldMeanwhile };
                // Keys are unique within an event, and this one is its own.
                Command { kind, ..Command::hold(event, seat, arrival as u32, LONG_TTL) }
            }
            _ => Command::read(Kind::Count, (arrival % u64::from(self.events)) as u16),
        }
    }

    pub(crate) fn observe(&mut self, command: &Command, answer: &Answer<'_>, now_ns: u64) {
        match (command.kind, answer) {
            (Kind::Hold, _) => self.seen.filled_ns = now_ns,
            (Kind::Count, Answer::Counted([free, ..]))
                if now_ns >= self.due_ns && *free == u64::from(self.seats) =>
            {
                if let Some(free @ None) = self.seen.free_ns.get_mut(usize::from(command.event)) {
                    *free = Some(now_ns);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn is_over(&self, now_ns: u64) -> bool {
        self.seen.all_free_ns().is_some() || now_ns > self.due_ns + PATIENCE_NS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn expire() -> Expire {
        let (filled, beside) = (Seating::new(1, 0, 2, 100), Seating::new(1, 2, 1, 100));
        Expire { filled, beside, events: 2, seats: 100, holds: 200, due_ns: 3 * SECOND, seen: Expiry::new(2) }
    }

    #[test]
    fn deadlines_meet() {
        let expire = expire();
        assert_eq!(expire.arrive(0, 0, SECOND).argument, 2_000);
        assert_eq!(expire.arrive(0, 1, 2 * SECOND).argument, 1_000);
        assert_eq!(expire.arrive(0, 2, 4 * SECOND).argument, 1, "too late: due at once");
        assert_eq!(expire.arrive(1, 0, SECOND).kind, Kind::HoldBefore);
        assert_eq!(expire.arrive(1, 0, 3 * SECOND).kind, Kind::HoldMeanwhile);
        assert_eq!((expire.arrive(2, 0, 0).event, expire.arrive(2, 1, 0).event), (0, 1));
    }

    #[test]
    fn it_is_over_when_all_events_were_seen_free_after_the_deadline() {
        let mut expire = expire();
        let mut counted = |event, free, now| {
            let counts = Answer::Counted([free, 100 - free, 0, 0, 0]);
            expire.observe(&Command::read(Kind::Count, event), &counts, now);
            expire.is_over(now)
        };
        assert!(!counted(0, 100, SECOND), "before anything was held");
        assert!(!counted(0, 100, 3 * SECOND));
        assert!(!counted(1, 99, 3 * SECOND + 1));
        assert!(!counted(0, 100, 3 * SECOND + 2));
        assert!(counted(1, 100, 3 * SECOND + 3));
        assert_eq!(expire.seen.all_free_ns(), Some(3 * SECOND + 3));
    }
}
