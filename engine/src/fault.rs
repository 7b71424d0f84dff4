//! Why a command was not judged. The ground floor: every layer of the engine may say it.

use crate::catalogue::Code;

/// An error that binds no key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The code, and with it the kind.
    pub code: Code,
    /// For people; names what is at fault and what is allowed.
    pub message: String,
}

impl Fault {
    /// A fault of that code.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
