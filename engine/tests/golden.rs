//! Bytes that were written once are read for ever: committed bytes of every kind of record, and of a snapshot.
//!
//! Checked: the values of this build give the committed bytes; the committed bytes give the values of this build;
//! every variant that is written has its bytes. To change these files is to change the format: that takes a new
//! format number and new files, and the old ones must still be read. `HOLDFAST_GOLDEN=write` writes the files anew; a
//! new variant adds lines and alters none.

mod golden {
    pub(crate) mod dated;
    pub(crate) mod halls;
    pub(crate) mod kept;
    mod long;
    pub(crate) mod money;
    pub(crate) mod notes;
    pub(crate) mod parts;
    pub(crate) mod plans;
    pub(crate) mod touched;
}

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::PathBuf;

use holdfast_engine::{
    Account, Answer, AreaSpec, At, Audit, Best, Change, CountBy, Created, Event, EventId, EventSpec,
    EventStatus, Framed, HoldId, Holds, Key, Limit, Millis, Name, OldCreated, OldSpec, Orphans,
    PaymentStatus, Places, Read, Record, Refusal, RowRange, RowSpec, RowsSpec, SaleLimits, Scope, SeatStatus,
    Seats, SectionSpec, TableSeed, Touched, Used, View, decode_record, encode_record, read_event,
    write_event,
};
use holdfast_testkit::{hex, unhex};

use golden::{dated, halls, kept, money, notes, parts, plans, touched};

const AT: At = At(1_700_000_000_123);
const EVENT: u32 = 0x0102_0304;

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a name")
}

fn key(number: u8) -> Key {
    Key {
        hash: std::array::from_fn(|at| number ^ at as u8),
        fingerprint: [number; 8],
        account: Account::NOBODY,
    }
}

/// A record of the first format.
fn undated(at: At, version: u64, key: Option<Key>, change: Change) -> Record {
    Record { dated: false, ..Record::new(at, version, key, change) }
}

/// Every alternative with a line of its own. The names come from the arms, so that a variant can neither be missing
/// from the match nor, once it stands there, from the samples.
macro_rules! lines {
    ($line:ident, $all:ident, $type:ty: $($pattern:pat => $name:literal,)*) => {
        fn $line(value: &$type) -> &'static str {
            match value { $($pattern => $name,)* }
        }
        const $all: &[&str] = &[$($name,)*];
    };
}

lines! { line_of_change, CHANGES, Change:
    Change::OldCreated(_) => "created",
    Change::StatusSet { status: EventStatus::Pending, .. } => "status_set.pending",
    Change::StatusSet { status: EventStatus::Open, .. } => "status_set.open",
    Change::StatusSet { status: EventStatus::Paused, .. } => "status_set.paused",
    Change::StatusSet { status: EventStatus::Closed, .. } => "status_set.closed",
    Change::StatusSet { status: EventStatus::Archived, .. } => "status_set.archived",
    Change::Held { .. } => "held",
    Change::Extended { .. } => "extended",
    Change::Released { .. } => "released",
    Change::SeatsReleased { .. } => "seats_released",
    Change::Sold { .. } => "sold",
    Change::Expired { .. } => "expired",
    Change::Refused(_) => "refused",
    Change::Forgotten { .. } => "forgotten",
    Change::Changed { .. } => "changed",
    Change::Cancelled { .. } => "cancelled",
    Change::SeatsCancelled { .. } => "seats_cancelled",
    Change::LimitsSet { .. } => "limits_set",
    Change::Blocked { .. } => "blocked",
    Change::Unblocked { .. } => "unblocked",
    Change::ForceReleased { .. } => "force_released",
    Change::ForceCancelled { .. } => "force_cancelled",
    Change::PaymentTried { .. } => "payment_tried",
    Change::PaymentRetried { .. } => "payment_retried",
    Change::PaymentSucceeded { .. } => "payment_succeeded",
    Change::PaymentFailed { .. } => "payment_failed",
    Change::PaymentLapsed { .. } => "payment_lapsed",
    Change::PaymentRefundDue { .. } => "payment_refund_due",
    Change::PaymentRefunded { .. } => "payment_refunded",
    Change::Graced { .. } => "graced",
    Change::PaymentRepeated { .. } => "payment_repeated",
    Change::GraceGiven { .. } => "grace_given",
    Change::RecordsForgotten { .. } => "records_forgotten",
    Change::RefusalsForgotten { .. } => "refusals_forgotten",
    Change::Scheduled { .. } => "scheduled",
    Change::TimeCame { .. } => "time_came",
    Change::PaymentCharged { .. } => "payment_charged",
    Change::PaymentReceived { .. } => "payment_received",
    Change::PaymentOwed { .. } => "payment_owed",
    Change::PaidAhead { .. } => "paid_ahead",
    Change::PaymentMet { .. } => "payment_met",
    Change::PaymentMissed { .. } => "payment_missed",
    Change::MoneyReturned { .. } => "money_returned",
    Change::Returned { .. } => "returned",
    Change::Created(_) => "created.plan",
    Change::PartReleased { .. } => "part_released",
    Change::HoldChanged { .. } => "hold_changed",
    Change::Exchanged { .. } => "exchanged",
    Change::PartBlocked { .. } => "part_blocked",
    Change::PartUnblocked { .. } => "part_unblocked",
    Change::PlanChanged { .. } => "plan_changed",
    Change::PaymentKept { .. } => "payment_kept",
}

