//! What the feed says of a change: its kind and its fields, in one neutral form that every encoding writes.
//!
//! No other place knows the fields: a new kind of change does not compile without its line here, and the tables of
//! docs/feed.md are checked against [`KINDS`].

use smallvec::SmallVec;

use crate::codec::{Framed, RecordError, decode_record};
use crate::numbers::{At, HoldId, Millis};
use crate::state::{
    Amount, AreaSpec, Audit, Change, Charge, Created, Layout, Ordinal, Origin, Places, PlanChange, Receipt,
    Record, SaleLimits, Selection, Touched, Trace,
};

mod kinds;

pub use kinds::{KINDS, KindFields, TRACEPARENT};

/// One change of an event, out of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeedRecord {
    /// The version that it made.
    pub version: u64,
    /// Unix milliseconds.
    pub at: At,
    /// Where the command came from, if that is written down.
    pub origin: Option<Box<Origin>>,
    /// What happened.
    pub change: Change,
    /// What it has touched and does not name, if anything.
    pub touched: Option<Box<Touched>>,
    /// What it takes in the log, bytes.
    pub bytes: usize,
}

impl FeedRecord {
    /// Decodes a record that made a version.
    ///
    /// # Errors
    /// If the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        decode_record(bytes).map(|framed| Self::of(framed, bytes.len()))
    }

    /// A birth is told in today's words.
    fn of(Framed { record, touched, .. }: Framed, bytes: usize) -> Self {
        let Record { version, at, origin, change, .. } = record;
        let change = match change {
            Change::OldCreated(old) => Change::Created(Box::new((*old).into())),
            change => change,
        };
        Self { version, at, origin, change, touched, bytes }
    }

    /// The word for what happened.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.change.word()
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub enum FeedValue<'a> {
    /// A number; a time in Unix milliseconds.
    Number(u64),
    /// A name or a sentence.
    Text(&'a str),
    /// Seats, shown by their labels.
    Seats(&'a [Ordinal]),
    /// The seats in it, shown by their labels.
    Touched(&'a Touched),
    /// Seats that follow each other, shown as the label of the first and how many in turn.
    Ranges(&'a [(Ordinal, u32)]),
    /// Places of areas, shown as the area's name and a count in turn.
    Places(&'a [(u16, u32)]),
    /// The capacity of areas, shown as the name of each and a count in turn.
    Areas(&'a [AreaSpec]),
    /// Numbers of holds.
    Holds(&'a [HoldId]),
    /// A place in a trace, shown as a `traceparent`.
    Trace(Trace),
    /// The rules of the sale.
    Limits(&'a SaleLimits),
    /// What became of the map: an object of JSON, and as a reply its text.
    Plan(&'a PlanChange),
    /// Old deadlines, each with the new one as milliseconds after the time that follows: shown as old and new
    /// deadlines in turn.
    Moved(&'a [(At, Millis)], At),
}

/// The fields of a change, in the order of the documentation.
pub type FeedFields<'a> = SmallVec<[(&'static str, FeedValue<'a>); 6]>;

/// Whether a change is about the order or the payment of this name: an order that a payment has bought has its name.
pub(crate) fn is_named(record: &FeedRecord, name: &str) -> bool {
    let is_it = |(field, value): &(&str, FeedValue<'_>)| {
        ["order", "payment"].contains(field) && matches!(value, FeedValue::Text(text) if *text == name)
    };
    feed_fields(record).iter().any(is_it)
}

/// What the feed says of a change besides its version, time and kind. Never a key, nor its hash: with it a reader of the
/// feed could ask for the answer that is remembered under the key.
#[must_use]
pub fn feed_fields(record: &FeedRecord) -> FeedFields<'_> {
    let FeedRecord { at, change, .. } = record;
    let mut fields = FeedFields::new();
    match change {
        Change::Created(created) => created_fields(created, *at, &mut fields),
        Change::StatusSet { .. }
        | Change::Scheduled { .. }
        | Change::TimeCame { .. }
        | Change::LimitsSet { .. }
        | Change::PlanChanged { .. }
        | Change::Blocked { .. }
        | Change::PartBlocked { .. }
        | Change::Unblocked { .. }
        | Change::PartUnblocked { .. }
        | Change::ForceReleased { .. }
        | Change::ForceCancelled { .. } => operator_fields(change, &mut fields),
        Change::PaymentTried { .. }
        | Change::PaymentCharged { .. }
        | Change::PaymentRetried { .. }
        | Change::PaymentSucceeded { .. }
        | Change::PaymentReceived { .. }
        | Change::PaymentFailed { .. }
        | Change::PaymentKept { .. }
        | Change::PaymentLapsed { .. }
        | Change::PaymentRefundDue { .. }
        | Change::PaymentOwed { .. }
        | Change::PaidAhead { .. }
        | Change::PaymentMet { .. }
        | Change::PaymentMissed { .. }
        | Change::PaymentRefunded { .. }
        | Change::MoneyReturned { .. } => payment_fields(change, *at, &mut fields),
        Change::Held { .. }
        | Change::Extended { .. }
        | Change::Released { .. }
        | Change::Expired { .. }
        | Change::SeatsReleased { .. }
        | Change::PartReleased { .. }
        | Change::Sold { .. }
        | Change::Changed { .. }
        | Change::HoldChanged { .. } => hold_fields(record, &mut fields),
        Change::Cancelled { .. }
        | Change::SeatsCancelled { .. }
        | Change::Returned { .. }
        | Change::Exchanged { .. } => {
            cancelled_fields(change, &mut fields);
        }
        Change::Graced { .. } | Change::GraceGiven { .. } => grace_fields(change, *at, &mut fields),
        // No feed has them: they make no version, and births are told in today's words.
        Change::OldCreated(_)
        | Change::Refused(_)
        | Change::Forgotten { .. }
        | Change::PaymentRepeated { .. }
        | Change::RecordsForgotten { .. }
        | Change::RefusalsForgotten { .. } => {}
    }
    touched_fields(record, &mut fields);
    if let Some(origin) = &record.origin {
        origin_fields(origin, &mut fields);
    }
    fields
}

/// Where the command came from.
fn origin_fields<'a>(Origin { token, trace, note }: &'a Origin, fields: &mut FeedFields<'a>) {
    fields.extend(trace.map(|trace| (TRACEPARENT, FeedValue::Trace(trace))));
    fields.extend(note.as_deref().map(|note| ("note", FeedValue::Text(note))));
    fields.extend(token.as_ref().map(|token| ("token", FeedValue::Text(token.as_str()))));
}

/// What a change does not name itself: the seats and places of the holds and orders that it is about.
fn touched_fields<'a>(FeedRecord { change, touched, .. }: &'a FeedRecord, fields: &mut FeedFields<'a>) {
    let Some(touched) = touched.as_deref().filter(|_| !change.names_its_seats()) else { return };
    fields.push(("seats", FeedValue::Touched(touched)));
    fields.extend((!touched.areas.is_empty()).then_some(("areas", FeedValue::Places(&touched.areas))));
    if matches!(change.word(), "released" | "cancelled") {
        fields.push(("all", FeedValue::Number(1)));
    }
}

/// Fields that name a person, or what somebody bought and for how much, or that somebody wrote, or that lead to what others know of
/// it. The numbers of holds stay: who keeps a map
/// needs them, and they say nothing of whose they are.
pub const PERSONAL: &[&str] = &[
    "holder",
    "order",
    "payment",
    "operator",
    "reason",
    "reference",
    "amount",
    "currency",
    "provider",
    "refund",
    "token",
    "note",
    TRACEPARENT,
];

/// As [`feed_fields`], without [`PERSONAL`].
#[must_use]
pub fn bare_fields(record: &FeedRecord) -> FeedFields<'_> {
    let mut fields = feed_fields(record);
    fields.retain(|(name, _)| !PERSONAL.contains(name));
    fields
}

/// Of a new event.
fn created_fields<'a>(created: &'a Created, at: At, fields: &mut FeedFields<'a>) {
    use FeedValue::{Areas, Limits, Number, Text};
    let spec = &created.spec;
    let (status, opens_at, closes_at) = spec.begins(at);
    fields.push(("event", Text(created.name.as_str())));
    fields.push(("status", Text(status.word())));
    fields.push(("seat_count", Number(Layout::count(spec))));
    fields.push(("limits", Limits(&spec.limits)));
    if !spec.areas.is_empty() {
        fields.push(("areas", Areas(&spec.areas)));
    }
    fields.extend(time_fields(opens_at, closes_at));
}

/// When a sale opens and closes by itself, if it does.
fn time_fields<'a>(
    opens_at: Option<At>,
    closes_at: Option<At>,
) -> impl Iterator<Item = (&'static str, FeedValue<'a>)> {
    let times = [("opens_at", opens_at), ("closes_at", closes_at)];
    times.into_iter().filter_map(|(name, at)| Some((name, FeedValue::Number(at?.0))))
}

/// The fields of what becomes of a hold.
fn hold_fields<'a>(record: &'a FeedRecord, fields: &mut FeedFields<'a>) {
    use FeedValue::{Holds, Number, Seats, Text};
    let FeedRecord { version, at, change, .. } = record;
    match change {
        Change::Held { holder, ttl, seats, places } => {
            fields.push(("hold", Number(*version)));
            fields.push(("holder", Text(holder.as_str())));
            fields.push(("expires_at", Number((*at + *ttl).0)));
            fields.push(("seats", Seats(seats)));
            fields.extend(some_places("areas", places));
        }
        Change::Extended { hold, ttl } => {
            fields.push(("hold", Number(hold.0)));
            fields.push(("expires_at", Number((*at + *ttl).0)));
        }
        Change::Released { hold } | Change::Expired { hold } => fields.push(("hold", Number(hold.0))),
        Change::SeatsReleased { hold, seats } => {
            fields.push(("hold", Number(hold.0)));
            fields.push(("seats", Seats(seats)));
        }
        Change::PartReleased { hold, part } => {
            fields.push(("hold", Number(hold.0)));
            part_fields(part, fields);
        }
        Change::Sold { order, holds } => {
            fields.push(("order", Text(order.as_str())));
            fields.push(("holds", Holds(holds)));
        }
        Change::Changed { hold, drop, add } => {
            fields.push(("hold", Number(hold.0)));
            fields.push(("dropped", Seats(drop)));
            fields.push(("added", Seats(add)));
        }
        Change::HoldChanged { hold, drop, add } => {
            fields.push(("hold", Number(hold.0)));
            swap_fields(drop, add, fields);
        }
        _ => {}
    }
}

/// What of a hold or an order is free again.
fn part_fields<'a>(part: &'a Selection, fields: &mut FeedFields<'a>) {
    fields.extend((!part.seats.is_empty()).then_some(("seats", FeedValue::Seats(&part.seats))));
    fields.extend(some_places("areas", &part.places));
}

/// What a hold or an order has let go of, and what it has for it.
fn swap_fields<'a>(drop: &'a Selection, add: &'a Selection, fields: &mut FeedFields<'a>) {
    fields.extend([("dropped", FeedValue::Seats(&drop.seats)), ("added", FeedValue::Seats(&add.seats))]);
    fields.extend(some_places("dropped_areas", &drop.places));
    fields.extend(some_places("added_areas", &add.places));
}

