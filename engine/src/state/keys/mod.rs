//! Keys: what was answered once is answered so again.

mod forget;
mod packed;
mod table;

pub(in crate::state) use table::{Keys, Remembered};
