//! The door: takes connections in, up to the limit, and gives each to a thread of the engine for good, once its client may
//! do something there.
//!
//! It has a thread of its own. What comes before a login (the handshake of TLS, half a command, silence) happens there,
//! and is small, slow and short: so no stranger costs the engine's threads their time or a client of theirs its place, and
//! a busy engine keeps nobody from hearing that it is refused.

pub(crate) mod acceptor;
mod greeting;
mod strangers;
