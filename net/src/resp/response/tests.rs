//! The exact bytes of every reply, in both versions of the protocol. Clients depend on the order of the fields, so a
//! difference here is a change of the protocol.

use std::sync::Arc;

use super::*;
use crate::resp::encode::Protocol;
use holdfast_engine::{
    Amount, AreaSpec, At, Best, Currency, DryView, EventSpec, HoldId, Label, Limit, Millis, OrderStatus,
    PaymentLine, PaymentView, Places, RowRange, RowSpec, RowsSpec, Scope, Seats, SectionSpec, Sums,
};

fn about() -> About {
    let row = RowSpec {
        name: "1".into(),
        seats: Some(3.into()),
        accessible: vec!["1".into()],
        ..RowSpec::default()
    };
    let section = SectionSpec::new;
    let spec = EventSpec {
        sections: vec![
            section("A", "VIP", RowsSpec::Each(vec![row])),
            section("BALCONY", "STD", RowsSpec::Range(RowRange::new(9, 10, 2))),
        ],
        areas: vec![AreaSpec { name: "FLOOR".into(), category: "GA".into(), capacity: 2_000 }],
        ..EventSpec::default()
    };
    About { name: name("ev"), layout: Arc::new(Layout::build(&spec).unwrap()), plan_version: 1, branch: 1 }
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).unwrap()
}

/// Both versions, with `|` for the line ends.
fn written(reply: &Reply) -> [String; 2] {
    told(reply, false)
}

/// The same to a client that is told of repeats, or is not.
fn told(reply: &Reply, repeats: bool) -> [String; 2] {
    [Protocol::Resp2, Protocol::Resp3].map(|protocol| {
        let mut out = Vec::new();
        let voice = Voice { protocol, bare: false, repeats };
        write_reply(&mut Encoder::new(&mut out, protocol), reply, Some(&about()), voice);
        String::from_utf8(out).unwrap().replace("\r\n", "|")
    })
}

fn counts(free: u32, held: u32, sold: u32) -> Counts {
    let mut counts = Counts::free(free);
    counts.add(SeatStatus::Held, held);
    counts.add(SeatStatus::Sold, sold);
    counts
}

fn hold(places: Places) -> Answer {
    let seats = Seats::from_iter([0, 6]);
    Answer::Hold { hold: HoldId(12), expires_at: At(1_700_000_000_000), version: 12, seats, places }
}

#[test]
fn answers() {
    let seats = "$5|seats|*2|$5|A-1-1|$12|BALCONY-10-2|";
    let areas = "$5|areas|*2|$5|FLOOR|:3|";
    let held = format!("$4|hold|:12|$10|expires_at|:1700000000000|$7|version|:12|{seats}");
    let order = Answer::Order {
        order: name("o-1"),
        version: 13,
        seats: Seats::from_iter([0, 6]),
        places: Places::from_iter([(0, 3)]),
    };
    let sold = format!("$5|order|$3|o-1|$7|version|:13|{seats}{areas}");
    let released = Answer::Released { hold: HoldId(12), version: 14, released: 5 };
    let event = Answer::Event { status: EventStatus::Paused, version: 15 };
    let cases = [
        (hold(Places::default()), format!("*8|{held}"), format!("%4|{held}")),
        (hold(Places::from_iter([(0, 3)])), format!("*10|{held}{areas}"), format!("%5|{held}{areas}")),
        (order, format!("*8|{sold}"), format!("%4|{sold}")),
        (
            released,
            "*6|$4|hold|:12|$7|version|:14|$8|released|:5|".to_owned(),
            "%3|$4|hold|:12|$7|version|:14|$8|released|:5|".to_owned(),
        ),
        (
            event,
            "*6|$5|event|$2|ev|$6|status|$6|paused|$7|version|:15|".to_owned(),
            "%3|$5|event|$2|ev|$6|status|$6|paused|$7|version|:15|".to_owned(),
        ),
        (
            Answer::Cancelled { order: name("o-1"), version: 16, cancelled: 3 },
            "*6|$5|order|$3|o-1|$7|version|:16|$9|cancelled|:3|".to_owned(),
            "%3|$5|order|$3|o-1|$7|version|:16|$9|cancelled|:3|".to_owned(),
        ),
        (
            Answer::Blocked { version: 17, seats: 2 },
            "*6|$5|event|$2|ev|$7|version|:17|$5|seats|:2|".to_owned(),
            "%3|$5|event|$2|ev|$7|version|:17|$5|seats|:2|".to_owned(),
        ),
    ];
    for (answer, two, three) in cases {
        // ASK tells an accepted answer just as it was told at first.
        let asked = |at| View::Asked(Some(Box::new((answer.clone(), at))));
        for reply in [Reply::Answer(answer.clone(), None), Reply::View(asked(None))] {
            assert_eq!(written(&reply), [two.clone(), three.clone()]);
        }
        // What has a deadline or is to be paid tells the time at which it was decided.
        let tells = matches!(answer, Answer::Hold { .. } | Answer::Order { .. });
        let (two, three) = if tells { (dated(&two), dated(&three)) } else { (two, three) };
        let at = Some(At(1_700_000_000_123));
        for reply in [Reply::Answer(answer.clone(), at), Reply::View(asked(at))] {
            assert_eq!(told(&reply, true), [two.clone(), three.clone()], "only a repeat is one");
            assert_eq!(written(&reply), [two.clone(), three.clone()]);
        }
        let again = Reply::Repeated(answer, at);
        assert_eq!(written(&again), [two.clone(), three.clone()], "nobody has asked for more");
        assert_eq!(told(&again, true), [repeated(&two), repeated(&three)]);
    }
}

