//! What stands in a replicated log: one message at each position. `FORMAT.md` has the bytes.
//!
//! [`seal`] writes a message, [`decode`] reads bytes that may come from anybody. Neither knows whether a message counts where it stands:
//! that is the rule's.

mod bodies;
mod decode;
mod encode;
mod fields;
mod layout;
mod place;

use bytes::Bytes;
use holdfast_wal::Lsn;

use crate::link::Link;
use crate::numbers::Epoch;

pub use bodies::{Beat, Genesis, Handover, Taken};
pub use decode::{Malformed, decode, fingerprint, written_at};
pub use encode::seal;
pub use layout::{HEADER_BYTES, MESSAGE_BYTES_MAX, MESSAGE_VERSION, NAME_BYTES_MAX};
pub use place::{PLACE_BYTES, Place};

/// Which log a message is of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Identity {
    /// Tells this cluster from every other: random, chosen when it is made.
    pub cluster: [u8; 16],
    /// Which part of the cluster's events.
    pub shard: u32,
}

/// What every message says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Which log it is of.
    pub identity: Identity,
    /// What a node must know to apply it: the newest format of records that it has.
    pub level: u32,
    /// The turn in which it was written; for an [`Body::Epoch`], the turn that begins.
    pub epoch: Epoch,
    /// The LSN of its first record; without records, of the next one to be written.
    pub first: Lsn,
    /// How many records it has; only a [`Body::Group`] has any.
    pub records: u32,
    /// When it was written, Unix milliseconds by its writer's clock. Nothing is decided by it.
    pub unix_ms: u64,
    /// The link of the message before it in the chain.
    pub before: Link,
}

/// What a message is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// The first message of a log: who the cluster is.
    Genesis(Genesis),
    /// Records, framed as [`holdfast_wal::Batch`] frames them.
    Group(Bytes),
    /// A node takes over: older turns are over.
    Epoch(Taken),
    /// The owner is there, though nothing happens. It is no part of the chain: it only names it.
    Beat(Beat),
    /// The owner writes no more in this turn: somebody else may take over at once.
    Handover(Handover),
}

/// A message with its own link, as it was read or sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// What it says of itself.
    pub header: Header,
    /// What it is for.
    pub body: Body,
    /// Its own link: over its header and its body.
    pub link: Link,
}

impl Body {
    /// Whether the messages behind it name its link. A beat may be left out of a copy of the log and nothing is missing.
    #[must_use]
    pub const fn is_chained(&self) -> bool {
        !matches!(self, Self::Beat(_))
    }
}
