use std::sync::Arc;

use super::*;
use crate::codec::{encode_record, version_of};
use crate::feed::json;
use crate::numbers::{Account, EventId};
use crate::state::{
    AreaSpec, Counts, Created, Currency, EventSpec, EventStatus, Key, Name, OldCreated, OldSpec, Record,
    Refusal, RowRange, RowsSpec, SeatStatus, Seats, SectionSpec, Trace,
};

fn hall() -> (Created, Arc<Layout>) {
    let rows = RowsSpec::Range(RowRange::new(1, 1, 4));
    let spec = EventSpec {
        sections: vec![SectionSpec::new("A", "C", rows)],
        areas: vec![AreaSpec { name: "F".into(), category: "C".into(), capacity: 9 }],
        ..EventSpec::default()
    };
    let layout = Arc::new(Layout::build(&spec).unwrap());
    (Created { name: Name::new(b"gala").unwrap(), spec }, layout)
}

fn charge() -> Box<Charge> {
    let amount = Amount { minor: 7, currency: Currency::new(b"EUR").unwrap() };
    Box::new(Charge { amount: Some(amount), provider: Name::new(b"x") })
}

fn receipt() -> Receipt {
    Receipt { amount: charge().amount, reference: Some("r".into()) }
}

/// One of each kind at least.
fn samples() -> Vec<Change> {
    let name = || Name::new(b"x").unwrap();
    let seats = || [1].into_iter().collect::<Seats>();
    let places = || [(0, 2)].into_iter().collect::<Places>();
    let part = || Box::new(Selection { seats: seats(), places: places() });
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
        status(EventStatus::Archived),
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
        Change::PaymentKept {
            payment: name(),
            reason: "why".into(),
            ttl: Millis(5),
            holds: [2].map(HoldId).into_iter().collect(),
        },
        Change::PaymentLapsed { payment: name() },
        Change::PaymentRefundDue { payment: name() },
        Change::PaymentRefunded { payment: name(), reference: "r".into() },
        Change::Graced { stopped_at: At(90), grace: Millis(5) },
        Change::GraceGiven { stopped_at: At(90), grace: Millis(5), again: [(At(95), Millis(2))].into() },
        Change::GraceGiven { stopped_at: At(90), grace: Millis(5), again: Box::default() },
        Change::PaymentCharged {
            payment: name(),
            deadline_in: Millis(5),
            holds: [2].map(HoldId).into_iter().collect(),
            charge: charge(),
        },
        Change::PaymentReceived { payment: name(), late: true, receipt: receipt() },
        Change::PaymentOwed { payment: name(), receipt: receipt() },
        Change::PaidAhead { payment: name(), wait: Millis(5), receipt: receipt() },
        Change::PaymentMet {
            payment: name(),
            deadline_in: Millis(5),
            holds: [2].map(HoldId).into_iter().collect(),
            charge: charge(),
        },
        Change::PaymentMissed { payment: name(), charge: charge() },
        Change::MoneyReturned { payment: name(), reference: "r".into(), amount: charge().amount },
        Change::Returned {
            order: name(),
            part: Some(part()),
            refund: Some(7),
            operator: Some(Box::new(name())),
            reason: "why".into(),
        },
        Change::PartReleased { hold: HoldId(2), part: part() },
        Change::HoldChanged { hold: HoldId(2), drop: part(), add: part() },
        Change::Exchanged { order: name(), drop: part(), add: part(), reason: "why".into() },
        Change::PartBlocked { ranges: [(0, 3)].into(), places: places(), audit: audit() },
        Change::PartUnblocked { ranges: [(0, 3)].into(), places: places(), audit: audit() },
        Change::RecordsForgotten { payments: 1, orders: 1 },
        Change::RefusalsForgotten { refused: 1 },
        Change::Scheduled {
            status: EventStatus::Pending,
            opens_at: Some(At(5)),
            closes_at: Some(At(6)),
            audit: audit(),
        },
        Change::TimeCame { status: EventStatus::Open },
        Change::TimeCame { status: EventStatus::Closed },
        Change::PlanChanged {
            plan: serde_json::from_str(r#"{"capacity": {"F": 7}}"#).expect("a change of the map"),
            audit: audit(),
        },
        Change::PaymentRepeated { payment: name() },
        Change::Refused(Refusal::HoldGone(HoldId(1))),
        Change::Forgotten { accepted: 1, refused: 1 },
    ]
}