lines! { line_of_refusal, REFUSALS, Refusal:
    Refusal::SeatsTaken(_) => "refused.seats_taken",
    Refusal::PlacesTaken { .. } => "refused.places_taken",
    Refusal::HoldGone(_) => "refused.hold_gone",
    Refusal::OverLimit { limit: Limit::SeatsPerHold, .. } => "refused.over_limit.seats_per_hold",
    Refusal::OverLimit { limit: Limit::SeatsPerHolder, .. } => "refused.over_limit.seats_per_holder",
    Refusal::OverLimit { limit: Limit::Extends, .. } => "refused.over_limit.extends",
    Refusal::OverLimit { limit: Limit::Ttl, .. } => "refused.over_limit.ttl",
    Refusal::NotOnSale(_) => "refused.not_on_sale",
    Refusal::AlreadyStatus(_) => "refused.already_status",
    Refusal::EventExists => "refused.event_exists",
    Refusal::OrderExists(_) => "refused.order_exists",
    Refusal::NotInHold(_) => "refused.not_in_hold",
    Refusal::NothingLeft(_) => "refused.nothing_left",
    Refusal::OrderGone(_) => "refused.order_gone",
    Refusal::NotInOrder(_) => "refused.not_in_order",
    Refusal::NotBlocked(_) => "refused.not_blocked",
    Refusal::OverLimit { limit: Limit::PaymentRetries, .. } => "refused.over_limit.payment_retries",
    Refusal::HoldInPayment { .. } => "refused.hold_in_payment",
    Refusal::PaymentGone { .. } => "refused.payment_gone",
    Refusal::PaymentIs { .. } => "refused.payment_is",
    Refusal::PaymentExists(_) => "refused.payment_exists",
    Refusal::NotEnough { .. } => "refused.not_enough",
    Refusal::Orphan { .. } => "refused.orphan",
    Refusal::OverLimit { limit: Limit::HoldTotal, .. } => "refused.over_limit.hold_total",
    Refusal::RefundSum { .. } => "refused.refund_sum",
    Refusal::NoAmount(_) => "refused.no_amount",
    Refusal::PartOfGroup { .. } => "refused.part_of_group",
    Refusal::PlacesNotInHold { .. } => "refused.places_not_in_hold",
    Refusal::PlacesNotBlocked { .. } => "refused.places_not_blocked",
    Refusal::PlacesNotInOrder { .. } => "refused.places_not_in_order",
    Refusal::StillTaken { .. } => "refused.still_taken",
    Refusal::NotClosed(_) => "refused.not_closed",
}

lines! { line_of_answer, ANSWERS, Answer:
    Answer::Hold { .. } => "hold",
    Answer::Released { .. } => "released",
    Answer::Order { .. } => "order",
    Answer::Event { .. } => "event",
    Answer::Refused(_) => "refused",
    Answer::Cancelled { .. } => "cancelled",
    Answer::Blocked { .. } => "blocked",
    Answer::Payment { .. } => "payment",
    Answer::Money { .. } => "money",
}

fn spec(orphans: Orphans) -> EventSpec {
    let one = RowSpec {
        name: "1".into(),
        seats: Some(3.into()),
        accessible: vec!["1".into(), "3".into()],
        ..RowSpec::default()
    };
    let two = RowSpec { name: "2".into(), from: Some(5), to: Some(300), ..RowSpec::default() };
    let rows = vec![one, two];
    let range = RowsSpec::Range(RowRange::new(1, 2, 4));
    EventSpec {
        sections: vec![
            SectionSpec::new("A", "VIP", RowsSpec::Each(rows)),
            SectionSpec::new("B", "STD", range),
        ],
        areas: vec![AreaSpec { name: "FLOOR".into(), category: "GA".into(), capacity: 70_000 }],
        limits: SaleLimits {
            default_ttl: Millis(300_000),
            max_ttl: Millis(1_800_000),
            max_extends: 4,
            max_seats_per_hold: 11,
            max_seats_per_holder: 12,
            max_payment_retries: 5,
            orphans,
            ..SaleLimits::default()
        },
        ..EventSpec::default()
    }
}

