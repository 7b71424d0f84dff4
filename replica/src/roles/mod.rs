//! What a node does with a log: it follows, tries to take over, and owns.
//!
//! All are state machines: an event and the time in, actions out. They read no clock, ask nobody, wait for nothing, and the same events
//! give the same actions. Whoever drives a [`Node`] carries out its actions in their order and tells it what is heard.

mod action;
mod follower;
mod member;
mod node;
mod outbox;
mod owner;
mod patience;
mod recent;
mod timing;

pub use action::{Action, Ended};
pub use member::{Group, Member};
pub use node::{Node, Role};
pub use timing::Timing;
