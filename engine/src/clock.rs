//! Where the time in the log comes from. The only place of the engine that reads the wall clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A source of time that never runs backwards.
pub trait Clock: Send + Sync {
    /// Unix milliseconds.
    fn now_ms(&self) -> u64;
}

/// The wall clock at start plus the monotonic time since, and never before the last time in the log.
///
/// A wall clock that is set while the process runs changes no deadline. If the wall clock is behind the log at start,
/// time goes on from the newest record, so that deadlines keep their order.
#[derive(Debug)]
pub struct SystemClock {
    origin: Instant,
    origin_ms: u64,
    wall_ms: u64,
}

impl SystemClock {
    /// Starts now, or at `not_before` (Unix milliseconds) if the wall clock is behind it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the wall clock is read")]
    pub fn start(not_before: u64) -> Self {
        let wall_ms =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        Self { origin: Instant::now(), origin_ms: wall_ms.max(not_before), wall_ms }
    }

    /// What the wall clock said at start, Unix milliseconds.
    #[must_use]
    pub const fn wall_ms(&self) -> u64 {
        self.wall_ms
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        self.origin_ms + self.origin.elapsed().as_millis() as u64
    }
}
