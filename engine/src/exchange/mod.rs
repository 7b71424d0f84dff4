//! What a front end hands over, how it travels between connections and events, and what comes back.

pub(crate) mod course;
pub(crate) mod inbox;
pub(crate) mod post;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod run;
pub(crate) mod spare;
