//! What a node's own log says in front of the records of each group: where in the replicated log they stand.

use super::fields::Fields;
use crate::link::Link;
use crate::numbers::{Epoch, Position};

/// The length of a place, bytes.
pub const PLACE_BYTES: usize = 8 + 8 + 8 + 4 + Link::BYTES;

/// What a group's header said that its records do not, so that the very message can be made of them again.
///
/// The position is a hint: a log that has forgotten its end, and was given it again, has the same message elsewhere. Whoever goes on from
/// a place looks first whether the message stands there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The turn in which it was written.
    pub epoch: Epoch,
    /// Where it stood when it was agreed upon.
    pub position: Position,
    /// When it was written, Unix milliseconds.
    pub unix_ms: u64,
    /// What a node must know to apply it.
    pub level: u32,
    /// The link of the message before it in the chain.
    pub before: Link,
}

impl Place {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; PLACE_BYTES] {
        let mut out = [0; PLACE_BYTES];
        let (head, before) = out.split_at_mut(PLACE_BYTES - Link::BYTES);
        before.copy_from_slice(&self.before.0);
        let (numbers, level) = head.split_at_mut(24);
        level.copy_from_slice(&self.level.to_le_bytes());
        for (bytes, number) in numbers.chunks_exact_mut(8).zip([self.epoch.0, self.position.0, self.unix_ms])
        {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        out
    }

    /// Reads one; `None` if the bytes are none. A log that it is read from has checked its bytes already.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let (epoch, position) = (Epoch(fields.u64()?), Position(fields.u64()?));
        let (unix_ms, level, before) = (fields.u64()?, fields.u32()?, fields.link()?);
        (fields.is_empty() && position > Position::ZERO).then_some(Self {
            epoch,
            position,
            unix_ms,
            level,
            before,
        })
    }
}
