//! What came with places of areas in part, and with parts of the hall that are blocked.

use holdfast_engine::{Change, Created, Event, HoldId, Orphans, Record, Refusal, Selection, TableSeed};

use crate::{AT, audit, happen, hold, holds, key, name, places, sample, seats, spec};

fn part(of_seats: &[u32], of_places: &[(u16, u32)]) -> Box<Selection> {
    Box::new(Selection { seats: seats(of_seats), places: places(of_places) })
}

pub(crate) fn samples() -> Vec<(String, Record)> {
    let reason = || "moved".into();
    let (area, has, wanted) = (999, 3, 70_000);
    let changes = [
        Change::PartReleased { hold: HoldId(65_536), part: part(&[7, 300], &[(0, 251), (999, 1)]) },
        Change::HoldChanged { hold: HoldId(251), drop: part(&[7], &[]), add: part(&[], &[(1, 2)]) },
        Change::Exchanged {
            order: name("order~1"),
            drop: part(&[65_535], &[(0, 1)]),
            add: part(&[70_000], &[(1, 1)]),
            reason: reason(),
        },
        Change::PartBlocked {
            ranges: [(0, 251), (70_000, 1)].into(),
            places: places(&[(3, 300)]),
            audit: audit(),
        },
        Change::PartUnblocked { ranges: [(5, 65_536)].into(), places: places(&[]), audit: audit() },
        Change::Refused(Refusal::PlacesNotInHold { area, has, wanted }),
        Change::Refused(Refusal::PlacesNotBlocked { area, has, wanted }),
        Change::Refused(Refusal::PlacesNotInOrder { area, has, wanted }),
    ];
    let dated = |(line, record): (String, Record)| (line, Record { dated: true, ..record });
    (220..).zip(changes).map(sample).map(dated).collect()
}

/// One of which parts were given back, exchanged and blocked.
pub(crate) fn event() -> Event {
    let created = Created { name: name("concert-2037"), spec: spec(Orphans::Allow) };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&Record::new(AT, 1, Some(key(100)), birth));
    let changes = [
        hold("customer-1", 300_000, &[2, 0], &[(0, 5)]),
        hold("customer-2", 300_000, &[3], &[(0, 4)]),
        hold("customer-3", 300_000, &[10, 11], &[]),
        Change::PartReleased { hold: HoldId(2), part: part(&[0], &[(0, 2)]) },
        Change::HoldChanged { hold: HoldId(4), drop: part(&[10], &[]), add: part(&[], &[(0, 1)]) },
        Change::Sold { order: name("order-1"), holds: holds(&[2, 3]) },
        Change::Exchanged {
            order: name("order-1"),
            drop: part(&[2], &[(0, 4)]),
            add: part(&[20, 21], &[(0, 3)]),
            reason: "moved".into(),
        },
        Change::Returned {
            order: name("order-1"),
            part: Some(part(&[20], &[(0, 1)])),
            refund: None,
            operator: None,
            reason: "ill".into(),
        },
        Change::PartBlocked { ranges: [(30, 40)].into(), places: places(&[(0, 300)]), audit: audit() },
        Change::PartUnblocked { ranges: [(35, 2)].into(), places: places(&[(0, 1)]), audit: audit() },
    ];
    happen(&mut event, changes);
    event
}
