//! The pure core: values in, values out.
//!
//! Nothing here sees a clock, a file, a thread, a random number or the order of a hash table; a test of the
//! workspace reads the source and holds it to that. Time is an argument. [`decide`] judges a command and changes
//! nothing; [`Event::apply`] makes a change happen, cannot fail, and is the only thing that changes an [`Event`], now
//! and at every replay.

mod answer;
mod command;
mod layout;
mod name;
mod spec;
mod status;
mod view;

pub use answer::{Answer, Limit, Refusal};
pub use command::{Command, CountBy, HoldId, Key, Places, Read, Seats, StatusAction, Write};
pub use layout::{Area, Layout, Ordinal, Row, Section};
pub use name::{NAME_BYTES_MAX, Name, NameRef};
pub use spec::{AreaSpec, EventSpec, Orphans, RowRange, RowSpec, RowsSpec, SaleLimits, SectionSpec};
pub use status::{Counts, EventStatus, SeatStatus};
pub use view::{HoldView, InfoView, MapView, OrderView, SeatView, View};
