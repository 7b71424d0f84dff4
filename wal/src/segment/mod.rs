//! One segment file, and the set of those that are kept.

pub(crate) mod file;
pub(crate) mod kept;
pub(crate) mod set;
