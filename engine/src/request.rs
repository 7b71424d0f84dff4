//! What a front end hands over: a command in its own words, checked in form, borrowing the bytes that it came in.

use smallvec::SmallVec;

use crate::state::{CountBy, HoldId, NameRef, StatusAction};

/// Seats as they were written, labels or ordinals.
pub type SeatWords<'a> = SmallVec<[&'a [u8]; 8]>;

/// Seats that the engine is to choose: one `BEST` of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BestWords<'a> {
    /// How many; at least 1.
    pub count: u32,
    /// `IN`: a section or a category. A section goes first, if there are both.
    pub within: Option<NameRef<'a>>,
    /// `SCATTERED`: apart, if they cannot be side by side.
    pub scattered: bool,
    /// `ACCESSIBLE`: with accessible seats, which are left out otherwise.
    pub accessible: bool,
}

/// A command of the wire contract that concerns events.
#[derive(Clone, Debug)]
pub enum Request<'a> {
    /// `EVENT CREATE ev key json`
    EventCreate {
        /// The event to be.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// The description.
        json: &'a [u8],
    },
    /// `EVENT PAUSE|RESUME|CLOSE ev key operator reason`
    EventStatus {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// What to do.
        action: StatusAction,
        /// Who.
        operator: NameRef<'a>,
        /// Why: 1 to 256 bytes of printable text.
        reason: &'a str,
    },
    /// `EVENT LIST [cursor] [COUNT n]`
    EventList {
        /// Where to go on; 0 starts.
        cursor: u64,
        /// How many at most.
        count: u32,
    },
    /// `EVENT INFO ev`
    EventInfo {
        /// Which event.
        event: NameRef<'a>,
    },
    /// `HOLD ev key holder ttl <what> ...`
    Hold {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// For whom.
        holder: NameRef<'a>,
        /// Milliseconds; 0 is the default of the event.
        ttl: u64,
        /// Which seats.
        seats: SeatWords<'a>,
        /// Seats to be chosen.
        best: Box<[BestWords<'a>]>,
        /// Which areas and how many places of each.
        places: SmallVec<[(NameRef<'a>, u32); 1]>,
    },
    /// `EXTEND ev key hold ttl`
    Extend {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Which hold.
        hold: HoldId,
        /// Milliseconds; 0 is the default of the event.
        ttl: u64,
    },
    /// `RELEASE ev key hold [SEATS s ...]`
    Release {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Which hold.
        hold: HoldId,
        /// Only these.
        seats: Option<SeatWords<'a>>,
    },
    /// `CONFIRM ev key order hold [hold ...]`
    Confirm {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// The order to be.
        order: NameRef<'a>,
        /// Which holds.
        holds: SmallVec<[HoldId; 2]>,
    },
    /// `MAP ev [section]`
    Map {
        /// Which event.
        event: NameRef<'a>,
        /// Only this section.
        section: Option<NameRef<'a>>,
    },
    /// `COUNT ev [BY category|section]`
    Count {
        /// Which event.
        event: NameRef<'a>,
        /// Broken down by.
        by: Option<CountBy>,
    },
    /// `SEAT ev seat`
    Seat {
        /// Which event.
        event: NameRef<'a>,
        /// Which seat.
        seat: &'a [u8],
    },
    /// `GET HOLD ev id`
    GetHold {
        /// Which event.
        event: NameRef<'a>,
        /// Which hold.
        hold: HoldId,
    },
    /// `GET ORDER ev id`
    GetOrder {
        /// Which event.
        event: NameRef<'a>,
        /// Which order.
        order: NameRef<'a>,
    },
    /// `ASK ev key`
    Ask {
        /// Which event.
        event: NameRef<'a>,
        /// Which key.
        key: NameRef<'a>,
    },
}
