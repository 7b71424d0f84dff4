//! What is known of a segment without reading it.

use crate::lsn::Lsn;

/// A segment that is kept, and what it holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeptSegment {
    /// Its number; the next one's is larger.
    pub number: u64,
    /// The first record in it, or that of the next segment where it holds none.
    pub first: Lsn,
    /// The newest record up to its end; `None` for the running segment, which has no end yet.
    pub last: Option<Lsn>,
}
