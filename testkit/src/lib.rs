//! What tests of several crates need, and no product: a disk in memory that does whatever a disk can do to us, chance
//! that a seed repeats, and directories that go with their owner.
//!
//! The log's own tests use it, which the log is below: those in `wal/tests`, for which the log is built once. A test
//! inside `wal/src` would see two logs, its own and the one that this crate was built on, and their types differ.

mod disk;
mod random;
mod scratch;

pub use disk::{Fault, MemoryStorage, Operation};
pub use random::{Random, mix};
pub use scratch::TempDir;
