//! Segments: one file and the groups in it, the walk from one to the next, the set of those that are kept, and those
//! that are kept for readers alone.

pub(crate) mod file;
pub(crate) mod mapped;
pub(crate) mod past;
pub(crate) mod set;
pub(crate) mod walk;
