//! What failed logins cost the address that they come from.
//!
//! A wrong token is answered late, later each time, and its connection does nothing else meanwhile. A right token is
//! answered at once, whatever came from the same address before. So nobody can lock out a front end behind the same
//! address by failing on its behalf, and yet a connection has no more than a few tries a second.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::limits;

/// Addresses from which logins failed lately: at most [`limits::FAILING_ADDRESSES_MAX`].
#[derive(Debug)]
pub(super) struct Throttle(Mutex<HashMap<IpAddr, Failing>>);

#[derive(Clone, Copy, Debug)]
struct Failing {
    failures: u32,
    last: Instant,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// Counts a failure; returns the number of failures in a row, with this one.
    pub(super) fn failed(&self, address: IpAddr, now: Instant) -> u32 {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = network(address);
        if failing.len() >= limits::FAILING_ADDRESSES_MAX && !failing.contains_key(&address) {
            // This scans a small table, and only while logins fail from very many addresses.
            let oldest = failing.iter().min_by_key(|(_, failing)| failing.last).map(|(address, _)| *address);
            oldest.and_then(|oldest| failing.remove(&oldest));
        }
        let entry = failing.entry(address).or_insert(Failing { failures: 0, last: now });
        if now.duration_since(entry.last) >= limits::FAILURES_FORGOTTEN {
            entry.failures = 0;
        }
        entry.failures = entry.failures.saturating_add(1);
        entry.last = now;
        entry.failures
    }
}

/// How long the reply is kept back after this many failures in a row; `first` is the delay of the first failure.
pub(super) fn delay(first: Duration, failures: u32) -> Duration {
    first * (1 << failures.saturating_sub(1).min(limits::LOGIN_DELAY_DOUBLINGS))
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
        let delays: Vec<_> = [0, 1, 2, 3, 7, u32::MAX]
            .into_iter()
            .map(|failures| delay(limits::LOGIN_DELAY, failures))
            .collect();
        let ms = Duration::from_millis;
        assert_eq!(delays, [ms(250), ms(250), ms(500), ms(1_000), ms(2_000), ms(2_000)]);
        let (throttle, now) = (Throttle::new(), Instant::now());
        let one = address("192.0.2.1");
        assert_eq!([throttle.failed(one, now), throttle.failed(one, now)], [1, 2]);
        assert_eq!(
            throttle.failed(address("::ffff:192.0.2.1"), now),
            3,
            "the same address, written otherwise"
        );
        assert_eq!(throttle.failed(address("192.0.2.2"), now), 1);
        assert_eq!(throttle.failed(one, now + limits::FAILURES_FORGOTTEN), 1, "forgotten");
        assert_eq!(throttle.failed(address("2001:db8::1"), now), 1);
        assert_eq!(throttle.failed(address("2001:db8::2"), now), 2, "one network is one peer");
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let (throttle, start) = (Throttle::new(), Instant::now());
        let most = u32::try_from(limits::FAILING_ADDRESSES_MAX).unwrap();
        for number in 0..2 * most {
            let address = IpAddr::from(number.to_be_bytes());
            throttle.failed(address, start + Duration::from_micros(number.into()));
        }
        assert_eq!(throttle.0.lock().unwrap().len(), limits::FAILING_ADDRESSES_MAX);
        let last = IpAddr::from((2 * most - 1).to_be_bytes());
        assert_eq!(throttle.failed(last, start + Duration::from_secs(1)), 2, "the newest stay");
    }
}
