//! Which seats are free, as bits, with two bounds for each row by which a search skips what cannot fit or be near.
//!
//! Kept up by every change of a seat's status; made anew from the statuses when an event is restored, so that no
//! snapshot holds it. Taking a seat clears one bit. The bounds of its row may then be too wide, which is safe; the next
//! search that looks into the row makes them exact.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use crate::state::{Layout, Ordinal, SeatStatus};

/// Benches that are skipped together: a few vector instructions.
const STRIDE: usize = 32;

/// The free seats of an event. An eighth of a byte a seat (as much again for each sort of special seats that there is), four
/// bytes a bench.
#[derive(Debug)]
pub(in crate::state) struct Index {
    layout: Arc<Layout>,
    /// One bit a seat, by ordinal.
    free: Vec<u64>,
    /// The accessible seats; empty if there is none. Never changes.
    accessible: Vec<u64>,
    /// Benches with an accessible seat, ascending. Never changes.
    accessible_rows: Vec<u32>,
    /// Benches with an accessible seat or one for a companion, ascending. Never changes.
    special_rows: Vec<u32>,
    /// Accessible seats with the seats that are kept for their companions, ascending. Never changes.
    companions: Vec<(Ordinal, Ordinal)>,
    /// The accessible seats, and the companions' seats whose accessible seat is free; empty if there are none.
    special: Vec<u64>,
    /// Seats whose right neighbour is of the same group; empty if there are no groups. Never changes.
    joined: Vec<u64>,
    /// For each bench no less than the longest run of its open seats (free, not accessible, not reserved). Searching, which changes
    /// nothing else, lowers what is too high: what is found never depends on it.
    longest: Vec<Cell<u16>>,
    /// For each bench no more than the half seats from its middle to the middle of its nearest open seat. As `longest`.
    clear: Vec<Cell<u16>>,
}

impl Index {
    /// The index of seats with these statuses, one for each seat of the map.
    pub(in crate::state) fn new(layout: &Arc<Layout>, statuses: &[SeatStatus]) -> Self {
        let words = statuses.len().div_ceil(64);
        let mut free = vec![0; words];
        for (at, _) in statuses.iter().enumerate().filter(|(_, status)| **status == SeatStatus::Free) {
            free[at / 64] |= 1 << (at % 64);
        }
        let marked = |seats: &mut dyn Iterator<Item = Ordinal>| {
            let mut marked = Vec::new();
            for seat in seats {
                marked.resize(words, 0);
                marked[seat as usize / 64] |= 1 << (seat % 64);
            }
            marked
        };
        let accessible = marked(&mut layout.accessible().iter().copied());
        let benches_of = |seats: &mut dyn Iterator<Item = Ordinal>| {
            let mut benches: Vec<u32> = seats.map(|seat| layout.bench_index_of(seat)).collect();
            benches.sort_unstable();
            benches.dedup();
            benches
        };
        let kept = || layout.companions().iter().map(|&(seat, _)| seat);
        let is_free = |seat: Ordinal| statuses[seat as usize] == SeatStatus::Free;
        let reserved = layout.companions().iter().filter(|&&(_, of)| is_free(of)).map(|&(seat, _)| seat);
        let special = marked(&mut layout.accessible().iter().copied().chain(reserved));
        let mut companions: Vec<_> = layout.companions().iter().map(|&(seat, of)| (of, seat)).collect();
        companions.sort_unstable();
        let joined = layout.groups().iter().flat_map(|group| group.start..group.end - 1);
        let benches = || (0..layout.bench_count()).map(|bench| layout.bench(bench));
        Self {
            accessible_rows: benches_of(&mut layout.accessible().iter().copied()),
            special_rows: benches_of(&mut layout.accessible().iter().copied().chain(kept())),
            companions,
            special,
            joined: marked(&mut joined.into_iter()),
            longest: benches().map(|bench| Cell::new(bound(bench.seats))).collect(),
            clear: vec![Cell::new(0); layout.bench_count() as usize],
            layout: Arc::clone(layout),
            free,
            accessible,
        }
    }

    /// A free seat is free no longer.
    #[inline]
    pub(in crate::state) fn take(&mut self, seat: Ordinal) {
        self.free[seat as usize / 64] &= !(1 << (seat % 64));
        if !self.companions.is_empty() {
            self.unreserve(seat);
        }
    }

