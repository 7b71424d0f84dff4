//! Which commands of a connection are refused because more comes than can be served.
//!
//! What a server cannot keep up with waits in the kernel, where nobody sees it: seconds of work, answered when nobody
//! wants it any more. A connection is behind as long as reads leave more in its socket than the next turn takes in. Who
//! is behind for longer than clients are willing to wait has every second new command refused, until it has caught up.
//!
//! Every second, and not all: a refusal must be read and answered too. Whatever comes, most of the time is spent on
//! sales; what is still too much stays in the socket, and holds up its sender. Some thousands at a time, whosever they
//! are: a refusal between two commands would end the run that they share, and it is cheapest to serve what a connection
//! has sent, and to refuse what the next one has.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::limits;

/// New commands of a thread in a row that are refused, then served.
const BLOCK: u32 = 4_096;

/// Whose turn it is to be refused: one for each thread.
#[derive(Debug, Default)]
pub(crate) struct Turns(Cell<u32>);

impl Turns {
    fn next_is_refused(&self) -> bool {
        let turn = self.0.get() % (2 * BLOCK);
        self.0.set(turn + 1);
        turn < BLOCK
    }
}

/// Whether a connection is late.
#[derive(Debug, Default)]
pub(crate) struct Overload {
    /// The first of the reads that have left too much in the socket.
    behind_since: Option<Instant>,
    is_late: bool,
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
    pub(crate) fn refuses(&self, thread_is_late: bool, turns: &Turns) -> bool {
        (self.is_late || thread_is_late) && turns.next_is_refused()
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
            assert!(!overload.refuses(false, &Turns::default()));
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
    fn every_second_is_served_in_blocks_whosever_they_are() {
        let (one, other, turns) = (Overload::default(), Overload::default(), Turns::default());
        let told: Vec<bool> = (0..6 * BLOCK)
            .map(|turn| if turn % 3 == 0 { &one } else { &other }.refuses(true, &turns))
            .collect();
        assert_eq!(told.iter().filter(|refused| **refused).count(), told.len() / 2);
        assert_eq!(told.windows(2).filter(|pair| pair[0] != pair[1]).count(), 5);
        assert!((0..BLOCK).all(|_| !one.refuses(false, &turns)), "nobody is late");
    }
}
