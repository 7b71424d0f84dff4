//! What people outside are told: what operators ask about it, and how the channels do.
//!
//! What is known of it is the system event's: [`crate::system`]. What there is to tell is read in `life`; who sends it, and how, is
//! no matter of the engine.

mod desk;
mod shown;

pub use desk::{NoticeDesk, NoticeStats, NotifyAsk};
pub use shown::ChannelShown;
