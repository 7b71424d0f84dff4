//! The digest of an event's state, kept up as it changes.
//!
//! The digest is the sum (modulo 2^64) of one term for each thing that is there: a taken seat, a hold, an order, an
//! area, a remembered key. Adding what is new and subtracting what was makes it cost a few multiplications a
//! change, and independent of the order in which tables happen to be walked. It stands in every record of the log:
//! a replay that arrives at another state is caught at the very record where it went wrong.

use crate::mix::{mix, mix_bytes};

/// What a term of the sum stands for, so that a hold never looks like an order.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(in crate::state) enum Part {
    Seat = 1,
    Hold = 2,
    Order = 3,
    Area = 4,
    Key = 5,
    Event = 6,
    Place = 7,
    Text = 8,
    CancelledOrder = 9,
    Limits = 10,
    Payment = 11,
    Claim = 12,
    Grace = 13,
    Schedule = 14,
    Money = 15,
    Plan = 16,
    Note = 17,
}

/// The running sum.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in crate::state) struct Digest(u64);

impl Digest {
    pub(in crate::state) fn add(&mut self, term: u64) {
        self.0 = self.0.wrapping_add(term);
    }

    pub(in crate::state) fn subtract(&mut self, term: u64) {
        self.0 = self.0.wrapping_sub(term);
    }

    pub(in crate::state) const fn value(self) -> u64 {
        self.0
    }
}

/// The term of one thing.
pub(in crate::state) const fn term(part: Part, a: u64, b: u64, c: u64) -> u64 {
    let seed = (part as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mix(mix(mix(seed ^ a).wrapping_add(b)).wrapping_add(c))
}

/// A number that stands for some bytes, to be part of a term.
pub(in crate::state) fn bytes_term(bytes: &[u8]) -> u64 {
    mix_bytes(term(Part::Text, bytes.len() as u64, 0, 0), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixing_is_part_of_the_format_and_stays() {
        assert_eq!(term(Part::Seat, 1, 2, 3), 0xA23A_8896_9DC0_7398);
        assert_eq!(bytes_term(b""), 0x3C06_9408_F6EE_E2C2);
        assert_eq!(bytes_term(b"holder-0001"), 0xA3E1_907C_AA9E_CCDB);
    }

    #[test]
    fn parts_and_places_of_arguments_matter() {
        let terms = [
            term(Part::Seat, 1, 2, 3),
            term(Part::Hold, 1, 2, 3),
            term(Part::Seat, 2, 1, 3),
            term(Part::Seat, 1, 3, 2),
            bytes_term(b"ab"),
            bytes_term(b"ba"),
            bytes_term(b"ab\0"),
        ];
        for (index, one) in terms.iter().enumerate() {
            assert!(!terms[index + 1..].contains(one));
        }
    }
}