fn seats(list: &[u32]) -> Seats {
    list.iter().copied().collect()
}

fn places(list: &[(u16, u32)]) -> Places {
    list.iter().copied().collect()
}

fn holds(list: &[u64]) -> Holds {
    list.iter().copied().map(HoldId).collect()
}

fn refusals() -> Vec<Refusal> {
    let over = |limit, wanted| Refusal::OverLimit { limit, allowed: 10, wanted };
    let taken = (0..).zip(SeatStatus::ALL).map(|(seat, status)| (seat * 100, status)).collect();
    vec![
        Refusal::SeatsTaken(taken),
        Refusal::PlacesTaken { area: 999, free: 3, wanted: 70_000 },
        Refusal::HoldGone(HoldId(1 << 40)),
        over(Limit::SeatsPerHold, 11),
        over(Limit::SeatsPerHolder, 1 << 33),
        over(Limit::Extends, 12),
        over(Limit::Ttl, u64::MAX),
        Refusal::NotOnSale(EventStatus::Closed),
        Refusal::AlreadyStatus(EventStatus::Paused),
        Refusal::EventExists,
        Refusal::OrderExists(name("order~1")),
        Refusal::NotInHold(999_999),
    ]
}

fn refusals_of_best() -> Vec<Refusal> {
    let best = Best { count: 300, scope: Scope::Category(999), scattered: true, accessible: 0 };
    vec![
        Refusal::NotEnough { best, free: 299, together: 2 },
        Refusal::Orphan { lone: 70_000, count: 251, picks: [0, 250, 999_999].into_iter().collect() },
    ]
}

/// A sample of each kind, by the name of its line. Numbers are chosen to need integers of every length.
fn samples() -> Vec<(String, Record)> {
    let created = |orphans| {
        let spec = OldSpec::of(&spec(orphans)).expect("old words");
        Change::OldCreated(Box::new(OldCreated { name: name("concert-2031"), spec }))
    };
    let status =
        |status| Change::StatusSet { status, operator: name("ops"), reason: "a reason, in words".into() };
    let long = name(&"x".repeat(64));
    let mut changes = vec![
        created(Orphans::Avoid),
        status(EventStatus::Pending),
        status(EventStatus::Open),
        status(EventStatus::Paused),
        status(EventStatus::Closed),
        Change::Held {
            holder: name("customer-1"),
            ttl: Millis(300_000),
            seats: seats(&[0, 250, 251, 65_535, 65_536, 999_999]),
            places: places(&[(0, 2), (999, 300)]),
        },
        Change::Extended { hold: HoldId(2), ttl: Millis(250) },
        Change::Released { hold: HoldId(65_536) },
        Change::SeatsReleased { hold: HoldId(1 << 32), seats: seats(&[7]) },
        Change::Sold { order: long, holds: holds(&[2, 300, 1 << 32]) },
        Change::Expired { hold: HoldId(251) },
        Change::Forgotten { accepted: 512, refused: 3 },
    ];
    changes.extend(refusals().into_iter().map(Change::Refused));
    let mut samples: Vec<(String, Record)> = (0..)
        .zip(changes)
        .map(|(number, change)| {
            let line = match &change {
                Change::Refused(refusal) => line_of_refusal(refusal),
                change => line_of_change(change),
            };
            let key =
                (!matches!(change, Change::Expired { .. } | Change::Forgotten { .. })).then(|| key(number));
            (line.to_owned(), undated(AT, 1 << number.min(63), key, change))
        })
        .collect();
    for orphans in [Orphans::Allow, Orphans::Refuse] {
        let record = undated(AT, 1, Some(key(1)), created(orphans));
        samples.push((format!("created.orphans.{}", orphans.word()), record));
    }
    samples.extend(later_samples());
    samples.extend(payment_samples());
    for (number, refusal) in (40..).zip(refusals_of_best()) {
        let line = line_of_refusal(&refusal).to_owned();
        let change = Change::Refused(refusal);
        samples.push((line, undated(AT, 1 << 40, Some(key(number)), change)));
    }
    samples
}

fn audit() -> Audit {
    Audit { operator: name("ops"), reason: "a reason, in words".into() }
}

