//! The engine: events, the actors that own them, and what makes them last.

mod catalogue;
pub mod limits;
mod reply;
mod request;
mod state;

pub use catalogue::{CATALOGUE, Code, Entry, Kind, explain};
pub use reply::{About, Fault, Replies, Reply};
pub use request::{Request, SeatWords};
pub use state::{
    Answer, Area, AreaSpec, Command, CountBy, Counts, EventSpec, EventStatus, HoldId, HoldView, InfoView, Key, Layout,
    Limit, MapView, NAME_BYTES_MAX, Name, NameRef, OrderView, Ordinal, Orphans, Places, Read, Refusal, Row, RowRange,
    RowSpec, RowsSpec, SaleLimits, SeatStatus, SeatView, Seats, Section, SectionSpec, StatusAction, View, Write,
};
