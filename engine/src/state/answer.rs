//! What is answered to a write, accepted or refused: the part of a reply that is remembered under the key.
//!
//! An answer holds ordinals and indexes, not text: labels are written at the edge, from the map, so that an answer
//! takes tens of bytes and a repeat is still the same byte for byte.

use bincode::enc::Encoder;
use bincode::error::EncodeError;
use bincode::{Decode, Encode};

use super::command::{Places, Seats};
use super::seats::Ordinal;
use super::values::{Amount, EventStatus, Name, PaymentStatus};
use crate::numbers::{At, HoldId, Millis};

mod refusal;
mod reply;

pub use refusal::{Limit, Refusal};
pub use reply::Reply;

/// The answer to a write that was judged.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Answer {
    /// To `HOLD`, `CHANGE`, `EXTEND`.
    Hold {
        /// The hold.
        hold: HoldId,
        /// Its deadline, Unix milliseconds.
        expires_at: At,
        /// The version of the event that this made.
        version: u64,
        /// The seats of the hold at that time.
        seats: Seats,
        /// Its places.
        places: Places,
    },
    /// To `RELEASE`, `FORCE RELEASE`.
    Released {
        /// The hold.
        hold: HoldId,
        /// The version of the event that this made.
        version: u64,
        /// How many seats and places are free again.
        released: u32,
    },
    /// To `CONFIRM`.
    Order {
        /// The order.
        order: Name,
        /// The version of the event that this made.
        version: u64,
        /// The seats sold.
        seats: Seats,
        /// The places sold.
        places: Places,
    },
    /// To the `EVENT` commands.
    Event {
        /// The status from then on.
        status: EventStatus,
        /// The version of the event that this made.
        version: u64,
    },
    /// A refusal by the rules of the sale.
    Refused(Refusal),
    /// To `CANCEL`, `FORCE CANCEL`.
    Cancelled {
        /// The order.
        order: Name,
        /// The version of the event that this made.
        version: u64,
        /// How many seats and places are free again.
        cancelled: u32,
    },
    /// To `BLOCK`, `UNBLOCK`.
    Blocked {
        /// The version of the event that this made.
        version: u64,
        /// How many seats and places.
        seats: u32,
    },
    /// To the `PAYMENT` commands.
    Payment {
        /// The payment from then on.
        line: PaymentLine,
        /// It was so already: nothing happened.
        already: bool,
    },
    /// As [`Answer::Payment`], where it is known how much it is about.
    Money {
        /// The payment from then on.
        line: PaymentLine,
        /// Its money.
        sums: Box<Sums>,
        /// It was so already: nothing happened.
        already: bool,
    },
}

/// A payment as it stands in answers and in lists.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct PaymentLine {
    /// Its name.
    pub payment: Name,
    /// What it is.
    pub status: PaymentStatus,
    /// The version of its newest change.
    pub version: u64,
    /// Unix milliseconds.
    pub deadline_at: At,
    /// Milliseconds until a poller should look again; 0 when there is nothing to wait for.
    pub retry_after: Millis,
}

/// The money of a payment as it stands in answers and in lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Sums {
    /// What it has brought; before that, what it is to bring.
    pub amount: Amount,
    /// What is to be paid back, in minor units.
    pub refundable: u64,
    /// What was paid back, in minor units.
    pub refunded: u64,
    /// It has brought something else than it was to.
    pub mismatch: bool,
}

impl Answer {
    /// One more than the highest seat and the highest area that it names; 0 for none. At most the largest number,
    /// which no map has.
    pub(super) fn named(&self) -> (Ordinal, u16) {
        let past_seat = |seats: &[Ordinal]| seats.iter().max().map_or(0, |seat| seat.saturating_add(1));
        let past_area = |area: u16| area.saturating_add(1);
        match self {
            Self::Hold { seats, places, .. } | Self::Order { seats, places, .. } => {
                (past_seat(seats), places.iter().map(|&(area, _)| past_area(area)).max().unwrap_or(0))
            }
            Self::Refused(Refusal::SeatsTaken(seats) | Refusal::NotBlocked(seats)) => {
                (seats.iter().map(|&(seat, _)| seat.saturating_add(1)).max().unwrap_or(0), 0)
            }
            Self::Refused(Refusal::NotInHold(seat) | Refusal::NotInOrder(seat)) => {
                (seat.saturating_add(1), 0)
            }
            Self::Refused(Refusal::PartOfGroup { seat, rest }) => {
                (rest.iter().fold(seat.saturating_add(1), |most, seat| most.max(seat.saturating_add(1))), 0)
            }
            Self::Refused(
                Refusal::PlacesTaken { area, .. }
                | Refusal::PlacesNotInHold { area, .. }
                | Refusal::PlacesNotInOrder { area, .. }
                | Refusal::PlacesNotBlocked { area, .. },
            ) => (0, past_area(*area)),
            Self::Refused(Refusal::StillTaken { seats, areas }) => (
                seats.iter().map(|&(seat, _)| seat.saturating_add(1)).max().unwrap_or(0),
                areas.iter().map(|&(area, _)| past_area(area)).max().unwrap_or(0),
            ),
            Self::Refused(Refusal::Orphan { lone, count, picks }) => {
                let last = picks.iter().map(|first| first.saturating_add(*count)).max();
                (last.unwrap_or(0).max(lone.saturating_add(1)), 0)
            }
            Self::Released { .. }
            | Self::Event { .. }
            | Self::Refused(_)
            | Self::Cancelled { .. }
            | Self::Blocked { .. }
            | Self::Payment { .. }
            | Self::Money { .. } => (0, 0),
        }
    }
}

/// An answer without owning its parts: what is remembered of it is written from where they stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'a> {
    /// An [`Answer::Hold`] to a new hold, whose number is the version that made it.
    Hold { version: u64, expires_at: At, seats: &'a Seats, places: &'a Places },
    /// An [`Answer::Refused`].
    Refused(&'a Refusal),
    /// Any other.
    Answer(&'a Answer),
}

impl<'a> From<&'a Answer> for Told<'a> {
    fn from(answer: &'a Answer) -> Self {
        match answer {
            Answer::Hold { hold, expires_at, version, seats, places } if hold.0 == *version => {
                Self::Hold { version: *version, expires_at: *expires_at, seats, places }
            }
            Answer::Refused(refusal) => Self::Refused(refusal),
            other => Self::Answer(other),
        }
    }
}

impl Told<'_> {
    /// The tags of the two among the answers.
    const HOLD: u32 = 0;
    const REFUSED: u32 = 4;

    pub(super) const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// As the [`Answer`] that it stands for.
impl Encode for Told<'_> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match *self {
            Self::Hold { version, expires_at, seats, places } => {
                (Self::HOLD, version, expires_at, version).encode(encoder)?;
                (seats, places).encode(encoder)
            }
            Self::Refused(refusal) => (Self::REFUSED, refusal).encode(encoder),
            Self::Answer(answer) => answer.encode(encoder),
        }
    }
}
