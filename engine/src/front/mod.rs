//! The way in: finds the event of a request, and gathers the requests of a thread's connections into runs.

pub(crate) mod all_feeds;
pub(crate) mod directory;
pub(crate) mod draft;
pub(crate) mod feeds;
pub(crate) mod figures;
mod jobs;
pub(crate) mod past;
pub(crate) mod picture;
pub(crate) mod round;
pub(crate) mod router;
pub(crate) mod session;
pub(crate) mod streams;
pub(crate) mod translate;
