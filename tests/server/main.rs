//! The server as its clients see it: every reply byte for byte, in both versions of the protocol.
//!
//! A person opens a sale, people hold, extend, give back and buy, and some of them ask for what cannot be had, send
//! bytes that mean nothing, or leave in the middle. Checked: the bytes of every reply to every command of this
//! version, every error of the catalogue that a reply can have, one key one answer, the order of replies whatever is
//! mixed, and that no client costs another one its turn. Hold numbers are versions of the event and so known in
//! advance; only times are masked.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod audit;
mod door;
mod examples;
mod feed;
mod figures;
mod groups;
mod hall;
mod jobs;
mod large;
mod notify;
mod picture;
mod refusals;
mod rest;
mod sale;
mod session;
mod streams;

#[path = "../support/mod.rs"]
mod support;
mod tools;
mod tracing;
mod transactions;
