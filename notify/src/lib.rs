//! Messages for people outside: mail, webhooks and Slack tell them what has happened to the server and what others did.
//!
//! What there is to tell stands in the log. A thread of its own follows the log and decides what each channel is sent and when; a
//! further thread for each channel sends it. Nothing that sells waits for any of them. How far each channel is stands in the log as
//! well, so after a crash everything that was not taken is sent once more, under the name that it had.

mod body;
mod channel;
pub mod limits;
mod looks;
mod notifier;
mod outbox;
mod send;
mod texts;

pub use channel::{BadChannel, Channel, Encryption, Lang, Mail, Slack, Target, Webhook};
pub use notifier::{Notifier, Policy};
