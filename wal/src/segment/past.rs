//! Segments that recovery needs no more, and that are still there for readers: as they were, or thinned.
//!
//! A past segment has another name than a segment of the log, which tells the records that it stands for: so recovery
//! never reads one, and a start knows all of them from their names. The newest ends where the log begins, and each of
//! the others where the next one begins. What does not join is of no use, and a start removes it.

use std::cmp::Reverse;
use std::collections::VecDeque;

use crate::lsn::Lsn;
use crate::segment::file::DIR;
use crate::storage::Storage;

const WHOLE_SUFFIX: &str = ".past";
const THINNED_SUFFIX: &str = ".thin";

/// One past segment, known without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Past {
    /// The number of the segment; of the newest, if it stands for several.
    pub(crate) number: u64,
    /// The records that it stands for. In a thinned one most may be missing.
    pub(crate) first: Lsn,
    pub(crate) last: Lsn,
    pub(crate) is_thinned: bool,
    /// What it takes on the disk, bytes.
    pub(crate) bytes: u64,
    /// Another one with each time that the records of this number were written anew.
    pub(crate) edition: u64,
}

impl Past {
    pub(crate) fn path(&self) -> String {
        let Self { number, first, last, .. } = self;
        let suffix = if self.is_thinned { THINNED_SUFFIX } else { WHOLE_SUFFIX };
        format!("{DIR}/{number:020}-{:020}-{:020}{suffix}", first.0, last.0)
    }

    /// The past segment of this file name; `None` if it is the name of something else.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (numbers, is_thinned) = match name.strip_suffix(THINNED_SUFFIX) {
            Some(numbers) => (numbers, true),
            None => (name.strip_suffix(WHOLE_SUFFIX)?, false),
        };
        let mut numbers = numbers.split('-').map(|digits| digits.parse().ok());
        let (number, first, last) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let past = Self { number, first: Lsn(first), last: Lsn(last), is_thinned, bytes: 0, edition: 0 };
        // Another spelling of the numbers would not be found again under its path.
        (first <= last && past.path() == format!("{DIR}/{name}")).then_some(past)
    }
}

/// What a start does with the past segments that it finds.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Oldest first.
    pub(crate) kept: VecDeque<Past>,
    pub(crate) remove: Vec<String>,
    /// The newest record of those that are whole, and do not join what is newer.
    pub(crate) cut_off: Option<Lsn>,
}

/// Finds those that lead up to `first`, the oldest record of the log, whose oldest segment has the number `oldest`. A
/// crash may leave a past segment beside what it was made from: the log is better than a past segment, and of these
/// the one that stands for most.
pub(crate) fn settle(storage: &dyn Storage, names: &[String], oldest: u64, first: Lsn) -> Settled {
    let mut found: Vec<_> = names.iter().filter_map(|name| Past::of(name)).collect();
    found.sort_unstable_by_key(|past| (past.last, Reverse(past.first), past.is_thinned));
    let (mut settled, mut next) = (Settled::default(), first);
    for mut past in found.into_iter().rev() {
        if past.number < oldest && past.last.next() == next && settled.cut_off.is_none() {
            // A medium that does not tell lets the segment count for nothing but its file.
            past.bytes = storage.bytes_taken(&past.path()).unwrap_or(0);
            next = past.first;
            settled.kept.push_front(past);
            continue;
        }
        if past.number < oldest && past.last.next() < next && settled.cut_off.is_none() {
            settled.cut_off = Some(past.last);
        }
        settled.remove.push(past.path());
    }
    settled
}

/// The past segments that are kept, oldest first, and the files that are to go.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) segments: VecDeque<Past>,
    /// Paths that nothing needs any more, in the order in which they are to be removed.
    obsolete: VecDeque<String>,
    editions: u64,
    /// A sync of the directory has failed: a crash may show other names than those that are seen. Until the next start
    /// nothing is written anew, as that relies on names.
    pub(crate) is_unsound: bool,
}

impl History {
    pub(crate) fn new(segments: VecDeque<Past>) -> Self {
        Self { segments, ..Self::default() }
    }

    pub(crate) fn find(&self, number: u64) -> Option<&Past> {
        let at = self.segments.partition_point(|past| past.number < number);
        self.segments.get(at).filter(|past| past.number == number)
    }

    /// `fresh` is written, and takes the place of `sources`. Returns whether these were still there; if not, `fresh` is of
    /// no use.
    pub(crate) fn replace(&mut self, sources: &[Past], mut fresh: Past) -> bool {
        let at = self.segments.iter().position(|past| Some(past) == sources.first());
        let there = at.is_some_and(|at| self.segments.iter().skip(at).take(sources.len()).eq(sources));
        let Some(at) = at.filter(|_| there) else {
            self.obsolete.push_back(fresh.path());
            return false;
        };
        self.editions += 1;
        fresh.edition = self.editions;
        let replaced = self.segments.drain(at..at + sources.len()).map(|past| past.path());
        self.obsolete.extend(replaced.filter(|path| *path != fresh.path()));
        self.segments.insert(at, fresh);
        true
    }

    /// The oldest `count` segments are not kept any more.
    pub(crate) fn drop_oldest(&mut self, count: usize) {
        self.obsolete.extend(self.segments.drain(..count).map(|past| past.path()));
    }

    pub(crate) fn next_obsolete(&self) -> Option<String> {
        self.obsolete.front().cloned()
    }

    pub(crate) fn removed(&mut self, path: &str) {
        self.obsolete.retain(|other| other != path);
    }
}
