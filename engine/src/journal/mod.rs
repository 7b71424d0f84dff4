//! What "acknowledged" means: how far the log is durable, and the replies that wait for it.

pub(crate) mod acknowledged;
pub(crate) mod gate;
pub(crate) mod waker;
