//! What is left while one command chooses: the index, without the seats that the command has already, and with those
//! that it gives back.

use std::ops::Range;

use smallvec::SmallVec;

use super::index::{Index, first_one, last_one, longest_run, off_middle};
use crate::state::{Bench, Layout, Ordinal};

/// Which seats a block may be made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Among {
    /// Free seats that are neither accessible nor kept for the companion of a free accessible one.
    Open,
    /// Free seats that are not accessible.
    Ordinary,
    /// Free seats.
    Free,
    /// Free seats, from so many to so many of them accessible.
    Accessible(u32, u32),
}

/// Words of the index by their place, ascending, with some of their bits.
type Words<const INLINE: usize = 4> = SmallVec<[(u32, u64); INLINE]>;

/// The free seats, for one command.
#[derive(Clone)]
pub(super) struct View<'a> {
    pub(super) layout: &'a Layout,
    pub(super) index: &'a Index,
    /// What the command has.
    gone: Words,
    /// What the command gives back. The bounds of the index know nothing of it.
    back: Words,
    /// Companions' seats that are no longer kept, as the command has their accessible seat; and those that are again.
    unreserved: Words<0>,
    reserved: Words<0>,
    /// Only seats of this price class, where that is not told by the benches.
    pub(super) within: Option<u16>,
}

impl<'a> View<'a> {
    pub(super) fn new(layout: &'a Layout, index: &'a Index) -> Self {
        let (gone, back, unreserved, reserved) = Default::default();
        Self { layout, index, gone, back, unreserved, reserved, within: None }
    }

    /// The command has this seat.
    pub(super) fn take(&mut self, seat: Ordinal) {
        set(&mut self.gone, seat);
        self.index.companions_of(seat).for_each(|kept| set(&mut self.unreserved, kept));
    }

    /// The command gives this seat back.
    pub(super) fn give(&mut self, seat: Ordinal) {
        set(&mut self.back, seat);
        self.index.companions_of(seat).for_each(|kept| set(&mut self.reserved, kept));
    }

    /// The first of these rows that may have a block of that size.
    pub(super) fn next_row(&self, rows: &Range<u32>, among: Among, size: u32) -> Option<u32> {
        if rows.is_empty() {
            return None;
        }
        match among {
            Among::Open if self.is_bounded() => self.index.next_row(rows, size),
            // What is bounded are the open seats: all that are free where none is special.
            Among::Ordinary | Among::Free if self.is_bounded() => {
                let special = self.index.special_rows(rows).first().copied();
                let rows = rows.start..special.unwrap_or(rows.end);
                self.index.next_row(&rows, size).or(special)
            }
            Among::Open | Among::Ordinary | Among::Free => Some(rows.start),
            Among::Accessible(..) => self.index.accessible_rows(rows).first().copied(),
        }
    }

    /// The last of these rows that may have a block of that size.
    pub(super) fn previous_row(&self, rows: &Range<u32>, among: Among, size: u32) -> Option<u32> {
        if rows.is_empty() {
            return None;
        }
        match among {
            Among::Open if self.is_bounded() => self.index.previous_row(rows, size),
            Among::Ordinary | Among::Free if self.is_bounded() => {
                let special = self.index.special_rows(rows).last().copied();
                let rows = special.map_or(rows.start, |row| row + 1)..rows.end;
                self.index.previous_row(&rows, size).or(special)
            }
            Among::Open | Among::Ordinary | Among::Free => Some(rows.end - 1),
            Among::Accessible(..) => self.index.accessible_rows(rows).last().copied(),
        }
    }

    /// How far from the middle of the row, in half seats, the middle of a block of open seats is at least.
    pub(super) fn off_middle_at_least(&self, row: u32, size: u32) -> u32 {
        if self.is_bounded() { self.index.off_middle_at_least(row, size) } else { 0 }
    }

    /// Keeps what a search for open seats found in a row, as a bound for later searches. Not where the command has taken
    /// seats or gives some back: its view is nobody else's.
    pub(super) fn tighten(&self, row: u32, among: Among, longest: u32, clear: u32) {
        if among == Among::Open && self.is_bounded() && self.within.is_none() && !self.has_taken_from(row) {
            self.index.tighten(row, longest, clear);
        }
    }

    /// May the command have a seat of the row?
    fn has_taken_from(&self, row: u32) -> bool {
        let seats = self.layout.bench(row).ordinals();
        let next = self.gone.partition_point(|&(word, _)| word < seats.start / 64);
        self.gone.get(next).is_some_and(|&(word, _)| word <= (seats.end - 1) / 64)
    }

    /// Is a seat of the row beside the run free?
    pub(super) fn has_free_neighbour(&self, row: u32, run: &Range<Ordinal>) -> bool {
        let seats = self.layout.bench(row).ordinals();
        run.start > seats.start && self.is_free(run.start - 1) || run.end < seats.end && self.is_free(run.end)
    }

