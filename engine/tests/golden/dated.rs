//! What came with the second format: dated answers, records that say where their commands came from, schedules.

use holdfast_engine::{
    Account, At, Change, Created, Event, EventStatus, HoldId, Key, Millis, Origin, Orphans, Read, Record,
    Refusal, TableSeed, Trace, View,
};

use crate::{AT, audit, chunks, hold, key, name, restored, sample, seats, spec};

/// The second format: dated answers, and records that say where their commands came from.
pub(crate) fn samples() -> Vec<(String, Record)> {
    let trace = Trace { trace_id: std::array::from_fn(|at| at as u8), span_id: [0xF0; 8] };
    let [blocked, released, held] = [
        Change::Blocked { seats: seats(&[1, 300]), audit: audit() },
        Change::Released { hold: HoldId(65_536) },
        hold("customer-1", 300_000, &[2, 300], &[(0, 2)]),
    ];
    let origin =
        |token: Option<&str>, trace| Some(Box::new(Origin { token: token.map(name), trace, note: None }));
    let account = Account(0x8000_00FF);
    let samples = [
        ("dated", held.clone(), Account::NOBODY, None),
        ("dated.account", held, account, None),
        ("dated.token", blocked.clone(), account, origin(Some("box-office"), None)),
        ("dated.trace", released, account, origin(None, Some(trace))),
        ("dated.token.trace", blocked, Account::NOBODY, origin(Some("box-office"), Some(trace))),
    ];
    let sample = |(number, (line, change, account, origin)): (u8, (&str, _, _, _))| {
        let key = Some(Key { account, ..key(number) });
        (line.to_owned(), Record { origin, ..Record::new(AT, u64::from(number), key, change) })
    };
    let mut samples: Vec<_> = (200..).zip(samples).map(sample).collect();
    samples
        .push(("dated.no_key".to_owned(), Record::new(AT, 9, None, Change::Expired { hold: HoldId(251) })));
    samples
}

/// What came with the second format.
pub(crate) fn of_schedules() -> Vec<(String, Record)> {
    let status = EventStatus::Pending;
    let (opens_at, closes_at) = (Some(At(1 << 41)), Some(At(1 << 42)));
    let changes = [
        Change::Scheduled { status, opens_at, closes_at, audit: audit() },
        Change::TimeCame { status: EventStatus::Open },
    ];
    (210..).zip(changes).map(sample).map(dated).collect()
}

/// What came with events that are archived.
pub(crate) fn of_archives() -> Vec<(String, Record)> {
    let (operator, reason) = (name("olga"), "a reason, in words".into());
    let changes = [
        Change::StatusSet { status: EventStatus::Archived, operator, reason },
        Change::Refused(Refusal::NotClosed(EventStatus::Paused)),
    ];
    (220..).zip(changes).map(sample).map(dated).collect()
}

fn dated((line, record): (String, Record)) -> (String, Record) {
    (line, Record { dated: true, ..record })
}

/// One whose answers tell when they were decided, but for two that an older version wrote.
pub(crate) fn event() -> Event {
    let created = Created { name: name("concert-2036"), spec: spec(Orphans::Avoid) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let scheduled = Change::Scheduled {
        status: EventStatus::Open,
        opens_at: None,
        closes_at: Some(At(1 << 42)),
        audit: audit(),
    };
    let changes = [
        (0, false, Change::Created(Box::new(created))),
        (0, false, hold("customer-1", 300_000, &[2, 0], &[])),
        (9, true, hold("customer-2", 300_000, &[3], &[(0, 1)])),
        (0, true, hold("customer-3", 300_000, &[4], &[])),
        (9, true, Change::Refused(Refusal::HoldGone(HoldId(70_000)))),
        (9, true, scheduled),
    ];
    for (number, (account, dated, change)) in (0..).zip(changes) {
        let version = event.version() + u64::from(change.makes_version());
        let key = Some(Key { account: Account(account), ..key(100 + number) });
        let at = AT + Millis(777 * u64::from(number));
        let record = Record { dated, ..Record::new(at, version, key, change) };
        match number {
            0 => drop(event.apply_creation(&Record { version: 1, ..record })),
            _ => drop(event.apply(&record)),
        }
    }
    event.check().expect("a sound event");
    event
}

#[test]
fn an_answer_tells_when_it_was_decided_if_its_record_was_dated() {
    let event = event();
    let back = restored(&chunks(&event));
    let told = |event: &Event, number| match event.view(&Read::Ask(key(number).hash)) {
        Ok(View::Asked(Some(asked))) => asked.1,
        other => panic!("{other:?}"),
    };
    let at = |number: u64| Some(AT + Millis(777 * number));
    for event in [&event, &back] {
        let all: Vec<_> = (100..105).map(|number| told(event, number)).collect();
        assert_eq!(all, [None, None, at(2), at(3), at(4)]);
    }
}