/// What came after the first of these files: lines are added behind those that are there.
fn later_samples() -> Vec<(String, Record)> {
    let taken = (0..).zip(SeatStatus::ALL).map(|(seat, status)| (seat * 100, status)).collect();
    let changes = [
        Change::Changed {
            hold: HoldId(1 << 32),
            drop: seats(&[250, 65_536]),
            add: seats(&[251, 0, 999_999]),
        },
        Change::Cancelled { order: name("order~1"), reason: "a reason, in words".into() },
        Change::SeatsCancelled { order: name("order~1"), seats: seats(&[65_535]), reason: "rain".into() },
        Change::LimitsSet { limits: Box::new(spec(Orphans::Refuse).limits), audit: audit() },
        Change::Blocked { seats: seats(&[1, 300]), audit: audit() },
        Change::Unblocked { seats: seats(&[300]), audit: audit() },
        Change::ForceReleased { hold: HoldId(70_000), audit: audit() },
        Change::ForceCancelled { order: name("order~1"), audit: audit() },
        Change::Refused(Refusal::NothingLeft(HoldId(300))),
        Change::Refused(Refusal::OrderGone(name("order~2"))),
        Change::Refused(Refusal::NotInOrder(65_536)),
        Change::Refused(Refusal::NotBlocked(taken)),
    ];
    (100..).zip(changes).map(sample).collect()
}

fn sample((number, change): (u8, Change)) -> (String, Record) {
    let line = match &change {
        Change::Refused(refusal) => line_of_refusal(refusal),
        change => line_of_change(change),
    };
    let key = is_asked_for(&change).then(|| key(number));
    (line.to_owned(), undated(AT, u64::from(number), key, change))
}

fn is_asked_for(change: &Change) -> bool {
    !matches!(
        change,
        Change::Expired { .. }
            | Change::PaymentLapsed { .. }
            | Change::Graced { .. }
            | Change::GraceGiven { .. }
            | Change::RecordsForgotten { .. }
            | Change::RefusalsForgotten { .. }
            | Change::TimeCame { .. }
    )
}

/// What came after the first file was closed.
fn samples_of_2() -> Vec<(String, Record)> {
    let again = [(AT.0 + 1, 0), (AT.0 + 60_000, 30_000), (1 << 41, 250)];
    let again = again.map(|(deadline, given)| (At(deadline), Millis(given))).into();
    let changes = [
        Change::GraceGiven { stopped_at: At(AT.0 - 70_000), grace: Millis(60_000), again },
        Change::RecordsForgotten { payments: 512, orders: 3 },
    ];
    (180..).zip(changes).map(sample).collect()
}

/// What came with accounts.
fn samples_of_3() -> Vec<(String, Record)> {
    let changes = [
        ("refusals_forgotten", Change::RefusalsForgotten { refused: 300 }),
        ("held.account", hold("customer-1", 300_000, &[2, 300], &[(0, 2)])),
        ("refused.account", Change::Refused(Refusal::HoldGone(HoldId(70_000)))),
    ];
    let sample = |(number, (line, change)): (u8, (&str, Change))| {
        let (_, record) = sample((number, change));
        let key = record.key.map(|key| Key { account: Account(0x8000_00FF), ..key });
        (line.to_owned(), Record { key, ..record })
    };
    (190..).zip(changes).map(sample).collect()
}

/// What came with payments.
fn payment_samples() -> Vec<(String, Record)> {
    let payment = || name("payment~1");
    let changes = [
        Change::PaymentTried {
            payment: payment(),
            deadline_in: Millis(600_000),
            holds: holds(&[2, 300, 1 << 32]),
        },
        Change::PaymentRetried { payment: payment(), deadline_in: Millis(250) },
        Change::PaymentSucceeded { payment: payment(), late: true },
        Change::PaymentFailed { payment: payment(), reason: "a reason, in words".into() },
        Change::PaymentLapsed { payment: payment() },
        Change::PaymentRefundDue { payment: payment() },
        Change::PaymentRefunded { payment: payment(), reference: "re_1".into() },
        Change::Graced { stopped_at: At(AT.0 - 70_000), grace: Millis(60_000) },
        Change::PaymentRepeated { payment: payment() },
        Change::Refused(Refusal::OverLimit { limit: Limit::PaymentRetries, allowed: 3, wanted: 4 }),
        Change::Refused(Refusal::HoldInPayment { hold: HoldId(1 << 40), payment: payment() }),
        Change::Refused(Refusal::PaymentGone { payment: payment(), failed: true }),
        Change::Refused(Refusal::PaymentIs { payment: payment(), status: PaymentStatus::Refunded }),
        Change::Refused(Refusal::PaymentExists(payment())),
    ];
    (150..).zip(changes).map(sample).collect()
}

