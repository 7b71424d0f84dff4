//! What happened: the facts that are logged, replayed and fed. Not what was asked.
//!
//! The order of the variants and of their fields is the log's format. New variants go last; a variant that must
//! change becomes a new one, and the old one stays readable for ever.

use bincode::{Decode, Encode};

use super::answer::Refusal;
use super::command::{Audit, Charge, Holds, Key, Places, Receipt, Seats, Selection};
use super::seats::{EventSpec, OldSpec, Ordinal, PlanChange, SaleLimits};
use super::values::{Amount, EventStatus, Name, Origin};
use crate::numbers::{At, HoldId, Millis};

mod kind;
mod spans;

pub use kind::Happened;
pub(crate) use spans::Spans;

/// One fact about one event, with the key under which it was asked for, if it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Unix milliseconds; never before that of the record before.
    pub at: At,
    /// The version of the event from then on.
    pub version: u64,
    /// The key of the command; expiries and housekeeping have none.
    pub key: Option<Key>,
    /// Does the answer tell when it was decided? Those to records of the first format do not, and are repeated as they were.
    pub dated: bool,
    /// Where the command came from, if that is written down.
    pub origin: Option<Box<Origin>>,
    /// The fact.
    pub change: Change,
}

/// The time of a record and the version from then on: what its changes happen at. As one, since neither is ever the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    /// Unix milliseconds.
    pub(super) at: At,
    pub(super) version: u64,
}

impl Record {
    /// A record of today's format that says nothing of where its command came from.
    #[must_use]
    pub const fn new(at: At, version: u64, key: Option<Key>, change: Change) -> Self {
        Self { at, version, key, dated: true, origin: None, change }
    }

    /// The time that the answer tells.
    pub(super) fn told_at(&self) -> Option<At> {
        self.dated.then_some(self.at)
    }

    /// The note that came with the command.
    #[inline]
    pub(super) fn note(&self) -> Option<Box<str>> {
        self.origin.as_ref().and_then(|origin| origin.note.clone())
    }

    pub(super) const fn moment(&self) -> Moment {
        Moment { at: self.at, version: self.version }
    }
}

