//! The record in front of each group that came through a replicated log: where the group stands there, and which messages without records
//! stand between it and the group before. With it a node can make the messages again that it has kept, byte by byte.
//!
//! ```text
//!  0  the header of every record; event 0xffffffff, format 1, at: that of the record behind it
//! 32  0xff: no record of an event begins its body so
//! 33  the place (60 bytes)
//! 93  each message between: its position (u64), its length (u32), its bytes
//! ```

use holdfast_replica::{PLACE_BYTES, Place, Position};

use super::record::{self, HEADER, NO_EVENT};
use crate::numbers::At;

const FORMAT: u8 = 1;
const MARK: u8 = 0xff;

/// What stands in front of a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fronted<'a> {
    /// Where the group stands.
    pub place: Place,
    /// The messages of the chain between it and the group before, with their positions, oldest first.
    pub between: Vec<(Position, &'a [u8])>,
}

/// Appends the record. `at` is the time of the record behind it: who looks for a time in the log is not misled.
///
/// # Panics
/// If a message has 4 GiB or more; none has.
pub fn encode_place<'a>(
    place: &Place,
    at: At,
    between: impl IntoIterator<Item = (Position, &'a [u8])>,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(&record::header(NO_EVENT, (FORMAT, 0), at, 0, 0));
    out.push(MARK);
    out.extend_from_slice(&place.encode());
    for (position, message) in between {
        let length = u32::try_from(message.len()).expect("a message has a few megabytes at most");
        out.extend_from_slice(&position.0.to_le_bytes());
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(message);
    }
}

/// Reads such a record; `None` if the bytes are another record.
#[must_use]
pub fn decode_place(bytes: &[u8]) -> Option<Fronted<'_>> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
    let front = record::header(NO_EVENT, (FORMAT, 0), record::at_of(bytes)?, 0, 0);
    let (&[mark], rest) = rest.split_first_chunk()?;
    if *header != front || mark != MARK {
        return None;
    }
    let (place, mut rest) = rest.split_at_checked(PLACE_BYTES)?;
    let place = Place::decode(place)?;
    let mut between = Vec::new();
    while !rest.is_empty() {
        let (position, behind) = rest.split_first_chunk()?;
        let (length, behind) = behind.split_first_chunk()?;
        let (message, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        between.push((Position(u64::from_le_bytes(*position)), message));
        rest = behind;
    }
    Some(Fronted { place, between })
}

#[cfg(test)]
mod tests {
    use holdfast_replica::{Epoch, Link};

    use super::*;
    use crate::codec::{decode_record, decode_system, event_of, version_of};

    #[test]
    fn it_is_read_as_it_was_written_and_is_about_no_event() {
        let place =
            Place { epoch: Epoch(3), position: Position(9), unix_ms: 7, level: 6, before: Link([5; 32]) };
        for between in [vec![], vec![(Position(7), &b"an epoch"[..]), (Position(8), b"")]] {
            let mut bytes = Vec::new();
            encode_place(&place, At(1_234), between.clone(), &mut bytes);
            assert_eq!(decode_place(&bytes), Some(Fronted { place, between: between.clone() }));
            assert_eq!((event_of(&bytes), version_of(&bytes)), (None, None));
            assert_eq!(record::at_of(&bytes), Some(At(1_234)));
            assert!(decode_record(&bytes).is_err() && decode_system(&bytes).is_err());
            assert!(record::topic_of(&bytes).is_none() && !record::is_by_hand(&bytes));
            // Cut off between two messages it is whole: the log vouches for the length of a record.
            let ends = between.iter().scan(HEADER + 1 + PLACE_BYTES, |end, (_, message)| {
                *end += 12 + message.len();
                Some(*end)
            });
            let whole: Vec<_> = std::iter::once(HEADER + 1 + PLACE_BYTES).chain(ends).collect();
            for end in (0..bytes.len()).filter(|end| !whole.contains(end)) {
                assert_eq!(decode_place(&bytes[..end]), None, "{end} bytes of it");
            }
        }
        let mut golden = Vec::new();
        encode_place(&place, At(1_234), [(Position(7), &b"m"[..])], &mut golden);
        let hex = concat!(
            "ffffffff01000000d204000000000000",
            "00000000000000000000000000000000",
            "ff",
            "0300000000000000",
            "0900000000000000",
            "0700000000000000",
            "06000000",
            "0505050505050505050505050505050505050505050505050505050505050505",
            "0700000000000000",
            "01000000",
            "6d",
        );
        assert_eq!(crate::codec::hex(&golden), hex, "the format of version 1");
    }
}