/// An event with something in every column of the first snapshots, and a free slot among them.
fn event() -> Event {
    let created = Created { name: name("concert-2031"), spec: spec(Orphans::Avoid) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&undated(AT, 1, Some(key(100)), birth));
    let changes = [
        hold("customer-1", 300_000, &[2, 0, 1], &[]),
        hold("customer-2", 1_000, &[3], &[(0, 7)]),
        hold("customer-1", 60_000, &[306, 305], &[(0, 300)]),
        hold("customer-3", 300_000, &[100], &[]),
        Change::Extended { hold: HoldId(4), ttl: Millis(120_000) },
        Change::SeatsReleased { hold: HoldId(2), seats: seats(&[0]) },
        Change::Sold { order: name("order-1"), holds: holds(&[5, 3]) },
        Change::Refused(Refusal::HoldGone(HoldId(3))),
        Change::StatusSet { status: EventStatus::Paused, operator: name("ops"), reason: "why not".into() },
        hold("customer-4", 10_000, &[200], &[]),
        Change::Expired { hold: HoldId(10) },
    ];
    happen(&mut event, changes);
    event
}

fn hold(holder: &str, ttl: u32, list: &[u32], areas: &[(u16, u32)]) -> Change {
    Change::Held { holder: name(holder), ttl: Millis(ttl), seats: seats(list), places: places(areas) }
}

/// The keys are numbered from 101 on.
fn happen(event: &mut Event, changes: impl IntoIterator<Item = Change>) {
    for (number, change) in (0..).zip(changes) {
        let version = event.version() + u64::from(change.makes_version());
        let key = is_asked_for(&change).then(|| key(101 + number));
        event.apply(&undated(AT + Millis(1_500 * u64::from(number)), version, key, change));
    }
    event.check().expect("a sound event");
}

/// One that also has what came after: seats that changed hands, cancelled orders, other limits, blocked seats.
fn later_event() -> Event {
    let created = Created { name: name("concert-2032"), spec: spec(Orphans::Avoid) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&undated(AT, 1, Some(key(100)), birth));
    let changes = [
        hold("customer-1", 300_000, &[2, 0, 1], &[(0, 2)]),
        hold("customer-2", 300_000, &[3, 4], &[]),
        hold("customer-3", 300_000, &[10], &[(0, 5)]),
        hold("customer-4", 300_000, &[20, 21], &[]),
        Change::Changed { hold: HoldId(2), drop: seats(&[0]), add: seats(&[6, 5]) },
        Change::Sold { order: name("order-1"), holds: holds(&[2, 3]) },
        Change::Sold { order: name("order-2"), holds: holds(&[4]) },
        Change::SeatsCancelled { order: name("order-1"), seats: seats(&[1, 3]), reason: "ill".into() },
        Change::Cancelled { order: name("order-2"), reason: "moved".into() },
        Change::LimitsSet { limits: Box::new(spec(Orphans::Allow).limits), audit: audit() },
        Change::Blocked { seats: seats(&[306, 305, 304]), audit: audit() },
        Change::Unblocked { seats: seats(&[305]), audit: audit() },
        hold("customer-5", 10_000, &[7], &[]),
        Change::ForceReleased { hold: HoldId(14), audit: audit() },
        Change::Refused(Refusal::OrderGone(name("order-2"))),
    ];
    happen(&mut event, changes);
    event
}

/// One that has payments, each in another state, and one that had some time after a restart.
fn paying_event() -> Event {
    let created = Created { name: name("concert-2033"), spec: spec(Orphans::Avoid) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&undated(AT, 1, Some(key(100)), birth));
    let tried = |payment: &str, deadline, list: &[u64]| Change::PaymentTried {
        payment: name(payment),
        deadline_in: Millis(deadline),
        holds: holds(list),
    };
    let failed = |payment: &str| Change::PaymentFailed { payment: name(payment), reason: "declined".into() };
    let changes = [
        hold("customer-1", 300_000, &[2, 0, 1], &[(0, 2)]),
        hold("customer-2", 200_000, &[3, 4], &[]),
        hold("customer-3", 300_000, &[10], &[(0, 5)]),
        hold("customer-4", 300_000, &[20, 21], &[]),
        hold("customer-5", 300_000, &[30], &[(0, 300)]),
        hold("customer-6", 30_000, &[40], &[]),
        tried("order-1", 600_000, &[2, 3]),
        tried("order-2", 50_000, &[4]),
        tried("order-3", 50_000, &[5]),
        tried("order-4", 50_000, &[6]),
        Change::PaymentRetried { payment: name("order-1"), deadline_in: Millis(700_000) },
        Change::PaymentSucceeded { payment: name("order-2"), late: false },
        failed("order-3"),
        failed("order-4"),
        hold("customer-7", 400_000, &[30], &[]),
        Change::PaymentRefundDue { payment: name("order-4") },
        Change::PaymentRefunded { payment: name("order-4"), reference: "re_1".into() },
        Change::PaymentRepeated { payment: name("order-2") },
        Change::Graced { stopped_at: At(AT.0 + 29_000), grace: Millis(60_000) },
        Change::Refused(Refusal::PaymentExists(name("order-1"))),
    ];
    happen(&mut event, changes);
    event
}

