//! The hall: how it is described, its map, and what every seat and place of it is.

mod apply;
pub(in crate::state) mod best;
mod check;
mod decide;
mod layout;
mod show;
mod spec;
mod strict;
mod table;

pub use layout::{Area, Layout, Ordinal, Row, Section};
pub use spec::{AreaSpec, EventSpec, Orphans, RowRange, RowSpec, RowsSpec, SaleLimits, SectionSpec};
pub(in crate::state) use table::{Chain, NOBODY, Owner, Seats, area_term, seat_term};
