//! What is answered to a write, accepted or refused: the part of a reply that is remembered under the key.
//!
//! An answer holds ordinals and indexes, not text: labels are written at the edge, from the map, so that an answer
//! takes tens of bytes and a repeat is still the same byte for byte.

use std::fmt::Write as _;

use bincode::enc::Encoder;
use bincode::error::EncodeError;
use bincode::{Decode, Encode};

use super::command::{Best, Places, Scope, Seats};
use super::seats::{Layout, Ordinal};
use super::values::{Amount, EventStatus, Name, PaymentStatus, SeatStatus, ShortList};
use crate::catalogue::Code;
use crate::limits;
use crate::numbers::{At, HoldId, Millis};

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
        /// How many seats the command named.
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

/// Why a write was refused; binds the key as an answer does.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Refusal {
    /// These seats are not free: the first of them, in the order of the command, with their status then.
    SeatsTaken(ShortList<(Ordinal, SeatStatus), 2>),
    /// An area has fewer free places than wanted.
    PlacesTaken {
        /// Index of the area.
        area: u16,
        /// How many were free then.
        free: u32,
        /// How many were wanted.
        wanted: u32,
    },
    /// The hold is unknown or over.
    HoldGone(HoldId),
    /// Over a limit of the event.
    OverLimit {
        /// The limit.
        limit: Limit,
        /// What it allows.
        allowed: u32,
        /// What was asked for, with what is there already.
        wanted: u64,
    },
    /// The sale is not open for this.
    NotOnSale(EventStatus),
    /// The sale is in that state already.
    AlreadyStatus(EventStatus),
    /// There is an event of that name.
    EventExists,
    /// There is an order of that name.
    OrderExists(Name),
    /// The seat is not part of the hold.
    NotInHold(Ordinal),
    /// The change would leave the hold without anything.
    NothingLeft(HoldId),
    /// The order is unknown or was taken back.
    OrderGone(Name),
    /// The seat is not part of the order.
    NotInOrder(Ordinal),
    /// These seats are not blocked: the first of them, in the order of the command, with their status then.
    NotBlocked(ShortList<(Ordinal, SeatStatus), 2>),
    /// The hold is being paid for.
    HoldInPayment {
        /// Which hold.
        hold: HoldId,
        /// By which payment.
        payment: Name,
    },
    /// There is no such payment, or it has failed.
    PaymentGone {
        /// The payment.
        payment: Name,
        /// It was there, and failed.
        failed: bool,
    },
    /// Not possible for a payment in this state.
    PaymentIs {
        /// The payment.
        payment: Name,
        /// What it is.
        status: PaymentStatus,
    },
    /// There is a payment of that name.
    PaymentExists(Name),
    /// `BEST` finds too few seats.
    NotEnough {
        /// What was asked for.
        best: Best,
        /// How many seats it could choose from then.
        free: u32,
        /// How many of them side by side at most: with an accessible one, if those were asked for.
        together: u32,
    },
    /// The pick leaves a lone seat.
    Orphan {
        /// That seat.
        lone: Ordinal,
        /// How many seats each of the legal picks has.
        count: u32,
        /// Legal picks nearby, by their first seats, the nearest first.
        picks: ShortList<Ordinal, 3>,
    },
    /// The refund is not what can go back of the payment.
    RefundSum {
        /// The payment.
        payment: Box<Name>,
        /// The refund.
        wanted: Amount,
        /// What can go back.
        left: Amount,
    },
    /// Nobody has told how much was paid.
    NoAmount(Name),
    /// The seat is sold only together with others.
    PartOfGroup {
        /// That seat.
        seat: Ordinal,
        /// The seats of its group that the command does not name: the first of them.
        rest: ShortList<Ordinal, 3>,
    },
    /// Only a closed event is archived.
    NotClosed(EventStatus),
}

/// A limit of an event that a command can be over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Limit {
    /// `max_seats_per_hold`.
    SeatsPerHold,
    /// `max_seats_per_holder`.
    SeatsPerHolder,
    /// `max_extends`.
    Extends,
    /// `max_ttl`.
    Ttl,
    /// `max_payment_retries`.
    PaymentRetries,
    /// `max_hold_total`.
    HoldTotal,
}