fn some_places<'a>(field: &'static str, places: &'a Places) -> Option<(&'static str, FeedValue<'a>)> {
    (!places.is_empty()).then_some((field, FeedValue::Places(places)))
}

/// The fields of the grace that was given after a restart.
fn grace_fields<'a>(change: &'a Change, at: At, fields: &mut FeedFields<'a>) {
    use FeedValue::{Moved, Number};
    match change {
        Change::Graced { stopped_at, grace } => {
            fields.push(("stopped_at", Number(stopped_at.0)));
            fields.push(("until", Number((at + *grace).0)));
        }
        Change::GraceGiven { stopped_at, grace, again } => {
            fields.push(("stopped_at", Number(stopped_at.0)));
            fields.push(("until", Number((at + *grace).0)));
            if !again.is_empty() {
                fields.push(("again", Moved(again, at)));
            }
        }
        _ => {}
    }
}

/// The fields of an operator's act.
fn operator_fields<'a>(change: &'a Change, fields: &mut FeedFields<'a>) {
    use FeedValue::{Limits, Number, Plan, Seats, Text};
    match change {
        Change::StatusSet { operator, reason, .. } => {
            fields.push(("operator", Text(operator.as_str())));
            fields.push(("reason", Text(reason)));
        }
        Change::Scheduled { status, opens_at, closes_at, audit } => {
            fields.push(("status", Text(status.word())));
            fields.extend(time_fields(*opens_at, *closes_at));
            fields.extend(audit_fields(audit));
        }
        Change::PlanChanged { plan, audit } => {
            fields.push(("change", Plan(plan)));
            fields.extend(audit_fields(audit));
        }
        Change::LimitsSet { limits, audit } => {
            fields.push(("limits", Limits(limits)));
            fields.extend(audit_fields(audit));
        }
        Change::Blocked { seats, audit } | Change::Unblocked { seats, audit } => {
            fields.push(("seats", Seats(seats)));
            fields.extend(audit_fields(audit));
        }
        Change::PartBlocked { ranges, places, audit } | Change::PartUnblocked { ranges, places, audit } => {
            fields.push(("ranges", FeedValue::Ranges(ranges)));
            fields.extend(some_places("areas", places));
            fields.extend(audit_fields(audit));
        }
        Change::ForceReleased { hold, audit } => {
            fields.push(("hold", Number(hold.0)));
            fields.extend(audit_fields(audit));
        }
        Change::ForceCancelled { order, audit } => {
            fields.push(("order", Text(order.as_str())));
            fields.extend(audit_fields(audit));
        }
        _ => {}
    }
}

