//! Every command, well-formed and with each of its arguments wrong. What must hold: a good one is taken as it was
//! meant, a bad one is refused with the code and a message that names the argument; nothing panics on any arguments.

mod notes;
mod streams;
mod traced;

use std::sync::OnceLock;

use holdfast_engine::{AreaSpec, EventSpec, Layout, RowRange, RowsSpec, SectionSpec};
use quickcheck::quickcheck;

use super::*;
use crate::limits;
use crate::resp::decode::{Decoded, Decoder, FrameLimits};

fn wire(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The hall of the event that every command is about.
fn hall() -> &'static Layout {
    static HALL: OnceLock<Layout> = OnceLock::new();
    HALL.get_or_init(|| {
        let area = |name: &str| AreaSpec { name: name.into(), category: "GA".into(), capacity: 10_000_000 };
        let section = |name| SectionSpec::new(name, "VIP", RowsSpec::Range(RowRange::new(1, 1, 2_000)));
        let spec = EventSpec {
            sections: vec![section("A"), section("IN")],
            areas: ["FLOOR", "B", "f", "g", "SEATS"].map(area).to_vec(),
            ..EventSpec::default()
        };
        Layout::build(&spec).unwrap()
    })
}

/// `Ok`: the command in its debug form. `Err`: code and message.
fn parsed(words: &[&[u8]]) -> Result<String, String> {
    let (bytes, mut decoder) = (wire(words), Decoder::new());
    assert_eq!(decoder.decode(&bytes, FrameLimits::LARGEST), Ok(Decoded::Command(bytes.len())));
    let told = |fault: Fault| format!("{} {}", fault.code, fault.message);
    match command(decoder.arguments(&bytes), &Grant::EVERYTHING, &mut None) {
        Ok((verb, Command::Event(command))) => {
            let event = command.event;
            let ask = command.ask(Labels::of(hall())).map_err(told)?;
            assert_eq!(class(&ask), verb.class, "{}: its row and its event say another class", verb.title());
            Ok(format!("{event:?} {}", format!("{ask:?}").replace("ShortList(", "(")))
        }
        Ok((_, Command::Front(Front::Feed(feed)))) => Ok(format!("{feed:?}")),
        Ok((_, Command::Front(Front::Local(local)))) => Ok(format!("{local:?}")),
        Ok((_, Command::Front(front))) => Ok(format!("{front:?}")),
        Err(Unusable::Invalid(fault)) => Err(told(fault)),
        Err(Unusable::Denied(verb) | Unusable::Elsewhere(verb, _)) => {
            panic!("{} is denied to an operator", verb.title())
        }
    }
}

/// What the event takes it for.
fn class(ask: &Ask<'_>) -> Class {
    match ask {
        Ask::Write { write, .. } => write.class(),
        Ask::Read(read) => holdfast_engine::Command::Read(read.clone()).class(),
        Ask::Answer(_) => Class::Progress,
    }
}

/// Words at spaces; `_` is an empty word, `~` a space within one.
fn line(text: &str) -> Result<String, String> {
    let words: Vec<String> = text.split(' ').map(|word| word.replace('_', "").replace('~', " ")).collect();
    parsed(&words.iter().map(String::as_bytes).collect::<Vec<_>>())
}

#[test]
fn commands_about_a_connection_are_known_by_their_names() {
    let is_about = |words: &str| is_about_a_connection(words.split(' ').map(str::as_bytes));
    for name in [
        "AUTH",
        "hello",
        "Quit",
        "RESET",
        "CLIENT",
        "SUBSCRIBE",
        "unsubscribe",
        "PUNSUBSCRIBE",
        "SSUBSCRIBE",
        "MULTI",
        "EXEC",
        "WATCH",
        "TRACED x AUTH y",
        "traced x state y subscribe z",
    ] {
        assert!(is_about(name), "{name}");
    }
    for name in [
        "EVENT",
        "hold",
        "FEED",
        "FEEDS",
        "PICTURE",
        "INFO",
        "CONFIG",
        "COMMAND",
        "NONSENSE",
        "",
        "TRACED x INFO",
        "TRACED",
    ] {
        assert!(!is_about(name), "{name}");
    }
}