impl Limit {
    /// The field of the event's limits.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::SeatsPerHold => "max_seats_per_hold",
            Self::SeatsPerHolder => "max_seats_per_holder",
            Self::Extends => "max_extends",
            Self::Ttl => "max_ttl",
            Self::PaymentRetries => "max_payment_retries",
            Self::HoldTotal => "max_hold_total",
        }
    }
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
            Self::Refused(Refusal::PlacesTaken { area, .. }) => (0, past_area(*area)),
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

impl Refusal {
    /// The code of the catalogue.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::SeatsTaken(_) => Code::SEATS_TAKEN,
            Self::PlacesTaken { .. } => Code::PLACES_TAKEN,
            Self::HoldGone(_) => Code::HOLD_GONE,
            Self::OverLimit { limit: Limit::SeatsPerHold, .. } => Code::SEATS_PER_HOLD,
            Self::OverLimit { limit: Limit::SeatsPerHolder, .. } => Code::SEATS_PER_HOLDER,
            Self::OverLimit { limit: Limit::Extends, .. } => Code::EXTENDS,
            Self::OverLimit { limit: Limit::Ttl, .. } => Code::TTL_OVER_MAX,
            Self::NotOnSale(EventStatus::Pending) => Code::EVENT_NOT_OPEN,
            Self::NotOnSale(EventStatus::Closed | EventStatus::Archived) => Code::EVENT_CLOSED,
            Self::NotOnSale(_) => Code::EVENT_PAUSED,
            Self::AlreadyStatus(_) => Code::EVENT_STATE,
            Self::NotClosed(_) => Code::NOT_CLOSED,
            Self::EventExists => Code::EVENT_EXISTS,
            Self::OrderExists(_) => Code::ORDER_EXISTS,
            Self::NotInHold(_) => Code::NOT_IN_HOLD,
            Self::NothingLeft(_) => Code::NOTHING_LEFT,
            Self::OrderGone(_) => Code::ORDER_GONE,
            Self::NotInOrder(_) => Code::NOT_IN_ORDER,
            Self::NotBlocked(_) => Code::NOT_BLOCKED,
            Self::OverLimit { limit: Limit::PaymentRetries, .. } => Code::PAYMENT_RETRIES,
            Self::OverLimit { limit: Limit::HoldTotal, .. } => Code::HOLD_TOTAL,
            Self::HoldInPayment { .. } => Code::HOLD_IN_PAYMENT,
            Self::PaymentGone { .. } => Code::PAYMENT_GONE,
            Self::PaymentIs { .. } => Code::PAYMENT_STATE,
            Self::PaymentExists(_) => Code::PAYMENT_EXISTS,
            Self::NotEnough { .. } => Code::NOT_ENOUGH_SEATS,
            Self::Orphan { .. } => Code::LONE_SEAT,
            Self::RefundSum { .. } => Code::REFUND_SUM,
            Self::NoAmount(_) => Code::NO_AMOUNT,
            Self::PartOfGroup { .. } => Code::PART_OF_GROUP,
        }
    }

    /// The message: for people, safe to show, the same at every repeat.
    #[must_use]
    pub fn message(&self, layout: &Layout) -> String {
        match self {
            Self::SeatsTaken(seats) | Self::NotBlocked(seats) => {
                let mut message = String::with_capacity(16 * seats.len());
                for (index, (seat, status)) in seats.iter().take(limits::TAKEN_NAMED_MAX).enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    // Writing to a String cannot fail.
                    let _ = write!(message, "{comma}{} {}", layout.label(*seat), status.word());
                }
                message
            }
            Self::PlacesTaken { area, free, wanted } => {
                format!("{} has {free} free places, {wanted} wanted", layout.areas()[*area as usize].name)
            }
            Self::HoldGone(hold) => format!("hold {hold} is unknown, expired, released or sold"),
            Self::OverLimit { limit: Limit::Extends, allowed, .. } => {
                format!("max_extends is {allowed} and reached for this hold")
            }
            Self::OverLimit { limit: Limit::PaymentRetries, allowed, .. } => {
                format!("max_payment_retries is {allowed} and reached for this payment")
            }
            Self::OverLimit { limit, allowed, wanted } => {
                format!("{} is {allowed}, wanted {wanted}", limit.field())
            }
            Self::NotOnSale(EventStatus::Pending) => "the event is not open yet".to_owned(),
            Self::NotOnSale(status) => format!("the event is {}", status.word()),
            Self::AlreadyStatus(status) => format!("the event is {} already", status.word()),
            Self::NotClosed(status) => {
                format!("the event is {}, and only a closed one is archived", status.word())
            }
            Self::EventExists => "there is an event of that name".to_owned(),
            Self::OrderExists(order) => format!("there is an order {order}"),
            Self::NotInHold(seat) => format!("seat {} is not part of the hold", layout.label(*seat)),
            Self::NothingLeft(hold) => format!("nothing would be left of hold {hold}: RELEASE gives it back"),
            Self::OrderGone(order) => format!("order {order} is unknown or cancelled"),
            Self::NotInOrder(seat) => format!("seat {} is not part of the order", layout.label(*seat)),
            Self::HoldInPayment { hold, payment } => format!("hold {hold} is in payment {payment}"),
            Self::PaymentGone { payment, failed: false } => {
                format!("there is no payment {payment}; money that comes for it is to be paid back")
            }
            Self::PaymentGone { payment, failed: true } => {
                format!("payment {payment} has failed and its seats were given back")
            }
            Self::PaymentIs { payment, status } => format!("payment {payment} is {}", status.word()),
            Self::PaymentExists(payment) => format!("there is a payment {payment}"),
            Self::NotEnough { best, free, together } => {
                let part = in_words(best, layout);
                let with = match best.accessible {
                    0 => String::new(),
                    1 => " with an accessible one".to_owned(),
                    accessible => format!(" with {accessible} accessible ones"),
                };
                format!("{part}: {free} to choose from, at most {together} side by side{with}")
            }
            Self::PartOfGroup { seat, rest } => {
                let rest: Vec<String> = rest.iter().map(|&seat| layout.label(seat)).collect();
                format!("{} is sold only together with {}", layout.label(*seat), rest.join(", "))
            }
            Self::Orphan { lone, count, picks } => orphan_in_words(*lone, *count, picks, layout),
            Self::RefundSum { payment, wanted, left } => refund_in_words(payment, *wanted, *left),
            Self::NoAmount(payment) => {
                format!("how much was paid by {payment} was never told: leave the sum out")
            }
        }
    }
}

