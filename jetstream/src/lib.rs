//! A replicated log on NATS JetStream: the only crate that names its client.
//!
//! One shard has one stream, and the stream has one subject. [`JetStream`] is how a node reaches it while it runs: the port that the
//! machines of `holdfast-replica` are driven through. [`Desk`] is how an operator does: it makes the stream, reads it, and finds out
//! whether it is safe ([`Unsafe`]).
//!
//! What is trusted, and what is not, stands in `holdfast-replica`. Of JetStream, one thing: that a message which stands at a position does so
//! for everybody, and was on the disks of a majority before it was acknowledged. The second is a setting of the servers, and off by
//! default: hence the check.

mod access;
mod check;
mod copies;
mod desk;
mod error;
mod monitor;
mod name;
mod port;
mod stream;

pub use access::{Access, Tls};
pub use check::{PAYLOAD_BYTES_MIN, SERVERS_MIN, ServerFacts, Unsafe, VERSION_MIN};
pub use copies::SideBySide;
pub use desk::{Begun, Desk, Made, Peer, StreamState};
pub use error::{DeskError, OpenError};
pub use monitor::CopySeen;
pub use name::{BadName, LogName};
pub use port::JetStream;
