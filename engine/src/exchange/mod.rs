//! What a front end hands over, and what it gets back.

pub(crate) mod reply;
pub(crate) mod request;