/// The same map with the field `at` behind.
fn dated(map: &str) -> String {
    with(map, "$2|at|:1700000000123|")
}

/// The same map with the field of a repeat behind.
fn repeated(map: &str) -> String {
    with(map, "$8|repeated|:1|")
}

fn with(map: &str, field: &str) -> String {
    let (head, fields) = map.split_once('|').unwrap();
    let (kind, count) = head.split_at(1);
    let more = if kind == "*" { 2 } else { 1 };
    format!("{kind}{}|{fields}{field}", count.parse::<u32>().unwrap() + more)
}

#[test]
fn refusals_are_simple_errors() {
    let taken = [(0, SeatStatus::Held), (3, SeatStatus::Sold)];
    let cases = [
        (Refusal::SeatsTaken(taken.into_iter().collect()), "TAKEN HF-BIZ-001 A-1-1 held, BALCONY-9-1 sold"),
        (
            Refusal::PlacesTaken { area: 0, free: 1, wanted: 2 },
            "TAKEN HF-BIZ-002 FLOOR has 1 free places, 2 wanted",
        ),
        (
            Refusal::NotEnough {
                best: Best { count: 4, scope: Scope::Everywhere, scattered: false, accessible: 0 },
                free: 9,
                together: 3,
            },
            "TAKEN HF-BIZ-003 BEST 4: 9 to choose from, at most 3 side by side",
        ),
        (
            Refusal::NotEnough {
                best: Best { count: 2, scope: Scope::Section(1), scattered: true, accessible: 1 },
                free: 1,
                together: 0,
            },
            "TAKEN HF-BIZ-003 BEST 2 IN BALCONY SCATTERED ACCESSIBLE: 1 to choose from, at most 0 side by side with an accessible one",
        ),
        (
            Refusal::Orphan { lone: 0, count: 2, picks: [0, 3].into_iter().collect() },
            "ORPHAN HF-BIZ-004 leaves A-1-1 alone; legal picks nearby: A-1-1 to A-1-2, BALCONY-9-1 to BALCONY-9-2",
        ),
        (
            Refusal::Orphan { lone: 1, count: 1, picks: std::iter::once(0).collect() },
            "ORPHAN HF-BIZ-004 leaves A-1-2 alone; legal picks nearby: A-1-1",
        ),
        (Refusal::HoldGone(HoldId(7)), "GONE HF-BIZ-010 hold 7 is unknown, expired, released or sold"),
        (
            Refusal::OverLimit { limit: Limit::SeatsPerHold, allowed: 10, wanted: 11 },
            "LIMIT HF-BIZ-020 max_seats_per_hold is 10, wanted 11",
        ),
        (Refusal::NotOnSale(EventStatus::Closed), "CLOSED HF-BIZ-032 the event is closed"),
        (Refusal::EventExists, "EXISTS HF-BIZ-050 there is an event of that name"),
        (
            Refusal::OverLimit { limit: Limit::PaymentRetries, allowed: 3, wanted: 4 },
            "LIMIT HF-BIZ-025 max_payment_retries is 3 and reached for this payment",
        ),
        (
            Refusal::HoldInPayment { hold: HoldId(7), payment: name("p") },
            "STATE HF-BIZ-045 hold 7 is in payment p",
        ),
        (
            Refusal::PaymentGone { payment: name("p"), failed: false },
            "GONE HF-BIZ-015 there is no payment p; money that comes for it is to be paid back",
        ),
        (
            Refusal::PaymentGone { payment: name("p"), failed: true },
            "GONE HF-BIZ-015 payment p has failed and its seats were given back",
        ),
        (
            Refusal::PaymentIs { payment: name("p"), status: PaymentStatus::Success },
            "STATE HF-BIZ-046 payment p is SUCCESS",
        ),
        (
            Refusal::OverLimit { limit: Limit::HoldTotal, allowed: 7_200_000, wanted: 7_200_001 },
            "LIMIT HF-BIZ-024 max_hold_total is 7200000, wanted 7200001",
        ),
        (
            Refusal::RefundSum {
                payment: name("p").into(),
                wanted: amount(15_000, b"EUR"),
                left: amount(12_005, b"EUR"),
            },
            "LIMIT HF-BIZ-026 150.00 EUR are more than the 120.05 EUR of payment p that can go back",
        ),
        (
            Refusal::RefundSum {
                payment: name("p").into(),
                wanted: amount(10, b"KWD"),
                left: amount(12_005, b"KWD"),
            },
            "LIMIT HF-BIZ-026 all of the 12.005 KWD of payment p has to go back, not 0.010 KWD",
        ),
        (
            Refusal::RefundSum {
                payment: name("p").into(),
                wanted: amount(1, b"KRW"),
                left: amount(1, b"JPY"),
            },
            "LIMIT HF-BIZ-026 payment p was paid in JPY, not in KRW",
        ),
        (
            Refusal::NoAmount(name("p")),
            "STATE HF-BIZ-047 how much was paid by p was never told: leave the sum out",
        ),
        (Refusal::PaymentExists(name("p")), "EXISTS HF-BIZ-055 there is a payment p"),
    ];
    for (refusal, expected) in cases {
        let reply = Reply::Answer(Answer::Refused(refusal.clone()), None);
        let lines = [format!("-{expected}|"), format!("-{expected}|")];
        assert_eq!(written(&reply), lines);
        let again = Reply::Repeated(Answer::Refused(refusal.clone()), Some(At(7)));
        assert_eq!(told(&again, true), lines, "a refusal is the same line for ever");
        let asked = Reply::View(View::Asked(Some(Box::new((Answer::Refused(refusal), None)))));
        let field = format!("$7|refused|${}|{expected}|", expected.len());
        assert_eq!(written(&asked), [format!("*2|{field}"), format!("%1|{field}")]);
    }
}

