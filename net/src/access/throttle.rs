//! What failed logins cost the address that they come from, and all of them together.
//!
//! A wrong token is answered late, later each time, and its connection does nothing else meanwhile. A right token is
//! answered at once, whatever came from the same address before. So nobody can lock out a front end behind the same
//! address by failing on its behalf, and still nobody gets more than a few tries a second out of a connection. Whoever
//! guesses from many addresses pays for the sum of them; that alone stays below a second, as it meets also those who
//! only made a mistake.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::limits;

#[derive(Default, Debug)]
pub(super) struct Throttle(Mutex<Failures>);

#[derive(Default, Debug)]
struct Failures {
    /// Addresses from which logins failed lately: at most [`limits::FAILING_ADDRESSES_MAX`].
    addresses: HashMap<IpAddr, Failing>,
    all: Option<Failing>,
}

/// Failures with less than [`limits::FAILURES_FORGOTTEN`] between two.
#[derive(Clone, Copy, Debug)]
struct Failing {
    failures: u32,
    last: Instant,
}

/// How many failures there were in a row, the last one included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct InARow {
    pub(super) from_there: u32,
    pub(super) of_all: u32,
}

impl Failing {
    const fn none(now: Instant) -> Self {
        Self { failures: 0, last: now }
    }

    fn one_more(&mut self, now: Instant) -> u32 {
        if now.duration_since(self.last) >= limits::FAILURES_FORGOTTEN {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.last = now;
        self.failures
    }
}

impl Throttle {
    /// Counts a failure.
    pub(super) fn failed(&self, address: IpAddr, now: Instant) -> InARow {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Failures { addresses: failing, all } = &mut *failures;
        let address = network(address);
        if failing.len() >= limits::FAILING_ADDRESSES_MAX && !failing.contains_key(&address) {
            // This scans a small table, and only while logins fail from very many addresses.
            let oldest = failing.iter().min_by_key(|(_, failing)| failing.last).map(|(address, _)| *address);
            oldest.and_then(|oldest| failing.remove(&oldest));
        }
        let from_there = failing.entry(address).or_insert(Failing::none(now)).one_more(now);
        InARow { from_there, of_all: all.get_or_insert(Failing::none(now)).one_more(now) }
    }
}

/// How long the reply is kept back after this many failures in a row; `first` is the delay of the first failure.
pub(super) fn delay(first: Duration, InARow { from_there, of_all }: InARow) -> Duration {
    let again = from_there.clamp(1, limits::LOGINS_TRIED_AGAIN);
    let doublings = from_there.saturating_sub(limits::LOGINS_TRIED_AGAIN).min(limits::LOGIN_DELAY_DOUBLINGS);
    let of_all = (of_all / limits::FAILURES_OF_ALL).checked_ilog2().map_or(0, |doublings| doublings + 1);
    first * (again << doublings).max(1 << of_all.min(limits::LOGIN_DELAY_DOUBLINGS_OF_ALL))
}

/// The part of an address that one peer has for itself: all of an IPv4 address, 64 bits of an IPv6 address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_failure_in_a_row_costs_more_up_to_a_limit() {
        let ms = |from_there, of_all| delay(limits::LOGIN_DELAY, InARow { from_there, of_all }).as_millis();
        let one_address = [0, 1, 2, 3, 11, 12, 13, 14, 15, 16, 17, u32::MAX].map(|failures| ms(failures, 1));
        assert_eq!(one_address, [10, 10, 20, 30, 110, 120, 240, 480, 960, 1_920, 1_920, 1_920]);
        // From ever new addresses, each of which fails once.
        let ever_new = [31, 32, 63, 64, 128, 256, u32::MAX].map(|failures| ms(1, failures));
        assert_eq!(ever_new, [10, 20, 20, 40, 80, 80, 80]);
        assert_eq!(ms(12, u32::MAX), 120, "the larger of the two");
        // A client library that tries a wrong token eleven times knows within a second, whoever guesses meanwhile.
        for others in [0, u32::MAX - 11] {
            let sum: u128 = (1..=11).map(|failures| ms(failures, others + failures)).sum();
            assert!(sum < 1_000, "{sum} ms");
        }
    }

    #[test]
    fn failures_are_counted_by_address_and_of_all() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let failed = |text: &str, now| throttle.failed(address(text), now).from_there;
        assert_eq!([failed("192.0.2.1", now), failed("192.0.2.1", now)], [1, 2]);
        assert_eq!(failed("::ffff:192.0.2.1", now), 3, "the same address, written otherwise");
        assert_eq!(failed("192.0.2.2", now), 1);
        assert_eq!(throttle.failed(address("192.0.2.3"), now), InARow { from_there: 1, of_all: 5 });
        assert_eq!(failed("2001:db8::1", now), 1);
        assert_eq!(failed("2001:db8::2", now), 2, "one network is one peer");
        let later = now + limits::FAILURES_FORGOTTEN;
        assert_eq!(
            throttle.failed(address("192.0.2.1"), later),
            InARow { from_there: 1, of_all: 1 },
            "forgotten"
        );
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let most = u32::try_from(limits::FAILING_ADDRESSES_MAX).unwrap();
        for number in 0..2 * most {
            let address = IpAddr::from(number.to_be_bytes());
            throttle.failed(address, start + Duration::from_micros(number.into()));
        }
        assert_eq!(throttle.0.lock().unwrap().addresses.len(), limits::FAILING_ADDRESSES_MAX);
        let last = IpAddr::from((2 * most - 1).to_be_bytes());
        let last = throttle.failed(last, start + Duration::from_secs(1));
        assert_eq!(last, InARow { from_there: 2, of_all: 2 * most + 1 }, "the newest stay");
    }
}
