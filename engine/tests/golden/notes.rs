//! What came with notes.

use holdfast_engine::{
    Account, Change, Charge, Counts, Created, Event, HoldId, Key, Listed, Millis, Origin, Orphans, Read,
    Receipt, Record, Refusal, SeatStatus, TableSeed, Touched, Trace, View,
};

use crate::{AT, chunks, hold, holds, key, name, restored, spec};

fn note(text: &str) -> Option<Box<str>> {
    Some(text.into())
}

fn tried(payment: &str, list: &[u64]) -> Change {
    Change::PaymentTried { payment: name(payment), deadline_in: Millis(600_000), holds: holds(list) }
}

/// Each after another kind of beginning, from the shortest note to the longest.
pub(crate) fn samples() -> Vec<(String, Record, Touched)> {
    let trace = Some(Trace { trace_id: [7; 16], span_id: [9; 8] });
    let origin = |note, trace| Some(Box::new(Origin { token: None, trace, note }));
    let runs = vec![(250, 1), (70_000, 300)];
    let sold = Touched { status: SeatStatus::Sold, runs, ..Touched::NOTHING };
    let moved = Touched { areas: vec![(0, 1)], counts: vec![Counts::free(7)], ..Touched::NOTHING };
    let of_all =
        Some(Box::new(Origin {
            token: Some(name("till-4")), trace, note: note("booth 7 – 두 번째 줄")
        }));
    let shared = Key { account: Account(9), ..key(241) };
    let record =
        |version, key, origin, change| Record { origin, ..Record::new(AT, version, Some(key), change) };
    let held = || hold("customer-1", 300_000, &[2, 300], &[]);
    let confirmed = Change::Sold { order: name("order~1"), holds: holds(&[2, 3]) };
    let longest = note(&"n".repeat(256));
    vec![
        ("noted.held".into(), record(240, key(240), origin(note("x"), None), held()), Touched::NOTHING),
        ("noted.sold".into(), record(241, shared, of_all, confirmed), sold),
        (
            "noted.paying".into(),
            record(242, key(242), origin(longest, trace), tried("p", &[9])),
            Touched::NOTHING,
        ),
        ("noted.moved".into(), record(243, key(243), origin(note("가"), None), held()), moved),
    ]
}

/// One with a note beside everything that can have one: a hold, an order with its own and one with that of its hold, one that was
/// cancelled, payments in several states.
pub(crate) fn event() -> Event {
    let created = Created { name: name("concert-2038"), spec: spec(Orphans::Allow) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&Record::new(AT, 1, Some(key(100)), birth));
    let succeeded = |payment: &str, late| Change::PaymentSucceeded { payment: name(payment), late };
    let failed = |payment: &str| Change::PaymentFailed { payment: name(payment), reason: "declined".into() };
    let ahead = |payment: &str| Change::PaidAhead {
        payment: name(payment),
        wait: Millis(900_000),
        receipt: Receipt::default(),
    };
    let changes = [
        ("hold 2", hold("customer-1", 300_000, &[2], &[(0, 2)])),
        ("hold 3", hold("customer-2", 300_000, &[3], &[])),
        ("hold 4", hold("customer-3", 300_000, &[4], &[])),
        ("", hold("customer-4", 300_000, &[5], &[])),
        ("hold 6", hold("customer-5", 300_000, &[6], &[])),
        ("hold 7", hold("customer-6", 300_000, &[300], &[])),
        ("hold 8", hold("customer-7", 300_000, &[301], &[])),
        ("order 9", Change::Sold { order: name("order-9"), holds: holds(&[3]) }),
        ("", Change::Sold { order: name("order-10"), holds: holds(&[5, 4]) }),
        ("payment 11", tried("payment-11", &[6])),
        ("", tried("payment-12", &[7])),
        ("", succeeded("payment-11", false)),
        ("", failed("payment-12")),
        ("", Change::Cancelled { order: name("order-9"), reason: "ill".into() }),
        ("", ahead("payment-16")),
        (
            "payment 16",
            Change::PaymentMet {
                payment: name("payment-16"),
                deadline_in: Millis(250),
                holds: holds(&[8]),
                charge: Box::new(Charge::default()),
            },
        ),
        ("", ahead("payment-18")),
        ("payment 18", Change::PaymentMissed { payment: name("payment-18"), charge: Box::default() }),
        ("hold 20", hold("customer-8", 300_000, &[302], &[])),
        ("", tried("payment-21", &[20])),
        ("", failed("payment-21")),
        ("", succeeded("payment-21", true)),
        ("hold 24", hold("customer-9", 300_000, &[303], &[])),
        ("", Change::Released { hold: HoldId(24) }),
    ];
    for (number, (text, change)) in (0..).zip(changes) {
        let version = event.version() + u64::from(change.makes_version());
        let origin = (!text.is_empty()).then(|| Box::new(Origin { note: note(text), ..Origin::default() }));
        let at = AT + Millis(1_500 * u64::from(number));
        event.apply(&Record { origin, ..Record::new(at, version, Some(key(101 + number)), change) });
    }
    event.check().expect("a sound event");
    event
}