#[test]
fn faults_and_lists() {
    let fault = Fault::new(Code::NO_EVENT, "no event \"x\"\r\n+OK");
    assert_eq!(written(&fault.into())[0], "-NOEVENT HF-INP-020 no event \"x\"  +OK|");
    let reply = Reply::Events {
        next: 2,
        events: vec![(name("a"), EventStatus::Open), (name("b"), EventStatus::Pending)],
    };
    let expected = "*2|:2|*4|$1|a|$4|open|$1|b|$7|pending|";
    assert_eq!(written(&reply), [expected, expected]);
    let empty = Reply::Events { next: 0, events: Vec::new() };
    assert_eq!(written(&empty)[0], "*2|:0|*0|");
}

#[test]
fn nothing_is_null() {
    for view in [View::Hold(None), View::Order(None), View::Payment(None), View::Asked(None)] {
        assert_eq!(written(&Reply::View(view)), ["$-1|", "_|"]);
    }
}

#[test]
fn info() {
    let view = InfoView {
        status: EventStatus::Open,
        version: 9,
        seats: counts(4, 2, 1),
        areas: vec![(0, counts(1_990, 4, 6))],
        limits: SaleLimits::default(),
        created_at: At(1_700_000_000_000),
        opens_at: None,
        closes_at: Some(At(1_800_000_000_000)),
        holds: 1,
        orders: 2,
        keys: 3,
        payments: [1, 2, 3, 4, 5, 6],
        plan_version: 8,
    };
    let head = "$6|status|$4|open|$7|version|:9|$5|seats|:7|$4|free|:4|$4|held|:2|$6|paying|:0|$4|sold|:1|$7|blocked|:0|$5|areas|*1|";
    let area = "$4|name|$5|FLOOR|$8|category|$2|GA|$8|capacity|:2000|$4|free|:1990|$4|held|:4|$6|paying|:0|$4|sold|:6|$7|blocked|:0|";
    let limits = "$11|default_ttl|:300000|$7|max_ttl|:1800000|$11|max_extends|:3|$14|max_hold_total|:7200000|$18|max_seats_per_hold|:10|$20|max_seats_per_holder|:10|$19|max_payment_retries|:3|$10|paid_ahead|:900000|$7|orphans|$5|avoid|";
    let tail = |null| {
        let times = format!("$10|created_at|:1700000000000|$8|opens_at|{null}|$9|closes_at|:1800000000000|");
        format!("{times}$5|holds|:1|$6|orders|:2|$4|keys|:3|$8|payments|")
    };
    let payments = "$7|PENDING|:1|$7|SUCCESS|:2|$6|FAILED|:3|$10|REFUND_DUE|:4|$8|REFUNDED|:5|$10|PAID_AHEAD|:6|$12|plan_version|:8|$6|branch|:1|";
    let expected = [
        format!("*38|{head}*16|{area}$6|limits|*18|{limits}{}*12|{payments}", tail("$-1")),
        format!("%19|{head}%8|{area}$6|limits|%9|{limits}{}%6|{payments}", tail("_")),
    ];
    assert_eq!(written(&Reply::View(View::Info(Box::new(view)))), expected);
}

