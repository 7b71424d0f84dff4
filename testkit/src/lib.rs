//! Helpers for the tests of several crates, and for no product: a disk in memory with the faults of a real one, a
//! replicated log in memory with the faults of a real one, the servers of a real one, random choices that a seed repeats, and directories that are removed with their owner.
//!
//! This crate is built on the log. The log's own tests in `wal/tests` can use it, as they see the same log. A test inside
//! `wal/src` would see two logs with different types: its own, and the one that this crate was built on.

mod ci;
mod disk;
mod hex;
mod log;
mod nats;
mod random;
mod scratch;

pub use ci::{in_ci, missing};
pub use disk::{Fault, MemoryStorage, Operation};
pub use hex::{hex, unhex};
pub use log::{LogFaults, MemoryLog, MemoryPort, Ports, conforms};
pub use nats::{NatsServers, NatsSettings, nats_server};
pub use random::{Random, mix};
pub use scratch::TempDir;
