use std::fmt::Write as _;

use super::*;
use crate::codec::hex;
use crate::numbers::{At, Millis};
use crate::state::{Currency, Label, Places};

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).unwrap()
}

/// Every command with a line of its own; a new one does not compile before it has one.
fn line(write: &Write) -> &'static str {
    match write {
        Write::Create => "create",
        Write::SetStatus { action: StatusAction::Pause, .. } => "status.pause",
        Write::SetStatus { action: StatusAction::Resume, .. } => "status.resume",
        Write::SetStatus { action: StatusAction::Close, .. } => "status.close",
        Write::SetStatus { action: StatusAction::Archive, .. } => "status.archive",
        Write::Hold { best, .. } if best.is_empty() => "hold",
        Write::Hold { .. } => "hold.best",
        Write::Extend { .. } => "extend",
        Write::Release { part: None, .. } => "release",
        Write::Release { part: Some(part), .. } if !part.places.is_empty() => "release.part",
        Write::Release { .. } => "release.seats",
        Write::Confirm { .. } => "confirm",
        Write::Change { add, .. } if !add.places.is_empty() => "change.places",
        Write::Change { .. } => "change",
        Write::Cancel { part: Some(part), refund, .. } if !part.places.is_empty() => match refund {
            None => "cancel.part",
            Some(_) => "cancel.part.refund",
        },
        Write::Exchange { .. } => "exchange",
        Write::OfHolder(..) => "of_holder",
        Write::Noted(_, write) if matches!(**write, Write::Hold { .. }) => "noted.hold",
        Write::Noted(_, write) if matches!(**write, Write::OfHolder(..)) => "noted.of_holder",
        Write::Noted(_, write) if matches!(**write, Write::Confirm { .. }) => "noted.confirm",
        Write::Noted(..) => "noted.payment",
        Write::Cancel { part: None, refund: Some(_), .. } => "cancel.refund",
        Write::Cancel { refund: Some(_), .. } => "cancel.seats.refund",
        Write::Cancel { part: None, .. } => "cancel",
        Write::Cancel { .. } => "cancel.seats",
        Write::Schedule { .. } => "schedule",
        Write::SetLimits { limits, .. } if limits.max_hold_total.is_some() => "set_limits.max_hold_total",
        Write::SetLimits { limits, .. } if limits.paid_ahead.is_some() => "set_limits.paid_ahead",
        Write::SetLimits { .. } => "set_limits",
        Write::ChangePlan { .. } => "change_plan",
        Write::Block { spots, .. } if spots.lenient => "block.free",
        Write::Block { spots, .. } if spots.only_seats().is_none() => "block.spots",
        Write::Block { .. } => "block",
        Write::Unblock { spots, .. } if spots.lenient => "unblock.blocked",
        Write::Unblock { .. } => "unblock",
        Write::ForceRelease { .. } => "force_release",
        Write::ForceCancel { refund: Some(_), .. } => "force_cancel.refund",
        Write::ForceCancel { .. } => "force_cancel",
        Write::Payment { action: PaymentAction::Try { charge, .. }, .. } if charge.amount.is_some() => {
            "payment.try.amount"
        }
        Write::Payment { action: PaymentAction::Try { charge, .. }, .. } if charge.provider.is_some() => {
            "payment.try.provider"
        }
        Write::Payment { action: PaymentAction::Try { .. }, .. } => "payment.try",
        Write::Payment { action: PaymentAction::Retry { .. }, .. } => "payment.retry",
        Write::Payment { action: PaymentAction::Succeed(receipt), .. } => {
            match (&receipt.amount, &receipt.reference) {
                (None, None) => "payment.succeed",
                (Some(_), None) => "payment.succeed.amount",
                (None, Some(_)) => "payment.succeed.reference",
                (Some(_), Some(_)) => "payment.succeed.amount.reference",
            }
        }
        Write::Payment { action: PaymentAction::Fail { keep: None, .. }, .. } => "payment.fail",
        Write::Payment { action: PaymentAction::Fail { .. }, .. } => "payment.fail.keep",
        Write::Payment { action: PaymentAction::Refunded { amount: None, .. }, .. } => "payment.refunded",
        Write::Payment { action: PaymentAction::Refunded { .. }, .. } => "payment.refunded.amount",
    }
}

fn part(seats: &[u32], places: &[(u16, u32)]) -> Box<Selection> {
    let (seats, places) = (seats.iter().copied().collect(), places.iter().copied().collect());
    Box::new(Selection { seats, places })
}

