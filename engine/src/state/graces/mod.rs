//! What goes on for a while after a restart.

mod table;

pub(in crate::state) use table::Graces;
