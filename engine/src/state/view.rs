//! What reads show: copies made inside the actor, so that nothing outside ever holds on to its state.

use bincode::{Decode, Encode};

use super::answer::{Answer, PaymentLine, Refusal, Sums};
use super::command::{Ending, Places, Seats};
use super::seats::{Ordinal, SaleLimits};
use super::values::{Amount, Counts, EventStatus, Label, Name, SeatStatus};
use crate::numbers::{At, HoldId, Millis};

/// The answer to a read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum View {
    /// Of `EVENT INFO`.
    Info(Box<InfoView>),
    /// Of `EVENT PLAN`: JSON.
    Plan(Box<str>),
    /// Of the feed, before it looks for what it was asked for.
    Version(u64),
    /// Of `PICTURE`.
    Picture(Box<PictureView>),
    /// Of `MAP`.
    Map(Box<MapView>),
    /// Of `COUNT`.
    Count(Counts),
    /// Of `COUNT ... BY`: index into sections followed by areas, or into categories; and the sums.
    CountBy(Box<[(Label, Counts)]>),
    /// Of `SEAT`.
    Seat(Box<SeatView>),
    /// Of `GET HOLD`; `None` if it is unknown or over.
    Hold(Option<Box<HoldView>>),
    /// Of `GET ORDER`; `None` if there never was one of that name.
    Order(Option<Box<OrderView>>),
    /// Of `GET PAYMENT`; `None` if it is unknown.
    Payment(Option<Box<PaymentView>>),
    /// Of `PAYMENT LIST`.
    Payments {
        /// The cursor of the next page; 0 at the end.
        next: u64,
        /// Oldest first, each with its money if that is known, and its note if it has one.
        payments: Vec<(PaymentLine, Option<Sums>, Option<Box<str>>)>,
    },
    /// Of `LIST HOLDS`.
    Holds {
        /// The cursor of the next page; 0 at the end.
        next: u64,
        /// In the order in which they began.
        holds: Vec<HoldView>,
    },
    /// Of `LIST HOLDS ... BY expiry`.
    Expiring {
        /// Where the next page begins; `None` at the end.
        next: Option<Ending>,
        /// Those that end first first.
        holds: Vec<HoldView>,
    },
    /// Of `LIST ORDERS`.
    Orders {
        /// The cursor of the next page; 0 at the end.
        next: u64,
        /// In the order in which they were sold.
        orders: Vec<OrderView>,
    },
    /// Of `EVENT CHANGE ... DRY`.
    Dry(Box<DryView>),
    /// Of `ASK`, with the time that the answer tells; `None` if the key is not known.
    Asked(Option<Box<(Answer, Option<At>)>>),
}

/// `EVENT INFO`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InfoView {
    /// The state of the sale.
    pub status: EventStatus,
    /// The newest version.
    pub version: u64,
    /// Seats by status, places apart.
    pub seats: Counts,
    /// Places of each area that is there by status, in the order of the map.
    pub areas: Vec<(u16, Counts)>,
    /// The limits that hold now.
    pub limits: SaleLimits,
    /// Unix milliseconds.
    pub created_at: At,
    /// When the sale opens by itself, Unix milliseconds.
    pub opens_at: Option<At>,
    /// When the sale closes by itself, Unix milliseconds.
    pub closes_at: Option<At>,
    /// Live holds.
    pub holds: u64,
    /// Orders sold, without cancelled ones.
    pub orders: u64,
    /// Remembered keys.
    pub keys: u64,
    /// Payments by state, in the order of [`super::PaymentStatus::ALL`].
    pub payments: [u64; 6],
    /// The version of the newest change of the map.
    pub plan_version: u64,
}

/// How a sale stands: figures that add up over events.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Standing {
    /// Live holds, those in payment too.
    pub holds: u64,
    /// Orders sold, without cancelled ones.
    pub orders: u64,
    /// Payments by state, in the order of [`super::PaymentStatus::ALL`].
    pub payments: [u64; 6],
    /// Payments of which something is to be paid back.
    pub refunds_due: u64,
    /// Since when something is to be paid back of the one that waits longest, Unix milliseconds. What became due before the
    /// snapshot that the event was read from has a time that was then known, which is not exact.
    pub oldest_due_at: Option<At>,
}

/// The figures of one event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventFigures {
    /// The state of the sale.
    pub status: EventStatus,
    /// Seats and places by status.
    pub seats: Counts,
    /// What adds up over events.
    pub standing: Standing,
}