    /// Do the bounds of the index hold for it?
    fn is_bounded(&self) -> bool {
        self.back.is_empty() && self.unreserved.is_empty()
    }

    #[inline]
    fn free_word(&self, word: usize) -> u64 {
        let free = self.index.free_word(word);
        if self.gone.is_empty() && self.back.is_empty() {
            return free;
        }
        (free | get(&self.back, word)) & !get(&self.gone, word)
    }

    fn word(&self, word: usize, among: Among) -> u64 {
        let free = self.free_word(word);
        let free = match self.within {
            None => free,
            Some(category) => free & self.layout.category_word(category, word),
        };
        match among {
            Among::Open => free & !self.special_word(word),
            Among::Ordinary => free & !self.index.accessible_word(word),
            Among::Free | Among::Accessible(..) => free,
        }
    }

    /// The words of such seats, for a search that asks for many: most commands begin with nothing of their own, in a hall without special seats.
    #[inline]
    fn words(&self, among: Among) -> impl Fn(usize) -> u64 {
        let is_own = !self.gone.is_empty() || !self.back.is_empty() || self.within.is_some();
        let is_plain = !is_own && !self.index.has_special();
        move |word| if is_plain { self.index.free_word(word) } else { self.word(word, among) }
    }

    #[inline]
    fn special_word(&self, word: usize) -> u64 {
        let special = self.index.special_word(word);
        if self.unreserved.is_empty() && self.reserved.is_empty() {
            return special;
        }
        (special | get(&self.reserved, word)) & !get(&self.unreserved, word)
    }

    #[inline]
    pub(super) fn is_free(&self, seat: Ordinal) -> bool {
        self.free_word(seat as usize / 64) >> (seat % 64) & 1 == 1
    }

    /// Is it one that is given to those only who ask for it, as long as there are others?
    pub(super) fn is_special(&self, seat: Ordinal) -> bool {
        self.special_word(seat as usize / 64) >> (seat % 64) & 1 == 1
    }

    pub(super) fn is_accessible(&self, seat: Ordinal) -> bool {
        self.index.accessible_word(seat as usize / 64) >> (seat % 64) & 1 == 1
    }

    /// May a block begin before this seat, or end behind the one before it? Not within a group, which is sold whole.
    #[inline]
    pub(super) fn is_edge(&self, seat: Ordinal) -> bool {
        seat.checked_sub(1).is_none_or(|left| !self.index.is_joined(left))
    }

    /// The maximal runs of such seats; [`Among::Accessible`] as [`Among::Free`].
    pub(super) fn runs(&self, seats: Range<Ordinal>, among: Among) -> impl Iterator<Item = Range<Ordinal>> {
        let (mut from, words) = (seats.start, self.words(among));
        std::iter::from_fn(move || {
            let begin = first_one(&words, from, seats.end);
            if begin == seats.end {
                return None;
            }
            let end = first_one(|word| !words(word), begin + 1, seats.end);
            from = end + 1;
            Some(begin..end)
        })
    }

    /// The longest run of such seats in a bench, and how far from the middle of its row the nearest of them is.
    pub(super) fn bounds(&self, bench: Bench, among: Among) -> (u32, u32) {
        let word = &self.words(among);
        let row = bench.ordinals();
        let middle = (bench.middle / 2).clamp(row.start, row.end);
        let right = Some(first_one(word, middle, row.end)).filter(|&seat| seat < row.end);
        let nearest = last_one(word, row.start, middle).into_iter().chain(right);
        let clear = nearest.map(|seat| off_middle(bench.middle, &(seat..seat + 1))).min();
        (longest_run(word, &row), clear.unwrap_or(u32::MAX))
    }

    /// How many such seats there are; [`Among::Accessible`] as [`Among::Free`].
    pub(super) fn count(&self, seats: Range<Ordinal>, among: Among) -> u32 {
        let (first, last) = (seats.start as usize / 64, (seats.end as usize).div_ceil(64));
        let inside = |word: usize| {
            let begin = (seats.start as usize).saturating_sub(word * 64);
            let end = (seats.end as usize - word * 64).min(64);
            !0 << begin & !0 >> (64 - end)
        };
        (first..last).map(|word| (self.word(word, among) & inside(word)).count_ones()).sum()
    }
}

fn set<const INLINE: usize>(words: &mut Words<INLINE>, seat: Ordinal)
where
    [(u32, u64); INLINE]: smallvec::Array<Item = (u32, u64)>,
{
    let (word, bit) = (seat / 64, 1 << (seat % 64));
    match words.binary_search_by_key(&word, |&(word, _)| word) {
        Ok(at) => words[at].1 |= bit,
        Err(at) => words.insert(at, (word, bit)),
    }
}

#[inline]
fn get(words: &[(u32, u64)], word: usize) -> u64 {
    words.binary_search_by_key(&(word as u32), |&(word, _)| word).map_or(0, |at| words[at].1)
}
