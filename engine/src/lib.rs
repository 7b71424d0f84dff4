//! The engine: events, the actors that own them, and what makes them last.

mod actor;
mod background;
mod backoff;
mod catalogue;
mod checkpoint;
mod clock;
mod codec;
mod directory;
mod durability;
mod engine;
mod fault;
mod feed;
mod feeds;
mod identity;
mod intake;
pub mod limits;
mod probe;
mod recovery;
mod replay;
mod reply;
mod request;
mod router;
mod runs;
mod session;
mod sets;
mod snapshotter;
mod state;
mod ticket;
mod waker;

pub use actor::{Asked, Birth, EventCore, Outcome, Policy};
pub use background::CheckpointPolicy;
pub use catalogue::{CATALOGUE, Code, Entry, Kind, explain};
pub use checkpoint::{CheckpointError, CheckpointReport, Checkpointer, Image};
pub use clock::{Clock, SystemClock};
pub use codec::{
    EventId, Framed, ImageError, RecordError, Secret, decode_record, encode_record, event_of, read_event,
    version_of, write_event,
};
pub use engine::{Config, Engine, EngineStats, OnFailure, OpenError};
pub use fault::Fault;
pub use feed::{
    FeedFields, FeedPage, FeedQuery, FeedRecord, FeedStats, FeedValue, KINDS, KindFields, Message, Overrun,
    Subscriber, feed_fields,
};
pub use identity::{IDENTITY_COPY, IDENTITY_FILE, Identity, IdentityError};
pub use probe::SyncProbe;
pub use recovery::{Lost, RecoveryError, RecoveryReport, Restored, Snapshots, recover};
pub use replay::{Replay, ReplayError};
pub use reply::{About, Replies, Reply};
pub use request::{Ask, Labels, limits_change};
pub use router::Router;
pub use session::Session;
pub use snapshotter::{Memory, Snapshotter};
pub use state::{
    Answer, Applied, Area, AreaSpec, Audit, Best, Change, Command, CountBy, Counts, Created, Event,
    EventSpec, EventStatus, HoldId, HoldView, Holds, InfoView, Key, KeyHash, Layout, Limit, LimitsChange,
    MapView, NAME_BYTES_MAX, Name, NameRef, OrderStatus, OrderView, Ordinal, Orphans, PaymentAction,
    PaymentLine, PaymentStatus, PaymentView, Places, Read, Record, Refusal, Row, RowRange, RowSpec, RowsSpec,
    SaleLimits, Scope, SeatStatus, SeatView, Seats, Section, SectionSpec, StatusAction, TableSeed, Verdict,
    View, Write, decide, is_printable,
};
pub use ticket::Ticket;