/// Which seat would be left alone, and what may be picked in its place.
fn orphan_in_words(lone: Ordinal, count: u32, picks: &[Ordinal], layout: &Layout) -> String {
    let mut message = format!("leaves {} alone; legal picks nearby: ", layout.label(lone));
    for (index, &first) in picks.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(message, "{comma}{}", layout.label(first));
        if count > 1 {
            let _ = write!(message, " to {}", layout.label(first + count - 1));
        }
    }
    message
}

/// Why a refund does not fit.
fn refund_in_words(payment: &Name, wanted: Amount, left: Amount) -> String {
    if wanted.currency != left.currency {
        let (paid, other) = (left.currency, wanted.currency);
        format!("payment {payment} was paid in {}, not in {}", paid.code(), other.code())
    } else if wanted.minor > left.minor {
        format!("{wanted} are more than the {left} of payment {payment} that can go back")
    } else {
        format!("all of the {left} of payment {payment} has to go back, not {wanted}")
    }
}

/// A `BEST` as it would be typed.
fn in_words(best: &Best, layout: &Layout) -> String {
    let mut words = format!("BEST {}", best.count);
    let name = match best.scope {
        Scope::Everywhere => None,
        Scope::Section(index) => layout.sections().get(usize::from(index)).map(|section| &section.name),
        Scope::Category(index) => layout.categories().get(usize::from(index)),
    };
    if let Some(name) = name {
        // Writing to a String cannot fail.
        let _ = write!(words, " IN {name}");
    }
    words.push_str(if best.scattered { " SCATTERED" } else { "" });
    match best.accessible {
        0 => {}
        1 => words.push_str(" ACCESSIBLE"),
        // Writing to a String cannot fail.
        accessible => drop(write!(words, " ACCESSIBLE {accessible}")),
    }
    words
}
