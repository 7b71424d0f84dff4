//! The program as an operator sees it: exit codes, messages, and what it does when the machine fails it.
//!
//! Checked: 0 done, 1 a fault while running, 2 bad usage or configuration, 3 the data directory is refused; that each
//! message names what is at fault and the next step; that standard output has only what scripts may rely on; that
//! settings mean the same in a flag, the environment and the file; and that a slow, full, read-only or failing disk,
//! a flipped bit, a second server or a foreign directory costs nothing that was acknowledged.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod audit;
mod backup;
mod clock;
mod cluster;
mod configuration;
mod damage;
mod directory;
mod disk;
mod log;
mod looking;
mod memory;
mod offline;
mod ops;
mod plan;
mod process;
mod protection;
#[path = "../support/mod.rs"]
mod support;
mod system;
