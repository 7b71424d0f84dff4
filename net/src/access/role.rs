//! What a token allows.

use std::fmt;
use std::str::FromStr;

use super::grant::{Right, Rights};

/// What a client with a token may do. Each role may do all that the roles before it may, but that a viewer sees no figures of
/// the server, and that whoever sells or operates approves nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Role {
    /// Look at the server, and at no sale.
    Monitor,
    /// Look at seats, and at nobody who has one.
    Viewer,
    /// Look at everything, change nothing.
    Reader,
    /// Consent to what others ask for, as well.
    Approver,
    /// Look at everything and sell.
    Booking,
    /// Create, pause and close events, and override as well.
    Operator,
}

impl Role {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 6] =
        [Self::Monitor, Self::Viewer, Self::Reader, Self::Approver, Self::Booking, Self::Operator];

    /// The role as it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Viewer => "viewer",
            Self::Reader => "reader",
            Self::Approver => "approver",
            Self::Booking => "booking",
            Self::Operator => "operator",
        }
    }

    /// What it allows, if its token is not narrowed.
    #[must_use]
    pub const fn rights(self) -> Rights {
        let asks = Rights::NONE.and(Right::Ask);
        let looks = asks.and(Right::Look);
        let reads = looks.and(Right::Observe).and(Right::Read);
        let sells = reads.and(Right::Sell).and(Right::GiveBack).and(Right::Money).and(Right::Consume);
        match self {
            Self::Monitor => asks.and(Right::Observe),
            Self::Viewer => looks,
            Self::Reader => reads,
            Self::Approver => reads.and(Right::Approve),
            Self::Booking => sells,
            Self::Operator => sells.and(Right::Operate),
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
        found.ok_or_else(|| {
            format!("{word:?} is no role: monitor, viewer, reader, approver, booking or operator")
        })
    }
}
