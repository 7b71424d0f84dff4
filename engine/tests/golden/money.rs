//! What came with money, and with limits that the first form does not have.

use holdfast_engine::{
    Amount, Change, Charge, Created, Currency, Event, EventSpec, HoldId, Limit, Millis, Orphans, Receipt,
    Record, Refusal, SaleLimits, TableSeed,
};

use crate::{AT, audit, happen, hold, holds, key, name, sample, seats, spec};

fn euros(minor: u64) -> Amount {
    Amount { minor, currency: Currency::new(b"EUR").expect("a currency") }
}

fn charge(amount: Option<Amount>) -> Box<Charge> {
    Box::new(Charge { amount, provider: Some(name("stripe")) })
}

fn receipt(amount: Option<Amount>) -> Receipt {
    Receipt { amount, reference: Some("pi_1".into()) }
}

/// Limits that the first form does not have.
fn more_limits() -> SaleLimits {
    let limits = spec(Orphans::Refuse).limits;
    SaleLimits { max_hold_total: Millis(86_400_000), paid_ahead: Millis(250), ..limits }
}

/// What came with money.
pub(crate) fn samples() -> Vec<(String, Record)> {
    let payment = || name("payment~1");
    let limits = |orphans| Box::new(SaleLimits { orphans, ..more_limits() });
    let created = Created {
        name: name("concert-2031"),
        spec: EventSpec { limits: more_limits(), ..spec(Orphans::Avoid) },
    };
    let changes = [
        (
            "",
            Change::PaymentCharged {
                payment: payment(),
                deadline_in: Millis(600_000),
                holds: holds(&[2, 300, 1 << 32]),
                charge: charge(Some(euros(12_000))),
            },
        ),
        (
            "payment_charged.provider",
            Change::PaymentCharged {
                payment: payment(),
                deadline_in: Millis(600_000),
                holds: holds(&[2]),
                charge: charge(None),
            },
        ),
        (
            "",
            Change::PaymentReceived {
                payment: payment(),
                late: true,
                receipt: receipt(Some(euros(1 << 40))),
            },
        ),
        ("", Change::PaymentOwed { payment: payment(), receipt: receipt(None) }),
        (
            "",
            Change::PaidAhead {
                payment: payment(),
                wait: Millis(900_000),
                receipt: receipt(Some(euros(250))),
            },
        ),
        (
            "",
            Change::PaymentMet {
                payment: payment(),
                deadline_in: Millis(250),
                holds: holds(&[300]),
                charge: charge(Some(euros(251))),
            },
        ),
        ("", Change::PaymentMissed { payment: payment(), charge: Box::default() }),
        (
            "",
            Change::MoneyReturned {
                payment: payment(),
                reference: "re_2".into(),
                amount: Some(euros(65_536)),
            },
        ),
        (
            "money_returned.unknown",
            Change::MoneyReturned { payment: payment(), reference: "re_2".into(), amount: None },
        ),
        (
            "",
            Change::Returned {
                order: name("order~1"),
                part: Some(Box::new(seats(&[65_535]).into())),
                refund: Some(6_000),
                operator: None,
                reason: "rain".into(),
            },
        ),
        (
            "returned.by_hand",
            Change::Returned {
                order: name("order~1"),
                part: None,
                refund: Some(1 << 33),
                operator: Some(Box::new(name("ops"))),
                reason: "rain".into(),
            },
        ),
        ("created.more_limits", Change::Created(Box::new(created))),
        ("limits_set.more_limits", Change::LimitsSet { limits: limits(Orphans::Allow), audit: audit() }),
        (
            "",
            Change::Refused(Refusal::OverLimit {
                limit: Limit::HoldTotal,
                allowed: 7_200_000,
                wanted: 1 << 40,
            }),
        ),
        (
            "",
            Change::Refused(Refusal::RefundSum {
                payment: payment().into(),
                wanted: euros(251),
                left: euros(250),
            }),
        ),
        ("", Change::Refused(Refusal::NoAmount(payment()))),
    ];
    let sample = |(number, (line, change)): (u8, (&str, Change))| {
        let (of_kind, record) = sample((number, change));
        (if line.is_empty() { of_kind } else { line.to_owned() }, record)
    };
    (200..).zip(changes).map(sample).collect()
}

/// One whose payments have told of money, in every state, and whose holds are known to have been made.
pub(crate) fn event() -> Event {
    let created = Created {
        name: name("concert-2036"),
        spec: EventSpec { limits: more_limits(), ..spec(Orphans::Avoid) },
    };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&Record::new(AT, 1, Some(key(100)), birth));
    let tried = |payment: &str, list: &[u64]| Change::PaymentCharged {
        payment: name(payment),
        deadline_in: Millis(600_000),
        holds: holds(list),
        charge: charge(Some(euros(12_000))),
    };
    let received = |payment: &str, minor| Change::PaymentReceived {
        payment: name(payment),
        late: false,
        receipt: receipt(Some(euros(minor))),
    };
    let failed = |payment: &str| Change::PaymentFailed { payment: name(payment), reason: "declined".into() };
    let changes = [
        hold("customer-1", 300_000, &[2, 0, 1], &[(0, 2)]),
        hold("customer-2", 200_000, &[3, 4], &[]),
        hold("customer-3", 300_000, &[10], &[]),
        tried("order-1", &[2]),
        tried("order-2", &[3]),
        tried("order-3", &[4]),
        received("order-1", 12_001),
        Change::Returned {
            order: name("order-1"),
            part: Some(Box::new(seats(&[0]).into())),
            refund: Some(4_000),
            operator: None,
            reason: "ill".into(),
        },
        Change::MoneyReturned {
            payment: name("order-1"),
            reference: "re_1".into(),
            amount: Some(euros(1_500)),
        },
        failed("order-2"),
        Change::PaidAhead {
            payment: name("order-4"),
            wait: Millis(900_000),
            receipt: receipt(Some(euros(700))),
        },
        hold("customer-4", 300_000, &[3], &[]),
        Change::PaymentOwed { payment: name("order-2"), receipt: Receipt::default() },
        Change::Extended { hold: HoldId(13), ttl: Millis(400_000) },
        Change::Refused(Refusal::NoAmount(name("order-9"))),
    ];
    happen(&mut event, changes);
    event
}
