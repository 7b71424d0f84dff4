//! How far the log is archived: told by whoever archives it, asked by whoever lets go of log and by whoever shows figures.

use holdfast_wal::Lsn;
use parking_lot::Mutex;

use crate::catalogue::Code;
use crate::numbers::At;

/// What the archive of the log has, and how it is doing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ArchiveStats {
    /// The newest record that is archived; [`Lsn::ZERO`] before that is known.
    pub upto: Lsn,
    /// Segments that the archive has, and their bytes.
    pub segments: u64,
    /// Their length, bytes.
    pub bytes: u64,
    /// Segments that were copied since the start.
    pub copied: u64,
    /// Segments that were let go of before they could be copied, since the start.
    pub lost: u64,
    /// Tries that failed, since the start.
    pub failures: u64,
    /// Why the newest try failed, if it did.
    pub failing: Option<(Code, String)>,
    /// Since when something sealed waits to be copied; `None`: nothing does.
    pub waiting_since: Option<At>,
}

/// The archive as the rest of the process knows it.
#[derive(Debug, Default)]
pub struct Archive {
    is_wanted: bool,
    stats: Mutex<ArchiveStats>,
}

impl Archive {
    /// Whether the log is archived at all.
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self { is_wanted, stats: Mutex::default() }
    }

    /// How it is doing; `None` if there is none.
    #[must_use]
    pub fn stats(&self) -> Option<ArchiveStats> {
        self.is_wanted.then(|| self.stats.lock().clone())
    }

    /// From now on it is so.
    pub fn tell(&self, stats: ArchiveStats) {
        *self.stats.lock() = stats;
    }

    /// The newest record that may go, of those up to `upto`: none that is not archived yet.
    pub(crate) fn lets_go(&self, upto: Lsn) -> Lsn {
        if self.is_wanted { upto.min(self.stats.lock().upto) } else { upto }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_is_kept_until_it_is_archived_if_it_is_to_be() {
        let none = Archive::new(false);
        assert_eq!((none.lets_go(Lsn(7)), none.stats()), (Lsn(7), None));
        let archive = Archive::new(true);
        assert_eq!(archive.lets_go(Lsn(7)), Lsn::ZERO, "nothing is known of it yet");
        archive.tell(ArchiveStats { upto: Lsn(5), ..ArchiveStats::default() });
        assert_eq!([4, 5, 7].map(|upto| archive.lets_go(Lsn(upto))), [Lsn(4), Lsn(5), Lsn(5)]);
    }
}
