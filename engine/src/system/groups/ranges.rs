//! Places in a stream, and the times of its entries, as a record has them: in few bytes, as most follow each other.

use bincode::{Decode, Encode};

/// Places, in their order: for each run of places that follow each other, how many were left out before it, and how many it has.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Ranges(Vec<(u64, u32)>);

/// Times that never go back: for each, how many milliseconds it is after the one before, and how many entries have it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
struct Times(Vec<(u64, u32)>);

/// Entries, each with its place and its time. In the stream of all events the place is all there is of the id, and the time is 0.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Batch {
    ranges: Ranges,
    times: Times,
}

impl Ranges {
    /// Of places that grow.
    #[must_use]
    pub fn of(places: impl IntoIterator<Item = u64>) -> Self {
        let (mut runs, mut next) = (Vec::<(u64, u32)>::new(), 0_u64);
        for place in places {
            debug_assert!(place >= next, "places grow");
            match runs.last_mut() {
                Some((_, count)) if place == next && *count < u32::MAX => *count += 1,
                _ => runs.push((place.wrapping_sub(next), 1)),
            }
            next = place.wrapping_add(1);
        }
        Self(runs)
    }

    /// The places, in their order.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        let mut next = 0_u64;
        self.0.iter().flat_map(move |(gap, count)| {
            let first = next.wrapping_add(*gap);
            next = first.wrapping_add(u64::from(*count));
            (0..u64::from(*count)).map(move |at| first.wrapping_add(at))
        })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }
}

impl Batch {
    /// Of entries in their order: places that grow, and times that do not go back.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = (u64, u64)> + Clone) -> Self {
        let (mut times, mut last) = (Vec::<(u64, u32)>::new(), 0_u64);
        for (_, time) in entries.clone() {
            match times.last_mut() {
                Some((_, count)) if time == last && *count < u32::MAX => *count += 1,
                _ => times.push((time.wrapping_sub(last), 1)),
            }
            last = time;
        }
        Self { ranges: Ranges::of(entries.into_iter().map(|(place, _)| place)), times: Times(times) }
    }

    /// The entries, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut time = 0_u64;
        let times = self.times.0.iter().flat_map(move |(after, count)| {
            time = time.wrapping_add(*after);
            std::iter::repeat_n(time, *count as usize)
        });
        self.ranges.iter().zip(times)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bincode::config::standard;
    use quickcheck::quickcheck;

    use super::*;

    quickcheck! {
        fn what_is_written_as_ranges_is_read_again(entries: BTreeMap<u64, u16>) -> bool {
            let mut time = 0;
            let entries: Vec<_> = entries.into_iter().map(|(place, later)| {
                time += u64::from(later);
                (place, time)
            }).collect();
            let batch = Batch::of(entries.iter().copied());
            let ranges = Ranges::of(entries.iter().map(|(place, _)| *place));
            batch.iter().eq(entries.iter().copied())
                && ranges.iter().eq(entries.iter().map(|(place, _)| *place))
                && ranges.count() == entries.len() as u64
        }
    }

    #[test]
    fn a_batch_of_entries_that_follow_each_other_takes_few_bytes() {
        let at = 1_795_235_389_057;
        let bytes = |entries: Vec<(u64, u64)>| {
            bincode::encode_to_vec(Batch::of(entries.iter().copied()), standard()).unwrap().len()
        };
        // A hundred in two milliseconds, and in thirty.
        assert_eq!(bytes((0..100).map(|n| (50_000_000 + n, at + n / 50)).collect()), 20);
        assert!(bytes((0..100).map(|n| (50_000_000 + n, at + n * 30 / 100)).collect()) < 80);
        let ranges = bincode::encode_to_vec(Ranges::of(50_000_000..50_000_100), standard()).unwrap();
        assert_eq!(ranges.len(), 7);
    }
}
