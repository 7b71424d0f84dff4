//! How the parts of the server are: what is wrong, since when, and what to do.

mod parts;
mod seen;

pub(crate) use parts::Status;
pub(crate) use seen::{Health, Seen};
