//! How far a recovery is, for those who look at it from other threads.

use std::sync::atomic::{AtomicU64, Ordering};

use holdfast_wal::Lsn;

/// How far a recovery is: the records of the log that were dealt out to be replayed. It never goes back.
///
/// # Examples
/// ```
/// let progress = holdfast_engine::Progress::default();
/// assert_eq!(progress.records(), (0, 0), "how many there are is not known before the log was read");
/// ```
#[derive(Debug, Default)]
pub struct Progress {
    records: AtomicU64,
    of: AtomicU64,
}

impl Progress {
    /// Records that were dealt out, and how many there are; 0 and 0 until the log was read.
    #[must_use]
    pub fn records(&self) -> (u64, u64) {
        (self.records.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed))
    }

    /// The records from `from` up to `last` are to be replayed.
    pub(super) fn begins(&self, from: Lsn, last: Lsn) {
        self.of.fetch_max((last.0 + 1).saturating_sub(from.0), Ordering::Relaxed);
    }

    /// Those up to `upto` of them were dealt out. Events that are tried again are dealt theirs once more.
    pub(super) fn reaches(&self, from: Lsn, upto: Lsn) {
        self.records.fetch_max((upto.0 + 1).saturating_sub(from.0), Ordering::Relaxed);
    }
}
