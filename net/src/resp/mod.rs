//! The Redis protocol: bytes to arguments, replies to bytes.

pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod response;
