//! What the benches of running servers share: servers as child processes, requests made beforehand, and the one
//! thread that puts them to whatever server, so that what is compared differs in nothing but the server.
//!
//! `process` -> `sale` (what is asked) -> `load` -> `drive` -> `outcome` -> `figures`.

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

#[cfg_attr(test, expect(unused_imports, reason = "its tests run with `holdfast load`"))]
#[path = "../../load/src/generator/cost.rs"]
mod cost;
#[cfg_attr(test, expect(unused_imports, reason = "its tests run with `holdfast load`"))]
#[path = "../../load/src/random.rs"]
mod random;
#[path = "../../load/src/generator/wait.rs"]
mod wait;
