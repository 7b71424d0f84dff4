//! Changes of the map: the records, and an event whose map is another than it was made with.

use holdfast_engine::{
    Account, Change, Created, Event, Key, Orphans, PlanChange, Record, Refusal, SeatStatus, TableSeed, Used,
};

use crate::{AT, audit, chunks, hold, key, name, sample, spec};

/// With everything resolved, as it is logged.
fn plan() -> PlanChange {
    let json = r##"{"add": {"sections": [{"name": "PARKETT", "category": "VIP", "rows": [{"name": "9", "seats": 2}],
                                         "front": 3, "more": true},
                                        {"name": "LOGE", "category": "LUX", "rows": {"from": 1, "to": 2, "seats": 3}}],
                            "areas": [{"name": "LAWN", "category": "GA", "capacity": 40}]},
                    "remove": {"seats": ["#1", "#4-5"], "areas": []},
                    "capacity": {"LAWN": 50},
                    "category": {"PARKETT": "LUX", "#0-2": "LUX", "#6": "HOUSE"}}"##;
    serde_json::from_str(json).expect("a change")
}

pub(crate) fn samples() -> Vec<(String, Record)> {
    let refused = Refusal::StillTaken {
        seats: [(300, SeatStatus::Held), (1, SeatStatus::Removed)].into_iter().collect(),
        areas: [(1, 70_000)].into(),
    };
    let changes = [Change::PlanChanged { plan: Box::new(plan()), audit: audit() }, Change::Refused(refused)];
    let dated = |(line, record): (String, Record)| (line, Record { dated: true, ..record });
    (220..).zip(changes).map(sample).map(dated).collect()
}

/// One whose map was changed while something was held.
pub(crate) fn event() -> Event {
    let created = Created { name: name("concert-2036"), spec: spec(Orphans::Avoid) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let mut plan = plan();
    plan.add.sections.remove(0);
    plan.category.0.remove(0);
    let changes = [
        Change::Created(Box::new(created)),
        hold("customer-1", 300_000, &[2, 0], &[(0, 1)]),
        Change::PlanChanged { plan: Box::new(plan), audit: audit() },
        hold("customer-2", 300_000, &[8, 7], &[(1, 41)]),
    ];
    for (number, change) in (0..).zip(changes) {
        let version = event.version() + u64::from(number > 0);
        let record = Record::new(AT, version, Some(Key { account: Account(9), ..key(100 + number) }), change);
        match number {
            0 => drop(event.apply_creation(&record)),
            _ => drop(event.apply(&record)),
        }
    }
    event.check().expect("a sound event");
    assert_eq!(event.accounts(), [(Account(9), Used { holds: 2, keys: 4 })]);
    event
}

#[test]
fn the_snapshot_says_when_the_map_was_changed() {
    let plan = [16_u32.to_le_bytes().as_slice(), &[1, 0, 0, 0, 0, 0, 0, 0, 3]].concat();
    assert!(chunks(&event()).iter().any(|chunk| chunk.starts_with(&plan)));
}
