//! Segments: one file and the groups in it, the walk from one to the next, and the set of those that are kept.

pub(crate) mod file;
pub(crate) mod mapped;
pub(crate) mod set;
pub(crate) mod walk;
