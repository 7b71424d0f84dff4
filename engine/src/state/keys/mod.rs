//! Keys: what was answered once is answered so again.

mod table;

pub(in crate::state) use table::{Keys, Remembered};
