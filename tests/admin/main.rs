//! The admin port of the real server, asked over plain sockets: probes during a recovery, health, metrics, who may ask, and what people
//! send who mean no good.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod abuse;
mod api;
mod health;
mod http;
mod metrics;
mod modes;
mod payments;
mod probes;
mod rights;
mod start;

#[path = "../support/mod.rs"]
mod support;
