//! What the protocol allows at most, as its documentation says: the harness knows no other source.

/// Seats of an event.
pub const SEATS_MAX: u32 = 1_000_000;
/// The longest life of a hold, in milliseconds: a day.
pub const TTL_MS_MAX: u32 = 86_400_000;
