//! Where the time in the log comes from. The only place of the engine that reads the wall clock.

use crate::numbers::{At, Millis};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A source of time that never runs backwards.
pub trait Clock: Send + Sync {
    /// What time it is, to the microsecond.
    fn stamp(&self) -> Stamp;

    /// What time it is.
    fn now(&self) -> At {
        self.stamp().at()
    }
}

/// A moment of the engine's clock, microseconds since 1970: what the way of a command is measured with. 0 stands for a step that
/// was not on its way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Stamp(pub u64);

impl Stamp {
    /// The same moment as the log has it.
    #[must_use]
    pub const fn at(self) -> At {
        At(self.0 / 1_000)
    }

    /// Microseconds since an earlier moment; 0 if that is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The wall clock at start plus the monotonic time since, and never before the last time in the log.
///
/// A wall clock that is set while the process runs changes no deadline. If the wall clock is behind the log at start,
/// time goes on from the newest record, so that deadlines keep their order.
#[derive(Debug)]
pub struct SystemClock {
    origin: Instant,
    origin_at: At,
    wall_at: At,
}

impl SystemClock {
    /// Starts now, or at `not_before` if the wall clock is behind it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the wall clock is read")]
    pub fn start(not_before: At) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall_at = At(since.as_millis() as u64);
        Self { origin: Instant::now(), origin_at: wall_at.max(not_before), wall_at }
    }

    /// What the wall clock said at start.
    #[must_use]
    pub const fn wall_at(&self) -> At {
        self.wall_at
    }
}

impl Clock for SystemClock {
    fn stamp(&self) -> Stamp {
        Stamp(self.origin_at.0.saturating_mul(1_000) + self.origin.elapsed().as_micros() as u64)
    }

    fn now(&self) -> At {
        self.origin_at + Millis(self.origin.elapsed().as_millis() as u64)
    }
}
