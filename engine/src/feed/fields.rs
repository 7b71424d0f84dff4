//! What the feed says of a change: its kind and its fields, in one neutral form that every encoding writes.
//!
//! No other place knows the fields: a new kind of change does not compile without its line here, and the tables of
//! docs/feed.md are checked against [`KINDS`].

use smallvec::SmallVec;

use crate::codec::{Framed, RecordError, decode_record};
use crate::numbers::{At, HoldId, Millis};
use crate::state::{Audit, Change, EventStatus, Layout, Name, Ordinal, SaleLimits};

/// One change of an event, out of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeedRecord {
    /// The version that it made.
    pub version: u64,
    /// Unix milliseconds.
    pub at: At,
    /// What happened.
    pub change: Change,
    /// What it takes in the log, bytes.
    pub bytes: usize,
}

impl FeedRecord {
    /// Decodes a record that made a version.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let Framed { record, .. } = decode_record(bytes)?;
        Ok(Self { version: record.version, at: record.at, change: record.change, bytes: bytes.len() })
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
    /// Places of areas, shown as the area's name and a count in turn.
    Places(&'a [(u16, u32)]),
    /// The capacity of every area of the map, shown as its name and a count in turn.
    Areas(&'a Layout),
    /// Numbers of holds.
    Holds(&'a [HoldId]),
    /// The rules of the sale.
    Limits(&'a SaleLimits),
    /// Old deadlines, each with the new one as milliseconds after the time that follows: shown as old and new
    /// deadlines in turn.
    Moved(&'a [(At, Millis)], At),
}

/// The fields of a change, in the order of the documentation.
pub type FeedFields<'a> = SmallVec<[(&'static str, FeedValue<'a>); 6]>;

/// The kinds of change, each with its fields.
pub const KINDS: &[KindFields] = &[
    KindFields {
        kind: "created",
        always: &["event", "status", "seat_count", "limits"],
        sometimes: &["areas"],
    },
    KindFields { kind: "paused", always: &["operator", "reason"], sometimes: &[] },
    KindFields { kind: "resumed", always: &["operator", "reason"], sometimes: &[] },
    KindFields { kind: "closed", always: &["operator", "reason"], sometimes: &[] },
    KindFields { kind: "held", always: &["hold", "holder", "expires_at", "seats"], sometimes: &["areas"] },
    KindFields { kind: "extended", always: &["hold", "expires_at"], sometimes: &[] },
    KindFields { kind: "changed", always: &["hold", "dropped", "added"], sometimes: &[] },
    KindFields { kind: "released", always: &["hold"], sometimes: &["seats", "operator", "reason"] },
    KindFields { kind: "expired", always: &["hold"], sometimes: &[] },
    KindFields { kind: "sold", always: &["order", "holds"], sometimes: &[] },
    KindFields { kind: "cancelled", always: &["order", "reason"], sometimes: &["seats", "operator"] },
    KindFields { kind: "paying", always: &["payment", "deadline", "holds"], sometimes: &[] },
    KindFields { kind: "payment_retried", always: &["payment", "deadline"], sometimes: &[] },
    KindFields { kind: "payment_succeeded", always: &["payment", "late"], sometimes: &[] },
    KindFields { kind: "payment_failed", always: &["payment", "reason"], sometimes: &[] },
    KindFields { kind: "payment_lapsed", always: &["payment"], sometimes: &[] },
    KindFields { kind: "refund_due", always: &["payment"], sometimes: &[] },
    KindFields { kind: "payment_refunded", always: &["payment", "reference"], sometimes: &[] },
    KindFields { kind: "blocked", always: &["seats", "operator", "reason"], sometimes: &[] },
    KindFields { kind: "unblocked", always: &["seats", "operator", "reason"], sometimes: &[] },
    KindFields { kind: "limits", always: &["limits", "operator", "reason"], sometimes: &[] },
    KindFields { kind: "graced", always: &["stopped_at", "until"], sometimes: &["again"] },
];

/// The fields of a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindFields {
    /// The word for what happened.
    pub kind: &'static str,
    /// Fields of every change of this kind.
    pub always: &'static [&'static str],
    /// Fields of those changes that have something to say there.
    pub sometimes: &'static [&'static str],
}

/// What the feed says of a change besides its version, time and kind. Never a key, nor its hash: with it a reader of the
/// feed could ask for the answer that is remembered under the key.
#[must_use]
pub fn feed_fields<'a>(record: &'a FeedRecord, layout: &'a Layout) -> FeedFields<'a> {
    use FeedValue::{Holds, Number, Places, Seats, Text};
    let FeedRecord { version, at, change, .. } = record;
    let mut fields = FeedFields::new();
    match change {
        Change::Created(created) => {
            created_fields(&created.name, &created.spec.limits, created.spec.open, layout, &mut fields);
        }
        Change::OldCreated(created) => {
            created_fields(&created.name, &created.spec.limits, created.spec.open, layout, &mut fields);
        }
        Change::StatusSet { .. }
        | Change::LimitsSet { .. }
        | Change::Blocked { .. }
        | Change::Unblocked { .. }
        | Change::ForceReleased { .. }
        | Change::ForceCancelled { .. } => operator_fields(change, &mut fields),
        Change::PaymentTried { .. }
        | Change::PaymentRetried { .. }
        | Change::PaymentSucceeded { .. }
        | Change::PaymentFailed { .. }
        | Change::PaymentLapsed { .. }
        | Change::PaymentRefundDue { .. }
        | Change::PaymentRefunded { .. } => payment_fields(change, *at, &mut fields),
        Change::Held { holder, ttl, seats, places } => {
            fields.push(("hold", Number(*version)));
            fields.push(("holder", Text(holder.as_str())));
            fields.push(("expires_at", Number((*at + *ttl).0)));
            fields.push(("seats", Seats(seats)));
            if !places.is_empty() {
                fields.push(("areas", Places(places)));
            }
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
        Change::Sold { order, holds } => {
            fields.push(("order", Text(order.as_str())));
            fields.push(("holds", Holds(holds)));
        }
        Change::Changed { hold, drop, add } => {
            fields.push(("hold", Number(hold.0)));
            fields.push(("dropped", Seats(drop)));
            fields.push(("added", Seats(add)));
        }
        Change::Cancelled { order, reason } => {
            fields.push(("order", Text(order.as_str())));
            fields.push(("reason", Text(reason)));
        }
        Change::SeatsCancelled { order, seats, reason } => {
            fields.push(("order", Text(order.as_str())));
            fields.push(("seats", Seats(seats)));
            fields.push(("reason", Text(reason)));
        }
        Change::Graced { .. } | Change::GraceGiven { .. } => grace_fields(change, *at, &mut fields),
        // They make no version, so no feed has them.
        Change::Refused(_)
        | Change::Forgotten { .. }
        | Change::PaymentRepeated { .. }
        | Change::RecordsForgotten { .. }
        | Change::RefusalsForgotten { .. } => {}
    }
    fields
}

/// Fields that name a person, or what somebody bought, or that somebody wrote. The numbers of holds stay: who keeps a map
/// needs them, and they say nothing of whose they are.
pub const PERSONAL: &[&str] = &["holder", "order", "payment", "operator", "reason", "reference"];

/// As [`feed_fields`], without [`PERSONAL`].
#[must_use]
pub fn bare_fields<'a>(record: &'a FeedRecord, layout: &'a Layout) -> FeedFields<'a> {
    let mut fields = feed_fields(record, layout);
    fields.retain(|(name, _)| !PERSONAL.contains(name));
    fields
}

/// Of a new event.
fn created_fields<'a>(
    name: &'a Name,
    limits: &'a SaleLimits,
    open: bool,
    layout: &'a Layout,
    fields: &mut FeedFields<'a>,
) {
    use FeedValue::{Areas, Limits, Number, Text};
    let status = if open { EventStatus::Open } else { EventStatus::Pending };
    fields.push(("event", Text(name.as_str())));
    fields.push(("status", Text(status.word())));
    fields.push(("seat_count", Number(u64::from(layout.seats()))));
    fields.push(("limits", Limits(limits)));
    if !layout.areas().is_empty() {
        fields.push(("areas", Areas(layout)));
    }
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
    use FeedValue::{Limits, Number, Seats, Text};
    match change {
        Change::StatusSet { operator, reason, .. } => {
            fields.push(("operator", Text(operator.as_str())));
            fields.push(("reason", Text(reason)));
        }
        Change::LimitsSet { limits, audit } => {
            fields.push(("limits", Limits(limits)));
            fields.extend(audit_fields(audit));
        }
        Change::Blocked { seats, audit } | Change::Unblocked { seats, audit } => {
            fields.push(("seats", Seats(seats)));
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

/// The fields of what became of a payment.
fn payment_fields<'a>(change: &'a Change, at: At, fields: &mut FeedFields<'a>) {
    use FeedValue::{Holds, Number, Text};
    match change {
        Change::PaymentTried { payment, deadline_in, holds } => {
            fields.push(("payment", Text(payment.as_str())));
            fields.push(("deadline", Number((at + *deadline_in).0)));
            fields.push(("holds", Holds(holds)));
        }
        Change::PaymentRetried { payment, deadline_in } => {
            fields.push(("payment", Text(payment.as_str())));
            fields.push(("deadline", Number((at + *deadline_in).0)));
        }
        Change::PaymentSucceeded { payment, late } => {
            fields.push(("payment", Text(payment.as_str())));
            fields.push(("late", Number(u64::from(*late))));
        }
        Change::PaymentFailed { payment, reason } => {
            fields.push(("payment", Text(payment.as_str())));
            fields.push(("reason", Text(reason)));
        }
        Change::PaymentLapsed { payment } | Change::PaymentRefundDue { payment } => {
            fields.push(("payment", Text(payment.as_str())));
        }
        Change::PaymentRefunded { payment, reference } => {
            fields.push(("payment", Text(payment.as_str())));
            fields.push(("reference", Text(reference)));
        }
        _ => {}
    }
}

/// The operator, and the operator's reason.
fn audit_fields(audit: &Audit) -> [(&'static str, FeedValue<'_>); 2] {
    [("operator", FeedValue::Text(audit.operator.as_str())), ("reason", FeedValue::Text(&audit.reason))]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::codec::{encode_record, version_of};
    use crate::feed::json;
    use crate::numbers::{Account, EventId};
    use crate::state::{
        AreaSpec, Created, EventSpec, Key, OldCreated, OldSpec, Record, Refusal, RowRange, RowsSpec, Seats,
        SectionSpec,
    };

    fn hall() -> (Created, Arc<Layout>) {
        let rows = RowsSpec::Range(RowRange::new(1, 1, 4));
        let spec = EventSpec {
            sections: vec![SectionSpec::new("A", "C", rows)],
            areas: vec![AreaSpec { name: "F".into(), category: "C".into(), capacity: 9 }],
            limits: SaleLimits::default(),
            open: true,
        };
        let layout = Arc::new(Layout::build(&spec).unwrap());
        (Created { name: Name::new(b"gala").unwrap(), spec }, layout)
    }

    /// One of each kind at least.
    fn samples() -> Vec<Change> {
        let name = || Name::new(b"x").unwrap();
        let seats = || [1].into_iter().collect::<Seats>();
        let audit = || Audit { operator: name(), reason: "why".into() };
        let status = |status| Change::StatusSet { status, operator: name(), reason: "why".into() };
        vec![
            Change::Created(Box::new(hall().0)),
            Change::OldCreated(Box::new(OldCreated {
                name: hall().0.name,
                spec: OldSpec::of(&hall().0.spec).expect("old words"),
            })),
            status(EventStatus::Paused),
            status(EventStatus::Open),
            status(EventStatus::Closed),
            Change::Held {
                holder: name(),
                ttl: Millis(5),
                seats: [0, 1].into_iter().collect(),
                places: [(0, 2)].into_iter().collect(),
            },
            Change::Extended { hold: HoldId(2), ttl: Millis(5) },
            Change::Released { hold: HoldId(2) },
            Change::SeatsReleased { hold: HoldId(2), seats: [1].into_iter().collect() },
            Change::Sold { order: name(), holds: [2].map(HoldId).into_iter().collect() },
            Change::Expired { hold: HoldId(2) },
            Change::Changed { hold: HoldId(2), drop: seats(), add: seats() },
            Change::Cancelled { order: name(), reason: "why".into() },
            Change::SeatsCancelled { order: name(), seats: seats(), reason: "why".into() },
            Change::LimitsSet { limits: Box::default(), audit: audit() },
            Change::Blocked { seats: seats(), audit: audit() },
            Change::Unblocked { seats: seats(), audit: audit() },
            Change::ForceReleased { hold: HoldId(2), audit: audit() },
            Change::ForceCancelled { order: name(), audit: audit() },
            Change::PaymentTried {
                payment: name(),
                deadline_in: Millis(5),
                holds: [2].map(HoldId).into_iter().collect(),
            },
            Change::PaymentRetried { payment: name(), deadline_in: Millis(5) },
            Change::PaymentSucceeded { payment: name(), late: true },
            Change::PaymentFailed { payment: name(), reason: "why".into() },
            Change::PaymentLapsed { payment: name() },
            Change::PaymentRefundDue { payment: name() },
            Change::PaymentRefunded { payment: name(), reference: "r".into() },
            Change::Graced { stopped_at: At(90), grace: Millis(5) },
            Change::GraceGiven { stopped_at: At(90), grace: Millis(5), again: [(At(95), Millis(2))].into() },
            Change::GraceGiven { stopped_at: At(90), grace: Millis(5), again: Box::default() },
            Change::RecordsForgotten { payments: 1, orders: 1 },
            Change::RefusalsForgotten { refused: 1 },
            Change::PaymentRepeated { payment: name() },
            Change::Refused(Refusal::HoldGone(HoldId(1))),
            Change::Forgotten { accepted: 1, refused: 1 },
        ]
    }

    /// Feeds are cut by what the header of a record tells, which goes by the number of the kind alone.
    #[test]
    fn the_header_of_a_record_tells_whether_it_makes_a_version() {
        let mut kinds = std::collections::BTreeSet::new();
        for change in samples() {
            let key = |account| Key { hash: [1; 16], fingerprint: [2; 8], account };
            for key in [None, Some(key(Account::NOBODY)), Some(key(Account(7)))] {
                let record = Record { at: At(5), version: 9, key, change: change.clone() };
                let mut bytes = Vec::new();
                encode_record(EventId(4), 11, &record, &mut bytes);
                let told = version_of(&bytes);
                assert_eq!(told, Some((EventId(4), change.makes_version().then_some(9))), "{change:?}");
                if key.is_none() {
                    kinds.insert(bytes[32]);
                }
            }
        }
        assert_eq!(kinds, (0..=30).collect(), "there is a sample of each kind");
    }

    /// A new field is told to displays only when it is named here.
    #[test]
    fn displays_hear_what_names_nobody() {
        let layout = hall().1;
        let mut told = std::collections::BTreeSet::new();
        for change in samples() {
            let record = FeedRecord { version: 7, at: At(100), change, bytes: 0 };
            told.extend(bare_fields(&record, &layout).into_iter().map(|(name, _)| name));
            let payload = json::payload(&record, &layout, true);
            let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
            assert!(PERSONAL.iter().all(|name| payload.get(name).is_none()), "{payload}");
            let values = payload.as_object().unwrap().values().filter_map(serde_json::Value::as_str);
            assert!(values.clone().all(|text| !["x", "why", "r"].contains(&text)), "{payload}");
        }
        let expected = [
            "added",
            "again",
            "areas",
            "deadline",
            "dropped",
            "event",
            "expires_at",
            "hold",
            "holds",
            "late",
            "limits",
            "seat_count",
            "seats",
            "status",
            "stopped_at",
            "until",
        ];
        assert_eq!(told.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_kind_has_the_fields_that_the_table_says() {
        let (_, layout) = hall();
        let mut seen = std::collections::BTreeSet::new();
        for change in samples() {
            let record = FeedRecord { version: 7, at: At(100), change, bytes: 0 };
            let fields: Vec<_> = feed_fields(&record, &layout).iter().map(|(name, _)| *name).collect();
            if !record.change.makes_version() {
                assert!(fields.is_empty(), "{} is in no feed", record.kind());
                continue;
            }
            let table = KINDS.iter().find(|row| row.kind == record.kind());
            let table = table.unwrap_or_else(|| panic!("{} is not in the table", record.kind()));
            for always in table.always {
                assert!(fields.contains(always), "{}: no {always}", record.kind());
            }
            for field in &fields {
                let known = table.always.contains(field) || table.sometimes.contains(field);
                assert!(known, "{}: {field} is not in the table", record.kind());
            }
            seen.insert(record.kind());
        }
        let all: std::collections::BTreeSet<_> = KINDS.iter().map(|row| row.kind).collect();
        assert_eq!(seen, all, "every kind of the table has a sample here");
    }
}
