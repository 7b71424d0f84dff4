//! Changes as the entries of a stream: each has an id that grows from entry to entry, as a stream of Redis has it.
//!
//! The id of a change of one event is `<at>-<version>`: `at` never goes back and `version` always grows, so ids grow. The
//! version is the exact place, and the time lets a reader begin at a moment. In the stream of all events the id is `<lsn>-0`.

use holdfast_wal::Lsn;

use super::fields::FeedRecord;
pub use crate::numbers::EntryId;

impl EntryId {
    /// Of a change of one event.
    #[must_use]
    pub fn of(record: &FeedRecord) -> Self {
        Self { time: record.at.0, sequence: record.version }
    }

    /// Of a record in the stream of all events.
    #[must_use]
    pub const fn at(lsn: Lsn) -> Self {
        Self { time: lsn.0, sequence: 0 }
    }

    /// Whether every entry that there can be has this id or a greater one: no event has a version 0, nor anything happened in 1970.
    pub(crate) const fn is_before_all(self) -> bool {
        self.time == 0 && self.sequence <= 1
    }

    /// The first record whose id in the stream of all events is this one or greater; [`Lsn::ZERO`] stands for the oldest that is
    /// kept.
    pub(crate) const fn first_record(self) -> Lsn {
        match self {
            id if id.is_before_all() => Lsn::ZERO,
            Self { time, sequence: 0 } => Lsn(time),
            Self { time, .. } => Lsn(time.saturating_add(1)),
        }
    }
}

/// Which entries of a stream are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The smallest id. With [`EntryId::FIRST`], or the one after it, it begins with the oldest entry that is kept; any other that is not kept is
    /// refused.
    pub from: EntryId,
    /// The greatest id.
    pub to: EntryId,
    /// The most entries; there are at most as many as a page of a feed has.
    pub count: usize,
    /// Whether the newest come first.
    pub backwards: bool,
}

impl Span {
    /// What comes behind this id, oldest first; `None` if nothing can.
    #[must_use]
    pub fn behind(id: EntryId, count: usize) -> Option<Self> {
        Some(Self { from: id.next()?, to: EntryId::LAST, count, backwards: false })
    }

    /// Whether it has entries of this id.
    #[must_use]
    pub fn has(&self, id: EntryId) -> bool {
        self.from <= id && id <= self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_each_other_without_a_gap() {
        let id = |time, sequence| EntryId { time, sequence };
        for (before, after) in [
            (id(0, 0), id(0, 1)),
            (id(7, 41), id(7, 42)),
            (id(7, u64::MAX), id(8, 0)),
            (id(u64::MAX, u64::MAX - 1), EntryId::LAST),
        ] {
            assert!(before < after);
            assert_eq!((before.next(), after.previous()), (Some(after), Some(before)));
        }
        assert_eq!((EntryId::LAST.next(), EntryId::FIRST.previous()), (None, None));
        assert_eq!(id(1_795_235_389_057, 2).to_string(), "1795235389057-2");
        let ids = [EntryId::FIRST, id(0, 1), id(0, 2), id(9, 0), id(9, 1), EntryId::LAST];
        assert_eq!(ids.map(|id| id.first_record().0), [0, 0, 1, 9, 10, u64::MAX]);
    }
}