fn origins() -> [Option<Box<Origin>>; 5] {
    let (token, trace) = (Name::new(b"x"), Some(Trace { trace_id: [3; 16], span_id: [4; 8] }));
    let note = || Some("why".into());
    let all =
        [(None, trace, None), (token.clone(), None, None), (None, None, note()), (token, trace, note())];
    let [trace, token, noted, whole] =
        all.map(|(token, trace, note)| Some(Box::new(Origin { token, trace, note })));
    [None, trace, token, noted, whole]
}

/// As the record of this change keeps it.
fn whole_origin(change: &Change) -> Option<Box<Origin>> {
    let [.., origin] = origins();
    origin.and_then(|origin| change.keeps(origin))
}

fn touched() -> Touched {
    let (areas, counts) = (vec![(0, 2)], vec![Counts::free(9)]);
    Touched { status: SeatStatus::Sold, runs: vec![(2, 2), (0, 1)], areas, counts }
}

/// As its change has touched nothing, or as it has.
fn told(record: Record, touched: Touched) -> FeedRecord {
    FeedRecord::of(Framed { event: EventId(4), digest: 11, touched: touched.boxed(), record }, 0)
}

/// Feeds are cut by what the header of a record tells, which goes by the number of the kind alone.
#[test]
fn the_header_of_a_record_tells_whether_it_makes_a_version() {
    let mut kinds = std::collections::BTreeSet::new();
    for change in samples() {
        let key = |account| Key { hash: [1; 16], fingerprint: [2; 8], account };
        for key in [None, Some(key(Account::NOBODY)), Some(key(Account(7)))] {
            for origin in origins() {
                for touched in [Touched::NOTHING, touched()] {
                    let plain = key.is_none() && origin.is_none() && touched.is_nothing();
                    let origin = origin.clone();
                    let record = Record { origin, ..Record::new(At(5), 9, key, change.clone()) };
                    let mut bytes = Vec::new();
                    encode_record(EventId(4), 11, &record, &touched, &mut bytes);
                    let told = version_of(&bytes);
                    assert_eq!(told, Some((EventId(4), change.makes_version().then_some(9))), "{record:?}");
                    if plain {
                        kinds.insert(bytes[32]);
                    }
                }
            }
        }
    }
    assert_eq!(kinds, (0..=47).collect(), "there is a sample of each kind");
}

