//! What an event on duty is given, and what it gives back.

use std::sync::Arc;

use holdfast_wal::Lsn;

use crate::exchange::reply::Reply;
use crate::numbers::Millis;
use crate::state::{Created, Layout};

/// What the operator decides about every event.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// For how long the answer of an accepted command is remembered at least.
    pub retention: Millis<u64>,
    /// How many refusals of an event are remembered within that time. Beyond this number, the token that has most of them
    /// loses its oldest.
    pub refusals_max: u64,
    /// How long holds and payments that were alive when the server stopped live on after a restart at least; 0
    /// leaves them what they had.
    pub recovery_grace: Millis,
    /// For how long closed payments and cancelled orders are kept at least.
    pub record_retention: Millis<u64>,
}

/// What an event is made of that is not in the log yet. The first command that its actor gets creates it.
#[derive(Debug)]
pub struct Birth {
    /// Its name and description.
    pub created: Created,
    /// The map that was built to check the description.
    pub layout: Arc<Layout>,
}

/// The replies to a run, and the record that they rest on.
#[derive(Debug)]
pub struct Outcome {
    /// One for each request.
    pub replies: Vec<Reply>,
    /// The replies may be shown once this record is durable: the newest one of the event. [`Lsn::ZERO`] if all
    /// requests were refused unjudged.
    pub rests_on: Lsn,
    /// The places of replies to requests that were refused unjudged, in rising order: they show nothing of the event.
    pub unjudged: Vec<u32>,
}
