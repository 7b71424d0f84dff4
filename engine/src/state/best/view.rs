//! What is left while one command chooses: the index, without the seats that the command has already.

use std::ops::Range;

use smallvec::SmallVec;

use super::index::{Index, first_one};
use crate::state::layout::{Layout, Ordinal};

/// Which seats a block may be made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Among {
    /// Free seats that are not accessible.
    Open,
    /// Free seats.
    Free,
    /// Free seats, at least one of them accessible.
    WithAccessible,
}

/// The free seats, for one command.
pub(super) struct View<'a> {
    pub(super) layout: &'a Layout,
    pub(super) index: &'a Index,
    /// What the command has: words of the index with their bits, ascending.
    gone: SmallVec<[(u32, u64); 4]>,
}

impl<'a> View<'a> {
    pub(super) fn new(layout: &'a Layout, index: &'a Index) -> Self {
        Self { layout, index, gone: SmallVec::new() }
    }

    /// The command has this seat.
    pub(super) fn take(&mut self, seat: Ordinal) {
        let (word, bit) = (seat / 64, 1 << (seat % 64));
        match self.gone.binary_search_by_key(&word, |&(word, _)| word) {
            Ok(at) => self.gone[at].1 |= bit,
            Err(at) => self.gone.insert(at, (word, bit)),
        }
    }

    /// Does it show all that is free?
    pub(super) fn is_whole(&self) -> bool {
        self.gone.is_empty()
    }

    #[inline]
    fn free_word(&self, word: usize) -> u64 {
        let free = self.index.free_word(word);
        if self.gone.is_empty() {
            return free;
        }
        match self.gone.binary_search_by_key(&(word as u32), |&(word, _)| word) {
            Ok(at) => free & !self.gone[at].1,
            Err(_) => free,
        }
    }

    #[inline]
    fn word(&self, word: usize, among: Among) -> u64 {
        let free = self.free_word(word);
        if among == Among::Open { free & !self.index.accessible_word(word) } else { free }
    }

    #[inline]
    pub(super) fn is_free(&self, seat: Ordinal) -> bool {
        self.free_word(seat as usize / 64) >> (seat % 64) & 1 == 1
    }

    /// Is it free, but not for want of being accessible?
    pub(super) fn is_free_accessible(&self, seat: Ordinal) -> bool {
        let word = seat as usize / 64;
        (self.free_word(word) & self.index.accessible_word(word)) >> (seat % 64) & 1 == 1
    }

    /// The maximal runs of such seats; [`Among::WithAccessible`] as [`Among::Free`].
    pub(super) fn runs(&self, seats: Range<Ordinal>, among: Among) -> impl Iterator<Item = Range<Ordinal>> {
        let mut from = seats.start;
        std::iter::from_fn(move || {
            let begin = first_one(|word| self.word(word, among), from, seats.end);
            if begin == seats.end {
                return None;
            }
            let end = first_one(|word| !self.word(word, among), begin + 1, seats.end);
            from = end + 1;
            Some(begin..end)
        })
    }

    /// The free accessible seats.
    pub(super) fn accessible(&self, seats: Range<Ordinal>) -> impl Iterator<Item = Ordinal> {
        let mut from = seats.start;
        let word = |word| self.free_word(word) & self.index.accessible_word(word);
        std::iter::from_fn(move || {
            let seat = first_one(word, from, seats.end);
            from = seat + 1;
            (seat < seats.end).then_some(seat)
        })
    }

    /// How many such seats there are; [`Among::WithAccessible`] as [`Among::Free`].
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