/// A new field is told to displays only when it is named here.
#[test]
fn displays_hear_what_names_nobody() {
    let layout = hall().1;
    let mut names = std::collections::BTreeSet::new();
    for change in samples() {
        let origin = whole_origin(&change);
        let record = told(Record { origin, ..Record::new(At(100), 7, None, change) }, touched());
        names.extend(bare_fields(&record).into_iter().map(|(name, _)| name));
        let payload = json::payload(&record, &layout, true);
        let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert!(PERSONAL.iter().all(|name| payload.get(name).is_none()), "{payload}");
        let values = payload.as_object().unwrap().values().filter_map(serde_json::Value::as_str);
        assert!(values.clone().all(|text| !["x", "why", "r"].contains(&text)), "{payload}");
    }
    let expected = [
        "added",
        "added_areas",
        "again",
        "all",
        "areas",
        "change",
        "closes_at",
        "deadline",
        "dropped",
        "dropped_areas",
        "event",
        "expires_at",
        "hold",
        "holds",
        "kept",
        "late",
        "limits",
        "opens_at",
        "ranges",
        "seat_count",
        "seats",
        "status",
        "stopped_at",
        "until",
    ];
    assert_eq!(names.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn every_kind_has_the_fields_that_the_table_says() {
    let mut seen = std::collections::BTreeSet::new();
    let changes = || samples().into_iter();
    let untouched = changes().map(|change| (change, Touched::NOTHING));
    let touching = changes().filter(Change::makes_version).map(|change| (change, touched()));
    for (change, touched) in untouched.chain(touching) {
        let record = told(Record::new(At(100), 7, None, change), touched);
        let of_token = FeedRecord { origin: whole_origin(&record.change), ..record.clone() };
        let mut fields: Vec<_> = feed_fields(&of_token).iter().map(|(name, _)| *name).collect();
        assert_eq!(fields.pop(), Some("token"));
        assert!(fields.contains(&TRACEPARENT), "{}", record.kind());
        fields.retain(|field| *field != TRACEPARENT);
        let has_note = record.change.keeps(Box::new(Origin { note: Some("n".into()), ..Origin::default() }));
        assert_eq!(fields.contains(&"note"), has_note.is_some(), "{}", record.kind());
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

/// What an event began with is told for ever, whatever its map is by now.
#[test]
fn a_birth_tells_of_the_map_as_it_was_made() {
    let json = r##"{"sections": [{"name": "A", "category": "C", "rows": [{"name": "1", "seats": ["1-9/2", "A", "10-2/2"]},
        {"name": "2", "from": 5, "to": 7}]}, {"name": "B", "category": "C", "rows": {"from": 1, "to": 3, "seats": ["A-C"]}}],
        "areas": [{"name": "F", "category": "C", "capacity": 9}], "removed": {"seats": ["#1", "#0-2"]}}"##;
    let spec: EventSpec = serde_json::from_str(json).unwrap();
    let gone: usize = Layout::build(&spec).unwrap().removed().iter().map(ExactSizeIterator::len).sum();
    let there = u64::from(Layout::build(&spec).unwrap().seats()) - gone as u64;
    assert_eq!((Layout::count(&spec), there), (20, 20));
    let created = Created { spec, ..hall().0 };
    let record = told(Record::new(At(100), 1, None, Change::Created(Box::new(created))), Touched::NOTHING);
    let other = Layout::build(&EventSpec { areas: hall().0.spec.areas, ..EventSpec::default() }).unwrap();
    let payload: serde_json::Value = serde_json::from_slice(&json::payload(&record, &other, true)).unwrap();
    assert_eq!((&payload["seat_count"], &payload["areas"]), (&20.into(), &serde_json::json!(["F", 9])));
}

/// Those of the holds and of the order that a change is about come from beside it, in the order of their owners.
#[test]
fn a_change_that_names_no_seats_tells_which_it_has_touched() {
    let told_of = |change, touched| {
        let record = told(Record::new(At(100), 7, None, change), touched);
        String::from_utf8(json::payload(&record, &hall().1, false).to_vec()).unwrap()
    };
    let released = || Change::Released { hold: HoldId(2) };
    let beginning = r#"{"version":7,"at":100,"kind":"released","hold":2"#;
    let seats = r#","seats":["A-1-3","A-1-4","A-1-1"],"areas":["F",2],"all":1}"#;
    assert_eq!(told_of(released(), touched()), format!("{beginning}{seats}"));
    assert_eq!(told_of(released(), Touched::NOTHING), format!("{beginning}}}"), "one of an older version");
    let part = Selection { seats: [1].into_iter().collect(), places: Places::default() };
    let part = Change::PartReleased { hold: HoldId(2), part: Box::new(part) };
    let areas_alone = Touched { runs: Vec::new(), ..touched() };
    assert_eq!(told_of(part, areas_alone), format!(r#"{beginning},"seats":["A-1-2"]}}"#), "its own words");
}

/// The bytes that consumers read, whatever the trace.
#[test]
fn a_change_tells_which_trace_it_is_part_of() {
    let trace = Trace { trace_id: std::array::from_fn(|at| at as u8), span_id: [0xF0; 8] };
    let origin = Some(Box::new(Origin { trace: Some(trace), ..Origin::default() }));
    let change = Change::Extended { hold: HoldId(2), ttl: Millis(5) };
    let record = told(Record { origin, ..Record::new(At(100), 7, None, change) }, Touched::NOTHING);
    let payload = |bare| String::from_utf8(json::payload(&record, &hall().1, bare).to_vec()).unwrap();
    let beginning = r#"{"version":7,"at":100,"kind":"extended","hold":2,"expires_at":105"#;
    let traced = r#","traceparent":"00-000102030405060708090a0b0c0d0e0f-f0f0f0f0f0f0f0f0-01"}"#;
    assert_eq!(payload(false), format!("{beginning}{traced}"));
    assert_eq!(payload(true), format!("{beginning}}}"));
}
