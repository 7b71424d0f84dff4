//! Buyers: each holds a seat of its own; most confirm or pay, some give back, and some just leave, and their hold expires.

use super::Seating;
use crate::random::mix;
use crate::wire::command::{Command, Kind, LONG_TTL};
use crate::wire::reply::Answer;

#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) seating: Seating,
    pub(crate) seed: u64,
    /// How many of a hundred buyers confirm, and how many release.
    pub(crate) confirm: u8,
    pub(crate) release: u8,
    /// Buyers who confirm pay instead: `PAYMENT TRY`, then `PAYMENT SUCCEED`.
    pub(crate) payments: bool,
    /// Life of a hold whose buyer leaves, in milliseconds.
    pub(crate) ttl: u32,
}

impl Flow {
    pub(crate) fn arrive(&self, arrival: u64) -> Command {
        let (event, seat) = self.seating.at(arrival);
        let ttl = if self.intention(arrival as u32).is_some() { LONG_TTL } else { self.ttl };
        Command::hold(event, seat, arrival as u32, ttl)
    }

    pub(crate) fn follow(&self, command: &Command, answer: &Answer<'_>) -> Option<Command> {
        match (answer, self.intention(command.name)?) {
            (Answer::Held { hold, .. }, Kind::Confirm) if self.payments => {
                Some(command.follow(Kind::Try, *hold))
            }
            (Answer::Held { hold, .. }, kind) => Some(command.follow(kind, *hold)),
            (Answer::Payment { paid: false, .. }, _) => Some(command.follow(Kind::Succeed, command.argument)),
            _ => None,
        }
    }

    /// What a buyer does with the hold. It depends on the seed and the buyer's number alone, so that a seed repeats it.
    fn intention(&self, name: u32) -> Option<Kind> {
        // Another seed than that of the seats, so that the two are independent.
        let dice = mix(!self.seed, u64::from(name)) % 100;
        if dice < u64::from(self.confirm) {
            Some(Kind::Confirm)
        } else if dice < u64::from(self.confirm) + u64::from(self.release) {
            Some(Kind::Release)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buyers_do_what_the_shares_say() {
        let seating = Seating::new(1, 0, 1, 100_000);
        let flow = Flow { seating, seed: 1, confirm: 70, release: 20, payments: false, ttl: 500 };
        let (mut confirmed, mut released, mut left) = (0, 0, 0);
        for arrival in 0..100_000 {
            let hold = flow.arrive(arrival);
            let held = Answer::Held { hold: 9, expires_at: 0, version: 9, seat: hold.seat };
            match flow.follow(&hold, &held).map(|next| (next.kind, next.argument, next.name)) {
                Some((Kind::Confirm, 9, name)) if name == hold.name => confirmed += 1,
                Some((Kind::Release, 9, name)) if name == hold.name => released += 1,
                None if hold.argument == 500 => left += 1,
                other => panic!("{other:?}"),
            }
            assert_eq!(flow.follow(&hold, &Answer::Refused(b"BUSY")), None);
        }
        let paying = Flow { payments: true, ..flow };
        let next = (0..100).map(|arrival| paying.arrive(arrival)).find_map(|hold| {
            let next = paying.follow(&hold, &Answer::Held { hold: 9, expires_at: 0, version: 9, seat: 0 })?;
            (next.kind == Kind::Try).then_some(next)
        });
        let tried = next.unwrap();
        assert_eq!(tried.argument, 9);
        let pending = Answer::Payment { payment: tried.name, version: 10, paid: false };
        assert_eq!(paying.follow(&tried, &pending), Some(tried.follow(Kind::Succeed, 9)));
        let paid = Answer::Payment { payment: tried.name, version: 11, paid: true };
        assert_eq!(paying.follow(&tried.follow(Kind::Succeed, 9), &paid), None);
        assert!((69_000..71_000).contains(&confirmed), "{confirmed}");
        assert!((19_300..20_700).contains(&released), "{released}");
        assert!((9_400..10_600).contains(&left), "{left}");
    }
}