#[test]
fn what_a_change_of_the_map_would_do() {
    let seats = [(0, SeatStatus::Held)].into_iter().collect();
    let dry = DryView {
        status: EventStatus::Open,
        version: 9,
        refused: Some(Refusal::StillTaken { seats, areas: [(0, 7)].into() }),
        change: "{}".into(),
        added: 3,
        removed: 1,
        holds: vec![HoldId(4)],
        orders: vec![name("o")],
        counts: (1, 2),
    };
    let head = "$5|event|$2|ev|$6|status|$4|open|$7|version|:9|$7|refused|";
    let refused = "$76|TAKEN HF-BIZ-006 A-1-1 held, 7 places of FLOOR held, paying or sold|";
    let tail = "$6|change|$2|{}|$5|added|:3|$7|removed|:1|$10|hold_count|:1|$5|holds|*1|:4|\
                $11|order_count|:2|$6|orders|*1|$1|o|";
    let written_as =
        |refused: &str| [format!("*22|{head}{refused}{tail}"), format!("%11|{head}{refused}{tail}")];
    let refused = refused.replace("$76", &format!("${}", refused.len() - 5));
    assert_eq!(written(&Reply::View(View::Dry(Box::new(dry.clone())))), written_as(&refused));
    let fine = DryView { refused: None, ..dry };
    let expected = [written_as("$-1|")[0].clone(), written_as("_|")[1].clone()];
    assert_eq!(written(&Reply::View(View::Dry(Box::new(fine)))), expected);
}

