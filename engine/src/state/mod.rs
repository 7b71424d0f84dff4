//! The pure core: values in, values out.
//!
//! Nothing here sees a clock, a file, a thread, a random number or the order of a hash table; a test of the
//! workspace reads the source and holds it to that. Time is an argument. [`decide()`] judges a command and changes
//! nothing; [`Event::apply`] makes a change happen, cannot fail, and is the only thing that changes an [`Event`], now
//! and at every replay.

mod answer;
mod apply;
mod change;
mod check;
mod command;
mod deadlines;
mod decide;
mod event;
mod holders;
mod holds;
mod image;
mod keys;
mod notes;
mod operator;
mod orders;
mod payments;
mod prefetch;
mod seats;
mod show;
mod tables;
mod values;
mod view;

// What the rooms share; each takes it from here, so that the dispatch over the rooms may name them.
use check::{Found, ensure};
use deadlines::Waiter;
use decide::{No, both, first_repeated, repeated};
use values::normal;

use answer::Told;
pub use answer::{Answer, Limit, PaymentLine, Refusal, Reply, Sums};
pub use apply::Applied;
use change::Moment;
pub(crate) use change::Spans;
pub use change::{Change, Created, Happened, OldCreated, Record};
pub use command::{
    Among, Audit, Best, Charge, Class, Closing, Command, CountBy, Ending, Holds, Key, KeyHash, Listed,
    Opening, PaymentAction, Places, Read, Receipt, Scope, Seats, Selection, Spot, Spots, StatusAction, Write,
};
pub use decide::decide;
pub use event::{Event, TableSeed};
pub use holders::Used;
pub(crate) use image::{Column, Head, OldHead, PIECE_BYTES, Restoring};
pub use operator::LimitsChange;
pub(crate) use prefetch::{Needs, Stage};
pub use seats::{
    AddedRows, Addition, Area, AreaSpec, Bench, EventSpec, Focus, Layout, Named, OldRow, OldRows, OldSection,
    OldSpec, Ordinal, Orphans, PlanChange, Removed, Row, RowRange, RowSpec, RowsSpec, SaleLimits, SeatsPart,
    SeatsSpec, Section, SectionSpec, Text, Touched,
};
pub(crate) use tables::VecWriter;
pub(crate) use values::no_label;
pub use values::{
    Amount, Counts, Currency, EventStatus, KEY_BYTES_MAX, KeyRef, KeyText, LABEL_BYTES_MAX,
    LABEL_SENT_BYTES_MAX, Label, NAME_BYTES_MAX, Name, NameRef, Origin, PaymentStatus, SeatStatus, Trace,
    is_plain, is_printable,
};
pub use view::{
    DryView, EventFigures, HoldView, InfoView, MapView, OrderStatus, OrderView, PaymentView, PictureView,
    SeatView, Standing, View,
};
