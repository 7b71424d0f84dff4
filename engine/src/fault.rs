//! Why a command was not judged. Every layer of the engine may make a fault, so it uses none of them.

use std::fmt::Display;

use crate::catalogue::Code;

/// Why a command was not judged. Its key is not bound: the same key may be sent again, with any command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The code, and with it the kind.
    pub code: Code,
    /// A sentence for people: what is at fault, and what is allowed.
    pub message: String,
}

impl Fault {
    /// A fault of that code.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Of several things the first, and how many more there are.
pub(crate) fn and_more(first: &impl Display, more: u64) -> String {
    if more == 0 { first.to_string() } else { format!("{first}; and {more} more") }
}
