//! How answers are packed in memory. No format of a disk, so it may change.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};

use crate::numbers::{At, HoldId};
use crate::state::tables::VecWriter;
use crate::state::{Answer, Told};

/// Any answer. Numbers of a fixed length take a dozen bytes more an answer than those of a variable one, and a third of
/// the instructions.
const ANY: u8 = 0;
const FIXED: Configuration<LittleEndian, Fixint, Limit<{ 64 * 1024 * 1024 }>> =
    bincode::config::standard().with_fixed_int_encoding().with_limit::<{ 64 * 1024 * 1024 }>();

/// That to a new hold, of which a sale has a million: version, deadline, how many seats, how many areas; then the seats,
/// then the areas with their places.
const NEW_HOLD: u8 = 1;
const HEAD: usize = 1 + 8 + 8 + 1 + 1;

/// Appends the answer.
pub(super) fn pack(answer: Told<'_>, out: &mut Vec<u8>) {
    if let Told::Hold { version, expires_at, seats, places } = answer
        && let (Ok(seat_count), Ok(area_count)) = (u8::try_from(seats.len()), u8::try_from(places.len()))
    {
        let mut head = [0; HEAD];
        head[0] = NEW_HOLD;
        head[1..9].copy_from_slice(&version.to_le_bytes());
        head[9..17].copy_from_slice(&expires_at.0.to_le_bytes());
        (head[17], head[18]) = (seat_count, area_count);
        out.extend_from_slice(&head);
        seats.iter().for_each(|seat| out.extend_from_slice(&seat.to_le_bytes()));
        for &(area, count) in places {
            out.extend_from_slice(&area.to_le_bytes());
            out.extend_from_slice(&count.to_le_bytes());
        }
    } else {
        out.push(ANY);
        bincode::encode_into_writer(answer, VecWriter(out), FIXED).expect("a vector takes every answer");
    }
}

/// The answer that stands at the beginning of these bytes; `None` if none was packed there.
pub(super) fn unpack(bytes: &[u8]) -> Option<Answer> {
    match bytes {
        [ANY, rest @ ..] => bincode::decode_from_slice(rest, FIXED).ok().map(|(answer, _)| answer),
        [NEW_HOLD, ..] => {
            let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
            let number = |at: usize| Some(u64::from_le_bytes(head.get(at..at + 8)?.try_into().ok()?));
            let (version, expires_at) = (number(1)?, At(number(9)?));
            let (seats, rest) = rest.split_at_checked(4 * usize::from(head[17]))?;
            let (places, _) = rest.split_at_checked(6 * usize::from(head[18]))?;
            let seats = seats.as_chunks().0.iter().map(|&seat| u32::from_le_bytes(seat)).collect();
            let places = places.as_chunks::<6>().0.iter();
            let places = places
                .map(|&[a, b, c, d, e, f]| (u16::from_le_bytes([a, b]), u32::from_le_bytes([c, d, e, f])));
            Some(Answer::Hold { hold: HoldId(version), expires_at, version, seats, places: places.collect() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::Millis;
    use crate::state::{Name, PaymentLine, PaymentStatus, Refusal, Seats};

    #[test]
    fn what_is_unpacked_is_what_was_packed() {
        let hold = |hold, seats: Seats, areas: u16| Answer::Hold {
            hold: HoldId(hold),
            expires_at: At(1 << 41),
            version: 12,
            seats,
            places: (0..areas).map(|area| (area, u32::MAX - u32::from(area))).collect(),
        };
        let line = PaymentLine {
            payment: Name::new(b"p").unwrap(),
            status: PaymentStatus::Pending,
            version: 9,
            deadline_at: At(7),
            retry_after: Millis(3),
        };
        let answers = [
            hold(12, [7].into_iter().collect(), 0),
            hold(12, Seats::default(), 3),
            hold(12, (0..255).rev().collect(), 255),
            hold(12, (0..256).collect(), 0),
            hold(12, Seats::default(), 256),
            hold(11, [7].into_iter().collect(), 1),
            Answer::Refused(Refusal::HoldGone(HoldId(4))),
            Answer::Payment { line, already: true },
        ];
        let mut bytes = Vec::new();
        let places: Vec<usize> = answers
            .iter()
            .map(|answer| {
                let at = bytes.len();
                pack(Told::from(answer), &mut bytes);
                at
            })
            .collect();
        for (answer, &at) in answers.iter().zip(&places) {
            assert_eq!(unpack(&bytes[at..]).as_ref(), Some(answer));
        }
        assert!((1..HEAD + 4).all(|end| unpack(&bytes[..end]).is_none()) && unpack(&[]).is_none());
        assert_eq!((bytes[places[0]], bytes[places[5]]), (NEW_HOLD, ANY));
    }
}
