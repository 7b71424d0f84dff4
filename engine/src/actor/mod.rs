//! One actor, one event.
//!
//! [`core`](EventCore) is the work itself, without threads or mailboxes, so that a simulation can drive it;
//! `event_actor` is the thin shell around it that actix runs; `gate` keeps replies until what they rest on is
//! durable; `message` is what the mailbox takes, `entry` the handle by which the others reach it.

mod core;
mod entry;
mod event_actor;
mod gate;
mod message;

#[cfg(test)]
pub(crate) use self::core::tests::BREAKS_NEXT;

pub(crate) use self::core::shed;
pub use self::core::{Birth, EventCore, Outcome, Policy};
pub(crate) use entry::Entry;
pub(crate) use event_actor::{EventActor, Rebuild};
pub(crate) use gate::{Gate, Parked};
pub use message::Asked;
pub(crate) use message::Rebuilt;
