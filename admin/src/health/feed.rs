//! How the feeds are: by what has happened to their readers of late, as a count alone says nothing of when.

use std::time::{Duration, Instant};

use holdfast_engine::{Code, FeedStats};

use super::parts::{Finding, Status, UP, degraded, finding};
use crate::limits;

/// A count, and when a look last found it grown.
#[derive(Default, Debug)]
struct Recent {
    count: u64,
    grew_at: Option<Instant>,
}

impl Recent {
    /// Whether it has grown within so long, this look included.
    fn look(&mut self, count: u64, now: Instant, within: Duration) -> bool {
        if count != self.count {
            (self.count, self.grew_at) = (count, Some(now));
        }
        self.grew_at.is_some_and(|at| now.saturating_duration_since(at) < within)
    }
}

/// What has become of those who read the feeds.
#[derive(Default, Debug)]
pub(super) struct Readers {
    cut: Recent,
    trimmed: Recent,
}

impl Readers {
    pub(super) fn look(&mut self, stats: &FeedStats, now: Instant) -> Finding {
        let within = limits::FEED_TROUBLE_SHOWN;
        let cut = self.cut.look(stats.subscribers_cut, now, within);
        if self.trimmed.look(stats.trimmed, now, within) {
            let message = format!(
                "a reader asked for changes that are not kept any more ({} since the start)",
                stats.trimmed
            );
            return finding(Status::Degraded, Code::FEED_TRIMMED, message);
        }
        if cut {
            let message = format!(
                "a subscriber did not keep up and was cut off ({} since the start)",
                stats.subscribers_cut
            );
            return degraded(
                message,
                "Find out why the consumer is slow. It connects again and goes on from the version that it has.",
            );
        }
        UP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_to_readers_is_told_for_a_while() {
        let (mut readers, start) = (Readers::default(), Instant::now());
        let mut at = |after: Duration, cut, trimmed| {
            let stats = FeedStats { subscribers_cut: cut, trimmed, ..FeedStats::default() };
            let found = readers.look(&stats, start + after);
            (found.status, found.code)
        };
        let (up, shown) = ((Status::Up, None), limits::FEED_TROUBLE_SHOWN);
        assert_eq!(at(Duration::ZERO, 0, 0), up);
        assert_eq!(at(Duration::from_secs(1), 1, 0), (Status::Degraded, None));
        assert_eq!(
            at(Duration::from_secs(2), 1, 1),
            (Status::Degraded, Some(Code::FEED_TRIMMED)),
            "what is lost first"
        );
        assert_eq!(at(Duration::from_secs(3), 1, 1).0, Status::Degraded);
        assert_eq!(at(shown + Duration::from_secs(2), 1, 1), up);
        assert_eq!(at(shown + Duration::from_secs(3), 2, 1).0, Status::Degraded, "another one");
    }
}
