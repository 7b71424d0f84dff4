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

pub use layout::{Area, Bench, Layout, Ordinal, Row, Section};
pub use spec::{
    AreaSpec, EventSpec, Focus, Named, OldRow, OldRows, OldSection, OldSpec, Orphans, RowRange, RowSpec,
    RowsSpec, SaleLimits, SeatsPart, SeatsSpec, SectionSpec, Text,
};
pub(in crate::state) use table::{Chain, NOBODY, Owner, Seats, area_term, seat_term};
