//! The way in: finds the event of a request, gathers requests into runs, and gives the right to their replies.

pub(crate) mod directory;
pub(crate) mod feeds;
pub(crate) mod router;
mod runs;
pub(crate) mod session;
pub(crate) mod ticket;
pub(crate) mod translate;