#[test]
fn map_and_counts() {
    let map = |rows: &[std::ops::Range<u32>], letters: &[u8], areas| {
        let view = MapView { rows: rows.to_vec(), letters: letters.to_vec(), areas };
        written(&Reply::View(View::Map(Box::new(view))))
    };
    let whole = "*4|*3|$1|A|$1|1|$3|.hx|*3|$7|BALCONY|$1|9|$2|s.|*3|$7|BALCONY|$2|10|$2|p.|*3|$5|FLOOR|$0||$15|2000:1990:4:0:6|";
    assert_eq!(map(&[0..1, 1..3], b".hxs.p.", vec![(0, counts(1_990, 4, 6))]), [whole, whole]);
    let section = "*2|*3|$7|BALCONY|$1|9|$2|s.|*3|$7|BALCONY|$2|10|$2|p.|";
    assert_eq!(map(&[1..2, 2..3], b"s.p.", Vec::new()), [section, section]);
    let apart = "*2|*3|$1|A|$1|1|$3|-hx|*3|$7|BALCONY|$2|10|$2|p-|";
    assert_eq!(map(&[0..1, 2..3], b"-hxp-", Vec::new()), [apart, apart]);

    let fields = "$4|free|:4|$4|held|:2|$6|paying|:0|$4|sold|:1|$7|blocked|:0|";
    let expected = [format!("*10|{fields}"), format!("%5|{fields}")];
    assert_eq!(written(&Reply::View(View::Count(counts(4, 2, 1)))), expected);
    let label = |text: &str| Label::new(text.as_bytes()).unwrap();
    let groups = vec![(label("VIP"), counts(4, 2, 1)), (label("GA"), counts(4, 2, 1))];
    let expected = ["*10", "%5"].map(|map| format!("*2|*2|$3|VIP|{map}|{fields}*2|$2|GA|{map}|{fields}"));
    assert_eq!(written(&Reply::View(View::CountBy(groups.into_boxed_slice()))), expected);
}

#[test]
fn seats_holds_and_orders() {
    let free = SeatView {
        seat: 0,
        status: SeatStatus::Free,
        hold: None,
        order: None,
        holder: None,
        expires_at: None,
    };
    let fields = |null: &str| {
        format!(
            "$4|seat|$5|A-1-1|$7|ordinal|:0|$8|category|$3|VIP|$10|accessible|:1|$6|status|$4|free|\
             $4|hold|{null}|$5|order|{null}|$6|holder|{null}|$10|expires_at|{null}|"
        )
    };
    let expected = [format!("*18|{}", fields("$-1")), format!("%9|{}", fields("_"))];
    assert_eq!(written(&Reply::View(View::Seat(Box::new(free)))), expected);

    let held = SeatView {
        seat: 6,
        status: SeatStatus::Sold,
        hold: Some(HoldId(12)),
        order: Some(name("o")),
        holder: Some(name("h")),
        expires_at: Some(At(5)),
    };
    let fields = "$4|seat|$12|BALCONY-10-2|$7|ordinal|:6|$8|category|$3|STD|$10|accessible|:0|$6|status|$4|sold|\
                  $4|hold|:12|$5|order|$1|o|$6|holder|$1|h|$10|expires_at|:5|";
    let expected = [format!("*18|{fields}"), format!("%9|{fields}")];
    assert_eq!(written(&Reply::View(View::Seat(Box::new(held)))), expected);

    let hold = HoldView {
        hold: HoldId(12),
        holder: name("h"),
        expires_at: At(5),
        left: Millis(3),
        extends: 1,
        payment: Some(name("p")),
        seats: Seats::from_iter([0]),
        places: Places::from_iter([(0, 2)]),
        note: None,
    };
    let fields = "$4|hold|:12|$6|holder|$1|h|$10|expires_at|:5|$4|left|:3|$7|extends|:1|$7|payment|$1|p|$5|seats|*1|$5|A-1-1|$5|areas|*2|$5|FLOOR|:2|";
    let expected = [format!("*16|{fields}"), format!("%8|{fields}")];
    assert_eq!(written(&Reply::View(View::Hold(Some(Box::new(hold.clone()))))), expected);
    let noted = HoldView { note: Some("x y".into()), ..hold };
    let expected = [format!("*18|{fields}$4|note|$3|x y|"), format!("%9|{fields}$4|note|$3|x y|")];
    assert_eq!(written(&Reply::View(View::Hold(Some(Box::new(noted))))), expected);

    let order = OrderView {
        order: name("o"),
        status: OrderStatus::Sold,
        holder: name("h"),
        version: 13,
        sold_at: At(7),
        cancelled_at: None,
        seats: Seats::from_iter([0]),
        places: Places::default(),
        note: None,
    };
    let fields = |nothing| {
        format!(
            "$5|order|$1|o|$6|status|$4|sold|$6|holder|$1|h|$7|version|:13|$7|sold_at|:7|$12|cancelled_at|{nothing}|$5|seats|*1|$5|A-1-1|"
        )
    };
    let expected = [format!("*14|{}", fields("$-1")), format!("%7|{}", fields("_"))];
    assert_eq!(written(&Reply::View(View::Order(Some(Box::new(order.clone()))))), expected);

    let cancelled = OrderView {
        status: OrderStatus::Cancelled,
        cancelled_at: Some(At(8)),
        seats: Seats::default(),
        note: Some("가".into()),
        ..order
    };
    let fields = "$5|order|$1|o|$6|status|$9|cancelled|$6|holder|$1|h|$7|version|:13|$7|sold_at|:7|$12|cancelled_at|:8|$5|seats|*0|$4|note|$3|가|";
    let expected = [format!("*16|{fields}"), format!("%8|{fields}")];
    assert_eq!(written(&Reply::View(View::Order(Some(Box::new(cancelled))))), expected);
}

