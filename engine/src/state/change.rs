//! What happened: the facts that are logged, replayed and fed. Not what was asked.
//!
//! The order of the variants and of their fields is the log's format. New variants go last; a variant that must
//! change becomes a new one, and the old one stays readable for ever.

use bincode::{Decode, Encode};

use super::answer::Refusal;
use super::command::{Audit, HoldId, Holds, Key, Places, Seats};
use super::name::Name;
use super::spec::{EventSpec, SaleLimits};
use super::status::EventStatus;

/// One fact about one event, with the key under which it was asked for, if it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Unix milliseconds; never before that of the record before.
    pub at: u64,
    /// The version of the event from then on.
    pub version: u64,
    /// The key of the command; expiries and housekeeping have none.
    pub key: Option<Key>,
    /// The fact.
    pub change: Change,
}

/// A fact.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Change {
    /// The event is there. Version 1.
    Created(Box<Created>),
    /// The sale was paused, resumed or closed.
    StatusSet {
        /// The status from then on.
        status: EventStatus,
        /// Who did it.
        operator: Name,
        /// Why.
        reason: Box<str>,
    },
    /// Seats and places are held. The hold's number is the record's version.
    Held {
        /// For whom.
        holder: Name,
        /// Milliseconds from the record's time.
        ttl: u32,
        /// Its seats.
        seats: Seats,
        /// Its places.
        places: Places,
    },
    /// A hold's deadline moved.
    Extended {
        /// Which.
        hold: HoldId,
        /// Milliseconds from the record's time.
        ttl: u32,
    },
    /// A hold was given back as a whole.
    Released {
        /// Which.
        hold: HoldId,
    },
    /// Some seats of a hold were given back; without any left, the hold is over.
    SeatsReleased {
        /// Which.
        hold: HoldId,
        /// These.
        seats: Seats,
    },
    /// Holds became an order.
    Sold {
        /// Its name.
        order: Name,
        /// These.
        holds: Holds,
    },
    /// A hold's deadline passed.
    Expired {
        /// Which.
        hold: HoldId,
    },
    /// A command was refused; only its key remembers.
    Refused(Refusal),
    /// The oldest remembered keys were forgotten.
    Forgotten {
        /// So many keys of accepted commands.
        accepted: u32,
        /// So many keys of refused ones.
        refused: u32,
    },
    /// A hold has other seats: some left it and are free, some came to it. Its number, deadline and holder stay.
    Changed {
        /// Which.
        hold: HoldId,
        /// These left.
        drop: Seats,
        /// These came, behind the seats that stayed.
        add: Seats,
    },
    /// An order was taken back as a whole: all that was left of it is free.
    Cancelled {
        /// Which.
        order: Name,
        /// Why.
        reason: Box<str>,
    },
    /// Some seats of an order were taken back; without anything left, the order is cancelled.
    SeatsCancelled {
        /// Which.
        order: Name,
        /// These.
        seats: Seats,
        /// Why.
        reason: Box<str>,
    },
    /// The event has other limits.
    LimitsSet {
        /// All of them, from then on.
        limits: Box<SaleLimits>,
        /// Who did it, and why.
        audit: Audit,
    },
    /// Free seats are kept from being sold.
    Blocked {
        /// These.
        seats: Seats,
        /// Who did it, and why.
        audit: Audit,
    },
    /// Blocked seats are free.
    Unblocked {
        /// These.
        seats: Seats,
        /// Who did it, and why.
        audit: Audit,
    },
    /// A hold was given back by an operator.
    ForceReleased {
        /// Which.
        hold: HoldId,
        /// Who did it, and why.
        audit: Audit,
    },
    /// An order was taken back as a whole by an operator.
    ForceCancelled {
        /// Which.
        order: Name,
        /// Who did it, and why.
        audit: Audit,
    },
}

/// The birth of an event.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Created {
    /// Its name.
    pub name: Name,
    /// Its description.
    pub spec: EventSpec,
}

impl Change {
    /// Does it make a new version of the event? Refusals and housekeeping do not: nobody outside sees them.
    #[must_use]
    pub const fn makes_version(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Forgotten { .. })
    }

    /// The word by which feeds and tools call it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::StatusSet { status: EventStatus::Paused, .. } => "paused",
            Self::StatusSet { status: EventStatus::Closed, .. } => "closed",
            Self::StatusSet { .. } => "resumed",
            Self::Held { .. } => "held",
            Self::Extended { .. } => "extended",
            Self::Released { .. } | Self::SeatsReleased { .. } | Self::ForceReleased { .. } => "released",
            Self::Sold { .. } => "sold",
            Self::Expired { .. } => "expired",
            Self::Refused(_) => "refused",
            Self::Forgotten { .. } => "forgotten",
            Self::Changed { .. } => "changed",
            Self::Cancelled { .. } | Self::SeatsCancelled { .. } | Self::ForceCancelled { .. } => "cancelled",
            Self::LimitsSet { .. } => "limits",
            Self::Blocked { .. } => "blocked",
            Self::Unblocked { .. } => "unblocked",
        }
    }
}
