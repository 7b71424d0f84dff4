//! The section of a record that names what its change has touched: how many runs of seats, and if there are any the
//! status that all of them have, and each as its distance from the end of the one before and how many seats it has. Behind
//! them, up to the end of the section, each area that places were moved of: its index, how many,
//! and its places by status after that. Before all of it stands
//! how many bytes it has. Numbers are those of a body.

use super::brief::{Body, put};
use crate::state::{Counts, SeatStatus, Touched};

/// Appends the section, unless there is nothing in it.
pub(super) fn encode(touched: &Touched, out: &mut Vec<u8>) {
    let at = out.len();
    out.push(0);
    put(touched.runs.len() as u64, out);
    if !touched.runs.is_empty() {
        out.push(touched.status as u8);
    }
    let mut end = 0;
    for &(first, count) in &touched.runs {
        put(zigzag(i64::from(first) - end), out);
        put(u64::from(count), out);
        end = i64::from(first) + i64::from(count);
    }
    for ((area, moved), counts) in touched.areas.iter().zip(&touched.counts) {
        put(u64::from(*area), out);
        put(u64::from(*moved), out);
        SeatStatus::ALL.iter().for_each(|&status| put(u64::from(counts.of(status)), out));
    }
    let length = out.len() - at - 1;
    match u8::try_from(length) {
        Ok(short) if short <= SHORT_MAX => out[at] = short,
        _ => {
            let mut long = Vec::new();
            put(length as u64, &mut long);
            out.splice(at..=at, long);
        }
    }
}

/// The largest number of one byte.
const SHORT_MAX: u8 = 250;

/// The bytes of the section at the beginning of these, with how many bytes it takes with its length.
pub(super) fn split(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let mut body = Body(bytes);
    let length = body.number::<u32>()?;
    let section = body.0.get(..length as usize)?;
    Some((section, bytes.len() - body.0.len() + section.len()))
}

/// Reads a section without its length. `None` if it is none.
pub(super) fn decode(section: &[u8]) -> Option<Touched> {
    let mut body = Body(section);
    let mut touched = Touched::NOTHING;
    let runs: u32 = body.number()?;
    if runs > 0 {
        let [status] = body.take()?;
        touched.status = SeatStatus::ALL.into_iter().find(|known| *known as u8 == status)?;
    }
    // A run takes two bytes at least.
    touched.runs.reserve_exact((runs as usize).min(section.len() / 2));
    let mut end = 0;
    for _ in 0..runs {
        let first = i64::checked_add(end, unzigzag(body.number()?))?;
        let (first, count) = (u32::try_from(first).ok()?, body.number::<u32>().filter(|count| *count > 0)?);
        end = i64::from(first.checked_add(count)?);
        touched.runs.push((first, count));
    }
    while !body.0.is_empty() {
        touched.areas.push((body.number()?, body.number()?));
        let mut counts = Counts::default();
        for status in SeatStatus::ALL {
            counts.add(status, body.number()?);
        }
        touched.counts.push(counts);
    }
    Some(touched).filter(|touched| !touched.is_nothing())
}

/// A small number for one that is near to 0 on either side.
const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;

    quickcheck! {
        fn what_is_written_is_read(runs: Vec<(u32, u16)>, areas: Vec<(u16, u32)>, status: u8) -> bool {
            let runs = runs.iter().map(|&(first, count)| (first / 2, u32::from(count) + 1)).collect();
            let counts = areas.iter().map(|&(_, free)| Counts::free(free)).collect();
            let mut touched = Touched { status: SeatStatus::ALL[usize::from(status) % 5], runs, areas, counts };
            if touched.runs.is_empty() {
                touched.status = SeatStatus::Free;
            }
            let mut bytes = vec![7];
            encode(&touched, &mut bytes);
            bytes.push(9);
            let Some((section, length)) = split(&bytes[1..]) else { return false };
            let whole = length == bytes.len() - 2;
            let cut = (0..section.len()).all(|end| decode(&section[..end]).as_ref() != Some(&touched));
            whole && if touched.is_nothing() { decode(section).is_none() } else { cut && decode(section) == Some(touched) }
        }
    }

    #[test]
    fn seats_side_by_side_take_a_byte_or_two() {
        let mut bytes = Vec::new();
        let runs = vec![(40, 4), (50, 1), (48, 1)];
        encode(&Touched { status: SeatStatus::Sold, runs, ..Touched::NOTHING }, &mut bytes);
        assert_eq!(bytes, [8, 3, 3, 80, 4, 12, 1, 5, 1]);
        for bad in [&[][..], &[0], &[1], &[1, 5, 0, 1], &[1, 3, 1, 1], &[1, 3, 0, 0], &[0, 1, 2, 3, 4, 5, 6]]
        {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
}
