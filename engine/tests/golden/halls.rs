//! What came with halls as they are.

use holdfast_engine::{
    Best, Change, Created, Event, EventSpec, OldRows, OldSpec, Orphans, Record, Refusal, Scope, TableSeed,
};

use crate::{AT, happen, hold, key, name, sample, spec};

/// A hall that the old words do not have.
const HALL: &str = r#"{"sections": [
    {"name": "Parkett links (1. OG)", "id": "p-1", "category": "Kategorie I", "focus": "right", "rows": [
        {"name": "1", "id": "row-1", "seats": ["1-5/2", {"seats": "6", "id": "guid-6"}, "4-2/2", "VIP-1"],
         "category": "R\u00e4ng", "categories": {"Kategorie I": ["3-5/2"]}, "accessible": ["6"], "companions": {"6": ["4"]},
         "aisles": ["3"], "groups": [["2", "VIP-1"]]},
        {"name": "\uac00", "from": 5, "to": 9, "accessible": ["9"]}]},
    {"name": "B", "category": "STD", "front": 1, "focus": "left",
     "rows": {"from": 1, "to": 2, "seats": ["001-003", "A-C"], "categories": {"Kategorie I": ["A"]}, "accessible": ["001"],
              "companions": {"001": ["002"]}, "aisles": ["003"], "groups": [["B-C"]]}}],
    "areas": [{"name": "\uc2a4\ud0e0\ub529 A", "category": "STD", "capacity": 300}],
    "limits": {"max_seats_per_hold": 11}, "open": false}"#;

pub(crate) fn samples() -> Vec<(String, Record)> {
    let spec = serde_json::from_str(HALL).expect("a description");
    let created = Change::Created(Box::new(Created { name: name("concert-2036"), spec }));
    let rest = [250, 70_000].into_iter().collect();
    let best = Best { count: 9, scope: Scope::Section(3), scattered: false, accessible: 2 };
    let (_, not_enough) = sample((202, Change::Refused(Refusal::NotEnough { best, free: 300, together: 8 })));
    vec![
        sample((200, created)),
        sample((201, Change::Refused(Refusal::PartOfGroup { seat: 65_536, rest }))),
        ("refused.not_enough.accessible".to_owned(), not_enough),
    ]
}

/// One that the old words do not have.
pub(crate) fn event() -> Event {
    let spec = serde_json::from_str(HALL).expect("a description");
    let created = Created { name: name("concert-2036"), spec };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&Record::new(AT, 1, Some(key(100)), birth));
    happen(&mut event, [hold("customer-1", 300_000, &[2, 0], &[(0, 2)])]);
    event
}

/// What the first logs and snapshots tell of a hall is the hall that the new words tell of.
#[test]
fn a_hall_in_old_words_is_the_same_hall() {
    let new = spec(Orphans::Avoid);
    let mut old = OldSpec::of(&new).expect("old words");
    assert_eq!(EventSpec::from(old.clone()), new);
    // Leading zeros were once taken for nothing.
    let OldRows::Each(rows) = &mut old.sections[0].rows else { panic!("rows by themselves") };
    rows[0].accessible[1] = "003".to_owned();
    assert_eq!(EventSpec::from(old), new);
    let hall: EventSpec = serde_json::from_str(HALL).expect("a description");
    assert_eq!(OldSpec::of(&hall), None);
    assert_eq!(serde_json::from_str::<EventSpec>(&hall.json()).expect("a description"), hall);
}
