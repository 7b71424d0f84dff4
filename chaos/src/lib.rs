//! Experiments: a server is disturbed on purpose, and it is seen whether it keeps its promises, and how soon it is well again.
//!
//! `experiment` (a file) -> `schedule` (what happens when, from a seed) -> `runner`, which has a `server` of its own in a `place` of its
//! own, buyers of [`holdfast_load`] on it, and means to `disturb` it -> `journal` -> `report`.
//!
//! Nothing here can touch another server: the runner starts its own, on this machine, in a directory that it has made, and there is no
//! command by which a server would break itself.

mod disturb;
mod experiment;
mod failure;
mod journal;
mod library;
mod measure;
mod place;
mod report;
mod runner;
mod schedule;
mod server;

pub use experiment::Experiment;
pub use failure::Failure;
pub use journal::{Journal, Verdict};
pub use library::{LIBRARY, source};
pub use report::{Language, markdown, summary};
pub use runner::{Options, run};
pub use schedule::{Step, schedule};