    /// An accessible seat is taken: the seats of its companions are as good as others.
    #[cold]
    fn unreserve(&mut self, accessible: Ordinal) {
        for at in self.companions_at(accessible) {
            let seat = self.companions[at].1;
            self.special[seat as usize / 64] &= !(1 << (seat % 64));
            self.widen(seat);
        }
    }

    /// A seat is free again.
    pub(in crate::state) fn give(&mut self, seat: Ordinal) {
        self.free[seat as usize / 64] |= 1 << (seat % 64);
        if !self.companions.is_empty() {
            self.reserve(seat);
        }
        self.widen(seat);
    }

    /// An accessible seat is free again: the seats of its companions are kept.
    #[cold]
    fn reserve(&mut self, accessible: Ordinal) {
        for at in self.companions_at(accessible) {
            let seat = self.companions[at].1;
            self.special[seat as usize / 64] |= 1 << (seat % 64);
        }
    }

    /// Widens the bounds of the bench of a seat that may have become open.
    #[inline]
    fn widen(&self, seat: Ordinal) {
        if self.open_word(seat as usize / 64) >> (seat % 64) & 1 == 0 {
            return;
        }
        let row = self.layout.bench_index_of(seat);
        let bench = self.layout.bench(row);
        let seats = bench.ordinals();
        let closed = |word: usize| !self.open_word(word);
        let begin = last_one(closed, seats.start, seat).map_or(seats.start, |taken| taken + 1);
        let end = first_one(closed, seat + 1, seats.end);
        let longest = &self.longest[row as usize];
        longest.set(longest.get().max(bound(end - begin)));
        let clear = &self.clear[row as usize];
        clear.set(clear.get().min(bound(off_middle(bench.middle, &(seat..seat + 1)))));
    }

    /// The places of the companions of an accessible seat.
    fn companions_at(&self, accessible: Ordinal) -> Range<usize> {
        let first = self.companions.partition_point(|&(of, _)| of < accessible);
        first..first + self.companions[first..].partition_point(|&(of, _)| of == accessible)
    }

    /// The seats that are kept for the companions of an accessible seat.
    pub(super) fn companions_of(&self, accessible: Ordinal) -> impl Iterator<Item = Ordinal> {
        self.companions[self.companions_at(accessible)].iter().map(|&(_, seat)| seat)
    }

    /// The accessible seat that this one is kept for the companion of.
    pub(super) fn kept_for(&self, seat: Ordinal) -> Option<Ordinal> {
        let companions = self.layout.companions();
        companions.binary_search_by_key(&seat, |&(seat, _)| seat).ok().map(|at| companions[at].1)
    }

    #[inline]
    pub(super) fn free_word(&self, word: usize) -> u64 {
        self.free[word]
    }

    /// Are there seats that are accessible or for companions?
    #[inline]
    pub(super) fn has_special(&self) -> bool {
        !self.special.is_empty()
    }

    pub(super) fn accessible_word(&self, word: usize) -> u64 {
        self.accessible.get(word).copied().unwrap_or(0)
    }

    /// The accessible seats, and those that are kept for the companions of free ones.
    pub(super) fn special_word(&self, word: usize) -> u64 {
        self.special.get(word).copied().unwrap_or(0)
    }

    fn open_word(&self, word: usize) -> u64 {
        self.free[word] & !self.special_word(word)
    }

    /// Is the seat in a group with its right neighbour?
    #[inline]
    pub(super) fn is_joined(&self, seat: Ordinal) -> bool {
        self.joined.get(seat as usize / 64).is_some_and(|word| word >> (seat % 64) & 1 == 1)
    }

    /// Is one of these seats in a group?
    pub(super) fn has_groups(&self, seats: &Range<Ordinal>) -> bool {
        !self.joined.is_empty() && first_one(|word| self.joined[word], seats.start, seats.end) < seats.end
    }

    /// The benches among these that have an accessible seat.
    pub(super) fn accessible_rows(&self, rows: &Range<u32>) -> &[u32] {
        within(&self.accessible_rows, rows)
    }

    /// The benches among these that have an accessible seat or one for a companion.
    pub(super) fn special_rows(&self, rows: &Range<u32>) -> &[u32] {
        within(&self.special_rows, rows)
    }

