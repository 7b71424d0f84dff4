//! Why a write was refused, and how that is said.

use std::fmt::Write as _;

use bincode::{Decode, Encode};

use crate::catalogue::Code;
use crate::limits;
use crate::numbers::HoldId;
use crate::state::command::{Best, Scope};
use crate::state::seats::{Layout, Ordinal};
use crate::state::values::{Amount, EventStatus, Name, PaymentStatus, SeatStatus, ShortList};

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
    /// The hold has fewer places of an area.
    PlacesNotInHold {
        /// Index of the area.
        area: u16,
        /// How many it had then.
        has: u32,
        /// How many were named.
        wanted: u32,
    },
    /// Fewer places of an area are blocked.
    PlacesNotBlocked {
        /// Index of the area.
        area: u16,
        /// How many were blocked then.
        has: u32,
        /// How many were named.
        wanted: u32,
    },
    /// The order has fewer places of an area.
    PlacesNotInOrder {
        /// Index of the area.
        area: u16,
        /// How many it had then.
        has: u32,
        /// How many were named.
        wanted: u32,
    },
    /// What is to go is taken.
    StillTaken {
        /// Seats that are neither free nor blocked: the first of them, with their status then.
        seats: ShortList<(Ordinal, SeatStatus), 2>,
        /// Areas of which more places are held, in payment and sold than there are to be, each with how many.
        areas: Box<[(u16, u32)]>,
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
            Self::NotInHold(_) | Self::PlacesNotInHold { .. } => Code::NOT_IN_HOLD,
            Self::NothingLeft(_) => Code::NOTHING_LEFT,
            Self::OrderGone(_) => Code::ORDER_GONE,
            Self::NotInOrder(_) | Self::PlacesNotInOrder { .. } => Code::NOT_IN_ORDER,
            Self::NotBlocked(_) | Self::PlacesNotBlocked { .. } => Code::NOT_BLOCKED,
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
            Self::StillTaken { .. } => Code::STILL_TAKEN,
        }
    }

    /// The message: for people, safe to show, the same at every repeat.
    #[must_use]
    pub fn message(&self, layout: &Layout) -> String {
        let of = |area: u16| &layout.areas()[usize::from(area)].name;
        match self {
            Self::SeatsTaken(seats) | Self::NotBlocked(seats) => seats_in_words(seats, layout),
            Self::StillTaken { seats, areas } => still_taken_in_words(seats, areas, layout),
            Self::PlacesTaken { area, free, wanted } => {
                format!("{} has {free} free places, {wanted} wanted", of(*area))
            }
            Self::PlacesNotBlocked { area, has, wanted } => {
                format!("{} has {has} blocked places, {wanted} named", of(*area))
            }
            Self::PlacesNotInHold { area, has, wanted } => {
                format!("the hold has {has} places of {}, {wanted} named", of(*area))
            }
            Self::PlacesNotInOrder { area, has, wanted } => {
                format!("the order has {has} places of {}, {wanted} named", of(*area))
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
            Self::NotClosed(status) => format!("the event is {}: close it first", status.word()),
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

/// Seats, each with its status.
fn seats_in_words(seats: &[(Ordinal, SeatStatus)], layout: &Layout) -> String {
    let mut message = String::with_capacity(16 * seats.len());
    for (index, (seat, status)) in seats.iter().take(limits::TAKEN_NAMED_MAX).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(message, "{comma}{} {}", layout.label(*seat), status.word());
    }
    message
}

/// What is to go, and is taken.
fn still_taken_in_words(seats: &[(Ordinal, SeatStatus)], areas: &[(u16, u32)], layout: &Layout) -> String {
    let mut message = seats_in_words(seats, layout);
    for (area, taken) in areas.iter().take(limits::TAKEN_NAMED_MAX) {
        let comma = if message.is_empty() { "" } else { ", " };
        let area = &layout.areas()[usize::from(*area)].name;
        // Writing to a String cannot fail.
        let _ = write!(message, "{comma}{taken} places of {area} held, paying or sold");
    }
    message
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