/// One that has forgotten some of what was closed, and knows which deadline is of a grace.
fn old_event() -> Event {
    let created = Created { name: name("concert-2034"), spec: spec(Orphans::Avoid) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&undated(AT, 1, Some(key(100)), birth));
    let tried = |payment: &str, list: &[u64]| Change::PaymentTried {
        payment: name(payment),
        deadline_in: Millis(50_000),
        holds: holds(list),
    };
    let failed = |payment: &str| Change::PaymentFailed { payment: name(payment), reason: "declined".into() };
    let cancelled = |order: &str| Change::Cancelled { order: name(order), reason: "moved".into() };
    let changes = [
        hold("customer-1", 300_000, &[2], &[]),
        hold("customer-2", 30_000, &[3], &[]),
        hold("customer-3", 300_000, &[10, 11], &[(0, 2)]),
        hold("customer-4", 300_000, &[12], &[]),
        hold("customer-5", 300_000, &[13], &[]),
        tried("order-1", &[4]),
        tried("order-2", &[5]),
        tried("order-3", &[6]),
        failed("order-1"),
        failed("order-2"),
        Change::PaymentSucceeded { payment: name("order-3"), late: false },
        cancelled("order-3"),
        Change::Sold { order: name("order-4"), holds: holds(&[2]) },
        cancelled("order-4"),
        Change::RecordsForgotten { payments: 1, orders: 1 },
        Change::GraceGiven { stopped_at: At(AT.0 + 21_000), grace: Millis(60_000), again: Box::default() },
        Change::Refused(Refusal::PaymentExists(name("order-2"))),
    ];
    happen(&mut event, changes);
    event
}

/// One that tokens share, each with keys of accepted and of refused commands, and one of them with a hold.
fn shared_event() -> Event {
    let created = Created { name: name("concert-2035"), spec: spec(Orphans::Avoid) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let gone = || Change::Refused(Refusal::HoldGone(HoldId(70_000)));
    let changes = [
        (0, Change::Created(Box::new(created))),
        (9, hold("customer-1", 300_000, &[2, 0], &[])),
        (0x8000_0001, hold("customer-2", 300_000, &[3], &[(0, 1)])),
        (0, hold("customer-3", 300_000, &[4], &[])),
        (9, gone()),
        (0x8000_0001, gone()),
        (0, gone()),
        (0x8000_0001, gone()),
        (9, Change::Released { hold: HoldId(2) }),
    ];
    for (number, (account, change)) in (0..).zip(changes) {
        let version = event.version() + u64::from(change.makes_version());
        let key = Some(Key { account: Account(account), ..key(100 + number) });
        let record = undated(AT + Millis(400 * u64::from(number)), version, key, change);
        match number {
            0 => drop(event.apply_creation(&Record { version: 1, ..record })),
            _ => drop(event.apply(&record)),
        }
    }
    event.check().expect("a sound event");
    event
}

#[test]
fn accounts_come_back_from_a_snapshot_with_all_that_they_have() {
    let event = shared_event();
    let back = restored(&chunks(&event));
    let used = |holds, keys| Used { holds, keys };
    assert_eq!(back.accounts(), [(Account(9), used(0, 3)), (Account(0x8000_0001), used(1, 3))]);
    assert_eq!(back.accounts(), event.accounts());
}

fn chunks(event: &Event) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let written: Result<(), Infallible> = write_event(event, |chunk| {
        chunks.push(chunk.to_vec());
        Ok(())
    });
    let Ok(()) = written;
    chunks
}

fn restored(chunks: &[Vec<u8>]) -> Event {
    read_event(chunks.iter().map(Vec::as_slice), TableSeed(4)).expect("a snapshot")
}