    /// Makes the bounds of a row exact: its longest run of open seats, and how far its nearest open seat is from its middle.
    pub(super) fn tighten(&self, row: u32, longest: u32, clear: u32) {
        self.longest[row as usize].set(bound(longest));
        self.clear[row as usize].set(bound(clear));
    }

    /// How far from the middle of the row, in half seats, the middle of a block of open seats is at least.
    pub(super) fn off_middle_at_least(&self, row: u32, size: u32) -> u32 {
        match u32::from(self.clear[row as usize].get()) {
            // The block may lie across the middle.
            0 | 1 => 0,
            // All of it lies on one side.
            clear => clear + size - 1,
        }
    }

    /// The first of these rows that may have `least` open seats side by side.
    pub(super) fn next_row(&self, rows: &Range<u32>, least: u32) -> Option<u32> {
        let least = bound(least);
        let mut from = rows.start as usize;
        for rows in self.longest[from..rows.end as usize].chunks(STRIDE) {
            if most(rows) >= least {
                let found = rows.iter().position(|longest| longest.get() >= least);
                return found.map(|offset| (from + offset) as u32);
            }
            from += rows.len();
        }
        None
    }

    /// The last of these rows that may have `least` open seats side by side.
    pub(super) fn previous_row(&self, rows: &Range<u32>, least: u32) -> Option<u32> {
        let least = bound(least);
        let mut upto = rows.end as usize;
        for rows in self.longest[rows.start as usize..upto].rchunks(STRIDE) {
            upto -= rows.len();
            if most(rows) >= least {
                let found = rows.iter().rposition(|longest| longest.get() >= least);
                return found.map(|offset| (upto + offset) as u32);
            }
        }
        None
    }

    /// Compares the bits and the bounds with the statuses that they stand for.
    ///
    /// # Errors
    /// The seat or row at which they differ.
    pub(in crate::state) fn check(&self, statuses: &[SeatStatus]) -> Result<(), String> {
        for (seat, status) in (0..).zip(statuses) {
            let free = self.free[seat as usize / 64] >> (seat % 64) & 1 == 1;
            if free != (*status == SeatStatus::Free) {
                return Err(format!("{} and the index of free seats disagree", self.layout.label(seat)));
            }
        }
        for &(of, seat) in &self.companions {
            let reserved = self.special_word(seat as usize / 64) >> (seat % 64) & 1 == 1;
            if reserved != (statuses[of as usize] == SeatStatus::Free) {
                return Err(format!("{} is kept for a companion, or not", self.layout.label(seat)));
            }
        }
        let benches = (0..self.layout.bench_count()).map(|bench| self.layout.bench(bench));
        for (row, (kept, clear)) in benches.zip(self.longest.iter().zip(&self.clear)) {
            let open = |seat: &Ordinal| self.open_word(*seat as usize / 64) >> (seat % 64) & 1 == 1;
            let (mut run, mut longest) = (0, 0);
            for seat in row.ordinals() {
                run = if open(&seat) { run + 1 } else { 0 };
                longest = longest.max(run);
                if run > 0 && off_middle(row.middle, &(seat..seat + 1)) < u32::from(clear.get()) {
                    return Err(format!("{} is nearer to the middle than kept", self.layout.label(seat)));
                }
            }
            if bound(longest) > kept.get() {
                let first = self.layout.label(row.first);
                return Err(format!("from {first}: {longest} open seats in a run, {} kept", kept.get()));
            }
        }
        Ok(())
    }
}

fn within<'a>(benches: &'a [u32], rows: &Range<u32>) -> &'a [u32] {
    let at = |row| benches.partition_point(|&other| other < row);
    &benches[at(rows.start)..at(rows.end)]
}

/// How far from the middle of a bench, in half seats, the nearest seat of a run is: 0 if the run lies across it.
pub(super) fn off_middle(middle: u32, run: &Range<Ordinal>) -> u32 {
    // Twice the middle of a seat is the sum of its ends.
    let (first, last) = (2 * run.start + 1, 2 * run.end - 1);
    first.saturating_sub(middle).max(middle.saturating_sub(last))
}

/// A length as it is kept for a row. Rows may be longer than any hold: what is over is never told apart.
fn bound(length: u32) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

const _: () = assert!(crate::limits::SEATS_PER_HOLD_MAX < u16::MAX as u32);

