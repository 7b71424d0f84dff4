//! What reads show: copies made inside the actor, so that nothing outside ever holds on to its state.

use super::answer::Answer;
use super::command::{HoldId, Places, Seats};
use super::layout::Ordinal;
use super::name::Name;
use super::spec::SaleLimits;
use super::status::{Counts, EventStatus, SeatStatus};

/// The answer to a read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum View {
    /// Of `EVENT INFO`.
    Info(Box<InfoView>),
    /// Of the feed, before it looks for what it was asked for.
    Version(u64),
    /// Of `MAP`.
    Map(Box<MapView>),
    /// Of `COUNT`.
    Count(Counts),
    /// Of `COUNT ... BY`: index into sections followed by areas, or into categories; and the sums.
    CountBy(Box<[(Name, Counts)]>),
    /// Of `SEAT`.
    Seat(Box<SeatView>),
    /// Of `GET HOLD`; `None` if it is unknown or over.
    Hold(Option<Box<HoldView>>),
    /// Of `GET ORDER`; `None` if it is unknown.
    Order(Option<Box<OrderView>>),
    /// Of `ASK`; `None` if the key is not known.
    Asked(Option<Box<Answer>>),
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
    /// Places of each area by status, in the order of the map.
    pub areas: Vec<Counts>,
    /// The rules.
    pub limits: SaleLimits,
    /// Unix milliseconds.
    pub created_at: u64,
    /// Live holds.
    pub holds: u64,
    /// Orders sold.
    pub orders: u64,
    /// Remembered keys.
    pub keys: u64,
}

/// `MAP`: rows as ranges of one string of letters, so that a map is one copy of its statuses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapView {
    /// Indexes into the layout's rows.
    pub rows: std::ops::Range<u32>,
    /// The ordinal of the first letter.
    pub first: Ordinal,
    /// One letter a seat, from `first` on.
    pub letters: Vec<u8>,
    /// Areas by index; empty if a section was asked for.
    pub areas: Vec<(u16, Counts)>,
}

/// `SEAT`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeatView {
    /// Which.
    pub seat: Ordinal,
    /// Its state.
    pub status: SeatStatus,
    /// The hold that has it.
    pub hold: Option<HoldId>,
    /// The order that has it.
    pub order: Option<Name>,
    /// For whom.
    pub holder: Option<Name>,
    /// The hold's deadline, Unix milliseconds.
    pub expires_at: Option<u64>,
}

/// `GET HOLD`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HoldView {
    /// Which.
    pub hold: HoldId,
    /// For whom.
    pub holder: Name,
    /// Deadline, Unix milliseconds.
    pub expires_at: u64,
    /// How often it was extended.
    pub extends: u32,
    /// Its seats.
    pub seats: Seats,
    /// Its places.
    pub places: Places,
}

/// `GET ORDER`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderView {
    /// Its name.
    pub order: Name,
    /// For whom: the holder of its first hold.
    pub holder: Name,
    /// The version that sold it.
    pub version: u64,
    /// When it was sold, Unix milliseconds.
    pub sold_at: u64,
    /// Its seats.
    pub seats: Seats,
    /// Its places.
    pub places: Places,
}
