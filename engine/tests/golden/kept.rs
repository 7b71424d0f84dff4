//! Payments that have failed and left their holds what they had: the fourth format of records.

use holdfast_engine::{
    Change, Counts, Created, Event, Millis, Orphans, Record, SeatStatus, TableSeed, Touched, decode_record,
};

use crate::{AT, hold, holds, key, name, records_of, spec};

fn kept(payment: &str, ttl: u32, list: &[u64]) -> Change {
    let (payment, reason) = (name(payment), "declined".into());
    Change::PaymentKept { payment, reason, ttl: Millis(ttl), holds: holds(list) }
}

pub(crate) fn samples() -> Vec<(String, Record, Touched)> {
    let record = |version, change| Record::new(AT, version, Some(key(240)), change);
    let mut counts = Counts::free(300);
    counts.shift(7, SeatStatus::Free, SeatStatus::Held);
    let touched = Touched {
        status: SeatStatus::Held,
        runs: vec![(250, 2), (9, 1)],
        areas: vec![(1, 7)],
        counts: vec![counts],
    };
    vec![
        ("payment_kept".into(), record(240, kept("order-1", 300_000, &[2, 300, 1 << 32])), touched),
        ("payment_kept.one".into(), record(241, kept("order-2", 1, &[2])), Touched::NOTHING),
    ]
}

/// One whose payments have failed and kept their holds: one hold is there, one was sold under another name, one is in another
/// payment, one was given back.
pub(crate) fn event() -> Event {
    let created = Created { name: name("concert-2037"), spec: spec(Orphans::Avoid) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&Record::new(AT, 1, Some(key(100)), birth));
    let tried = |payment: &str, list: &[u64]| Change::PaymentTried {
        payment: name(payment),
        deadline_in: Millis(600_000),
        holds: holds(list),
    };
    let changes = [
        hold("customer-1", 300_000, &[2, 0, 1], &[(0, 2)]),
        hold("customer-2", 200_000, &[3, 4], &[]),
        hold("customer-3", 300_000, &[10], &[]),
        hold("customer-4", 300_000, &[20], &[]),
        tried("order-1", &[2, 3]),
        kept("order-1", 400_000, &[2, 3]),
        tried("order-2", &[4, 5]),
        kept("order-2", 250_000, &[4, 5]),
        tried("order-3", &[3]),
        Change::PaymentSucceeded { payment: name("order-3"), late: false },
        Change::Released { hold: holds(&[5])[0] },
        tried("order-4", &[4]),
    ];
    for (number, change) in (1..).zip(changes) {
        let (version, at) = (event.version() + 1, AT + Millis(1_500 * u64::from(number)));
        event.apply(&Record::new(at, version, Some(key(100 + number)), change));
    }
    event.check().expect("a sound event");
    event
}

/// What the versions before it would misread is told by the number of its format, and by nothing else.
#[test]
fn a_kept_payment_is_in_records_of_the_fourth_format_alone() {
    const FORMAT: usize = 4;
    for (line, bytes) in records_of("records-kept.txt") {
        assert_eq!(bytes[FORMAT], 4, "{line}");
        for other in [1, 2, 3, 5] {
            let mut older = bytes.clone();
            older[FORMAT] = other;
            decode_record(&older).expect_err("a change that this format does not have");
        }
    }
    for (line, bytes) in records_of("records-touched.txt") {
        let mut newer = bytes;
        newer[FORMAT] = 4;
        assert!(decode_record(&newer).is_err(), "{line} is not of the fourth format");
    }
}
