//! The feed: an event's changes as they stand in the log, to be read again from any version that is kept, waited for,
//! and subscribed to.
//!
//! The feed is the log. Selling stores nothing for it and does nothing for it: while nobody listens, it costs nothing
//! but the disk that [`older::history`] keeps for it. [`follower`] reads what becomes durable for the events that a connection listens to, keeps the newest
//! changes in [`tail`]s and hands them to subscribers. [`older`] finds older changes in the log, with an index that
//! is made when it is first needed. Both have a thread of their own, so that no reader, however slow or far behind,
//! costs a sale its turn. [`picture::live`] tells what a picture needs of them. A crash loses all of this and no change: a client that comes back reads on from its
//! version.

mod fields;
mod follower;
mod hub;
mod json;
mod older;
mod page;
mod picture;
mod queue;
mod shared;
mod stream;
mod subscriber;
mod tail;

pub(crate) use fields::is_named;
pub use fields::{
    FeedFields, FeedRecord, FeedValue, KINDS, KindFields, PERSONAL, TRACEPARENT, bare_fields, feed_fields,
};
pub use hub::FeedStats;
pub(crate) use hub::Hub;
pub use json::payload as change_json;
pub use older::history::FeedRetention;
pub(crate) use older::history::{History, tell_cut_off};
pub use older::needs::{GroupLog, Needs};
pub use older::span::StreamLog;
pub use page::{FeedPage, FeedQuery, LoggedChange};
pub(crate) use page::{Stretch, Wanted};
pub use picture::Delta;
pub use queue::{Channel, Message, Overrun};
pub use stream::{EntryId, Span as StreamSpan};
pub use subscriber::Subscriber;
pub(crate) use tail::{Look, Tail};

#[cfg(test)]
mod tests;
