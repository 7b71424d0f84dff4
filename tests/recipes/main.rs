//! The programs of `docs/recipes` against the real server, as their readers would run them: unchanged, as processes.
//!
//! What they say is compared word for word, and what they do with what the server has in the end. Between them and the
//! server stands, where a test says so, something that loses commands and replies.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

#[path = "../support/mod.rs"]
mod support;

mod booking;
mod consumer;
mod seat_map;
mod web;
mod worker;
