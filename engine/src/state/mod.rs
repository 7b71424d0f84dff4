//! The pure core: values in, values out.
//!
//! Nothing here sees a clock, a file, a thread, a random number or the order of a hash table; a test of the
//! workspace reads the source and holds it to that. Time is an argument. [`decide`] judges a command and changes
//! nothing; [`Event::apply`] makes a change happen, cannot fail, and is the only thing that changes an [`Event`], now
//! and at every replay.

mod answer;
mod append;
mod apply;
mod best;
mod by_name;
mod by_number;
mod cancelled;
mod change;
mod check;
mod command;
mod deadlines;
mod decide;
mod digest;
mod event;
mod fifo;
mod graces;
mod holders;
mod holds;
mod image;
mod index;
mod keys;
mod layout;
mod limits_change;
mod listed;
mod name;
mod orders;
mod payments;
mod query;
mod seats;
mod slab;
mod spec;
mod status;
mod touch;
mod view;

pub use answer::{Answer, Limit, PaymentLine, Refusal};
pub(crate) use append::Append;
pub use change::{Change, Created, Record};
pub use command::{
    Audit, Best, Command, CountBy, HoldId, Holds, Key, KeyHash, PaymentAction, Places, Read, Scope, Seats,
    StatusAction, Write,
};
pub use decide::{Verdict, decide};
pub use event::{Event, TableSeed};
pub(crate) use image::{Column, Head, PIECE_BYTES, Restoring};
pub use layout::{Area, Layout, Ordinal, Row, Section};
pub use limits_change::LimitsChange;
pub use name::{NAME_BYTES_MAX, Name, NameRef, is_printable};
pub use spec::{AreaSpec, EventSpec, Orphans, RowRange, RowSpec, RowsSpec, SaleLimits, SectionSpec};
pub use status::{Counts, EventStatus, PaymentStatus, SeatStatus};
pub use view::{HoldView, InfoView, MapView, OrderStatus, OrderView, PaymentView, SeatView, View};
