//! The front end over real sockets, with a real engine over a log in memory behind it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod abuse;
mod access;
mod budgets;
mod cluster;
mod door;
mod feed;
mod hanging;
mod inside;
mod jobs;
mod overload;
mod rights;
mod support;
mod traced;
mod transcripts;