/// A file of lines `name hex`.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        Self(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name))
    }

    /// What is committed, after writing it if that is wanted.
    fn committed(&self, lines: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
        if std::env::var_os("HOLDFAST_GOLDEN").is_some_and(|word| word == "write") {
            let mut text = String::new();
            for (name, bytes) in lines {
                let _ = writeln!(text, "{name} {}", hex(bytes));
            }
            std::fs::write(&self.0, text).expect("the file can be written");
        }
        let text = std::fs::read_to_string(&self.0).expect("the file is committed");
        text.lines().map(parsed).collect()
    }
}

/// The records of a file that is committed, each with its line.
fn records_of(file: &str) -> Vec<(String, Vec<u8>)> {
    let text = std::fs::read_to_string(File::new(file).0).expect("the file is committed");
    text.lines().map(parsed).collect()
}

fn parsed(line: &str) -> (String, Vec<u8>) {
    let (name, hex) = line.split_once(' ').expect("a name and bytes");
    (name.to_owned(), unhex(hex))
}

#[test]
fn records_stay_as_they_are() {
    records_stay(&samples(), "records-1.txt");
    records_stay(&samples_of_2(), "records-2.txt");
    records_stay(&samples_of_3(), "records-3.txt");
    records_stay(&dated::samples(), "records-4.txt");
    records_stay(&dated::of_schedules(), "records-5.txt");
    records_stay(&dated::of_archives(), "records-archives.txt");
    records_stay(&money::samples(), "records-money.txt");
    records_stay(&halls::samples(), "records-halls.txt");
    records_stay(&parts::samples(), "records-parts.txt");
    records_stay(&plans::samples(), "records-plans.txt");
    records_with_what_they_touch_stay(&touched::samples(), "records-touched.txt");
    records_with_what_they_touch_stay(&kept::samples(), "records-kept.txt");
    records_with_what_they_touch_stay(&notes::samples(), "records-notes.txt");
}

fn records_stay(samples: &[(String, Record)], file: &str) {
    let untouched = samples.iter().map(|(name, record)| (name.clone(), record.clone(), Touched::NOTHING));
    records_with_what_they_touch_stay(&untouched.collect::<Vec<_>>(), file);
}

fn records_with_what_they_touch_stay(samples: &[(String, Record, Touched)], file: &str) {
    let encoded: Vec<(String, Vec<u8>)> = samples
        .iter()
        .map(|(name, record, touched)| {
            let mut bytes = Vec::new();
            encode_record(EventId(EVENT), u64::MAX - record.version, record, touched, &mut bytes);
            (name.clone(), bytes)
        })
        .collect();
    let committed = File::new(file).committed(&encoded);
    for (((name, record, touched), (_, encoded)), (line, bytes)) in
        samples.iter().zip(&encoded).zip(&committed)
    {
        assert_eq!(line, name, "lines are added, never moved");
        assert_eq!(encoded, bytes, "{name} is written in another way");
        let framed = decode_record(bytes).expect("what was written once is read for ever");
        let digest = u64::MAX - record.version;
        assert_eq!(
            framed,
            Framed {
                event: EventId(EVENT),
                digest,
                touched: touched.clone().boxed(),
                record: record.clone()
            },
            "{name}"
        );
    }
    assert_eq!(committed.len(), samples.len());
}

#[test]
fn no_kind_of_record_is_without_its_line() {
    let samples = [
        samples(),
        samples_of_2(),
        samples_of_3(),
        dated::samples(),
        dated::of_schedules(),
        dated::of_archives(),
        money::samples(),
        halls::samples(),
        parts::samples(),
        plans::samples(),
        kept::samples().into_iter().map(|(name, record, _)| (name, record)).collect(),
    ]
    .concat();
    let lines: BTreeSet<&str> = samples.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(lines.len(), samples.len(), "no line stands twice");
    for line in CHANGES.iter().filter(|line| **line != "refused").chain(REFUSALS) {
        assert!(lines.contains(line), "{line} has no sample");
    }
}

#[test]
fn snapshots_stay_as_they_are() {
    a_snapshot_of_version_1_is_read("snapshot-1.txt", &event());
    a_snapshot_of_version_1_is_read("snapshot-2.txt", &later_event());
    a_snapshot_of_version_1_is_read("snapshot-4.txt", &old_event());
    a_snapshot_of_version_1_is_read("snapshot-5.txt", &shared_event());
    a_snapshot_stays_as_it_is("snapshot-6.txt", &dated::event());
    a_snapshot_stays_as_it_is("snapshot-money.txt", &money::event());
    a_snapshot_stays_as_it_is("snapshot-halls.txt", &halls::event());
    a_snapshot_stays_as_it_is("snapshot-parts.txt", &parts::event());
    a_snapshot_stays_as_it_is("snapshot-plans.txt", &plans::event());
    a_snapshot_stays_as_it_is("snapshot-kept.txt", &kept::event());
    a_snapshot_stays_as_it_is("snapshot-notes.txt", &notes::event());
}

