//! What is told outside: spans of traced commands to a collector, and messages to people.

mod notify;
mod spans;

pub(crate) use notify::{Notifying, channels};
pub(crate) use spans::Spanning;