#[test]
fn well_formed_requests() {
    let cases = [
        (
            "HOLD ev k h 0 SEATS A-1-1",
            r#""ev" Write { key: "k", write: Hold { holder: "h", ttl: 0, seats: ([0]), best: [], places: ([]) } }"#,
        ),
        (
            "hold ev k h 5000 seats A-1-1 A-1-2 area FLOOR 3 Seats #7 AREA B 1",
            r#""ev" Write { key: "k", write: Hold { holder: "h", ttl: 5000, seats: ([0, 1, 7]), best: [], places: ([(0, 3), (1, 1)]) } }"#,
        ),
        (
            "HOLD ev k h 1 AREA SEATS 10000000",
            r#""ev" Write { key: "k", write: Hold { holder: "h", ttl: 1, seats: ([]), best: [], places: ([(4, 10000000)]) } }"#,
        ),
        (
            "HOLD ev k h 18446744073709551615 AREA f 1",
            r#""ev" Write { key: "k", write: Hold { holder: "h", ttl: 18446744073709551615, seats: ([]), best: [], places: ([(2, 1)]) } }"#,
        ),
        (
            "HOLD ev k h 0 BEST 2",
            r#""ev" Write { key: "k", write: Hold { holder: "h", ttl: 0, seats: ([]), best: [Best { count: 2, scope: Everywhere, scattered: false, accessible: 0 }], places: ([]) } }"#,
        ),
        (
            "hold ev k h 0 best 1000 accessible in IN scattered AREA f 1 BEST 1 SEATS #7",
            r#""ev" Write { key: "k", write: Hold { holder: "h", ttl: 0, seats: ([7]), best: [Best { count: 1000, scope: Section(1), scattered: true, accessible: 1 }, Best { count: 1, scope: Everywhere, scattered: false, accessible: 0 }], places: ([(2, 1)]) } }"#,
        ),
        ("EXTEND ev k 12 0", r#""ev" Write { key: "k", write: Extend { hold: 12, ttl: 0 } }"#),
        ("RELEASE ev k 12", r#""ev" Write { key: "k", write: Release { hold: 12, part: None } }"#),
        (
            "RELEASE ev k 12 SEATS A-1-1 #7",
            r#""ev" Write { key: "k", write: Release { hold: 12, part: Some(Selection { seats: ([0, 7]), places: ([]) }) } }"#,
        ),
        ("CONFIRM ev k o 1", r#""ev" Write { key: "k", write: Confirm { order: "o", holds: ([1]) } }"#),
        (
            "Confirm ev k o 1 2 3",
            r#""ev" Write { key: "k", write: Confirm { order: "o", holds: ([1, 2, 3]) } }"#,
        ),
        (
            "CHANGE ev k 12 DROP A-1-1 ADD A-1-2 #7",
            r#""ev" Write { key: "k", write: Change { hold: 12, drop: Selection { seats: ([0]), places: ([]) }, add: Selection { seats: ([1, 7]), places: ([]) } } }"#,
        ),
        (
            "change ev k 12 add A-1-2 drop A-1-1 Add #7",
            r#""ev" Write { key: "k", write: Change { hold: 12, drop: Selection { seats: ([0]), places: ([]) }, add: Selection { seats: ([1, 7]), places: ([]) } } }"#,
        ),
        (
            "change ev k 12 drop area f 2 seats A-1-1 add #7 area f 1 holder h",
            r#""ev" Write { key: "k", write: OfHolder("h", Change { hold: 12, drop: Selection { seats: ([0]), places: ([(2, 2)]) }, add: Selection { seats: ([7]), places: ([(2, 1)]) } }) }"#,
        ),
        (
            "RELEASE ev k 12 AREA f 3 SEATS A-1-1 HOLDER h",
            r#""ev" Write { key: "k", write: OfHolder("h", Release { hold: 12, part: Some(Selection { seats: ([0]), places: ([(2, 3)]) }) }) }"#,
        ),
        (
            "RELEASE ev k 12 holder h",
            r#""ev" Write { key: "k", write: OfHolder("h", Release { hold: 12, part: None }) }"#,
        ),
        (
            "EXTEND ev k 12 0 HOLDER h",
            r#""ev" Write { key: "k", write: OfHolder("h", Extend { hold: 12, ttl: 0 }) }"#,
        ),
        (
            "CONFIRM ev k o 1 2 HOLDER h",
            r#""ev" Write { key: "k", write: OfHolder("h", Confirm { order: "o", holds: ([1, 2]) }) }"#,
        ),
        (
            "EXCHANGE ev k o moved DROP A-1-1 AREA f 1 ADD SEATS #7 A-1-2",
            r#""ev" Write { key: "k", write: Exchange { order: "o", drop: Selection { seats: ([0]), places: ([(2, 1)]) }, add: Selection { seats: ([7, 1]), places: ([]) }, reason: "moved" } }"#,
        ),
        (
            "CANCEL ev k o why AREA f 2 SEATS A-1-1",
            r#""ev" Write { key: "k", write: Cancel { order: "o", part: Some(Selection { seats: ([0]), places: ([(2, 2)]) }), refund: None, reason: "why" } }"#,
        ),
        (
            "CANCEL ev k o the~show~is~off",
            r#""ev" Write { key: "k", write: Cancel { order: "o", part: None, refund: None, reason: "the show is off" } }"#,
        ),
        (
            "Cancel ev k o seats seats A-1-1 #7",
            r#""ev" Write { key: "k", write: Cancel { order: "o", part: Some(Selection { seats: ([0, 7]), places: ([]) }), refund: None, reason: "seats" } }"#,
        ),
        (
            "CANCEL ev k o why SEATS A-1-1 #7 REFUND 6000",
            r#""ev" Write { key: "k", write: Cancel { order: "o", part: Some(Selection { seats: ([0, 7]), places: ([]) }), refund: Some(6000), reason: "why" } }"#,
        ),
        (
            "CANCEL ev k o why refund 0 seats A-1-1",
            r#""ev" Write { key: "k", write: Cancel { order: "o", part: Some(Selection { seats: ([0]), places: ([]) }), refund: Some(0), reason: "why" } }"#,
        ),
        (
            "CANCEL ev k o why REFUND 1000000000000000",
            r#""ev" Write { key: "k", write: Cancel { order: "o", part: None, refund: Some(1000000000000000), reason: "why" } }"#,
        ),
        (
            r#"EVENT LIMITS ev k op why {"orphans":"allow"}"#,
            r#""ev" Write { key: "k", write: SetLimits { limits: LimitsChange { default_ttl: None, max_ttl: None, max_extends: None, max_hold_total: None, max_seats_per_hold: None, max_seats_per_holder: None, max_payment_retries: None, paid_ahead: None, orphans: Some(Allow) }, audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            r#"EVENT CHANGE ev k op why {"capacity":{"FLOOR":9}}"#,
            r#""ev" Write { key: "k", write: ChangePlan { plan: PlanChange { add: Addition { sections: [], rows: [], areas: [] }, remove: Removed { seats: [], areas: [] }, capacity: Named([("FLOOR", 9)]), category: Named([]) }, audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            r##"event change ev k op why {"remove":{"seats":["A-1-1","#7-9"]}} dry"##,
            r##""ev" Read(DryChange(PlanChange { add: Addition { sections: [], rows: [], areas: [] }, remove: Removed { seats: ["A-1-1", "#7-9"], areas: [] }, capacity: Named([]), category: Named([]) }))"##,
        ),
        (
            "BLOCK ev k op why SEATS A-1-1 A-1-2",
            r#""ev" Write { key: "k", write: Block { spots: Spots { named: [Seat(0), Seat(1)], lenient: false }, audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            "unblock ev k op why seats A-1-1",
            r#""ev" Write { key: "k", write: Unblock { spots: Spots { named: [Seat(0)], lenient: false }, audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            "BLOCK ev k op why SECTION A ROW 1 FROM 2 TO 1 section IN ROW 1 SECTION IN AREA f 2 SEATS #7 where free",
            r#""ev" Write { key: "k", write: Block { spots: Spots { named: [Row(0, "1", Some((1, 0))), Row(1, "1", None), Section(1), Seat(7), Area(2, 2)], lenient: true }, audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            "UNBLOCK ev k op why SECTION A WHERE blocked",
            r#""ev" Write { key: "k", write: Unblock { spots: Spots { named: [Section(0)], lenient: true }, audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            "FORCE RELEASE ev k op why 12",
            r#""ev" Write { key: "k", write: ForceRelease { hold: 12, audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            "force cancel ev k op why o",
            r#""ev" Write { key: "k", write: ForceCancel { order: "o", refund: None, audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            "force cancel ev k op why o refund 5",
            r#""ev" Write { key: "k", write: ForceCancel { order: "o", refund: Some(5), audit: Audit { operator: "op", reason: "why" } } }"#,
        ),
        (
            "PAYMENT TRY ev k p 60000 1",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Try { deadline_in: 60000, holds: ([1]), charge: Charge { amount: None, provider: None } } } }"#,
        ),
        (
            "payment try ev k p 0 1 2 3",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Try { deadline_in: 0, holds: ([1, 2, 3]), charge: Charge { amount: None, provider: None } } } }"#,
        ),
        (
            "PAYMENT TRY ev k p 0 1 2 AMOUNT 12000 eur PROVIDER stripe",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Try { deadline_in: 0, holds: ([1, 2]), charge: Charge { amount: Some(Amount { minor: 12000, currency: EUR }), provider: Some("stripe") } } } }"#,
        ),
        (
            "PAYMENT TRY ev k p 0 1 provider x amount 0 KRW",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Try { deadline_in: 0, holds: ([1]), charge: Charge { amount: Some(Amount { minor: 0, currency: KRW }), provider: Some("x") } } } }"#,
        ),
        (
            "PAYMENT RETRY ev k p 5",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Retry { deadline_in: 5 } } }"#,
        ),
        (
            "PAYMENT Succeed ev k p",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Succeed(Receipt { amount: None, reference: None }) } }"#,
        ),
        (
            "PAYMENT SUCCEED ev k p REFERENCE pi~1 AMOUNT 1000000000000000 KWD",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Succeed(Receipt { amount: Some(Amount { minor: 1000000000000000, currency: KWD }), reference: Some("pi 1") }) } }"#,
        ),
        (
            "PAYMENT FAIL ev k p card~declined",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Fail { reason: "card declined", keep: None } } }"#,
        ),
        (
            "PAYMENT FAIL ev k p KEEP keep 90000",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Fail { reason: "KEEP", keep: Some(90000) } } }"#,
        ),
        (
            "PAYMENT REFUNDED ev k p re-1",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Refunded { reference: "re-1", amount: None } } }"#,
        ),
        (
            "PAYMENT REFUNDED ev k p AMOUNT amount 1 EUR",
            r#""ev" Write { key: "k", write: Payment { payment: "p", action: Refunded { reference: "AMOUNT", amount: Some(Amount { minor: 1, currency: EUR }) } } }"#,
        ),
        ("PAYMENT LIST ev", r#""ev" Read(Payments { among: All, cursor: 0, count: 100 })"#),
        ("PAYMENT LIST ev 7", r#""ev" Read(Payments { among: All, cursor: 7, count: 100 })"#),
        (
            "PAYMENT LIST ev status refunded 7 COUNT 3",
            r#""ev" Read(Payments { among: Having(Refunded), cursor: 7, count: 3 })"#,
        ),
        (
            "PAYMENT LIST ev STATUS PENDING count 3",
            r#""ev" Read(Payments { among: Having(Pending), cursor: 0, count: 3 })"#,
        ),
        ("PAYMENT LIST ev MISMATCH", r#""ev" Read(Payments { among: Mismatched, cursor: 0, count: 100 })"#),
        (
            "PAYMENT LIST ev refundable 7 COUNT 3",
            r#""ev" Read(Payments { among: Refundable, cursor: 7, count: 3 })"#,
        ),
        ("LIST HOLDS ev", r#""ev" Read(Holds(Listed { holder: None, from: 0, count: 100 }))"#),
        ("LIST ORDERS ev 7", r#""ev" Read(Orders(Listed { holder: None, from: 7, count: 100 }))"#),
        (
            "list orders ev holder h Since 7 COUNT 3",
            r#""ev" Read(Orders(Listed { holder: Some("h"), from: 8, count: 3 }))"#,
        ),
        // Both in either order; a cursor goes on from where the page before it ended.
        (
            "LIST HOLDS ev SINCE 7 HOLDER COUNT 9 COUNT 1000",
            r#""ev" Read(Holds(Listed { holder: Some("COUNT"), from: 9, count: 1000 }))"#,
        ),
        (
            "LIST HOLDS ev SINCE 18446744073709551615",
            r#""ev" Read(Holds(Listed { holder: None, from: 18446744073709551615, count: 100 }))"#,
        ),
        (
            "LIST HOLDS ev BY age HOLDER h",
            r#""ev" Read(Holds(Listed { holder: Some("h"), from: 0, count: 100 }))"#,
        ),
        (
            "LIST HOLDS ev by Expiry",
            r#""ev" Read(Expiring(Listed { holder: None, from: 0, count: 100 }, (0, 0)))"#,
        ),
        (
            "LIST HOLDS ev SINCE 7 BY expiry 1795245474407-12 COUNT 3",
            r#""ev" Read(Expiring(Listed { holder: None, from: 8, count: 3 }, (1795245474407, 12)))"#,
        ),
        ("GET PAYMENT ev p", r#""ev" Read(Payment("p"))"#),
        ("MAP ev", r#""ev" Read(Map(None))"#),
        ("MAP ev A", r#""ev" Read(Map(Some("A")))"#),
        ("COUNT ev", r#""ev" Read(Count(None))"#),
        ("COUNT ev by Category", r#""ev" Read(Count(Some(Category)))"#),
        ("COUNT ev BY SECTION", r#""ev" Read(Count(Some(Section)))"#),
        ("SEAT ev A-1-1", r#""ev" Read(Seat(0))"#),
        ("GET HOLD ev 7", r#""ev" Read(Hold(7))"#),
        ("get order ev o", r#""ev" Read(Order("o"))"#),
        ("ASK ev k", r#""ev" Answer("k")"#),
        ("EVENT CREATE ev k {}", r#"Create { event: "ev", key: "k", json: [123, 125] }"#),
        (
            "EVENT pause ev k op flood",
            r#""ev" Write { key: "k", write: SetStatus { action: Pause, operator: "op", reason: "flood" } }"#,
        ),
        (
            "EVENT RESUME ev k op all~is~well",
            r#""ev" Write { key: "k", write: SetStatus { action: Resume, operator: "op", reason: "all is well" } }"#,
        ),
        (
            "EVENT CLOSE ev k op café",
            r#""ev" Write { key: "k", write: SetStatus { action: Close, operator: "op", reason: "café" } }"#,
        ),
        ("EVENT LIST", "List { cursor: 0, count: 100, status: None }"),
        ("EVENT LIST 5", "List { cursor: 5, count: 100, status: None }"),
        ("EVENT LIST COUNT 1", "List { cursor: 0, count: 1, status: None }"),
        ("EVENT LIST STATUS archived", "List { cursor: 0, count: 100, status: Some(Archived) }"),
        ("EVENT LIST 5 COUNT 2 status Open", "List { cursor: 5, count: 2, status: Some(Open) }"),
        ("event list 5 count 1000", "List { cursor: 5, count: 1000, status: None }"),
        (
            "FEED ev 0",
            r#"Read { event: "ev", query: FeedQuery { from: 0, count: 100, block: 0ns }, branch: None }"#,
        ),
        (
            "feed ev 7 block 50 Count 18446744073709551615",
            r#"Read { event: "ev", query: FeedQuery { from: 7, count: 18446744073709551615, block: 50ms }, branch: None }"#,
        ),
        (
            "SUBSCRIBE feed:ev map:ev feed:feed:x",
            r#"Subscribe(Plain, [(Feed, "ev"), (Map, "ev"), (Feed, "feed:x")], None)"#,
        ),
        ("ssubscribe map:ev feed:x", r#"Subscribe(Sharded, [(Map, "ev"), (Feed, "x")], None)"#),
        ("EVENT INFO ev", r#""ev" Read(Info)"#),
    ];
    for (text, expected) in cases {
        assert_eq!(line(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn each_wrong_argument_is_named() {
    let cases = [
        ("HOLD", "HF-INP-001 missing event: HOLD ev key holder"),
        ("HOLD ev", "HF-INP-001 missing key"),
        ("HOLD ev k", "HF-INP-001 missing holder"),
        ("HOLD ev k h", "HF-INP-001 missing ttl"),
        ("HOLD ev k h 0", "HF-INP-001 missing SEATS, BEST or AREA"),
        ("HOLD ev k h 0 SEATS", "HF-INP-001 missing a seat behind SEATS"),
        ("HOLD ev k h 0 SEATS AREA f 1", "HF-INP-001 missing a seat behind SEATS"),
        ("HOLD ev k h 0 AREA", "HF-INP-001 missing area"),
        ("HOLD ev k h 0 AREA f", "HF-INP-001 missing places"),
        ("HOLD ev k h 0 A-1-1", "HF-INP-001 \"A-1-1\" is neither SEATS, BEST, AREA nor NOTE"),
        ("HOLD ev k h 0 AREA f 1 A-1-1", "HF-INP-001 \"A-1-1\" is neither SEATS, BEST, AREA nor NOTE"),
        ("HOLD ev k h 0 BEST", "HF-INP-001 missing BEST"),
        ("HOLD ev k h 0 BEST 0", "HF-INP-003 BEST \"0\" is not a decimal number from 1 to 1000"),
        ("HOLD ev k h 0 BEST 1001", "HF-INP-003 BEST \"1001\""),
        ("HOLD ev k h 0 BEST two", "HF-INP-003 BEST \"two\""),
        ("HOLD ev k h 0 BEST 2 IN", "HF-INP-001 missing section or category"),
        ("HOLD ev k h 0 BEST 2 IN a~~b", "HF-INP-002 section or category \"a  b\" is no name"),
        ("HOLD ev k h 0 BEST 2 IN a~b", "HF-INP-022 there is no section or category a b"),
        ("HOLD ev k h 0 BEST 2 IN A in B", "HF-INP-001 \"in\" stands twice in one BEST"),
        ("HOLD ev k h 0 BEST 2 SCATTERED scattered", "HF-INP-001 \"scattered\" stands twice in one BEST"),
        ("HOLD ev k h 0 BEST 2 A-1-1", "HF-INP-001 \"A-1-1\" is neither SEATS, BEST, AREA nor NOTE"),
        (
            "HOLD e~v k h 0 SEATS A-1-1",
            "HF-INP-002 event \"e v\" is no name: 1 to 64 bytes of printable ASCII",
        ),
        ("HOLD ev _ h 0 SEATS A-1-1", "HF-INP-002 key \"\" is no key"),
        ("HOLD ev k caf\u{e9} 0 SEATS A-1-1", "HF-INP-002 holder \"caf\u{e9}\" is no name"),
        ("HOLD ev k h 5s SEATS A-1-1", "HF-INP-003 ttl \"5s\" is not a decimal number from 0 to"),
        ("HOLD ev k h -1 SEATS A-1-1", "HF-INP-003 ttl \"-1\""),
        ("HOLD ev k h +1 SEATS A-1-1", "HF-INP-003 ttl \"+1\""),
        ("HOLD ev k h _ SEATS A-1-1", "HF-INP-003 ttl \"\""),
        ("HOLD ev k h 18446744073709551616 SEATS A-1-1", "HF-INP-003 ttl \"18446744073709551616\""),
        ("HOLD ev k h 0 SEATS _", "HF-INP-001 \"\" is not a seat: section-row-number or #ordinal"),
        ("HOLD ev k h 0 SEATS A-1-1 A~~1", "HF-INP-001 \"A  1\" is not a seat"),
        ("HOLD ev k h 0 SEATS A-1-1 A~1", "HF-INP-021 there is no seat A 1"),
        ("HOLD ev k h 0 AREA f~ 1", "HF-INP-002 area \"f \" is no name"),
        ("HOLD ev k h 0 AREA f~f 1", "HF-INP-022 there is no area f f"),
        ("HOLD ev k h 0 AREA f 0", "HF-INP-003 places \"0\" is not a decimal number from 1 to 10000000"),
        ("HOLD ev k h 0 AREA f 10000001", "HF-INP-003 places \"10000001\""),
        ("EXTEND ev k", "HF-INP-001 missing hold: EXTEND ev key hold ttl"),
        ("EXTEND ev k 1", "HF-INP-001 missing ttl"),
        ("EXTEND ev k x 1", "HF-INP-003 hold \"x\""),
        ("EXTEND ev k 1 1 1", "HF-INP-001 \"1\" is not HOLDER: EXTEND"),
        ("EXTEND ev k 1 1 HOLDER", "HF-INP-001 missing holder: EXTEND"),
        ("EXTEND ev k 1 1 HOLDER h h", "HF-INP-001 \"h\" is one argument too many: EXTEND"),
        ("RELEASE ev k", "HF-INP-001 missing hold"),
        ("RELEASE ev k 1 A-1-1", "HF-INP-001 \"A-1-1\" is not SEATS, AREA or HOLDER"),
        ("RELEASE ev k 1 AREA", "HF-INP-001 missing area: RELEASE"),
        ("RELEASE ev k 1 AREA f 0", "HF-INP-003 places \"0\" is not a decimal number from 1"),
        ("RELEASE ev k 1 HOLDER h SEATS A-1-1", "HF-INP-001 \"SEATS\" is one argument too many"),
        ("RELEASE ev k 1 SEATS", "HF-INP-001 missing a seat behind SEATS"),
        ("RELEASE ev k 1 SEATS A-1-1 AREA f", "HF-INP-001 missing places: RELEASE"),
        ("CONFIRM ev k o", "HF-INP-001 missing hold: CONFIRM ev key order hold"),
        ("CONFIRM ev k o~o 1", "HF-INP-002 order \"o o\""),
        ("CONFIRM ev k o 1 x", "HF-INP-001 \"x\" is not HOLDER or NOTE: CONFIRM"),
        ("CONFIRM ev k o x", "HF-INP-003 hold \"x\""),
        ("CONFIRM ev k o 1 2x", "HF-INP-003 hold \"2x\""),
        ("MAP", "HF-INP-001 missing event: MAP ev [section]"),
        ("MAP ev a~~b", "HF-INP-002 section \"a  b\""),
        ("MAP ev A B", "HF-INP-001 \"B\" is one argument too many"),
        ("COUNT ev FOR section", "HF-INP-001 \"FOR\" is not BY"),
        ("COUNT ev BY", "HF-INP-001 missing category or section"),
        ("COUNT ev BY row", "HF-INP-001 \"row\" is neither category nor section"),
        ("COUNT ev BY section x", "HF-INP-001 \"x\" is one argument too many"),
        ("SEAT ev", "HF-INP-001 missing seat"),
        ("SEAT ev A-1-1 A-1-2", "HF-INP-001 \"A-1-2\" is one argument too many"),
        ("GET", "HF-INP-001 missing subcommand: GET HOLD|ORDER|PAYMENT ..."),
        ("GET / HTTP/1.1", "HF-INP-007 there is no GET \"/\": GET HOLD|ORDER|PAYMENT ..."),
        ("GET PAYMENT ev", "HF-INP-001 missing payment"),
        ("GET PAYMENT ev p q", "HF-INP-001 \"q\" is one argument too many: GET PAYMENT ev id"),
        ("PAYMENT", "HF-INP-001 missing subcommand: PAYMENT TRY|RETRY|SUCCEED|FAIL|REFUNDED|LIST"),
        ("PAYMENT PAY ev k p", "HF-INP-007 there is no PAYMENT \"PAY\": PAYMENT TRY"),
        ("PAYMENT TRY", "HF-INP-001 missing event: PAYMENT TRY ev key payment deadline hold [hold ...]"),
        ("PAYMENT TRY ev", "HF-INP-001 missing key"),
        ("PAYMENT TRY ev k", "HF-INP-001 missing payment"),
        ("PAYMENT TRY ev k p~q", "HF-INP-002 payment \"p q\" is no name"),
        ("PAYMENT TRY ev k p", "HF-INP-001 missing deadline"),
        ("PAYMENT TRY ev k p -1 3", "HF-INP-003 deadline \"-1\" is not a decimal number"),
        ("PAYMENT TRY ev k p 1", "HF-INP-001 missing hold"),
        ("PAYMENT TRY ev k p 1 x", "HF-INP-003 hold \"x\" is not a decimal number"),
        ("PAYMENT RETRY ev k p", "HF-INP-001 missing deadline: PAYMENT RETRY ev key payment deadline"),
        ("PAYMENT RETRY ev k p 1 2", "HF-INP-001 \"2\" is one argument too many"),
        ("PAYMENT SUCCEED ev k", "HF-INP-001 missing payment: PAYMENT SUCCEED ev key payment"),
        ("PAYMENT SUCCEED ev k p q", "HF-INP-001 \"q\" is not AMOUNT or REFERENCE: PAYMENT SUCCEED ev"),
        ("PAYMENT SUCCEED ev k p AMOUNT", "HF-INP-001 missing AMOUNT"),
        ("PAYMENT SUCCEED ev k p AMOUNT 1", "HF-INP-001 missing the currency behind AMOUNT"),
        ("PAYMENT SUCCEED ev k p AMOUNT -1 EUR", "HF-INP-003 AMOUNT \"-1\" is not a decimal number from 0"),
        ("PAYMENT SUCCEED ev k p AMOUNT 1.50 EUR", "HF-INP-003 AMOUNT \"1.50\""),
        ("PAYMENT SUCCEED ev k p AMOUNT 1000000000000001 EUR", "HF-INP-003 AMOUNT \"1000000000000001\""),
        ("PAYMENT SUCCEED ev k p AMOUNT 1 EURO", "HF-INP-008 currency \"EURO\" is no code of ISO 4217"),
        ("PAYMENT SUCCEED ev k p AMOUNT 1 XAU", "HF-INP-008 currency \"XAU\""),
        ("PAYMENT SUCCEED ev k p AMOUNT 1 EUR amount 1 EUR", "HF-INP-001 \"amount\" stands twice"),
        ("PAYMENT SUCCEED ev k p REFERENCE", "HF-INP-001 missing reference"),
        ("PAYMENT SUCCEED ev k p REFERENCE ~", "HF-INP-001 reference \" \" is not 1 to 256 bytes"),
        ("PAYMENT SUCCEED ev k p PROVIDER x", "HF-INP-001 \"PROVIDER\" is not AMOUNT or REFERENCE"),
        ("PAYMENT TRY ev k p 1 2 x", "HF-INP-001 \"x\" is not AMOUNT or PROVIDER"),
        ("PAYMENT TRY ev k p 1 AMOUNT 1 EUR", "HF-INP-003 hold \"AMOUNT\" is not a decimal number"),
        ("PAYMENT TRY ev k p 1 2 AMOUNT 1 EUR 3", "HF-INP-001 \"3\" is not AMOUNT or PROVIDER"),
        ("PAYMENT TRY ev k p 1 2 PROVIDER", "HF-INP-001 missing provider"),
        ("PAYMENT TRY ev k p 1 2 PROVIDER x~y", "HF-INP-002 provider \"x y\" is no name"),
        ("PAYMENT TRY ev k p 1 2 PROVIDER x PROVIDER x", "HF-INP-001 \"PROVIDER\" stands twice"),
        ("PAYMENT TRY ev k p 1 2 REFERENCE x", "HF-INP-001 \"REFERENCE\" is not AMOUNT or PROVIDER"),
        ("PAYMENT REFUNDED ev k p r x", "HF-INP-001 \"x\" is not AMOUNT"),
        ("PAYMENT REFUNDED ev k p r AMOUNT 0 EUR", "HF-INP-003 AMOUNT \"0\" is not a decimal number from 1"),
        ("PAYMENT REFUNDED ev k p r AMOUNT 1 eu", "HF-INP-008 currency \"eu\""),
        ("PAYMENT LIST ev MISMATCH x", "HF-INP-003 cursor \"x\""),
        ("PAYMENT LIST ev REFUNDABLE MISMATCH", "HF-INP-003 cursor \"MISMATCH\""),
        ("PAYMENT FAIL ev k p", "HF-INP-001 missing reason: PAYMENT FAIL ev key payment reason [KEEP ttl]"),
        ("PAYMENT FAIL ev k p _", "HF-INP-001 reason \"\" is not 1 to 256 bytes"),
        ("PAYMENT FAIL ev k p r s", "HF-INP-001 \"s\" is not KEEP"),
        (
            "PAYMENT FAIL ev k p r KEEP",
            "HF-INP-001 missing KEEP: PAYMENT FAIL ev key payment reason [KEEP ttl]",
        ),
        ("PAYMENT FAIL ev k p r KEEP 1 KEEP 1", "HF-INP-001 \"KEEP\" is one argument too many"),
        (
            "PAYMENT REFUNDED ev k p",
            "HF-INP-001 missing reference: PAYMENT REFUNDED ev key payment reference",
        ),
        ("PAYMENT REFUNDED ev k p ~", "HF-INP-001 reference \" \" is not 1 to 256 bytes"),
        (
            "PAYMENT LIST",
            "HF-INP-001 missing event: PAYMENT LIST ev [STATUS status | MISMATCH | REFUNDABLE] [cursor] [COUNT n]",
        ),
        ("PAYMENT LIST ev STATUS", "HF-INP-001 missing status"),
        (
            "PAYMENT LIST ev STATUS PAID",
            "HF-INP-001 \"PAID\" is none of PENDING, SUCCESS, FAILED, REFUND_DUE, REFUNDED, PAID_AHEAD",
        ),
        ("PAYMENT LIST ev x", "HF-INP-003 cursor \"x\" is not a decimal number"),
        ("PAYMENT LIST ev 1 COUNT 0", "HF-INP-003 COUNT \"0\" is not a decimal number from 1 to 1000"),
        ("PAYMENT LIST ev 1 2", "HF-INP-001 \"2\" is not COUNT"),
        ("LIST", "HF-INP-001 missing subcommand: LIST HOLDS|ORDERS ..."),
        ("LIST PAYMENTS ev", "HF-INP-007 there is no LIST \"PAYMENTS\": LIST HOLDS|ORDERS ..."),
        (
            "LIST HOLDS",
            "HF-INP-001 missing event: LIST HOLDS ev [HOLDER h] [SINCE version] [BY age|expiry] [cursor] [COUNT n]",
        ),
        ("LIST ORDERS ev HOLDER", "HF-INP-001 missing holder: LIST ORDERS ev [HOLDER h]"),
        ("LIST ORDERS ev HOLDER x~y", "HF-INP-002 holder \"x y\" is no name"),
        ("LIST ORDERS ev HOLDER x HOLDER y", "HF-INP-001 \"HOLDER\" stands twice"),
        ("LIST ORDERS ev SINCE", "HF-INP-001 missing SINCE"),
        ("LIST ORDERS ev SINCE -1", "HF-INP-003 SINCE \"-1\" is not a decimal number"),
        ("LIST ORDERS ev SINCE 1 SINCE 1", "HF-INP-001 \"SINCE\" stands twice"),
        ("LIST HOLDS ev BY", "HF-INP-001 missing age or expiry"),
        ("LIST HOLDS ev BY end", "HF-INP-001 \"end\" is neither age nor expiry"),
        ("LIST HOLDS ev BY age BY expiry", "HF-INP-001 \"BY\" stands twice"),
        ("LIST HOLDS ev BY age 7-1", "HF-INP-003 cursor \"7-1\" is not a decimal number"),
        ("LIST HOLDS ev BY expiry 7", "HF-INP-001 \"7\" is no cursor of a list by expiry"),
        ("LIST HOLDS ev BY expiry 7-", "HF-INP-001 \"7-\" is no cursor of a list by expiry"),
        ("LIST HOLDS ev BY expiry 7-1 2", "HF-INP-001 \"2\" is not COUNT"),
        ("LIST ORDERS ev BY expiry", "HF-INP-001 orders do not end: they are listed BY age"),
        ("LIST HOLDS ev x", "HF-INP-003 cursor \"x\" is not a decimal number"),
        ("LIST HOLDS ev 1 HOLDER x", "HF-INP-001 \"HOLDER\" is not COUNT"),
        ("LIST HOLDS ev COUNT 1001", "HF-INP-003 COUNT \"1001\" is not a decimal number from 1 to 1000"),
        ("LIST HOLDS ev 1 COUNT 2 3", "HF-INP-001 \"3\" is one argument too many"),
        ("GET HOLD ev x", "HF-INP-003 hold \"x\""),
        ("GET HOLD ev", "HF-INP-001 missing hold"),
        ("GET HOLD ev 1 2", "HF-INP-001 \"2\" is one argument too many"),
        ("GET ORDER ev", "HF-INP-001 missing order"),
        ("ASK ev", "HF-INP-001 missing key"),
        ("ASK ev k k", "HF-INP-001 \"k\" is one argument too many"),
        ("EVENT", "HF-INP-001 missing subcommand"),
        ("EVENT DESTROY ev", "HF-INP-007 there is no EVENT \"DESTROY\""),
        ("EVENT CHANGE ev k op r", "HF-INP-001 missing json: EVENT CHANGE ev key operator reason json [DRY]"),
        ("EVENT CHANGE ev k op r {}", "HF-INP-015 the change of the map: it changes nothing"),
        ("EVENT CHANGE ev k op r [{}]", "HF-INP-015 the change of the map: it is no object"),
        (
            r#"EVENT CHANGE ev k op r {"ad":1}"#,
            "HF-INP-015 the change of the map: unknown field `ad`, expected one of `add`",
        ),
        (r#"EVENT CHANGE ev k op r {"capacity":{"F":1}} WET"#, "HF-INP-001 \"WET\" is not DRY"),
        (r#"EVENT CHANGE ev k op r {"capacity":{"F":1}} DRY x"#, "HF-INP-001 \"x\" is one argument too many"),
        ("EVENT LIMITS ev k op r", "HF-INP-001 missing json: EVENT LIMITS ev key operator reason json"),
        ("EVENT LIMITS ev k op", "HF-INP-001 missing reason: EVENT LIMITS"),
        ("EVENT LIMITS ev k op r {} x", "HF-INP-001 \"x\" is one argument too many"),
        ("CHANGE", "HF-INP-001 missing event: CHANGE ev key hold"),
        ("CHANGE ev k", "HF-INP-001 missing hold"),
        ("CHANGE ev k h ADD A-1-1", "HF-INP-003 hold \"h\""),
        ("CHANGE ev k 1", "HF-INP-001 missing DROP or ADD"),
        ("CHANGE ev k 1 A-1-1", "HF-INP-001 \"A-1-1\" is not DROP, ADD or HOLDER"),
        ("CHANGE ev k 1 DROP", "HF-INP-001 missing a seat or an area behind DROP"),
        ("CHANGE ev k 1 DROP ADD A-1-1", "HF-INP-001 missing a seat or an area behind DROP"),
        ("CHANGE ev k 1 DROP A-1-1 ADD", "HF-INP-001 missing a seat or an area behind ADD"),
        ("EXCHANGE ev k o", "HF-INP-001 missing reason: EXCHANGE"),
        ("EXCHANGE ev k o why", "HF-INP-001 missing DROP: EXCHANGE"),
        ("EXCHANGE ev k o why DROP A-1-1", "HF-INP-001 missing ADD: EXCHANGE"),
        ("EXCHANGE ev k o why ADD A-1-1", "HF-INP-001 missing DROP: EXCHANGE"),
        (
            "EXCHANGE ev k o why DROP A-1-1 ADD A-1-2 REFUND 1",
            "HF-INP-001 \"REFUND\" is neither DROP nor ADD",
        ),
        ("CHANGE ev k 1 ADD ~A-1-1", "HF-INP-001 \" A-1-1\" is not a seat"),
        ("CHANGE ev k 1 ADD A-1-1\n", "HF-INP-001 \"A-1-1\\n\" is not a seat"),
        ("CANCEL ev k", "HF-INP-001 missing order: CANCEL ev key order reason"),
        ("CANCEL ev k o", "HF-INP-001 missing reason"),
        ("CANCEL ev k o~o why", "HF-INP-002 order \"o o\""),
        ("CANCEL ev k o _", "HF-INP-001 reason \"\" is not 1 to 256 bytes"),
        ("CANCEL ev k o why A-1-1", "HF-INP-001 \"A-1-1\" is neither SEATS, AREA nor REFUND"),
        ("CANCEL ev k o why REFUND", "HF-INP-001 missing REFUND"),
        (
            "CANCEL ev k o why REFUND x",
            "HF-INP-003 REFUND \"x\" is not a decimal number from 0 to 1000000000000000",
        ),
        ("CANCEL ev k o why REFUND 1 EUR", "HF-INP-001 \"EUR\" is neither SEATS, AREA nor REFUND"),
        ("CANCEL ev k o why REFUND 1 REFUND 1", "HF-INP-001 \"REFUND\" stands twice"),
        ("CANCEL ev k o why SEATS REFUND 1", "HF-INP-001 missing a seat behind SEATS"),
        ("CANCEL ev k o why SEATS", "HF-INP-001 missing a seat behind SEATS"),
        ("BLOCK ev k op", "HF-INP-001 missing reason: BLOCK ev key operator reason <SEATS"),
        ("BLOCK ev k op why", "HF-INP-001 missing SEATS, SECTION or AREA"),
        ("BLOCK ev k op why A-1-1", "HF-INP-001 \"A-1-1\" is neither SEATS, SECTION nor AREA"),
        ("BLOCK ev k op why WHERE FREE", "HF-INP-001 \"WHERE\" is neither SEATS, SECTION nor AREA"),
        ("BLOCK ev k op why SEATS #1 WHERE", "HF-INP-001 missing FREE"),
        ("BLOCK ev k op why SEATS #1 WHERE BLOCKED", "HF-INP-001 \"BLOCKED\" is not FREE"),
        ("UNBLOCK ev k op why SEATS #1 WHERE FREE", "HF-INP-001 \"FREE\" is not BLOCKED"),
        ("BLOCK ev k op why SEATS #1 WHERE FREE #2", "HF-INP-001 \"#2\" is one argument too many"),
        ("BLOCK ev k op why SECTION", "HF-INP-001 missing section"),
        ("BLOCK ev k op why SECTION x", "HF-INP-022 there is no section x"),
        ("BLOCK ev k op why SECTION A ROW", "HF-INP-001 missing row"),
        ("BLOCK ev k op why SECTION A ROW 9", "HF-INP-022 there is no row 9 in section A"),
        ("BLOCK ev k op why SECTION A ROW 1 FROM", "HF-INP-001 missing the seat behind FROM"),
        ("BLOCK ev k op why SECTION A ROW 1 FROM 1", "HF-INP-001 missing TO"),
        (
            "BLOCK ev k op why SECTION A ROW 1 FROM 1 TO 2001",
            "HF-INP-021 there is no seat 2001 in row 1 of section A",
        ),
        ("BLOCK ev k op why SECTION A FROM 1", "HF-INP-001 \"FROM\" is neither SEATS, SECTION nor AREA"),
        ("BLOCK ev k op why SEATS", "HF-INP-001 missing a seat behind SEATS"),
        ("BLOCK ev k o~p why SEATS A-1-1", "HF-INP-002 operator \"o p\""),
        ("UNBLOCK ev k op why", "HF-INP-001 missing SEATS, SECTION or AREA: UNBLOCK"),
        ("FORCE", "HF-INP-001 missing subcommand: FORCE RELEASE|CANCEL"),
        ("FORCE SALE ev k op why 1", "HF-INP-007 there is no FORCE \"SALE\""),
        ("FORCE RELEASE ev k op why", "HF-INP-001 missing hold: FORCE RELEASE"),
        ("FORCE RELEASE ev k op why h", "HF-INP-003 hold \"h\""),
        ("FORCE RELEASE ev k op why 1 2", "HF-INP-001 \"2\" is one argument too many"),
        ("FORCE CANCEL ev k op why", "HF-INP-001 missing order: FORCE CANCEL"),
        ("FORCE CANCEL ev k op why o~o", "HF-INP-002 order \"o o\""),
        ("FORCE CANCEL ev k op why o SEATS", "HF-INP-001 \"SEATS\" is not REFUND"),
        ("FORCE CANCEL ev k op why o REFUND", "HF-INP-001 missing REFUND"),
        ("FORCE CANCEL ev k op why o REFUND 1 2", "HF-INP-001 \"2\" is one argument too many"),
        ("EVENT CREATE ev k", "HF-INP-001 missing json: EVENT CREATE ev key json"),
        ("EVENT CREATE ev k {} x", "HF-INP-001 \"x\" is one argument too many"),
        ("EVENT PAUSE ev k", "HF-INP-001 missing operator"),
        ("EVENT PAUSE ev k op", "HF-INP-001 missing reason: EVENT PAUSE"),
        ("EVENT PAUSE ev k o~p why", "HF-INP-002 operator \"o p\""),
        ("EVENT PAUSE ev k op _", "HF-INP-001 reason \"\" is not 1 to 256 bytes"),
        ("EVENT PAUSE ev k op a\u{7}", "HF-INP-001 reason \"a\\u{7}\""),
        ("EVENT PAUSE ev k op why not", "HF-INP-001 \"not\" is one argument too many"),
        ("EVENT LIST x", "HF-INP-003 cursor \"x\""),
        ("EVENT LIST 1 2", "HF-INP-001 \"2\" is not COUNT or STATUS"),
        ("EVENT LIST STATUS over", "HF-INP-001 STATUS is pending, open, paused, closed or archived"),
        ("EVENT LIST COUNT", "HF-INP-001 missing COUNT"),
        ("EVENT LIST COUNT 0", "HF-INP-003 COUNT \"0\" is not a decimal number from 1 to 1000"),
        ("EVENT LIST COUNT 1001", "HF-INP-003 COUNT \"1001\""),
        ("EVENT LIST 1 COUNT 1 x", "HF-INP-001 \"x\" is not COUNT or STATUS"),
        ("EVENT INFO", "HF-INP-001 missing event"),
        ("EVENT INFO ev x", "HF-INP-001 \"x\" is one argument too many"),
    ];
    for (text, expected) in cases {
        let error = line(text).unwrap_err();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let long = "x".repeat(257);
    let error = line(&format!("EVENT PAUSE ev k op {long}")).unwrap_err();
    assert!(error.contains("x\"... is not 1 to 256 bytes of printable UTF-8 text"), "{error}");
    assert!(line(&format!("EVENT PAUSE ev k op {}", &long[1..])).is_ok());
}

#[test]
fn unknown_commands_are_named() {
    let cases = [
        ("FLY", "HF-INP-007 there is no command \"FLY\""),
        ("_", "HF-INP-007 there is no command \"\""),
        ("SET a b", "HF-INP-007 there is no command \"SET\""),
        ("FEED ev", "HF-INP-001 missing from-version: FEED ev from-version"),
        ("FEED ev x", "HF-INP-003 from-version \"x\""),
        ("FEED ev 1 COUNT 0", "HF-INP-003 COUNT \"0\" is not a decimal number from 1"),
        ("FEED ev 1 BLOCK -1", "HF-INP-003 BLOCK \"-1\""),
        ("FEED ev 1 COUNT 1 COUNT 1", "HF-INP-001 \"COUNT\" is neither COUNT nor BLOCK nor BRANCH: FEED ev"),
        ("FEED ev 1 2", "HF-INP-001 \"2\" is neither COUNT nor BLOCK nor BRANCH"),
        ("SUBSCRIBE", "HF-INP-001 missing channel: SUBSCRIBE [BRANCH n] feed:ev"),
        ("SUBSCRIBE ev", "HF-INP-002 \"ev\" is no channel: there are feed:ev and map:ev for each event"),
        ("SUBSCRIBE feed:a feed:", "HF-INP-002 \"feed:\" is no channel"),
        ("PSUBSCRIBE feed:*", "HF-INP-007 there is no command \"PSUBSCRIBE\""),
        ("CLIENT KILL", "HF-INP-007 there is no CLIENT \"KILL\""),
        ("CLIENT MAINT~NOTIFICATIONS ON", "HF-INP-007 there is no CLIENT"),
        ("COMMAND GETKEYS GET a", "HF-INP-007 there is no GET \"a\""),
        ("COMMAND GETKEYS FLY", "HF-INP-007 there is no command \"FLY\""),
        ("CONFIG SET a b", "HF-INP-007 there is no CONFIG \"SET\""),
    ];
    for (text, expected) in cases {
        let error = line(text).unwrap_err();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let error = line(&"x".repeat(5_000)).unwrap_err();
    assert!(error.len() < 200, "{error}");
    let error = parsed(&[b"\xff\r\n"]).unwrap_err();
    assert!(error.contains("\"\u{fffd}\\r\\n\""), "{error}");
}

#[test]
fn connection_commands() {
    let good = [
        ("ping", "Ping(None)"),
        ("PING x", "Ping(Some([120]))"),
        ("ECHO x", "Echo([120])"),
        ("hello", "Hello { protocol: None, name: None, login: None }"),
        ("HELLO 2", "Hello { protocol: Some(Resp2), name: None, login: None }"),
        ("HELLO 3 SETNAME n", "Hello { protocol: Some(Resp3), name: Some([110]), login: None }"),
        (
            "HELLO 3 AUTH u s SETNAME n",
            "Hello { protocol: Some(Resp3), name: Some([110]), login: Some(Credentials { user: Some(\"u\"), .. }) }",
        ),
        ("AUTH s", "Auth(Credentials { user: None, .. })"),
        ("auth u s", "Auth(Credentials { user: Some(\"u\"), .. })"),
        ("QUIT", "Quit"),
        ("RESET", "Reset"),
        ("SELECT 0", "Accepted"),
        ("CLIENT SETINFO lib-name redis-py", "SetInfo(Name, [114, 101, 100, 105, 115, 45, 112, 121])"),
        ("client setinfo LIB-VER 8", "SetInfo(Version, [56])"),
        ("CLIENT LIST", "ClientList(None)"),
        ("COMMAND GETKEYS hold ev k h 0 A-1-1 A-1-2", "CommandKeys([[101, 118]])"),
        ("COMMAND GETKEYS EVENT PAUSE gala k o r", "CommandKeys([[103, 97, 108, 97]])"),
        ("command getkeys FEED ev 1", "CommandKeys([[101, 118]])"),
        ("client setname n", "SetName([110])"),
        ("CLIENT SETNAME _", "SetName([])"),
        ("CLIENT GETNAME", "Client(Name)"),
        ("CLIENT ID", "Client(Id)"),
        ("CLIENT INFO", "Client(Line)"),
        ("CLIENT NO-EVICT on", "Accepted"),
        ("client repeats on", "Repeats(true)"),
        ("CLIENT REPEATS OFF", "Repeats(false)"),
        ("COMMAND COUNT", "CommandCount"),
        ("COMMAND LIST", "CommandList"),
    ];
    for (text, expected) in good {
        assert_eq!(line(text).as_deref(), Ok(expected), "{text}");
    }
    let rest = [("COMMAND", "CommandInfo"), ("COMMAND INFO", "CommandInfo"), ("COMMAND DOCS", "CommandDocs")];
    let more =
        [("INFO", "Info"), ("CONFIG GET save", "ConfigGet"), ("client list id 1 2", "ClientList(Some(")];
    for (text, expected) in rest.into_iter().chain(more) {
        assert!(line(text).unwrap().starts_with(expected), "{text}");
    }
    let bad = [
        ("PING a b", "HF-INP-001 \"b\" is one argument too many: PING"),
        ("ECHO", "HF-INP-001 missing message"),
        ("HELLO 4", "HF-INP-003 protocol version \"4\" is not a decimal number from 2 to 3"),
        ("HELLO x", "HF-INP-003 protocol version \"x\""),
        ("HELLO 3 AUTH default", "HF-INP-001 missing token"),
        ("HELLO 3 SETNAME", "HF-INP-001 missing name"),
        ("HELLO 3 SETNAME a~b", "HF-INP-002 client name \"a b\""),
        ("HELLO 3 FAST", "HF-INP-001 \"FAST\" is not AUTH or SETNAME"),
        ("AUTH", "HF-INP-001 missing token"),
        ("AUTH a b c", "HF-INP-001 \"c\" is one argument too many: AUTH [user] token"),
        ("SELECT 1", "HF-INP-003 database \"1\" is not a decimal number from 0 to 0"),
        ("CLIENT", "HF-INP-001 missing subcommand"),
        ("CLIENT SETNAME a~b", "HF-INP-002 client name"),
        ("CLIENT ID x", "HF-INP-001 \"x\" is one argument too many"),
        ("CLIENT SETINFO", "HF-INP-001 missing LIB-NAME or LIB-VER"),
        ("CLIENT SETINFO LIB-NAME", "HF-INP-001 missing value"),
        ("CLIENT SETINFO LIB-AGE 3", "HF-INP-001 \"LIB-AGE\" is not LIB-NAME or LIB-VER"),
        ("CLIENT SETINFO LIB-NAME a~b", "HF-INP-002 client name \"a b\""),
        ("CLIENT SETINFO LIB-NAME a b", "HF-INP-001 \"b\" is one argument too many"),
        ("CLIENT LIST ID", "HF-INP-001 missing id: CLIENT LIST"),
        ("CLIENT LIST ID 1 x", "HF-INP-003 id \"x\" is not a decimal number"),
        ("CLIENT LIST TYPE normal", "HF-INP-001 \"TYPE\" is not ID"),
        ("COMMAND GETKEYS", "HF-INP-001 missing command"),
        ("COMMAND GETKEYS HOLD ev k", "HF-INP-001 HOLD has not 3 words: HOLD ev key"),
        ("COMMAND GETKEYS EVENT", "HF-INP-001 missing subcommand"),
        ("COMMAND GETKEYS SEAT ev A-1-1 x", "HF-INP-001 SEAT has not 4 words"),
        (
            "COMMAND GETKEYS EVENT LIST",
            "HF-INP-001 The command has no key arguments: EVENT LIST names no event",
        ),
        ("COMMAND GETKEYS PING", "HF-INP-001 The command has no key arguments: PING names no event"),
        ("COMMAND LIST x", "HF-INP-001 \"x\" is one argument too many"),
        ("CONFIG GET", "HF-INP-001 missing pattern"),
        (
            "CONFIG GET 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
            "HF-INP-001 17 patterns are too many: at most 16",
        ),
    ];
    for (text, expected) in bad {
        let error = line(text).unwrap_err();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let error = line(&format!("CONFIG GET {}", "*".repeat(65))).unwrap_err();
    assert!(
        error.starts_with("HF-INP-001 the pattern \"***") && error.contains("more than 64 bytes"),
        "{error}"
    );
}

quickcheck! {
    fn no_arguments_panic(words: Vec<Vec<u8>>, command: usize) -> bool {
        let known: [&[&str]; 23] = [
            &["HOLD"], &["HOLD", "ev", "k", "h", "0"], &["EXTEND"], &["RELEASE", "ev", "k", "1"], &["CONFIRM"],
            &["MAP"], &["COUNT", "ev"], &["SEAT"], &["GET", "HOLD"], &["ASK"], &["EVENT", "PAUSE"],
            &["EVENT", "LIST"], &["HELLO", "3"], &["CLIENT"],
            &["CHANGE", "ev", "k", "1"], &["CANCEL", "ev", "k", "o"], &["EVENT", "LIMITS", "ev", "k", "op", "why"],
            &["BLOCK", "ev", "k", "op", "why"], &["FORCE", "CANCEL"],
            &["PAYMENT", "TRY", "ev", "k", "p", "0", "1"], &["PAYMENT", "SUCCEED", "ev", "k", "p"],
            &["PAYMENT", "REFUNDED", "ev", "k", "p", "r"], &["PAYMENT", "LIST", "ev"],
        ];
        let head = known[command % known.len()].iter().map(|word| word.as_bytes());
        let all: Vec<&[u8]> = head.chain(words.iter().map(Vec::as_slice)).take(limits::ARGUMENTS_MAX).collect();
        let _ = parsed(&all);
        true
    }
}
