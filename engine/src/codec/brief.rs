//! The changes that a sale writes by the million, by hand: the same bytes as bincode's, in a third of the instructions.
//!
//! Unusual input (another change, a long list, wrong bytes) is left to bincode, which has the error messages. A
//! number below 251 is one byte; a larger one is a byte that tells its length, and then that many bytes,
//! little-endian.

use crate::numbers::{HoldId, Millis};
use crate::state::{Change, Name};

/// The longest list that is coded here. Longer ones are rare, and bincode bounds what they allocate.
pub(super) const VALUES_MAX: usize = 16;

const HELD: u8 = 2;
const EXTENDED: u8 = 3;
const RELEASED: u8 = 4;
const SOLD: u8 = 6;
const EXPIRED: u8 = 7;

const TWO_BYTES: u8 = 251;
const FOUR_BYTES: u8 = 252;
const EIGHT_BYTES: u8 = 253;

/// Appends the change. False if it is not one of those that are coded here: then nothing was appended.
pub(super) fn encode(change: &Change, out: &mut Vec<u8>) -> bool {
    match change {
        Change::Held { holder, ttl, seats, places }
            if seats.len() <= VALUES_MAX && places.len() <= VALUES_MAX =>
        {
            out.push(HELD);
            put_name(holder, out);
            put(u64::from(ttl.0), out);
            put(seats.len() as u64, out);
            seats.iter().for_each(|&seat| put(u64::from(seat), out));
            put(places.len() as u64, out);
            for &(area, count) in places {
                put(u64::from(area), out);
                put(u64::from(count), out);
            }
        }
        Change::Extended { hold, ttl } => {
            put_hold(EXTENDED, *hold, out);
            put(u64::from(ttl.0), out);
        }
        Change::Released { hold } => put_hold(RELEASED, *hold, out),
        Change::Expired { hold } => put_hold(EXPIRED, *hold, out),
        Change::Sold { order, holds } if holds.len() <= VALUES_MAX => {
            out.push(SOLD);
            put_name(order, out);
            put(holds.len() as u64, out);
            holds.iter().for_each(|hold| put(hold.0, out));
        }
        _ => return false,
    }
    true
}

fn put_name(name: &Name, out: &mut Vec<u8>) {
    // At most 64 bytes.
    out.push(name.bytes().len() as u8);
    out.extend_from_slice(name.bytes());
}

fn put_hold(tag: u8, hold: HoldId, out: &mut Vec<u8>) {
    out.push(tag);
    put(hold.0, out);
}

pub(super) fn put(number: u64, out: &mut Vec<u8>) {
    let bytes = number.to_le_bytes();
    if number < u64::from(TWO_BYTES) {
        out.push(bytes[0]);
    } else if number <= u64::from(u16::MAX) {
        out.extend_from_slice(&[TWO_BYTES, bytes[0], bytes[1]]);
    } else if number <= u64::from(u32::MAX) {
        out.extend_from_slice(&[FOUR_BYTES, bytes[0], bytes[1], bytes[2], bytes[3]]);
    } else {
        out.push(EIGHT_BYTES);
        out.extend_from_slice(&bytes);
    }
}

/// Reads a change that is coded here and takes all of the bytes. `None` leaves them to bincode.
pub(super) fn decode(bytes: &[u8]) -> Option<Change> {
    let (&tag, rest) = bytes.split_first()?;
    let mut body = Body(rest);
    let change = match tag {
        HELD => {
            let (holder, ttl) = (body.name()?, Millis(body.number()?));
            let seats = body.list(Body::number)?;
            let places = body.list(|body| Some((body.number()?, body.number()?)))?;
            Change::Held { holder, ttl, seats, places }
        }
        EXTENDED => Change::Extended { hold: body.hold()?, ttl: Millis(body.number()?) },
        RELEASED => Change::Released { hold: body.hold()? },
        SOLD => Change::Sold { order: body.name()?, holds: body.list(Body::hold)? },
        EXPIRED => Change::Expired { hold: body.hold()? },
        _ => return None,
    };
    body.0.is_empty().then_some(change)
}

/// What is still to be read.
pub(super) struct Body<'a>(pub(super) &'a [u8]);

impl Body<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (&taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(taken)
    }

    /// A number that fits the type. It may be spelled longer than necessary, but not longer than the type.
    pub(super) fn number<T: TryFrom<u64>>(&mut self) -> Option<T> {
        let [first] = self.take()?;
        let (number, length) = match first {
            TWO_BYTES => (u64::from(u16::from_le_bytes(self.take()?)), 2),
            FOUR_BYTES => (u64::from(u32::from_le_bytes(self.take()?)), 4),
            EIGHT_BYTES => (u64::from_le_bytes(self.take()?), 8),
            254.. => return None,
            small => (u64::from(small), 1),
        };
        if length > size_of::<T>() { None } else { T::try_from(number).ok() }
    }

    fn hold(&mut self) -> Option<HoldId> {
        self.number().map(HoldId)
    }

    fn name(&mut self) -> Option<Name> {
        let [length] = self.take()?;
        let (name, rest) = self.0.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Name::new(name)
    }

    fn list<T, L: FromIterator<T>>(&mut self, mut value: impl FnMut(&mut Self) -> Option<T>) -> Option<L> {
        let count: u32 = self.number()?;
        if count as usize > VALUES_MAX {
            return None;
        }
        (0..count).map(|_| value(self)).collect()
    }
}
