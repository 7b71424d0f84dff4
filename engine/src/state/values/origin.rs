//! Where a command came from, as far as its record says so.

use super::Name;

/// Of one command.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Origin {
    /// The name of the token that an operator's act came with.
    pub token: Option<Name>,
    /// The trace that the command is part of, if its sender asked for that to be kept.
    pub trace: Option<Trace>,
    /// What the shop keeps beside the hold, the order or the payment that the command makes: 1 to 256 bytes of text.
    pub note: Option<Box<str>>,
}

/// A place in a distributed trace, as W3C Trace Context numbers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trace {
    /// The trace.
    pub trace_id: [u8; 16],
    /// The span in it that sent the command.
    pub span_id: [u8; 8],
}