#[test]
fn a_reply_without_its_event_is_still_a_reply() {
    let mut out = Vec::new();
    let reply = Reply::Answer(hold(Places::default()), None);
    let voice = Voice { protocol: Protocol::Resp3, bare: false, repeats: true };
    write_reply(&mut Encoder::new(&mut out, voice.protocol), &reply, None, voice);
    assert!(out.starts_with(b"-DEGRADED HF-LOG-002 ") && out.ends_with(b"\r\n"));
}

#[test]
fn payments() {
    let line = |status, retry_after| PaymentLine {
        payment: name("p-1"),
        status,
        version: 7,
        deadline_at: At(1_700_000_060_000),
        retry_after: Millis(retry_after),
    };
    let of_line = |status: &str, retry_after| {
        let length = status.len();
        format!(
            "$7|payment|$3|p-1|$6|status|${length}|{status}|$7|version|:7|$8|deadline|:1700000060000|$11|retry_after|:{retry_after}|"
        )
    };
    let answer = Answer::Payment { line: line(PaymentStatus::Pending, 5_000), already: false };
    let fields = of_line("PENDING", 5_000);
    assert_eq!(written(&Reply::Answer(answer, None)), [format!("*10|{fields}"), format!("%5|{fields}")]);

    let again = Answer::Payment { line: line(PaymentStatus::RefundDue, 0), already: true };
    let fields = format!("{}$7|already|:1|", of_line("REFUND_DUE", 0));
    let expected = [format!("*12|{fields}"), format!("%6|{fields}")];
    assert_eq!(written(&Reply::Answer(again.clone(), None)), expected);
    assert_eq!(written(&Reply::View(View::Asked(Some(Box::new((again.clone(), None)))))), expected);
    let expected = expected.map(|map| dated(&map));
    assert_eq!(written(&Reply::Answer(again, Some(At(1_700_000_000_123)))), expected);

    let view = PaymentView {
        line: line(PaymentStatus::Refunded, 0),
        sums: None,
        holder: Some(name("h")),
        retries: 2,
        tried_at: At(9),
        reason: None,
        reference: Some("re 1".into()),
        asked: None,
        provider: None,
        receipt: None,
        refunds: Vec::new(),
        seats: Seats::from_iter([0]),
        places: Places::from_iter([(0, 2)]),
        note: None,
    };
    let fields = |null: &str| {
        format!(
            "{}$6|holder|$1|h|$7|retries|:2|$8|tried_at|:9|$6|reason|{null}|$9|reference|$4|re 1|$5|seats|*1|$5|A-1-1|$5|areas|*2|$5|FLOOR|:2|",
            of_line("REFUNDED", 0)
        )
    };
    let expected = [format!("*24|{}", fields("$-1")), format!("%12|{}", fields("_"))];
    assert_eq!(written(&Reply::View(View::Payment(Some(Box::new(view.clone()))))), expected);
    let noted = PaymentView { note: Some("x".into()), ..view };
    let expected =
        [("*26|", "$-1"), ("%13|", "_")].map(|(map, null)| format!("{map}{}$4|note|$1|x|", fields(null)));
    assert_eq!(written(&Reply::View(View::Payment(Some(Box::new(noted))))), expected);

    let payments = vec![
        (line(PaymentStatus::Success, 0), None, None),
        (line(PaymentStatus::Pending, 250), None, Some("x y".into())),
    ];
    let (one, other) = (of_line("SUCCESS", 0), format!("{}$4|note|$3|x y|", of_line("PENDING", 250)));
    let expected = [["*10", "*12"], ["%5", "%6"]]
        .map(|[of_one, of_other]| format!("*2|:3|*2|{of_one}|{one}{of_other}|{other}"));
    assert_eq!(written(&Reply::View(View::Payments { next: 3, payments })), expected);
}

