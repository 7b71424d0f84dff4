//! When new commands are refused because more comes than can be served.

pub(crate) mod looks;
pub(crate) mod overload;
pub(crate) mod thread_delay;
