//! The hall: how it is described, its map, and what every seat of it is.

pub(in crate::state) mod best;
mod layout;
mod spec;
mod table;

pub use layout::{Area, Layout, Ordinal, Row, Section};
pub use spec::{AreaSpec, EventSpec, Orphans, RowRange, RowSpec, RowsSpec, SaleLimits, SectionSpec};
pub(in crate::state) use table::{Chain, Seats};
