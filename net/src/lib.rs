//! The front end: TCP and the Redis protocol on one side, the engine's router on the other.
//!
//! It knows bytes, the form of commands, and replies; it knows no files, no log and no rule of the sale. A connection
//! lives on one thread of the engine, and everything that it may use up is bounded ([`limits`]).

mod access;
mod admission;
mod by_hand;
pub mod cluster;
mod codec;
mod connection;
mod counting;
mod door;
mod error;
mod feeds;
mod figures;
pub mod inside;
mod latency;
pub mod limits;
mod memory;
mod places;
mod resp;
mod server;
mod shared;
mod shutdown;
mod spans;
mod stats;
mod tls;
mod verbs;

pub use access::{
    Access, Budget, Events, HashError, NoPass, Pass, Right, Rights, Role, SECRET_PREFIX, Token, TokenHash,
    Tokens,
};
pub use by_hand::{Required, add_jobs};
pub use codec::Codec;
pub use error::{ProtocolError, StartError};
pub use figures::{FRONT, Front, FrontFigures};
pub use latency::Buckets;
pub use server::{Running, Server};
pub use shared::{Config, InfoSource, Protection, Sources};
pub use spans::{Earlier, Next, Outcome, Queue, Served, Spans, Stamps, Tallied, Traced, earlier};
pub use stats::{Counters, Stats};
pub use tls::{Pem, Tls, TlsError};
