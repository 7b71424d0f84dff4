//! Who waits at the door: the connections before their login, oldest first, and how many of them from where.
//!
//! There are only so many places for them, and fewer for those of one network. Where a place is wanted and none is left,
//! the oldest connection goes: a client that means to log in does so at once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::access::network;
use crate::limits;

/// `T` is what belongs to each; it comes back when the connection goes, by itself or for another.
#[derive(Debug)]
pub(super) struct Strangers<T> {
    most: usize,
    most_of_one: usize,
    next: u64,
    waiting: BTreeMap<u64, (IpAddr, T)>,
    /// The same by network.
    networks: BTreeMap<IpAddr, BTreeSet<u64>>,
}

impl<T> Strangers<T> {
    /// For a server with so many places in all.
    pub(super) fn of(places: usize) -> Self {
        let most = (places / limits::STRANGERS_SHARE).max(1);
        let most_of_one = (most / limits::STRANGERS_SHARE).max(1);
        Self { most, most_of_one, next: 0, waiting: BTreeMap::new(), networks: BTreeMap::new() }
    }

    /// Takes one in; gives its number, and what belonged to the one that goes for it.
    pub(super) fn arrive(&mut self, address: IpAddr, one: T) -> (u64, Option<T>) {
        let network = network(address);
        let neighbours = self.networks.get(&network);
        let crowded = neighbours.filter(|neighbours| neighbours.len() >= self.most_of_one);
        let displaced = match crowded.and_then(BTreeSet::first).copied() {
            Some(oldest) => self.leave(oldest),
            None if self.waiting.len() >= self.most => self.displace(),
            None => None,
        };
        let number = self.next;
        self.next += 1;
        self.waiting.insert(number, (network, one));
        self.networks.entry(network).or_default().insert(number);
        (number, displaced)
    }

    /// The oldest goes.
    pub(super) fn displace(&mut self) -> Option<T> {
        let oldest = *self.waiting.first_key_value()?.0;
        self.leave(oldest)
    }

    /// One goes, if it is still here.
    pub(super) fn leave(&mut self, number: u64) -> Option<T> {
        let (network, one) = self.waiting.remove(&number)?;
        if let Some(neighbours) = self.networks.get_mut(&network) {
            neighbours.remove(&number);
            if neighbours.is_empty() {
                self.networks.remove(&network);
            }
        }
        Some(one)
    }

    /// What belongs to one, while it is here.
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.waiting.get_mut(&number).map(|(_, one)| one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_oldest_goes_where_there_are_too_many_first_of_its_own_network() {
        let mut strangers = Strangers::of(64);
        let of_one = 4;
        let mut come = |network: u8, name: u32| strangers.arrive(IpAddr::from([192, 0, network, 1]), name).1;
        for name in 0..of_one {
            assert_eq!(come(1, name), None);
        }
        assert_eq!((come(1, 10), come(1, 11)), (Some(0), Some(1)), "as many as one network may have");
        for network in 2..14 {
            assert_eq!(come(network, 100 + u32::from(network)), None);
        }
        assert_eq!(come(20, 200), Some(2), "as many as there may be in all");
        assert_eq!((come(21, 201), come(22, 202), come(23, 203)), (Some(3), Some(10), Some(11)));
        assert_eq!(come(24, 204), Some(102));
    }

    #[test]
    fn a_network_is_an_address_or_half_of_one() {
        let mut strangers = Strangers::of(4 * 4 * 2);
        for (text, displaced) in [
            ("2001:db8::1", None),
            ("2001:db8::2", None),
            ("2001:db8::ffff:1", Some("2001:db8::1")),
            ("2001:db8:0:1::1", None),
            ("192.0.2.1", None),
            ("192.0.2.2", None),
            ("::ffff:192.0.2.1", None),
            ("192.0.2.1", Some("192.0.2.1")),
        ] {
            assert_eq!(strangers.arrive(address(text), text).1, displaced, "{text}");
        }
    }

    #[test]
    fn who_has_left_makes_room_and_goes_once() {
        let mut strangers = Strangers::of(1);
        let (number, _) = strangers.arrive(address("192.0.2.1"), "one");
        assert_eq!(strangers.get_mut(number), Some(&mut "one"));
        assert_eq!((strangers.leave(number), strangers.leave(number)), (Some("one"), None));
        assert_eq!(strangers.arrive(address("192.0.2.1"), "two").1, None);
        assert_eq!((strangers.displace(), strangers.displace()), (Some("two"), None));
    }

    quickcheck! {
        /// Whoever comes and goes: never too many, in all or of a network, and the two lists agree.
        fn there_are_never_too_many(places: u8, moves: Vec<(u8, bool)>) -> bool {
            let mut strangers = Strangers::of(places.into());
            moves.into_iter().all(|(who, comes)| {
                if comes {
                    strangers.arrive(IpAddr::from([192, 0, 2, who % 8]), ());
                } else {
                    strangers.leave(u64::from(who) % strangers.next.max(1));
                }
                let of_networks: usize = strangers.networks.values().map(BTreeSet::len).sum();
                let fits = |neighbours: &BTreeSet<u64>| (1..=strangers.most_of_one).contains(&neighbours.len());
                strangers.waiting.len() <= strangers.most
                    && of_networks == strangers.waiting.len()
                    && strangers.networks.values().all(fits)
            })
        }
    }
}
