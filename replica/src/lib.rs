//! The core of replication: what a replicated log of a shard holds, which of its messages count, and what each node does with it.
//!
//! A shard's log is kept by somebody else, on a majority of machines. It is trusted with the order of messages, and with nothing else. Each
//! node has a copy in its own write-ahead log. One of them owns the shard: it writes, and answers only for what a majority has *and* its
//! own disk has. The others follow. There is no lease and no lock: who owns the shard is what stands in the log.
//!
//! From the bottom up:
//!
//! - [`seal`] and [`decode`]: the bytes of a message, which `FORMAT.md` draws.
//! - [`Chain`]: the rule of validity. All that reads a log uses it: owner, follower, recovery, verification, scrubbing.
//! - [`Scrub`]: all copies of a log, by the rule, and against what a node has kept.
//! - [`ReplicatedLog`] and [`Event`]: the seam to the log.
//! - [`Node`]: follower, candidate and owner as one state machine. Events and time in, [`Action`]s out.
//!
//! No part of it reads a clock, has a thread, a socket or a file, or makes a random choice. `README.md` says why it is right, and what is
//! tried to show it.

mod link;
mod message;
mod numbers;
mod port;
mod roles;
mod rule;
mod scrub;

pub use link::Link;
pub use message::{
    Beat, Body, Genesis, HEADER_BYTES, Handover, Header, Identity, MESSAGE_BYTES_MAX, MESSAGE_VERSION,
    Malformed, Message, NAME_BYTES_MAX, PLACE_BYTES, Place, Taken, decode, fingerprint, seal, written_at,
};
pub use numbers::{Epoch, Now, Position};
pub use port::{Event, ReplicatedLog};
pub use roles::{Action, Ended, Group, Member, Node, Role, Timing};
pub use rule::{Chain, Halt, NoBeginning, Verdict, Void};
pub use scrub::{Across, Copies, Flaw, Found, Scrub};