fn amount(minor: u64, code: &[u8]) -> Amount {
    Amount { minor, currency: Currency::new(code).unwrap() }
}

#[test]
fn the_money_of_payments() {
    let line = PaymentLine {
        payment: name("p"),
        status: PaymentStatus::Success,
        version: 7,
        deadline_at: At(9),
        retry_after: Millis(0),
    };
    let of_line = "$7|payment|$1|p|$6|status|$7|SUCCESS|$7|version|:7|$8|deadline|:9|$11|retry_after|:0|";
    let sums = |refundable, refunded, mismatch| Sums {
        amount: amount(12_000, b"EUR"),
        refundable,
        refunded,
        mismatch,
    };
    let of_amount = "$6|amount|:12000|$8|currency|$3|EUR|";
    let cases = [
        (sums(0, 0, false), false, 7, String::new()),
        (sums(5, 0, false), true, 9, "$10|refundable|:5|$7|already|:1|".to_owned()),
        (sums(0, 6, true), false, 9, "$8|refunded|:6|$8|mismatch|:1|".to_owned()),
        (
            sums(5, 6, true),
            true,
            11,
            "$10|refundable|:5|$8|refunded|:6|$8|mismatch|:1|$7|already|:1|".to_owned(),
        ),
    ];
    for (sums, already, count, rest) in cases {
        let fields = format!("{of_line}{of_amount}{rest}");
        let expected = [format!("*{}|{fields}", 2 * count), format!("%{count}|{fields}")];
        let answer = Answer::Money { line: line.clone(), sums: Box::new(sums), already };
        assert_eq!(written(&Reply::Answer(answer.clone(), None)), expected);
        let again = told(&Reply::Repeated(answer.clone(), None), true);
        assert_eq!(again, [repeated(&expected[0]), repeated(&expected[1])]);
        assert_eq!(written(&Reply::View(View::Asked(Some(Box::new((answer, None)))))), expected);
        if !already {
            let payments = vec![(line.clone(), Some(sums), None)];
            let listed = expected.map(|map| format!("*2|:0|*1|{map}"));
            assert_eq!(written(&Reply::View(View::Payments { next: 0, payments })), listed);
        }
    }
    let view = PaymentView {
        line,
        sums: Some(sums(5, 6, true)),
        holder: None,
        retries: 0,
        tried_at: At(3),
        reason: None,
        reference: Some("re".into()),
        asked: Some(amount(11_000, b"USD")),
        provider: Some(name("stripe")),
        receipt: Some("pi".into()),
        refunds: vec![("rd".into(), 2), ("re".into(), 4)],
        seats: Seats::default(),
        places: Places::default(),
        note: None,
    };
    let fields = format!(
        "{of_line}{of_amount}$10|refundable|:5|$8|refunded|:6|$8|mismatch|:1|$6|holder|_|$7|retries|:0|$8|tried_at|:3|\
         $6|reason|_|$9|reference|$2|re|$5|asked|:11000|$14|asked_currency|$3|USD|$8|provider|$6|stripe|\
         $14|paid_reference|$2|pi|$7|refunds|*4|$2|rd|:2|$2|re|:4|$5|seats|*0|"
    );
    let expected = [format!("*42|{}", fields.replace("_|$", "$-1|$")), format!("%21|{fields}")];
    assert_eq!(written(&Reply::View(View::Payment(Some(Box::new(view))))), expected);
}
