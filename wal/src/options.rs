//! What an operator may choose about the log.

use std::time::Duration;

use crate::error::OpenError;
use crate::format::GROUP_HEADER_BYTES;
use crate::limits::{
    BLOCK_BYTES, GROUP_BYTES_MAX_DEFAULT, IDLE_DEFAULT, RESERVE_BYTES_DEFAULT, SEGMENT_BYTES_DEFAULT,
    SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN, SLOW_SYNC_DEFAULT,
};

/// Sizes and times of a log. The defaults suit a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// Length of a segment file, bytes; rounded up to whole blocks of 4 KiB. Default 64 MiB, at least 64 KiB, at
    /// most 2 GiB.
    pub segment_bytes: u64,
    /// The records of one group at most, bytes; never more than a segment holds. Default 4 MiB.
    pub group_bytes_max: usize,
    /// Free disk space below which [`crate::Pressure::low_space`] is true, bytes. Default 256 MiB.
    pub reserve_bytes: u64,
    /// A group that takes longer to be written and synced raises [`crate::Pressure::slow`]. Default 250 ms; `Duration::MAX` for never.
    pub slow_sync: Duration,
    /// A group that takes longer raises [`crate::Pressure::stalled`]. `None`, the default, for the longer of a second and
    /// `slow_sync`. A simulation sets it: its disk hangs when the simulation says so, whatever the clock says.
    pub stalled: Option<Duration>,
    /// How long after the last group an empty one is written, which proves that the last was durable. Default 10 ms.
    pub idle: Duration,
    /// Where the segments' nonces come from: the operating system's randomness (`None`, the default), or this seed and
    /// the number of the segment, for simulations that must run twice in the same way.
    pub nonce_seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: SEGMENT_BYTES_DEFAULT,
            group_bytes_max: GROUP_BYTES_MAX_DEFAULT,
            reserve_bytes: RESERVE_BYTES_DEFAULT,
            slow_sync: SLOW_SYNC_DEFAULT,
            stalled: None,
            idle: IDLE_DEFAULT,
            nonce_seed: None,
        }
    }
}

impl Options {
    /// The options as the log uses them.
    pub(crate) fn validated(mut self) -> Result<Self, OpenError> {
        if !(SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&self.segment_bytes) {
            let reason = format!(
                "segment_bytes is {}, and has to be between {SEGMENT_BYTES_MIN} and {SEGMENT_BYTES_MAX}",
                self.segment_bytes
            );
            return Err(OpenError::Options { reason });
        }
        self.segment_bytes = self.segment_bytes.next_multiple_of(BLOCK_BYTES as u64);
        if self.group_bytes_max == 0 {
            return Err(OpenError::Options {
                reason: "group_bytes_max is 0, so no group could be written".into(),
            });
        }
        self.group_bytes_max = self.group_bytes_max.min(self.batch_bytes_max());
        Ok(self)
    }

    /// The longest batch that every segment holds, bytes: all but its header, its opening group, a group's header, and
    /// the room for a seal.
    pub(crate) fn batch_bytes_max(&self) -> usize {
        usize::try_from(self.segment_bytes).unwrap_or(usize::MAX) - 3 * BLOCK_BYTES - GROUP_HEADER_BYTES
    }
}
