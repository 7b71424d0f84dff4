//! What came of a load.

use std::time::Duration;

use hdrhistogram::Histogram;

use holdfast_load::{BUSY_MAX, Cost};

pub(crate) struct Outcome {
    pub(crate) replies: u64,
    /// Replies that are not what was asked for: errors, and refusals where nothing is to be refused.
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    /// From the first request to the last reply.
    pub(crate) took: Duration,
    /// Nanoseconds to the read of a reply, from the write of its request, or in an open loop from when it was due.
    pub(crate) latency: Histogram<u64>,
    /// Of the generator's thread.
    pub(crate) cost: Cost,
}

impl Outcome {
    pub(crate) fn rate(&self) -> f64 {
        self.replies as f64 / self.took.as_secs_f64()
    }

    /// Was the generator the one who was waited for? A thread that has no processor for itself does not count: on a
    /// machine that it shares with the server, both lack one.
    pub(crate) fn is_own_limit(&self) -> bool {
        self.cost.busy > BUSY_MAX
    }
}