fn writes() -> Vec<Write> {
    let audit = || Audit { operator: name("olga"), reason: "why not".into() };
    let status = |action| Write::SetStatus { action, operator: name("olga"), reason: "why not".into() };
    let pair = || Some(part(&[1, 4], &[]));
    let spots = || Spots { named: [1, 4].map(Spot::Seat).into(), lenient: false };
    let hold = |seats: &[u32], ttl, best: &[Best]| Write::Hold {
        holder: name("alice"),
        ttl,
        seats: seats.iter().copied().collect(),
        best: best.into(),
        places: Places::from_iter([(1, 2)]),
    };
    let best = |count, scope, scattered, accessible| Best {
        count,
        scope,
        scattered,
        accessible: u8::from(accessible),
    };
    let cancel =
        |part| Write::Cancel { order: name("order-1"), part, refund: None, reason: "why not".into() };
    let payment = |action| Write::Payment { payment: name("pay-1"), action };
    let limits = serde_json::from_str(r#"{"max_ttl": 9000, "max_seats_per_holder": 4, "orphans": "refuse"}"#);
    vec![
        status(StatusAction::Pause),
        status(StatusAction::Resume),
        status(StatusAction::Close),
        hold(&[1, 4], Millis(60_000), &[]),
        hold(
            &[1],
            Millis(0),
            &[
                best(3, Scope::Everywhere, false, false),
                best(2, Scope::Section(1), true, false),
                best(1, Scope::Category(0), false, true),
            ],
        ),
        Write::Extend { hold: HoldId(7), ttl: Millis(5_000) },
        Write::Release { hold: HoldId(7), part: None },
        Write::Release { hold: HoldId(7), part: pair() },
        Write::Confirm { order: name("order-1"), holds: [7, 9].map(HoldId).into_iter().collect() },
        Write::Change { hold: HoldId(7), drop: part(&[1], &[]), add: part(&[2, 3], &[]) },
        cancel(None),
        cancel(pair()),
        Write::SetLimits { limits: Box::new(limits.unwrap()), audit: audit() },
        Write::Block { spots: spots(), audit: audit() },
        Write::Unblock { spots: spots(), audit: audit() },
        Write::ForceRelease { hold: HoldId(7), audit: audit() },
        Write::ForceCancel { order: name("order-1"), refund: None, audit: audit() },
        payment(PaymentAction::Try {
            deadline_in: Millis(90_000),
            holds: [7, 9].map(HoldId).into_iter().collect(),
            charge: Box::default(),
        }),
        payment(PaymentAction::Retry { deadline_in: Millis(90_000) }),
        payment(PaymentAction::Succeed(Receipt::default())),
        payment(PaymentAction::Fail { reason: "why not".into(), keep: None }),
        payment(PaymentAction::Refunded { reference: "ref-1".into(), amount: None }),
    ]
}

fn writes_of_money() -> Vec<Write> {
    let audit = || Audit { operator: name("olga"), reason: "why not".into() };
    let amount = Some(Amount { minor: 12_000, currency: Currency::new(b"EUR").unwrap() });
    let payment = |action| Write::Payment { payment: name("pay-1"), action };
    let tries = |amount, provider: Option<&str>| {
        payment(PaymentAction::Try {
            deadline_in: Millis(90_000),
            holds: [7, 9].map(HoldId).into_iter().collect(),
            charge: Box::new(Charge { amount, provider: provider.map(name) }),
        })
    };
    let succeeds = |amount, reference: Option<&str>| {
        payment(PaymentAction::Succeed(Receipt { amount, reference: reference.map(Box::from) }))
    };
    let cancel =
        |part| Write::Cancel { order: name("order-1"), part, refund: Some(6_000), reason: "why not".into() };
    let limits =
        |json| Write::SetLimits { limits: Box::new(serde_json::from_str(json).unwrap()), audit: audit() };
    vec![
        tries(amount, None),
        tries(None, Some("stripe")),
        succeeds(amount, None),
        succeeds(None, Some("pi-1")),
        succeeds(amount, Some("pi-1")),
        payment(PaymentAction::Refunded { reference: "ref-1".into(), amount }),
        cancel(None),
        cancel(Some(part(&[1, 4], &[]))),
        Write::ForceCancel { order: name("order-1"), refund: Some(6_000), audit: audit() },
        limits(r#"{"max_hold_total": 9000}"#),
        limits(r#"{"paid_ahead": 9000}"#),
    ]
}

/// Those of the second wire contract.
fn later_writes() -> Vec<Write> {
    let schedule = |opens, closes| Write::Schedule {
        opens,
        closes,
        audit: Audit { operator: name("olga"), reason: "why not".into() },
    };
    let at = At(1_700_000_000_123);
    vec![
        schedule(Some(Opening::Now), Some(Closing::Never)),
        schedule(Some(Opening::At(at)), None),
        schedule(None, Some(Closing::At(at))),
        Write::SetStatus { action: StatusAction::Archive, operator: name("olga"), reason: "why not".into() },
        Write::ChangePlan {
            plan: serde_json::from_str(r#"{"capacity": {"FLOOR": 7}}"#).unwrap(),
            audit: Audit { operator: name("olga"), reason: "why not".into() },
        },
    ]
}

/// Those that name places of areas in part, and parts of the hall.
fn writes_of_parts() -> Vec<Write> {
    let audit = || Audit { operator: name("olga"), reason: "why not".into() };
    let (order, reason) = (|| name("order-1"), || "why not".into());
    let some = || part(&[1, 4], &[(1, 2), (0, 3)]);
    let row = || Label::new("가".as_bytes()).unwrap();
    let named = || {
        [
            Spot::Seat(4),
            Spot::Section(1),
            Spot::Row(2, row(), None),
            Spot::Row(2, row(), Some((70_000, 5))),
            Spot::Area(1, 9),
        ]
        .into()
    };
    let confirm = Write::Confirm { order: order(), holds: [7, 9].map(HoldId).into_iter().collect() };
    vec![
        Write::Release { hold: HoldId(7), part: Some(some()) },
        Write::Change { hold: HoldId(7), drop: part(&[1], &[]), add: part(&[], &[(1, 2)]) },
        Write::Cancel { order: order(), part: Some(some()), refund: None, reason: reason() },
        Write::Cancel { order: order(), part: Some(some()), refund: Some(6_000), reason: reason() },
        Write::Exchange { order: order(), drop: some(), add: part(&[2], &[]), reason: reason() },
        Write::Block { spots: Spots { named: named(), lenient: false }, audit: audit() },
        Write::Block { spots: Spots { named: named(), lenient: true }, audit: audit() },
        Write::Unblock { spots: Spots { named: named(), lenient: true }, audit: audit() },
        Write::OfHolder(name("alice"), Box::new(confirm)),
    ]
}

/// What came with payments that fail and keep their holds.
fn writes_that_keep() -> Vec<Write> {
    let fail = |ttl| PaymentAction::Fail { reason: "why not".into(), keep: Some(Millis(ttl)) };
    [0, 90_000].map(|ttl| Write::Payment { payment: name("pay-1"), action: fail(ttl) }).into()
}

/// Those with a note, which stands outside of all else.
fn writes_with_notes() -> Vec<Write> {
    let holds = || [7, 9].map(HoldId).into_iter().collect();
    let confirm = || Write::Confirm { order: name("order-1"), holds: holds() };
    let (seats, places) = ([1, 4].into_iter().collect(), Places::default());
    let hold = Write::Hold { holder: name("alice"), ttl: Millis(0), seats, best: Box::default(), places };
    let action = PaymentAction::Try { deadline_in: Millis(9), holds: holds(), charge: Box::default() };
    let pay = Write::Payment { payment: name("payment-1"), action };
    let of_alice = Write::OfHolder(name("alice"), Box::new(confirm()));
    let noted = |write| Write::Noted("a note, in words".into(), Box::new(write));
    [hold, confirm(), of_alice, pay].map(noted).into()
}

fn tell(text: &mut String, line: &str, bytes: &[u8]) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line} {}", hex(bytes));
}

fn lines(writes: &[Write]) -> String {
    let (mut text, mut bytes) = (String::new(), Vec::new());
    for write in writes {
        if let Write::Create = write {
            canonical_creation(br#"{"sections": []}"#, &mut bytes);
        } else {
            canonical(write, &mut bytes);
        }
        tell(&mut text, line(write), &bytes);
    }
    text
}

#[test]
fn the_canonical_bytes_are_those_of_ever() {
    let first = [vec![Write::Create], writes()].concat();
    assert_eq!(lines(&first), include_str!("../../../tests/golden/fingerprints-1.txt"));
    assert_eq!(lines(&later_writes()), include_str!("../../../tests/golden/fingerprints-2.txt"));
    assert_eq!(lines(&writes_of_money()), include_str!("../../../tests/golden/fingerprints-money.txt"));
    assert_eq!(lines(&writes_of_parts()), include_str!("../../../tests/golden/fingerprints-parts.txt"));
    assert_eq!(lines(&writes_that_keep()), include_str!("../../../tests/golden/fingerprints-kept.txt"));
    assert_eq!(lines(&writes_with_notes()), include_str!("../../../tests/golden/fingerprints-notes.txt"));
}

/// What came with halls as they are.
#[test]
fn the_canonical_bytes_of_several_accessible_seats_stay() {
    let mut text = String::new();
    let mut bytes = Vec::new();
    for accessible in [1, 2, 255] {
        let part = Best { count: 300, scope: Scope::Section(1), scattered: true, accessible };
        let (seats, places) = (Seats::default(), Places::default());
        let write = Write::Hold {
            holder: Name::new(b"alice").unwrap(),
            ttl: Millis(0),
            seats,
            best: [part].into(),
            places,
        };
        canonical(&write, &mut bytes);
        tell(&mut text, &format!("hold.best.accessible.{accessible}"), &bytes);
    }
    assert_eq!(text, include_str!("../../../tests/golden/fingerprints-halls.txt"));
}