/// `EVENT CHANGE ... DRY`: what would happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DryView {
    /// The state of the sale.
    pub status: EventStatus,
    /// The newest version, which it would be after.
    pub version: u64,
    /// Why it would be refused.
    pub refused: Option<Refusal>,
    /// The change with everything resolved, as JSON.
    pub change: Box<str>,
    /// How many seats would come.
    pub added: u32,
    /// How many seats would go.
    pub removed: u32,
    /// Live holds with seats or places that would go or be of another price class: the first of them.
    pub holds: Vec<HoldId>,
    /// Orders with such seats or places: the first of them.
    pub orders: Vec<Name>,
    /// How many such holds there are, and how many such orders.
    pub counts: (u32, u32),
}

/// `MAP`: rows as ranges of one string of letters, so that a map is one copy of its statuses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapView {
    /// Indexes into the layout's rows: those of a section may come in several pieces.
    pub rows: Vec<std::ops::Range<u32>>,
    /// One letter a seat, row after row.
    pub letters: Vec<u8>,
    /// Areas that are there, by index; empty if a section was asked for.
    pub areas: Vec<(u16, Counts)>,
}

/// `PICTURE`: what every seat and every area is at one version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PictureView {
    /// The newest version.
    pub version: u64,
    /// The time of the newest record, Unix milliseconds.
    pub at: At,
    /// The version of the newest change of the map.
    pub plan_version: u64,
    /// One letter a seat, in the order of ordinals.
    pub letters: Vec<u8>,
    /// Areas that are there, by index.
    pub areas: Vec<(u16, Counts)>,
}

/// `SEAT`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeatView {
    /// The seat, by ordinal.
    pub seat: Ordinal,
    /// Its state.
    pub status: SeatStatus,
    /// The hold that has it.
    pub hold: Option<HoldId>,
    /// The order that has it.
    pub order: Option<Name>,
    /// The holder that it counts for.
    pub holder: Option<Name>,
    /// The deadline of the hold, or of the payment that it is in, Unix milliseconds.
    pub expires_at: Option<At>,
}

/// `GET HOLD`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HoldView {
    /// The hold.
    pub hold: HoldId,
    /// The holder that it counts for.
    pub holder: Name,
    /// Deadline, Unix milliseconds.
    pub expires_at: At,
    /// How long until then, as seen when it was read.
    pub left: Millis<u64>,
    /// How often it was extended.
    pub extends: u32,
    /// The payment that it is in; the deadline is that of the payment then.
    pub payment: Option<Name>,
    /// Its seats.
    pub seats: Seats,
    /// Its places.
    pub places: Places,
    /// What the shop keeps beside it.
    pub note: Option<Box<str>>,
}

/// What has become of an order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OrderStatus {
    /// Something of it is sold.
    Sold,
    /// All of it was taken back.
    Cancelled,
}

impl OrderStatus {
    /// The word as it stands in replies.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::Cancelled => "cancelled",
        }
    }
}

/// `GET ORDER`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderView {
    /// Its name.
    pub order: Name,
    /// What has become of it.
    pub status: OrderStatus,
    /// For whom: the holder of its first hold of which something is left.
    pub holder: Name,
    /// The version that sold it.
    pub version: u64,
    /// When it was sold, Unix milliseconds.
    pub sold_at: At,
    /// When the last of it was taken back, Unix milliseconds.
    pub cancelled_at: Option<At>,
    /// Its seats.
    pub seats: Seats,
    /// Its places.
    pub places: Places,
    /// What the shop keeps beside it.
    pub note: Option<Box<str>>,
}

/// `GET PAYMENT`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentView {
    /// What stands in lists, too.
    pub line: PaymentLine,
    /// Its money, if that is known.
    pub sums: Option<Sums>,
    /// For whom: the holder of its first hold, or of its order; `None` if it never had any.
    pub holder: Option<Name>,
    /// How often it was tried again.
    pub retries: u32,
    /// When it began, Unix milliseconds.
    pub tried_at: At,
    /// Why it failed, if somebody said so.
    pub reason: Option<Box<str>>,
    /// The provider's reference of the last refund.
    pub reference: Option<Box<str>>,
    /// What it was to bring, if it has brought something else.
    pub asked: Option<Amount>,
    /// Who was to collect the money.
    pub provider: Option<Name>,
    /// The provider's reference of the payment.
    pub receipt: Option<Box<str>>,
    /// References of the refunds, each with how much it was in minor units; empty as long as nothing was told of sums.
    pub refunds: Vec<(Box<str>, u64)>,
    /// Its seats: of its holds while it runs, of its order once it is paid, else those that it gave back.
    pub seats: Seats,
    /// Its places, likewise.
    pub places: Places,
    /// What the shop keeps beside it.
    pub note: Option<Box<str>>,
}
