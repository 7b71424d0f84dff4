//! The engine: events, the actors that own them, and what makes them last.

mod catalogue;
mod codec;
pub mod limits;
mod reply;
mod request;
mod state;

pub use catalogue::{CATALOGUE, Code, Entry, Kind, explain};
pub use codec::{
    EventId, Framed, ImageError, RecordError, decode_record, encode_record, event_of, read_event, write_event,
};
pub use reply::{About, Fault, Replies, Reply};
pub use request::{Request, SeatWords};
pub use state::{
    Answer, Area, AreaSpec, Change, Command, CountBy, Counts, Created, Event, EventSpec, EventStatus, HoldId,
    HoldView, Holds, InfoView, Key, KeyHash, Layout, Limit, MapView, NAME_BYTES_MAX, Name, NameRef,
    OrderView, Ordinal, Orphans, Places, Read, Record, Refusal, Row, RowRange, RowSpec, RowsSpec, SaleLimits,
    SeatStatus, SeatView, Seats, Section, SectionSpec, StatusAction, TableSeed, Verdict, View, Write, decide,
};
