//! The clock on the wall.

use std::time::{SystemTime, UNIX_EPOCH};

#[expect(
    clippy::disallowed_methods,
    reason = "certificates and tokens end at a time on the wall, and people compare it with their watch"
)]
pub(super) fn wall() -> SystemTime {
    SystemTime::now()
}

/// Unix milliseconds.
pub(super) fn now() -> u64 {
    let since = wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
