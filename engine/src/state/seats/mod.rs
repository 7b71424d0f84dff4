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
mod touched;

pub use layout::{Area, Bench, Layout, Ordinal, Row, Section};
pub(in crate::state) use layout::{Breadth, Unnamed};
pub use spec::{
    AddedRows, Addition, AreaSpec, EventSpec, Focus, Named, OldRow, OldRows, OldSection, OldSpec, Orphans,
    PlanChange, Removed, RowRange, RowSpec, RowsSpec, SaleLimits, SeatsPart, SeatsSpec, SectionSpec, Text,
};
pub(in crate::state) use spec::{runs, span};
pub(in crate::state) use table::{Chain, NOBODY, Owner, Seats, area_term, seat_term};
pub use touched::Touched;
