//! Which seat an arrival asks for: each seat of each event once, out of order, the events in turn.

use crate::random::Scatter;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Seating {
    first_event: u16,
    events: u64,
    seats: u64,
    scatter: Scatter,
}

impl Seating {
    /// `events` events from `first_event` on, with as many seats each.
    pub(crate) fn new(seed: u64, first_event: u16, events: u16, seats: u32) -> Self {
        let scatter = Scatter::new(seed ^ u64::from(first_event), seats);
        Self { first_event, events: u64::from(events.max(1)), seats: u64::from(seats), scatter }
    }

    /// The event and the seat of the `n`th arrival.
    #[inline]
    pub(crate) const fn at(&self, n: u64) -> (u16, u32) {
        (self.first_event + (n % self.events) as u16, self.scatter.at(n / self.events))
    }

    /// Arrivals that have a seat of their own.
    pub(crate) const fn capacity(&self) -> u64 {
        self.events * self.seats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_seat_once() {
        let seating = Seating::new(3, 2, 3, 50);
        let mut seen: Vec<_> = (0..seating.capacity()).map(|n| seating.at(n)).collect();
        seen.sort_unstable();
        let all: Vec<_> = (2..5).flat_map(|event| (0..50).map(move |seat| (event, seat))).collect();
        assert_eq!(seen, all);
    }
}
