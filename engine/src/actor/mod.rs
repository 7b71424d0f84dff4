//! One actor, one event.
//!
//! [`core`](EventCore) is the work itself, without threads or mailboxes, so that a simulation can drive it.
//! `event_actor` is the thin shell around it that actix runs. `message` has what the mailbox takes, `handle` what the
//! others send it through, `birth` what an event begins with, `terms` what the core is told and what it tells. `system` is the same work for the system event, which has a thread instead of an actor.

mod birth;
mod core;
mod event_actor;
mod handle;
mod message;
mod system;
mod terms;

#[cfg(test)]
pub(crate) use self::core::tests::BREAKS_NEXT;

pub use self::core::EventCore;
pub(crate) use self::core::Records;
pub use birth::Birth;
pub(crate) use event_actor::{EventActor, Park, Rebuild, Services};
pub(crate) use handle::Entry;
pub(crate) use message::{FromLog, Rebuilt};
pub(crate) use system::SharedSystem;
pub use system::SystemCore;
pub use terms::Policy;
