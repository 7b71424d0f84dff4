//! What whoever runs the server has in hand: Prometheus and Alertmanager with the files of `ops/`, and `docs/operating.md`, all of it as
//! real programs.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod alarm;
mod page;
mod programs;
mod receiver;
mod shell;

#[path = "../support/mod.rs"]
mod support;
