//! What operators change: limits, and seats that are kept from being sold.

use crate::state::seats::{NOBODY, seat_term};
use crate::state::{Answer, Event, Ordinal, Places, SaleLimits, SeatStatus};

impl Event {
    /// What is held beyond the new limits stays held: limits are looked at when something is asked for.
    pub(in crate::state) fn set_limits(&mut self, limits: &SaleLimits, version: u64) -> Answer {
        let before = self.limits_term();
        self.sum.subtract(before);
        self.limits = limits.clone();
        let after = self.limits_term();
        self.sum.add(after);
        Answer::Event { status: self.status, version }
    }

    pub(in crate::state) fn block(
        &mut self,
        seats: impl Iterator<Item = Ordinal>,
        places: &Places,
        version: u64,
    ) -> Answer {
        let mut blocked = places.total() as u32;
        for seat in seats {
            self.seats.block(seat);
            self.sum.add(seat_term(seat, SeatStatus::Blocked, NOBODY));
            blocked += 1;
        }
        self.move_places(places, SeatStatus::Free, SeatStatus::Blocked);
        Answer::Blocked { version, seats: blocked }
    }

    pub(in crate::state) fn unblock(
        &mut self,
        seats: impl Iterator<Item = Ordinal>,
        places: &Places,
        version: u64,
    ) -> Answer {
        let mut unblocked = places.total() as u32;
        for seat in seats {
            assert!(self.seats.status(seat) == SeatStatus::Blocked, "seat {seat} is blocked");
            self.sum.subtract(seat_term(seat, SeatStatus::Blocked, NOBODY));
            self.seats.free(seat);
            unblocked += 1;
        }
        self.move_places(places, SeatStatus::Blocked, SeatStatus::Free);
        Answer::Blocked { version, seats: unblocked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{At, Millis};
    use crate::state::{Audit, Change, Created, Name, Record, TableSeed};

    fn event() -> Event {
        let name = |text: &str| Name::new(text.as_bytes()).unwrap();
        let json =
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 3}}]}"#;
        let created = Created { name: name("ev"), spec: serde_json::from_str(json).unwrap() };
        Event::create(&created, At(1), TableSeed(0)).unwrap()
    }

    fn set(event: &mut Event, limits: SaleLimits) {
        let audit = Audit { operator: Name::new(b"olga").unwrap(), reason: "why".into() };
        let change = Change::LimitsSet { limits: Box::new(limits), audit };
        event.apply(&Record::new(At(1), event.version() + 1, None, change));
        event.check().unwrap();
    }

    #[test]
    fn other_limits_are_another_state_and_the_first_ones_are_none() {
        let first = SaleLimits::default();
        let digests: Vec<u64> = [
            first.clone(),
            SaleLimits { max_extends: 4, ..first.clone() },
            SaleLimits { max_payment_retries: 4, ..first.clone() },
            SaleLimits { orphans: crate::state::Orphans::Allow, ..first.clone() },
        ]
        .into_iter()
        .map(|limits| {
            let mut event = event();
            set(&mut event, limits);
            event.digest()
        })
        .collect();
        assert!(digests.iter().enumerate().all(|(at, digest)| !digests[..at].contains(digest)));
        let mut back = event();
        let sum = back.sum;
        set(&mut back, SaleLimits { max_ttl: Millis(400_000), ..first.clone() });
        assert!(back.sum != sum);
        set(&mut back, first);
        assert!(back.sum == sum, "an event that never changed its limits has the digest that it always had");
    }

    #[test]
    #[should_panic(expected = "only a free seat is blocked")]
    fn a_seat_is_blocked_once() {
        event().block([1, 1].into_iter(), &Places::default(), 2);
    }
}