/// What stands beside what.
fn told(event: &Event) -> Vec<(String, Option<Box<str>>)> {
    let listed = || Listed { holder: None, from: 0, count: 100 };
    let Ok(View::Holds { holds, .. }) = event.view(&Read::Holds(listed())) else { panic!("no holds") };
    let Ok(View::Orders { orders, .. }) = event.view(&Read::Orders(listed())) else { panic!("no orders") };
    let payments = ["payment-11", "payment-12", "payment-16", "payment-18", "payment-21"];
    let payments = payments.map(|payment| match event.view(&Read::Payment(name(payment))) {
        Ok(View::Payment(Some(view))) => (payment.to_owned(), view.note),
        other => panic!("{other:?}"),
    });
    let holds = holds.into_iter().map(|hold| (hold.hold.to_string(), hold.note));
    let orders = orders.into_iter().map(|order| (order.order.as_str().to_owned(), order.note));
    holds.chain(orders).chain(payments).collect()
}

#[test]
fn notes_come_back_from_a_snapshot_where_they_stood() {
    let event = event();
    let expected = [
        ("2", "hold 2"),
        ("order-9", "order 9"),
        ("order-10", "hold 4"),
        ("payment-11", "payment 11"),
        ("payment-16", "payment 16"),
        ("payment-21", "hold 20"),
        ("payment-11", "payment 11"),
        ("payment-12", ""),
        ("payment-16", "payment 16"),
        ("payment-18", "payment 18"),
        ("payment-21", ""),
    ]
    .map(|(of, text)| (of.to_owned(), (!text.is_empty()).then(|| text.into())));
    assert_eq!(told(&event), expected);
    let mut back = restored(&chunks(&event));
    assert_eq!(told(&back), expected);
    // Money that comes late for what was given back before the snapshot.
    let late = Change::PaymentSucceeded { payment: name("payment-12"), late: true };
    let version = back.version() + 1;
    back.apply(&Record::new(back.last_at(), version, Some(key(200)), late));
    back.check().expect("a sound event");
    let Ok(View::Order(Some(order))) = back.view(&Read::Order(name("payment-12"))) else {
        panic!("no order")
    };
    assert_eq!(order.note, note("hold 7"));
}

#[test]
fn what_makes_nothing_keeps_no_note() {
    let origin = |token: Option<&str>| Origin { token: token.map(name), trace: None, note: note("x") };
    let refused = Change::Refused(Refusal::HoldGone(HoldId(2)));
    assert_eq!(refused.keeps(Box::new(origin(None))), None);
    let rest = Origin { note: None, ..origin(Some("till-4")) };
    assert_eq!(refused.keeps(Box::new(origin(Some("till-4")))), Some(Box::new(rest)));
    let held = hold("customer-1", 300_000, &[2], &[]);
    assert_eq!(held.keeps(Box::new(origin(None))), Some(Box::new(origin(None))));
}

/// Every note counts, and none is left behind.
#[test]
fn notes_go_with_what_they_stand_beside() {
    let created = Created { name: name("concert-2039"), spec: spec(Orphans::Allow) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let mut happen = |text: &str, change: Change| {
        let version = event.version() + u64::from(change.makes_version());
        let origin = (!text.is_empty()).then(|| Box::new(Origin { note: note(text), ..Origin::default() }));
        event.apply(&Record { origin, ..Record::new(AT, version, None, change) });
        event.check().expect("a sound event");
        event.memory_bytes()
    };
    let refunded = |payment: &str| Change::PaymentRefunded { payment: name(payment), reference: "r".into() };
    let returned =
        |payment: &str| Change::MoneyReturned { payment: name(payment), reference: "r".into(), amount: None };
    let cancelled = |order: &str| Change::Cancelled { order: name(order), reason: "ill".into() };
    let longest = "n".repeat(256);
    let empty = happen("", Change::RecordsForgotten { payments: 0, orders: 0 });
    let bare = happen("", hold("customer-1", 300_000, &[2], &[]));
    happen("", Change::Released { hold: HoldId(2) });
    let noted = happen(&longest, hold("customer-1", 300_000, &[2], &[]));
    assert!((256..=512).contains(&(noted - bare)), "a note of 256 bytes takes {}", noted - bare);
    assert_eq!(happen("", Change::Expired { hold: HoldId(4) }), empty);
    // Sold and cancelled, failed, and owed: each time with notes, up to the end.
    happen("6", hold("customer-1", 300_000, &[2], &[]));
    happen("7", Change::Sold { order: name("order"), holds: holds(&[6]) });
    happen("", cancelled("order"));
    happen("9", hold("customer-1", 300_000, &[2], &[]));
    happen("", tried("failed", &[9]));
    happen("", Change::PaymentLapsed { payment: name("failed") });
    happen("12", hold("customer-1", 300_000, &[2], &[]));
    happen("13", tried("owed", &[12]));
    happen("", Change::PaymentLapsed { payment: name("owed") });
    happen("", Change::PaymentRefundDue { payment: name("owed") });
    happen("", refunded("owed"));
    happen("17", hold("customer-1", 300_000, &[2], &[]));
    happen("18", tried("paid", &[17]));
    happen("", Change::PaymentSucceeded { payment: name("paid"), late: false });
    happen("", cancelled("paid"));
    happen("", returned("paid"));
    let left = happen("", Change::RecordsForgotten { payments: 2, orders: 2 });
    assert_eq!(left, empty, "what is gone has left nothing");
}
