//! One segment file: its bytes, its groups, reading it; and the set of those that are kept.

pub(crate) mod file;
pub(crate) mod mapped;
pub(crate) mod set;
pub(crate) mod walk;
