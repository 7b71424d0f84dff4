//! Which commands of a connection are refused because more comes than can be served.
//!
//! Commands that a server cannot keep up with wait in the kernel, where nobody sees them: seconds of work, answered
//! when no client wants the answer any more. A connection is behind as long as reads leave more in its socket than
//! its next turn takes in. It is late when it has been behind for longer than clients are willing to wait.
//!
//! A client that only pipelines is no overload: it waits for nobody but itself, and TCP holds it up. So a late
//! connection is refused only while another connection of its thread is late too, and a slow thread refuses only
//! while several connections share it.
//!
//! Every second new command is refused, and not all, as a refused command must be read and answered too. Whatever
//! comes, most of the time is spent on sales; what is still too much stays in the socket, and holds up its sender.
//! Some thousands of commands in a row are refused, and then as many are served, whichever connections they come
//! from. A refusal between two commands would end the run that they share, so it is cheapest to serve all that one
//! connection has sent, and to refuse all of the next one.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::admission::thread_delay::ThreadDelay;
use crate::limits;

/// Who goes first where there is not room for all; the last is never refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// With a token that may only look: all of its new commands are refused.
    Looks,
    /// Whoever sells, and everybody where no tokens are used: every second one is.
    Sells,
    /// With a token for operators: to stop a sale must be possible whatever comes.
    Operates,
}

/// Whether a connection is late, and whether its next new command is refused for that.
#[derive(Debug)]
pub(crate) struct Overload {
    thread: Rc<ThreadDelay>,
    patience: Duration,
    /// When a read first left too much in the socket; each since then has.
    behind_since: Option<Instant>,
    is_late: bool,
}

impl Overload {
    /// For a connection of this thread, whose client is willing to wait as long as `patience`.
    pub(crate) const fn new(thread: Rc<ThreadDelay>, patience: Duration) -> Self {
        Self { thread, patience, behind_since: None, is_late: false }
    }

    /// A read has left this many bytes in the socket. The clock is read only if the connection is behind.
    pub(crate) fn left(&mut self, bytes: u64, now: impl FnOnce() -> Instant) {
        if bytes <= limits::BEHIND_BYTES {
            self.forget();
            return;
        }
        let now = now();
        let since = *self.behind_since.get_or_insert(now);
        self.set_late(now.saturating_duration_since(since) >= self.patience);
    }

    /// What is in the socket now waits for the client, not for the server: the connection is not behind.
    pub(crate) fn forget(&mut self) {
        self.behind_since = None;
        self.set_late(false);
    }

    fn set_late(&mut self, is_late: bool) {
        let connections = &self.thread.late.connections;
        match (self.is_late, is_late) {
            (false, true) => connections.set(connections.get() + 1),
            (true, false) => connections.set(connections.get() - 1),
            _ => {}
        }
        self.is_late = is_late;
    }

    /// Whether the next new command is refused, of somebody of this standing.
    pub(crate) fn refuses(&self, standing: Standing) -> bool {
        let late = &self.thread.late;
        let others_are_late = self.is_late && late.connections.get() > 1;
        let too_much = others_are_late || self.thread.keeps_several_waiting(self.patience);
        too_much
            && match standing {
                Standing::Looks => true,
                Standing::Sells => late.next_is_refused(),
                Standing::Operates => false,
            }
    }
}

/// A connection that has ended is not late any more.
impl Drop for Overload {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::admission::thread_delay::BLOCK;

    const PATIENCE: Duration = Duration::from_millis(100);
    const MUCH: u64 = limits::BEHIND_BYTES + 1;

    /// A connection, and a clock for it.
    struct Reads(Overload, Instant);

    impl Reads {
        fn of(thread: &Rc<ThreadDelay>) -> Self {
            Self(Overload::new(Rc::clone(thread), PATIENCE), Instant::now())
        }

        fn left(&mut self, bytes: u64, ms: u64) -> bool {
            let now = self.1 + Duration::from_millis(ms);
            self.0.left(bytes, || now);
            self.0.is_late
        }

        fn late(thread: &Rc<ThreadDelay>) -> Self {
            let mut reads = Self::of(thread);
            assert!(!reads.left(MUCH, 0) && reads.left(MUCH, 100));
            reads
        }
    }

    fn refused(overload: &Overload, commands: u32) -> u32 {
        (0..commands).map(|_| u32::from(overload.refuses(Standing::Sells))).sum()
    }

    #[test]
    fn a_connection_that_keeps_up_costs_no_clock_and_is_never_refused() {
        let thread = Rc::default();
        let _others = [Reads::late(&thread), Reads::late(&thread)];
        let mut overload = Overload::new(thread, PATIENCE);
        for _ in 0..2_000 {
            overload.left(0, || panic!("the clock was read"));
            assert!(!overload.refuses(Standing::Sells));
        }
    }

    #[test]
    fn a_connection_is_late_that_did_not_catch_up_for_too_long() {
        let mut reads = Reads::of(&Rc::default());
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
    fn a_client_that_only_pipelines_is_never_refused() {
        let thread = Rc::default();
        let one = Reads::late(&thread);
        let idle = Reads::of(&thread);
        assert_eq!(refused(&one.0, 4 * BLOCK), 0, "nobody else is late");
        let other = Reads::late(&thread);
        assert_eq!(refused(&one.0, 2 * BLOCK), BLOCK);
        assert_eq!(refused(&other.0, 2 * BLOCK), BLOCK);
        assert_eq!(refused(&idle.0, 2 * BLOCK), 0);
        drop(other);
        assert_eq!(refused(&one.0, 4 * BLOCK), 0, "the other has gone");
    }

    #[test]
    fn every_second_is_served_in_blocks_whosever_they_are() {
        let thread = Rc::default();
        let (one, other) = (Reads::late(&thread), Reads::late(&thread));
        let told: Vec<bool> = (0..6 * BLOCK)
            .map(|turn| if turn % 3 == 0 { &one } else { &other }.0.refuses(Standing::Sells))
            .collect();
        assert_eq!(told.iter().filter(|refused| **refused).count(), told.len() / 2);
        assert_eq!(told.windows(2).filter(|pair| pair[0] != pair[1]).count(), 5);
    }

    #[test]
    fn a_slow_thread_refuses_while_several_share_it() {
        let thread = Rc::new(ThreadDelay::default());
        let overload = Overload::new(Rc::clone(&thread), PATIENCE);
        for (took, workers, expected) in [(100, &[1, 1][..], 0), (99, &[1, 2], 0), (100, &[1, 2, 1], BLOCK)] {
            workers.iter().for_each(|id| thread.works(*id));
            thread.round_took(Duration::from_millis(took));
            assert_eq!(refused(&overload, 2 * BLOCK), expected, "{took} ms, {workers:?}");
        }
        thread.round_took(Duration::from_millis(100));
        assert_eq!(refused(&overload, 2 * BLOCK), 0, "nobody worked in this round");
    }

    #[test]
    fn who_looks_is_refused_first_and_operators_never() {
        let thread = Rc::default();
        let (one, _other) = (Reads::late(&thread), Reads::late(&thread));
        let refused = |standing| (0..4 * BLOCK).filter(|_| one.0.refuses(standing)).count() as u32;
        let told = [Standing::Looks, Standing::Sells, Standing::Operates].map(refused);
        assert_eq!(told, [4 * BLOCK, 2 * BLOCK, 0]);
        assert!(!Reads::of(&Rc::default()).0.refuses(Standing::Looks), "nobody waits");
    }
}