/// A fact.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Change {
    /// The event is there, described in the words of the first logs. Version 1. [`Change::Created`] has replaced it.
    OldCreated(Box<OldCreated>),
    /// The sale was paused, resumed or closed.
    StatusSet {
        /// The status from then on.
        status: EventStatus,
        /// The operator.
        operator: Name,
        /// The reason.
        reason: Box<str>,
    },
    /// Seats and places are held. The hold's number is the record's version.
    Held {
        /// The holder that they count for.
        holder: Name,
        /// Milliseconds from the record's time.
        ttl: Millis,
        /// Its seats.
        seats: Seats,
        /// Its places.
        places: Places,
    },
    /// A hold's deadline moved.
    Extended {
        /// The hold.
        hold: HoldId,
        /// Milliseconds from the record's time.
        ttl: Millis,
    },
    /// A hold was given back as a whole.
    Released {
        /// The hold.
        hold: HoldId,
    },
    /// Some seats of a hold were given back; without any left, the hold is over. [`Change::PartReleased`] has replaced it.
    SeatsReleased {
        /// The hold.
        hold: HoldId,
        /// The seats that change; never empty.
        seats: Seats,
    },
    /// Holds became an order.
    Sold {
        /// The name of the order.
        order: Name,
        /// The holds, in the order in which they were named.
        holds: Holds,
    },
    /// A hold's deadline passed.
    Expired {
        /// The hold.
        hold: HoldId,
    },
    /// A command was refused; only its key remembers.
    Refused(Refusal),
    /// The oldest remembered keys were forgotten.
    Forgotten {
        /// How many keys of accepted commands.
        accepted: u32,
        /// How many keys of refused commands.
        refused: u32,
    },
    /// A hold has other seats: some left it and are free, some came to it. [`Change::HoldChanged`] has replaced it.
    Changed {
        /// The hold.
        hold: HoldId,
        /// The seats that left it.
        drop: Seats,
        /// The seats that came, behind those that stayed.
        add: Seats,
    },
    /// An order was taken back as a whole: all that was left of it is free.
    Cancelled {
        /// The order.
        order: Name,
        /// The reason.
        reason: Box<str>,
    },
    /// Some seats of an order were taken back. [`Change::Returned`] has replaced it.
    SeatsCancelled {
        /// The order.
        order: Name,
        /// The seats that change; never empty.
        seats: Seats,
        /// The reason.
        reason: Box<str>,
    },
    /// The event has other limits.
    LimitsSet {
        /// All of them, from then on.
        limits: Box<SaleLimits>,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// Free seats are kept from being sold.
    Blocked {
        /// The seats that change; never empty.
        seats: Seats,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// Blocked seats are free.
    Unblocked {
        /// The seats that change; never empty.
        seats: Seats,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// A hold was given back by an operator.
    ForceReleased {
        /// The hold.
        hold: HoldId,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// An order was taken back as a whole by an operator.
    ForceCancelled {
        /// The order.
        order: Name,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// A payment began: its holds no longer run out by themselves. Its number is the record's version.
    PaymentTried {
        /// The name of the payment, and of the order that it makes.
        payment: Name,
        /// Milliseconds from the record's time.
        deadline_in: Millis,
        /// What it pays for.
        holds: Holds,
    },
    /// The provider is being tried again: the deadline of a payment moved.
    PaymentRetried {
        /// The payment.
        payment: Name,
        /// Milliseconds from the record's time.
        deadline_in: Millis,
    },
    /// A payment became an order of its name.
    PaymentSucceeded {
        /// The payment.
        payment: Name,
        /// The seats had been given back already, and all of them were still free.
        late: bool,
    },
    /// A payment failed; its seats are free again.
    PaymentFailed {
        /// The payment.
        payment: Name,
        /// The reason.
        reason: Box<str>,
    },
    /// The deadline of a payment passed unheard: it failed, and its seats are free again.
    PaymentLapsed {
        /// The payment.
        payment: Name,
    },
    /// Money came after the seats of a payment had gone to others: it is to be paid back.
    PaymentRefundDue {
        /// The payment.
        payment: Name,
    },
    /// The money of a payment was paid back.
    PaymentRefunded {
        /// The payment.
        payment: Name,
        /// The provider's reference of the refund.
        reference: Box<str>,
    },
    /// After a restart: what was alive when the server stopped goes on for a while at least.
    Graced {
        /// Unix milliseconds. Holds and payments whose deadline is after it were alive.
        stopped_at: At,
        /// Milliseconds from the record's time: no deadline of theirs comes before.
        grace: Millis,
    },
    /// Somebody reported once more what is known of a payment; only the key remembers.
    PaymentRepeated {
        /// The payment.
        payment: Name,
    },
    /// After a restart: what was alive when the server stopped goes on for a while at least. As [`Change::Graced`], which
    /// it has replaced, but for what had a grace before.
    GraceGiven {
        /// Unix milliseconds. Holds and payments whose deadline is after it were alive.
        stopped_at: At,
        /// Milliseconds from the record's time: no deadline of theirs comes before.
        grace: Millis,
        /// Deadlines that an earlier grace gave, ascending, and how much is given for each in the place of `grace`.
        again: Box<[(At, Millis)]>,
    },
    /// What was closed long ago was forgotten.
    RecordsForgotten {
        /// How many payments: of those that failed or were paid back, the first that did.
        payments: u32,
        /// How many cancelled orders: the oldest, with the payments that had made them.
        orders: u32,
    },
    /// There were more keys of refused commands than are remembered. One after the other, the account that had most of them
    /// lost its oldest.
    RefusalsForgotten {
        /// How many keys.
        refused: u32,
    },
    /// The sale opens and closes at other times than was said before.
    Scheduled {
        /// The status from then on.
        status: EventStatus,
        /// When it opens by itself, Unix milliseconds.
        opens_at: Option<At>,
        /// When it closes by itself, Unix milliseconds.
        closes_at: Option<At>,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// The time came at which the sale opens or closes.
    TimeCame {
        /// The status from then on: open or closed.
        status: EventStatus,
    },
    /// As [`Change::PaymentTried`], with what was told of the money.
    PaymentCharged {
        /// The name of the payment, and of the order that it makes.
        payment: Name,
        /// Milliseconds from the record's time.
        deadline_in: Millis,
        /// What it pays for.
        holds: Holds,
        /// What it is to bring.
        charge: Box<Charge>,
    },
    /// As [`Change::PaymentSucceeded`], with what was told of the money.
    PaymentReceived {
        /// The payment.
        payment: Name,
        /// The seats had been given back already, and all of them were still free.
        late: bool,
        /// What it has brought.
        receipt: Receipt,
    },
    /// As [`Change::PaymentRefundDue`], with what was told of the money.
    PaymentOwed {
        /// The payment.
        payment: Name,
        /// What it has brought.
        receipt: Receipt,
    },
    /// Money came for a payment that has not begun. Its number is the record's version.
    PaidAhead {
        /// The name of the payment, and of the order that it makes.
        payment: Name,
        /// Milliseconds from the record's time until which it may begin.
        wait: Millis,
        /// What it has brought.
        receipt: Receipt,
    },
    /// A payment began whose money was there: its holds became an order of its name.
    PaymentMet {
        /// The payment.
        payment: Name,
        /// Milliseconds from the record's time.
        deadline_in: Millis,
        /// What it has paid for.
        holds: Holds,
        /// What it was to bring.
        charge: Box<Charge>,
    },
    /// A payment began whose money was there, and a hold of it was over: the money is to be paid back.
    PaymentMissed {
        /// The payment.
        payment: Name,
        /// What it was to bring.
        charge: Box<Charge>,
    },
    /// Money of a payment was paid back: some of it, or what an order that was taken back had cost.
    MoneyReturned {
        /// The payment.
        payment: Name,
        /// The provider's reference of the refund.
        reference: Box<str>,
        /// How much, in the currency in which it was paid; `None` where that was never told.
        amount: Option<Amount>,
    },
    /// A part of an order was taken back, or money is to go back for it; without anything left, the order is cancelled.
    Returned {
        /// The order.
        order: Name,
        /// What changes; `None` is all that was left.
        part: Option<Box<Selection>>,
        /// What is to go back for it, in minor units of what was paid, if that was said.
        refund: Option<u64>,
        /// The operator, if it was done by hand.
        operator: Option<Box<Name>>,
        /// The reason.
        reason: Box<str>,
    },
    /// The event is there. Version 1.
    Created(Box<Created>),
    /// A part of a hold was given back; without anything left, the hold is over.
    PartReleased {
        /// The hold.
        hold: HoldId,
        /// What changes; never empty.
        part: Box<Selection>,
    },
    /// A hold has something else: a part left it and is free, and what was free came to it. Its number, deadline and holder
    /// stay.
    HoldChanged {
        /// The hold.
        hold: HoldId,
        /// What left it.
        drop: Box<Selection>,
        /// What came, behind what stayed.
        add: Box<Selection>,
    },
    /// An order has something else: a part left it and is free, and what was free came to it. Its name and its number stay.
    Exchanged {
        /// The order.
        order: Name,
        /// What left it.
        drop: Box<Selection>,
        /// What came, behind what stayed.
        add: Box<Selection>,
        /// The reason.
        reason: Box<str>,
    },
    /// As [`Change::Blocked`], for more than single seats.
    PartBlocked {
        /// Seats that follow each other, by the first and how many; ascending.
        ranges: Box<[(Ordinal, u32)]>,
        /// Places.
        places: Places,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// As [`Change::Unblocked`], for more than single seats.
    PartUnblocked {
        /// Seats that follow each other, by the first and how many; ascending.
        ranges: Box<[(Ordinal, u32)]>,
        /// Places.
        places: Places,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// The map is another.
    PlanChanged {
        /// What came, went and became another, with everything resolved.
        plan: Box<PlanChange>,
        /// The operator, and the reason.
        audit: Audit,
    },
    /// A payment failed, and what it was for is back in its holds: another payment may be for them. As
    /// [`Change::PaymentFailed`] but for that.
    PaymentKept {
        /// The payment.
        payment: Name,
        /// The reason.
        reason: Box<str>,
        /// Milliseconds from the record's time: the deadline of the holds from then on.
        ttl: Millis,
        /// The holds, as the payment has named them.
        holds: Holds,
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

/// The birth of an event, as the first logs have it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct OldCreated {
    /// Its name.
    pub name: Name,
    /// Its description.
    pub spec: OldSpec,
}

impl From<OldCreated> for Created {
    fn from(old: OldCreated) -> Self {
        Self { name: old.name, spec: old.spec.into() }
    }
}
