//! Which commands of a connection are refused because more comes than can be served.
//!
//! What a server cannot keep up with waits in the kernel, where nobody sees it: seconds of work, answered when nobody
//! wants it any more. A connection is behind as long as reads leave more in its socket than the next turn takes in. Who
//! is behind for longer than clients are willing to wait has every second new command refused, until it has caught up.
//!
//! Every second, and not all: a refusal must be read and answered too. Whatever comes, most of the time is spent on
//! sales; what is still too much stays in the socket, and holds up its sender. A quarter of a thousand at a time, as a
//! refusal between two commands would end the run that they share.

use std::time::{Duration, Instant};

use crate::limits;

/// New commands in a row that are served while a connection is late.
const SERVED: u32 = 256;
/// New commands in a row that are refused after them.
const REFUSED: u32 = 256;
const _: () = assert!(SERVED == REFUSED, "every second");

/// Whether a connection is late, and whose turn it is to be refused.
#[derive(Debug, Default)]
pub(crate) struct Overload {
    /// The first of the reads that have not emptied the socket.
    behind_since: Option<Instant>,
    is_late: bool,
    /// New commands since the last block of refusals began.
    turn: u32,
}

impl Overload {
    /// After a read: so many bytes are still there. The clock is read for those who are behind only.
    pub(crate) fn left(&mut self, bytes: u64, patience: Duration, now: impl FnOnce() -> Instant) {
        if bytes <= limits::BEHIND_BYTES {
            self.forget();
            return;
        }
        let now = now();
        let since = *self.behind_since.get_or_insert(now);
        self.is_late = now.saturating_duration_since(since) >= patience;
    }

    /// What waits now waits for its client, not for the server.
    pub(crate) const fn forget(&mut self) {
        self.behind_since = None;
        self.is_late = false;
    }

    /// Is the next new command refused? `thread_is_late` if others keep this connection waiting.
    pub(crate) const fn refuses(&mut self, thread_is_late: bool) -> bool {
        if !self.is_late && !thread_is_late {
            self.turn = 0;
            return false;
        }
        self.turn = (self.turn + 1) % (SERVED + REFUSED);
        self.turn < REFUSED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(100);

    /// A connection, and a clock for it.
    struct Reads(Overload, Instant);

    impl Reads {
        fn new() -> Self {
            Self(Overload::default(), Instant::now())
        }

        fn left(&mut self, bytes: u64, ms: u64) -> bool {
            let now = self.1 + Duration::from_millis(ms);
            self.0.left(bytes, PATIENCE, || now);
            self.0.is_late
        }
    }

    #[test]
    fn who_keeps_up_costs_no_clock_and_is_never_refused() {
        let mut overload = Overload::default();
        for _ in 0..2_000 {
            overload.left(0, PATIENCE, || panic!("the clock was read"));
            assert!(!overload.refuses(false));
        }
    }

    #[test]
    fn late_is_who_did_not_catch_up_for_too_long() {
        let mut reads = Reads::new();
        const MUCH: u64 = limits::BEHIND_BYTES + 1;
        assert!(!reads.left(MUCH, 0));
        assert!(!reads.left(100 * MUCH, 99), "however much it is");
        assert!(reads.left(MUCH, 100));
        assert!(reads.left(MUCH, 5_000));
        assert!(!reads.left(MUCH - 1, 5_001), "caught up");
        assert!(!reads.left(MUCH, 5_002));
        assert!(!reads.left(MUCH, 5_101));
        assert!(reads.left(MUCH, 5_102));
        reads.0.forget();
        assert!(!reads.left(MUCH, 9_000), "it was waiting for its client");
    }

    #[test]
    fn every_second_is_served_in_blocks_and_the_next_time_begins_with_a_refusal() {
        let mut overload = Overload::default();
        for _ in 0..2 {
            let told: Vec<bool> = (0..2 * (SERVED + REFUSED)).map(|_| overload.refuses(true)).collect();
            let refused = told.iter().filter(|refused| **refused).count();
            assert!(told[0] && refused.abs_diff(told.len() / 2) <= 1, "{refused}");
            let changes = told.windows(2).filter(|pair| pair[0] != pair[1]).count();
            assert!(changes <= 4, "{changes}");
            assert!(!overload.refuses(false));
        }
    }
}
