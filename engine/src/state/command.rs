//! What may be asked of an event: plain data, checked in form, with names resolved to ordinals. No time in it.

use bincode::{Decode, Encode};

use super::layout::Ordinal;
use super::listed::Listed;
use super::name::Name;

/// The number of a hold: unique in its event for ever. It is the version of the change that made the hold.
pub type HoldId = u64;

/// Seats of one command, in the order in which they were named.
pub type Seats = Listed<Ordinal, 4>;

/// Places of standing areas: index of the area and how many.
pub type Places = Listed<(u16, u32), 1>;

/// Seats that the engine chooses: one `BEST` of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Best {
    /// How many.
    pub count: u32,
    /// From where.
    pub scope: Scope,
    /// Apart, if they cannot be side by side.
    pub scattered: bool,
    /// With accessible seats, which are left out otherwise.
    pub accessible: bool,
}

/// Where seats are chosen from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Scope {
    /// All sections.
    Everywhere,
    /// One section, by its index in [`super::Layout::sections`].
    Section(u16),
    /// The sections of one price class, by its index in [`super::Layout::categories`].
    Category(u16),
}

/// Holds of one order.
pub type Holds = Listed<HoldId, 2>;

/// The keyed 128-bit hash of an idempotency key.
pub type KeyHash = [u8; 16];

/// An idempotency key as it is remembered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Key {
    /// Keyed 128-bit hash of the key's bytes: small, and nobody without the directory's secret can make two collide.
    pub hash: KeyHash,
    /// Keyed hash of the command and its arguments, by which a repeat is told from a reuse.
    pub fingerprint: [u8; 8],
}

/// A command for one event.
#[derive(Clone, Debug)]
pub enum Command {
    /// Changes something, or is refused; remembered under its key either way.
    Write(Key, Write),
    /// Changes nothing.
    Read(Read),
}

/// What a write asks for.
#[derive(Clone, Debug)]
pub enum Write {
    /// Creates the event; for an event that is there, a repeat or a refusal.
    Create,
    /// Pauses, resumes or closes the sale.
    SetStatus {
        /// What to do.
        action: StatusAction,
        /// Who does it.
        operator: Name,
        /// Why.
        reason: Box<str>,
    },
    /// Holds all of what is named, or nothing.
    Hold {
        /// For whom.
        holder: Name,
        /// Milliseconds from now; 0 is the event's default.
        ttl: u64,
        /// Which seats.
        seats: Seats,
        /// Seats to be chosen, part by part, after those that are named.
        best: Box<[Best]>,
        /// How many places of which areas.
        places: Places,
    },
    /// Moves the deadline of a hold.
    Extend {
        /// Which hold.
        hold: HoldId,
        /// Milliseconds from now; 0 is the event's default.
        ttl: u64,
    },
    /// Gives a hold back, or these seats of it.
    Release {
        /// Which hold.
        hold: HoldId,
        /// Only these; `None` is the whole hold.
        seats: Option<Seats>,
    },
    /// Sells holds as one order.
    Confirm {
        /// The name of the order.
        order: Name,
        /// Which holds, all or none.
        holds: Holds,
    },
}

/// What an operator does to a sale.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatusAction {
    /// No new holds; running ones may finish.
    Pause,
    /// On sale again, or for the first time.
    Resume,
    /// Over for ever.
    Close,
}

/// What a read asks for.
#[derive(Clone, Debug)]
pub enum Read {
    /// The event itself.
    Info,
    /// The status of every seat and area, or of one section.
    Map(Option<Name>),
    /// Sums.
    Count(Option<CountBy>),
    /// One seat.
    Seat(Ordinal),
    /// One hold.
    Hold(HoldId),
    /// One order.
    Order(Name),
    /// The recorded answer of a key, given as its hash.
    Ask(KeyHash),
}

/// What sums are broken down by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CountBy {
    /// Price class.
    Category,
    /// Section; areas stand behind the sections, by their own names.
    Section,
}

impl Command {
    /// Does it start new work (a hold), as opposed to finishing or freeing what is running? New work is refused
    /// first when it gets tight.
    #[must_use]
    pub const fn is_new_work(&self) -> bool {
        matches!(self, Self::Write(_, Write::Hold { .. } | Write::Create))
    }

    /// Does it write?
    #[must_use]
    pub const fn is_write(&self) -> bool {
        matches!(self, Self::Write(..))
    }
}