/// The fields of an order that was taken back, or some of it.
fn cancelled_fields<'a>(change: &'a Change, fields: &mut FeedFields<'a>) {
    use FeedValue::{Number, Seats, Text};
    match change {
        Change::Cancelled { order, reason } => {
            fields.extend([("order", Text(order.as_str())), ("reason", Text(reason))]);
        }
        Change::SeatsCancelled { order, seats, reason } => {
            fields.extend([
                ("order", Text(order.as_str())),
                ("seats", Seats(seats)),
                ("reason", Text(reason)),
            ]);
        }
        Change::Returned { order, part, refund, operator, reason } => {
            fields.push(("order", Text(order.as_str())));
            part.iter().for_each(|part| part_fields(part, fields));
            fields.extend(refund.map(|refund| ("refund", Number(refund))));
            fields.extend(operator.as_ref().map(|operator| ("operator", Text(operator.as_str()))));
            fields.push(("reason", Text(reason)));
        }
        Change::Exchanged { order, drop, add, reason } => {
            fields.push(("order", Text(order.as_str())));
            swap_fields(drop, add, fields);
            fields.push(("reason", Text(reason)));
        }
        _ => {}
    }
}

/// The fields of what became of a payment.
fn payment_fields<'a>(change: &'a Change, at: At, fields: &mut FeedFields<'a>) {
    use FeedValue::{Holds, Number, Text};
    let deadline = |deadline_in: &Millis| ("deadline", Number((at + *deadline_in).0));
    let late = |late: bool| ("late", Number(u64::from(late)));
    fields.extend(change.payment().map(|payment| ("payment", Text(payment.as_str()))));
    match change {
        Change::PaymentTried { deadline_in, holds, .. } => {
            fields.extend([deadline(deadline_in), ("holds", Holds(holds))]);
        }
        Change::PaymentCharged { deadline_in, holds, charge, .. } => {
            fields.extend([deadline(deadline_in), ("holds", Holds(holds))]);
            charge_fields(charge, fields);
        }
        Change::PaymentRetried { deadline_in, .. } => fields.push(deadline(deadline_in)),
        Change::PaymentSucceeded { late: is_late, .. } => fields.push(late(*is_late)),
        Change::PaymentReceived { late: is_late, receipt, .. } => {
            fields.push(late(*is_late));
            receipt_fields(receipt, fields);
        }
        Change::PaymentMet { holds, charge, .. } => {
            fields.extend([late(false), ("holds", Holds(holds))]);
            charge_fields(charge, fields);
        }
        Change::PaidAhead { wait, receipt, .. } => {
            fields.push(deadline(wait));
            receipt_fields(receipt, fields);
        }
        Change::PaymentFailed { reason, .. } => fields.push(("reason", Text(reason))),
        Change::PaymentKept { reason, ttl, holds, .. } => {
            fields.extend([("reason", Text(reason)), ("kept", Number(1)), ("holds", Holds(holds))]);
            fields.push(("expires_at", Number((at + *ttl).0)));
        }
        Change::PaymentOwed { receipt, .. } => receipt_fields(receipt, fields),
        Change::PaymentMissed { charge, .. } => charge_fields(charge, fields),
        Change::PaymentRefunded { reference, .. } => fields.push(("reference", Text(reference))),
        Change::MoneyReturned { reference, amount, .. } => {
            fields.push(("reference", Text(reference)));
            amount_fields(amount.as_ref(), fields);
        }
        _ => {}
    }
}

fn charge_fields<'a>(charge: &'a Charge, fields: &mut FeedFields<'a>) {
    amount_fields(charge.amount.as_ref(), fields);
    fields.extend(charge.provider.as_ref().map(|name| ("provider", FeedValue::Text(name.as_str()))));
}

fn receipt_fields<'a>(receipt: &'a Receipt, fields: &mut FeedFields<'a>) {
    amount_fields(receipt.amount.as_ref(), fields);
    fields.extend(receipt.reference.as_ref().map(|text| ("reference", FeedValue::Text(text))));
}

fn amount_fields<'a>(amount: Option<&'a Amount>, fields: &mut FeedFields<'a>) {
    if let Some(Amount { minor, currency }) = amount {
        fields.push(("amount", FeedValue::Number(*minor)));
        fields.push(("currency", FeedValue::Text(currency.code())));
    }
}

/// The operator, and the operator's reason.
fn audit_fields(audit: &Audit) -> [(&'static str, FeedValue<'_>); 2] {
    [("operator", FeedValue::Text(audit.operator.as_str())), ("reason", FeedValue::Text(&audit.reason))]
}

#[cfg(test)]
mod tests;