/// From before it was known when holds were made: read for ever and written as it was read, and what is new stands in columns
/// behind all of it.
fn a_snapshot_of_version_1_is_read(file: &str, event: &Event) {
    let text = std::fs::read_to_string(File::new(file).0).expect("the file is committed");
    let old: Vec<Vec<u8>> = text.lines().map(|line| parsed(line).1).collect();
    let written = chunks(event);
    assert_eq!(written[..old.len()], old, "a snapshot is written in another way");
    let totals = 14_u32.to_le_bytes();
    assert!(written[old.len()..].iter().all(|chunk| chunk.starts_with(&totals)), "nothing but a column more");
    let back = restored(&old);
    assert_eq!(chunks(&back), old, "what is read is written in another way");
    assert_eq!(back.digest(), event.digest());
    assert_eq!((back.name(), back.last_at()), (event.name(), event.last_at()));
    same_to_see(&back, event);
}

/// From before it was known since when payments are closed: read for ever, and written with that.
#[test]
fn a_snapshot_that_does_not_know_when_payments_were_closed_is_read() {
    let text = std::fs::read_to_string(File::new("snapshot-3.txt").0).expect("the file is committed");
    let old: Vec<Vec<u8>> = text.lines().map(|line| parsed(line).1).collect();
    let event = paying_event();
    let back = restored(&old);
    assert_eq!(back.digest(), event.digest());
    let written = chunks(&back);
    assert_eq!(written[..old.len()], old, "nothing but a column more");
    assert_eq!(written.len(), old.len() + 1);
    same_to_see(&back, &event);
    // Late rather than early: at the latest they were closed when the snapshot was made.
    let month = Millis(30 * 24 * 60 * 60 * 1_000);
    let last = event.last_at() + month;
    assert_eq!(back.records_forgettable(At(last.0 - 1), month, 10), None);
    assert_eq!(back.records_forgettable(last, month, 10), Some((2, 0)));
}

fn a_snapshot_stays_as_it_is(file: &str, event: &Event) {
    let written: Vec<(String, Vec<u8>)> =
        (0..).zip(chunks(event)).map(|(index, chunk): (u32, _)| (format!("chunk-{index}"), chunk)).collect();
    let committed = File::new(file).committed(&written);
    assert_eq!(written, committed, "a snapshot is written in another way");

    let bytes: Vec<Vec<u8>> = committed.into_iter().map(|(_, chunk)| chunk).collect();
    let back = restored(&bytes);
    assert_eq!(chunks(&back), bytes, "what is read is written in another way");
    assert_eq!(back.digest(), event.digest());
    assert_eq!((back.name(), back.last_at()), (event.name(), event.last_at()));
    same_to_see(&back, event);
}

fn same_to_see(back: &Event, event: &Event) {
    let reads = [Read::Info, Read::Map(None), Read::Count(Some(CountBy::Category))]
        .into_iter()
        .chain((0..event.layout().seats()).map(Read::Seat))
        .chain((0..=event.version()).map(|number| Read::Hold(HoldId(number))))
        .chain([Read::Order(name("order-1")), Read::Order(name("order-2"))])
        .chain((1..=4).map(|number| Read::Payment(name(&format!("order-{number}")))))
        .chain((100..=120).map(|number| Read::Ask(key(number).hash)));
    for read in reads {
        let view = |event: &Event| event.view(&read).expect("something to show");
        assert_eq!(view(back), view(event), "{read:?}");
    }
}

/// Else the snapshots would keep silent about a part of its format.
#[test]
fn the_snapshots_have_every_kind_of_answer() {
    let (mut answers, mut columns) = (BTreeSet::new(), BTreeSet::new());
    for event in
        [event(), later_event(), paying_event(), old_event(), shared_event(), dated::event(), money::event()]
    {
        answers.extend((100..=120).filter_map(|number| match event.view(&Read::Ask(key(number).hash)) {
            Ok(View::Asked(Some(asked))) => Some(line_of_answer(&asked.0)),
            _ => None,
        }));
        let kind = |chunk: &Vec<u8>| *chunk.first_chunk().expect("a column starts with its kind");
        columns.extend(chunks(&event)[1..].iter().map(|chunk| u32::from_le_bytes(kind(chunk))));
    }
    assert_eq!(answers, ANSWERS.iter().copied().collect());
    assert_eq!(columns, (0..16).collect(), "a column is empty");
}
