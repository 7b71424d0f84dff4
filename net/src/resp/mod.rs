//! The Redis protocol: from bytes to arguments, and from replies to bytes.

pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod picture;
pub(crate) mod response;
pub(crate) mod shown;
pub(crate) mod value;
