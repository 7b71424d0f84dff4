//! What a token allows.

use std::fmt;
use std::str::FromStr;

/// What a client with a token may do. Each role may do all that the roles before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Role {
    /// Look at everything, change nothing.
    Reader,
    /// Sell as well.
    Booking,
    /// Create, pause and close events, and override as well.
    Operator,
}

impl Role {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Booking, Self::Operator];

    /// The role as it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Booking => "booking",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.word() == word);
        found.ok_or_else(|| format!("{word:?} is no role: reader, booking or operator"))
    }
}
