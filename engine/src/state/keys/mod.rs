//! Keys: what was answered once is answered so again.

mod forget;
mod packed;
mod queue;
mod refusals;
mod table;

pub(in crate::state) use queue::{Came, Remembered};
pub(in crate::state) use table::Keys;