fn most(rows: &[Cell<u16>]) -> u16 {
    rows.iter().fold(0, |most, longest| most.max(longest.get()))
}

/// The first one bit of `from..end` in words of 64; `end` if there is none.
#[inline]
pub(super) fn first_one(word: impl Fn(usize) -> u64, from: Ordinal, end: Ordinal) -> Ordinal {
    if from >= end {
        return end;
    }
    let mut at = from as usize / 64;
    let mut bits = word(at) & !0 << (from % 64);
    while bits == 0 {
        at += 1;
        if at * 64 >= end as usize {
            return end;
        }
        bits = word(at);
    }
    (at as u32 * 64 + bits.trailing_zeros()).min(end)
}

/// The longest run of one bits in `seats`, which are some. By whole words, as there may be a run for every second seat.
pub(super) fn longest_run(word: impl Fn(usize) -> u64, seats: &Range<Ordinal>) -> u32 {
    let (mut longest, mut run) = (0, 0);
    for at in seats.start as usize / 64..=(seats.end - 1) as usize / 64 {
        let begin = (seats.start as usize).saturating_sub(at * 64);
        let end = (seats.end as usize - at * 64).min(64);
        let bits = word(at) & !0 << begin & !0 >> (64 - end);
        if bits == !0 {
            run += 64;
            continue;
        }
        longest = longest.max(run + bits.trailing_ones()).max(longest_in_word(bits));
        run = bits.leading_ones();
    }
    longest.max(run)
}

/// The longest run of one bits: by halves, as a search for a number.
fn longest_in_word(bits: u64) -> u32 {
    // Where runs of 1, 2, 4, ... begin.
    let mut begins = [bits; 6];
    for at in 1..begins.len() {
        begins[at] = begins[at - 1] & begins[at - 1] >> (1 << (at - 1));
    }
    let (mut length, mut found) = (0, !0_u64);
    for (at, begins) in begins.iter().enumerate().rev() {
        let longer = found & begins >> length;
        if longer != 0 {
            found = longer;
            length += 1 << at;
        }
    }
    length
}

/// The last one bit of `begin..upto`.
pub(super) fn last_one(word: impl Fn(usize) -> u64, begin: Ordinal, upto: Ordinal) -> Option<Ordinal> {
    if begin >= upto {
        return None;
    }
    let last = upto - 1;
    let mut at = last as usize / 64;
    let mut bits = word(at) & !0 >> (63 - last % 64);
    while bits == 0 {
        if at * 64 <= begin as usize {
            return None;
        }
        at -= 1;
        bits = word(at);
    }
    Some(at as u32 * 64 + 63 - bits.leading_zeros()).filter(|&found| found >= begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_found_from_either_side() {
        let ones = [3_u32, 63, 64, 130, 191, 192];
        let words = ones.iter().fold([0_u64; 4], |mut words, &one| {
            words[one as usize / 64] |= 1 << (one % 64);
            words
        });
        for begin in 0..=200 {
            for end in begin..=200 {
                let between = || ones.iter().copied().filter(|one| (begin..end).contains(one));
                assert_eq!(first_one(|at| words[at], begin, end), between().next().unwrap_or(end));
                assert_eq!(last_one(|at| words[at], begin, end), between().next_back(), "{begin}..{end}");
            }
        }
    }

    quickcheck::quickcheck! {
        fn the_longest_run_is_found_by_words(patterns: Vec<(u64, u8)>, begin: u8, length: u8) -> bool {
            // Long runs as well as short ones.
            let words: Vec<u64> = patterns.iter().map(|&(word, kind)| match kind % 4 {
                0 => word,
                1 => word | word.rotate_left(9) | word.rotate_left(31),
                2 => !0,
                _ => !0 << (word % 64),
            }).collect();
            let all = words.len() as u32 * 64;
            let begin = u32::from(begin).min(all);
            let seats = begin..(begin + u32::from(length)).min(all);
            if seats.is_empty() {
                return true;
            }
            let (mut run, mut longest) = (0, 0);
            for seat in seats.clone() {
                run = if words[seat as usize / 64] >> (seat % 64) & 1 == 1 { run + 1 } else { 0 };
                longest = longest.max(run);
            }
            longest_run(|at| words[at], &seats) == longest
        }
    }
}
