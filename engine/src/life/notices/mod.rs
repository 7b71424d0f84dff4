//! What there is to tell people outside, read off the log as it becomes durable, and seen by looking.

mod following;
mod told;

pub use following::{Following, Gap};
pub use told::{is_damage, mode_notice};
