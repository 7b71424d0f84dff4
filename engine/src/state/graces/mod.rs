//! What goes on for a while after a restart.

mod apply;
mod decide;
mod table;

pub(in crate::state) use table::Graces;
