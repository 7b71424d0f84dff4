//! What the benches of running servers share: servers as child processes, requests made beforehand, and the one
//! thread that puts them to whatever server, so that what is compared differs in nothing but the server.
//!
//! `process` -> `sale` (what is asked) -> `load` -> `drive` -> `outcome` -> `figures`. Clock, schedule and the way to wait are
//! those of `holdfast load`, whose own generator is another: it makes commands, understands answers and keeps both for the
//! check, which costs more than the servers here should be made to wait for.

#![allow(dead_code, clippy::allow_attributes, reason = "every bench uses its part")]

pub(crate) mod drive;
pub(crate) mod figures;
pub(crate) mod load;
pub(crate) mod outcome;
pub(crate) mod process;
pub(crate) mod resp;
pub(crate) mod sale;
pub(crate) mod shape;
pub(crate) mod syncs;
