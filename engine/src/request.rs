//! What a front end hands over: a command in its own words, checked in form, borrowing the bytes that it came in.

use smallvec::SmallVec;

use crate::state::{CountBy, HoldId, NameRef, PaymentStatus, StatusAction};

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

/// The operator behind a command, and the reason given.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Who.
    pub operator: NameRef<'a>,
    /// Why: 1 to 256 bytes of printable text.
    pub reason: &'a str,
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
    /// `CHANGE ev key hold [DROP s ...] [ADD s ...]`
    Change {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Which hold.
        hold: HoldId,
        /// Seats that leave it. Rare, so they stand elsewhere: a request is moved about.
        drop: Vec<&'a [u8]>,
        /// Seats that come to it.
        add: SeatWords<'a>,
    },
    /// `CANCEL ev key order reason [SEATS s ...]`
    Cancel {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Which order.
        order: NameRef<'a>,
        /// Why: 1 to 256 bytes of printable text.
        reason: &'a str,
        /// Only these.
        seats: Option<SeatWords<'a>>,
    },
    /// `EVENT LIMITS ev key operator reason json`
    EventLimits {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Who and why.
        by: By<'a>,
        /// The limits to be changed.
        json: &'a [u8],
    },
    /// `BLOCK ev key operator reason SEATS s ...`
    Block {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Who and why.
        by: By<'a>,
        /// Which seats.
        seats: SeatWords<'a>,
    },
    /// `UNBLOCK ev key operator reason SEATS s ...`
    Unblock {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Who and why.
        by: By<'a>,
        /// Which seats.
        seats: SeatWords<'a>,
    },
    /// `FORCE RELEASE ev key operator reason hold`
    ForceRelease {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Who and why.
        by: By<'a>,
        /// Which hold.
        hold: HoldId,
    },
    /// `FORCE CANCEL ev key operator reason order`
    ForceCancel {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Who and why.
        by: By<'a>,
        /// Which order.
        order: NameRef<'a>,
    },
    /// `PAYMENT TRY ev key payment deadline hold [hold ...]`
    PaymentTry {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// The payment to be, and the order that it is to make.
        payment: NameRef<'a>,
        /// Milliseconds; 0 is the default time to live of the event.
        deadline: u64,
        /// Which holds.
        holds: SmallVec<[HoldId; 2]>,
    },
    /// `PAYMENT RETRY|SUCCEED|FAIL|REFUNDED ev key payment ...`
    PaymentReport {
        /// Which event.
        event: NameRef<'a>,
        /// Idempotency key.
        key: NameRef<'a>,
        /// Which payment.
        payment: NameRef<'a>,
        /// What is known of it.
        report: PaymentReport<'a>,
    },
    /// `PAYMENT LIST ev [STATUS status] [cursor] [COUNT n]`
    PaymentList {
        /// Which event.
        event: NameRef<'a>,
        /// Only those in this state.
        status: Option<PaymentStatus>,
        /// Where to go on; 0 starts.
        cursor: u64,
        /// How many at most.
        count: u32,
    },
    /// `GET PAYMENT ev id`
    GetPayment {
        /// Which event.
        event: NameRef<'a>,
        /// Which payment.
        payment: NameRef<'a>,
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

/// What is known of a payment that runs or ran.
#[derive(Clone, Copy, Debug)]
pub enum PaymentReport<'a> {
    /// The provider is being tried again.
    Retry {
        /// Milliseconds; 0 is the default time to live of the event.
        deadline: u64,
    },
    /// The money came.
    Succeed,
    /// It will not come.
    Fail {
        /// Why: 1 to 256 bytes of printable text.
        reason: &'a str,
    },
    /// The money was paid back.
    Refunded {
        /// The provider's reference of the refund: 1 to 256 bytes of printable text.
        reference: &'a str,
    },
}
