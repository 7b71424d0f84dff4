//! Records that name what their changes have touched.

use holdfast_engine::{
    Account, Change, Counts, HoldId, Key, Millis, Origin, Record, SeatStatus, Touched, Trace,
};

use crate::{AT, hold, holds, key, name};

/// Each after another kind of beginning.
pub(crate) fn samples() -> Vec<(String, Record, Touched)> {
    let runs = vec![(250, 1), (249, 1), (70_000, 300), (0, 2)];
    let of = |status, runs| Touched { status, runs, ..Touched::NOTHING };
    let mut counts = Counts::free(70_000);
    for (count, to) in (1..).zip(SeatStatus::ALL).skip(1) {
        counts.shift(count * 130, SeatStatus::Free, to);
    }
    let (areas, counts) = (vec![(0, 1), (999, 70_000)], vec![Counts::default(), counts]);
    let shared = Key { account: Account(9), ..key(231) };
    let trace = Some(Trace { trace_id: [7; 16], span_id: [9; 8] });
    let origin = Some(Box::new(Origin { token: Some(name("till-4")), trace, note: None }));
    let record = |version, key, change| Record::new(AT, version, key, change);
    let expired = record(230, None, Change::Expired { hold: HoldId(2) });
    let sold = Change::Sold { order: name("order-1"), holds: holds(&[2, 3]) };
    let sold = Record { origin, ..record(231, Some(shared), sold) };
    let held = record(232, Some(key(232)), hold("customer-1", 300_000, &[2, 0], &[(999, 1)]));
    let lapsed = record(233, None, Change::PaymentLapsed { payment: name("order-2") });
    let charged = Change::PaymentTried { payment: name("p"), deadline_in: Millis(9), holds: holds(&[9]) };
    let long = (0..100).map(|run| (run * 10, 3)).collect();
    vec![
        ("touched.expired".into(), expired, of(SeatStatus::Free, vec![(7, 1)])),
        ("touched.sold".into(), sold, of(SeatStatus::Sold, runs.clone())),
        (
            "touched.held".into(),
            held,
            Touched { areas: areas.clone(), counts: counts.clone(), ..Touched::NOTHING },
        ),
        ("touched.lapsed".into(), lapsed, Touched { areas, counts, ..of(SeatStatus::Free, runs) }),
        ("touched.paying".into(), record(234, Some(key(234)), charged), of(SeatStatus::Paying, long)),
    ]
}
