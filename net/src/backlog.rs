//! How long commands wait in the socket before they are read.
//!
//! What a server cannot keep up with waits in the kernel, where nobody sees it: megabytes a connection, seconds of
//! work. So whenever a read leaves bytes behind, a mark is made of how many there were, and when. Until the mark is
//! reached, what is read has waited at least since then. This is a measurement, no estimate; it needs no clock as long
//! as reads empty the socket, and one reading for each buffer otherwise.

use std::time::{Duration, Instant};

/// What waits in the socket of one connection.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// Bytes read so far.
    read: u64,
    mark: Option<Mark>,
}

/// At this time all bytes up to there were in the socket.
#[derive(Clone, Copy, Debug)]
struct Mark {
    upto: u64,
    since: Instant,
}

impl Backlog {
    /// So many bytes were read, and so many are still there. Returns how long those that were read have waited at
    /// least.
    pub(crate) fn took(&mut self, count: usize, left: u64, now: impl FnOnce() -> Instant) -> Duration {
        let before = self.read;
        self.read += count as u64;
        if left == 0 && self.mark.is_none() {
            return Duration::ZERO;
        }
        let now = now();
        let waited = match self.mark {
            Some(mark) if before < mark.upto => now.saturating_duration_since(mark.since),
            _ => Duration::ZERO,
        };
        // A mark is kept until it is reached, as its time is the older one.
        if left == 0 {
            self.mark = None;
        } else if self.mark.is_none_or(|mark| self.read >= mark.upto) {
            self.mark = Some(Mark { upto: self.read + left, since: now });
        }
        waited
    }

    /// What waits now waits for the client, not for the server.
    pub(crate) const fn forget(&mut self) {
        self.mark = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Clock(Instant);

    impl Clock {
        fn ms(&self, ms: u64) -> impl FnOnce() -> Instant + use<> {
            let at = self.0 + Duration::from_millis(ms);
            move || at
        }
    }

    fn ms(waited: Duration) -> u64 {
        u64::try_from(waited.as_millis()).unwrap()
    }

    #[test]
    fn who_keeps_up_costs_no_clock_and_is_never_late() {
        let mut backlog = Backlog::default();
        for _ in 0..10 {
            let waited = backlog.took(1_000, 0, || panic!("the clock was read"));
            assert_eq!(waited, Duration::ZERO);
        }
    }

    #[test]
    fn what_stood_before_the_mark_has_waited_since_then() {
        let clock = Clock(Instant::now());
        let mut backlog = Backlog::default();
        assert_eq!(ms(backlog.took(100, 250, clock.ms(0))), 0, "the first bytes may be new");
        assert_eq!(ms(backlog.took(100, 300, clock.ms(10))), 10);
        assert_eq!(ms(backlog.took(100, 300, clock.ms(30))), 30);
        assert_eq!(ms(backlog.took(100, 400, clock.ms(40))), 40, "the last that was there at the mark");
        // 450 bytes have been read: the new mark is of 40 ms.
        assert_eq!(ms(backlog.took(100, 300, clock.ms(45))), 5);
        assert_eq!(ms(backlog.took(300, 0, clock.ms(90))), 50);
        assert_eq!(ms(backlog.took(300, 0, clock.ms(900))), 0, "caught up");
    }

    #[test]
    fn what_waits_for_the_client_is_not_late() {
        let clock = Clock(Instant::now());
        let mut backlog = Backlog::default();
        backlog.took(100, 500, clock.ms(0));
        backlog.forget();
        assert_eq!(ms(backlog.took(100, 400, clock.ms(5_000))), 0);
        assert_eq!(ms(backlog.took(100, 300, clock.ms(5_010))), 10);
    }
}
