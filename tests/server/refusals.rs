//! Every error that a reply can have, with its kind and code; none of them costs a client its connection.

use std::collections::BTreeSet;

use holdfast_engine::CATALOGUE;

use super::hall::hall;
use super::support::{Client, HALL, wire, wire_of};

/// Codes of the catalogue that no client can bring about by what it sends to a healthy server with default limits.
/// Each is brought about elsewhere: by the disk, by overload, by a limit of the process, or only by a defect.
const ELSEWHERE: [&str; 69] = [
    // See `groups`.
    "HF-INP-043",
    "HF-INP-044",
    "HF-INP-045",
    "HF-INP-046",
    "HF-SYS-018",
    // See `jobs`; and the tests of the engine, for those that need an execution which takes long.
    "HF-EXT-002",
    "HF-EXT-003",
    "HF-EXT-004",
    "HF-BAT-010",
    "HF-BAT-011",
    "HF-BAT-012",
    "HF-BAT-013",
    "HF-BAT-014",
    "HF-BAT-015",
    "HF-BAT-016",
    "HF-BAT-017",
    "HF-BAT-018",
    "HF-BAT-020",
    "HF-BAT-021",
    "HF-BAT-022",
    "HF-BAT-023",
    "HF-BAT-024",
    "HF-BAT-025",
    // See `best`: only where `orphans` is `refuse`.
    "HF-BIZ-004",
    "HF-SYS-001",
    "HF-SYS-002",
    "HF-SYS-003",
    "HF-SYS-004",
    "HF-SYS-010",
    "HF-SYS-011",
    "HF-SYS-012",
    "HF-SYS-013",
    "HF-LOG-002",
    // See `access`: these need a server with tokens.
    "HF-INP-060",
    "HF-INP-061",
    "HF-INP-062",
    "HF-INP-066",
    "HF-SYS-028",
    "HF-SYS-014",
    "HF-SYS-016",
    // See the tests of the engine: only where a majority has the log.
    "HF-SYS-030",
    "HF-SYS-031",
    "HF-SYS-032",
    "HF-SYS-033",
    "HF-SYS-034",
    "HF-SYS-035",
    // See `feed`, here and in the tests of `net`.
    "HF-INP-040",
    "HF-INP-041",
    "HF-INP-042",
    // See `abuse`: these close the connection.
    "HF-INP-030",
    // See `transactions`.
    "HF-INP-070",
    "HF-INP-071",
    "HF-INP-072",
    // See `halls`: of seats that are sold together.
    "HF-BIZ-043",
    // See `schedule`.
    "HF-INP-009",
    // See `planning`.
    "HF-BIZ-006",
    "HF-INP-015",
    // See the tests of `net`.
    "HF-INP-016",
    // See `paying`.
    "HF-BIZ-016",
    "HF-BIZ-015",
    "HF-BIZ-025",
    "HF-BIZ-045",
    "HF-BIZ-046",
    "HF-BIZ-055",
    // See `rest`.
    "HF-BIZ-017",
    "HF-BIZ-048",
    // See `money`.
    "HF-BIZ-024",
    "HF-BIZ-026",
    "HF-BIZ-047",
];

struct Bench {
    client: Client,
    seen: BTreeSet<String>,
}

impl Bench {
    fn refused(&mut self, line: &str, expected: &str) {
        self.refused_bytes(line, &wire_of(line), expected);
    }

    /// The reply starts with what is expected; the connection goes on.
    fn refused_bytes(&mut self, told: &str, bytes: &[u8], expected: &str) {
        self.client.send(bytes);
        let reply = self.client.reply();
        assert!(
            reply.starts_with(&format!("-{expected}")),
            "{told}\n  is answered {reply}\n  not {expected}"
        );
        let mut words = reply[1..].split(' ');
        let (kind, code) = (words.next().unwrap(), words.next().unwrap());
        let entry = CATALOGUE.iter().find(|entry| entry.code.text() == code).unwrap();
        assert_eq!(entry.kind.map(holdfast_engine::Kind::word), Some(kind), "{code} goes with its kind");
        assert!(reply.len() < 1_200 && !reply.contains('\n'), "{reply}");
        self.seen.insert(code.to_owned());
        assert_eq!(self.client.ask("PING"), "+PONG|", "the connection goes on after {told}");
    }
}

#[test]
fn every_error_of_the_catalogue() {
    let (_directory, _server, mut client) = hall();
    for line in
        ["HOLD hall h2 bob 0 SEATS A-1-1 A-1-2", "HOLD hall h3 ann 0 SEATS B-1-1", "CONFIRM hall s4 o1 3"]
    {
        assert!(client.ask(line).starts_with('*'), "{line}");
    }
    let mut bench = Bench { client, seen: BTreeSet::new() };
    by_form(&mut bench);
    by_names(&mut bench);
    by_the_map(&mut bench);
    of_the_connection(&mut bench);
    by_the_rules_of_the_sale(&mut bench);
    assert_eq!(bench.client.ask("EVENT LIST"), "*2|:0|*2|$4|hall|$6|closed|", "nothing came of the bad maps");

    bench.seen.insert("HF-INP-031".to_owned());
    let can_be: BTreeSet<String> = CATALOGUE
        .iter()
        .filter(|entry| entry.kind.is_some() && !ELSEWHERE.contains(&entry.code.text()))
        .map(|entry| entry.code.text().to_owned())
        .collect();
    let missing: Vec<_> = can_be.difference(&bench.seen).collect();
    assert!(missing.is_empty(), "no test brings about {missing:?}");
}

fn by_the_rules_of_the_sale(bench: &mut Bench) {
    for (line, expected) in [
        ("HOLD hall r1 cy 0 SEATS A-1-3 A-1-2 B-1-1", "TAKEN HF-BIZ-001 A-1-2 held, B-1-1 sold|"),
        (
            "HOLD hall r2 cy 0 SEATS A-1-3 A-1-4 A-1-5 A-1-6 B-1-2",
            "LIMIT HF-BIZ-020 max_seats_per_hold is 4, wanted 5|",
        ),
        ("HOLD hall r3 cy 0 SEATS A-1-3 AREA FLOOR 4", "LIMIT HF-BIZ-020 max_seats_per_hold is 4, wanted 5|"),
        ("HOLD hall r4 cy 600001 SEATS A-1-3", "LIMIT HF-BIZ-023 max_ttl is 600000, wanted 600001|"),
        (
            "EXTEND hall r5 2 18446744073709551615",
            "LIMIT HF-BIZ-023 max_ttl is 600000, wanted 18446744073709551615|",
        ),
        (
            "HOLD hall b1 cy 0 BEST 4 IN A ACCESSIBLE 2",
            "TAKEN HF-BIZ-003 BEST 4 IN A ACCESSIBLE 2: 4 to choose from, at most 0 side by side with 2 accessible ones|",
        ),
        (
            "HOLD hall b2 cy 0 BEST 2 SEATS A-1-3 BEST 2",
            "LIMIT HF-BIZ-020 max_seats_per_hold is 4, wanted 5|",
        ),
        ("EXTEND hall r6 99 0", "GONE HF-BIZ-010 hold 99 is unknown, expired, released or sold|"),
        ("EXTEND hall r7 3 0", "GONE HF-BIZ-010 hold 3 is unknown, expired, released or sold|"),
        ("RELEASE hall r8 3", "GONE HF-BIZ-010"),
        ("RELEASE hall r9 2 SEATS A-1-2 A-1-3", "GONE HF-BIZ-011 seat A-1-3 is not part of the hold|"),
        ("RELEASE hall r10 2 SEATS B-1-1", "GONE HF-BIZ-011 seat B-1-1 is not part of the hold|"),
        ("CONFIRM hall r11 o1 2", "EXISTS HF-BIZ-051 there is an order o1|"),
        ("CONFIRM hall r12 o2 2 99", "GONE HF-BIZ-010 hold 99 is unknown"),
        ("EVENT RESUME hall r13 olga why", "STATE HF-BIZ-040 the event is open already|"),
        ("HOLD hall r1 cy 0 SEATS A-1-3", "KEYREUSED HF-INP-010"),
        ("EXTEND hall h2 2 0", "KEYREUSED HF-INP-010"),
    ] {
        bench.refused(line, expected);
    }
    for (line, expected) in [
        ("CHANGE hall g1 2 DROP A-1-1 A-1-2", "STATE HF-BIZ-041 nothing would be left of hold 2"),
        ("CANCEL hall g2 o9 why", "GONE HF-BIZ-012 order o9 is unknown or cancelled|"),
        ("XADD feed:hall * kind held", "STATE HF-BIZ-049 sales write the feed"),
        ("SPUBLISH feed:hall x", "STATE HF-BIZ-049 sales write the feed"),
        ("CANCEL hall g3 o1 why SEATS A-1-1", "GONE HF-BIZ-013 seat A-1-1 is not part of the order|"),
        ("UNBLOCK hall g4 olga why SEATS B-1-1 A-1-3", "STATE HF-BIZ-042 B-1-1 sold, A-1-3 free|"),
        (
            "EVENT LIMITS hall g5 olga why {\"max_tll\":1}",
            "INVALID HF-INP-006 the limits: unknown field `max_tll`",
        ),
    ] {
        bench.refused(line, expected);
    }
    // All or nothing: none of the seats that were asked for in vain is taken.
    assert_eq!(bench.client.ask("MAP hall A"), "*1|*3|$1|A|$1|1|$6|hh....|");
    bench.client.send(wire(&["EVENT", "CREATE", "hall", "another", HALL]));
    assert_eq!(bench.client.reply(), "-EXISTS HF-BIZ-050 there is an event of that name|");
    bench.seen.insert("HF-BIZ-050".to_owned());
    for (key, seats) in [("x1", "A-1-3 A-1-4 A-1-5"), ("x2", "B-1-2 B-1-3 B-1-4")] {
        assert!(bench.client.ask(&format!("HOLD hall {key} dan 0 SEATS {seats}")).starts_with('*'));
    }
    bench.refused("HOLD hall x3 dan 0 AREA FLOOR 1", "LIMIT HF-BIZ-021 max_seats_per_holder is 6, wanted 7|");
    for key in ["e1", "e2"] {
        assert!(bench.client.ask(&format!("EXTEND hall {key} 2 0")).starts_with('*'));
    }
    bench.refused("EXTEND hall e3 2 0", "LIMIT HF-BIZ-022 max_extends is 2 and reached for this hold|");
    for buyer in ["f1", "f2", "f3", "f4", "f5"] {
        assert!(bench.client.ask(&format!("HOLD hall {buyer} {buyer} 0 AREA FLOOR 4")).starts_with('*'));
    }
    bench.refused("HOLD hall f6 f6 0 AREA FLOOR 1", "TAKEN HF-BIZ-002 FLOOR has 0 free places, 1 wanted|");
    // What is said about a sale comes in an order: closed before over a limit before taken.
    assert!(bench.client.ask("EVENT PAUSE hall p1 olga why").starts_with('*'));
    bench.refused("HOLD hall p2 cy 999999999 SEATS A-1-1", "CLOSED HF-BIZ-030 the event is paused|");
    bench.refused("EVENT PAUSE hall p3 olga why", "STATE HF-BIZ-040 the event is paused already|");
    assert!(bench.client.ask("RELEASE hall p4 2").starts_with('*'), "a pause lets go");
    assert!(bench.client.ask("EVENT CLOSE hall p5 olga why").starts_with('*'));
    for line in [
        "HOLD hall p6 cy 0 SEATS A-1-1",
        "EVENT RESUME hall p7 o r",
        "EVENT CLOSE hall p8 o r",
        "EXTEND hall p9 11 0",
    ] {
        bench.refused(line, "CLOSED HF-BIZ-032 the event is closed|");
    }
    bench.client.send(wire(&["EVENT", "CREATE", "late", "c", r#"{"areas":[],"open":false}"#]));
    assert!(bench.client.reply().starts_with("-INVALID HF-INP-005"));
    bench.seen.insert("HF-BIZ-031".to_owned());
}

fn by_form(bench: &mut Bench) {
    for (line, expected) in [
        ("HOLD", "INVALID HF-INP-001 missing event: HOLD ev key holder ttl"),
        ("HOLD hall", "INVALID HF-INP-001 missing key"),
        ("HOLD hall k bob 0", "INVALID HF-INP-001 missing"),
        ("HOLD hall k bob 0 SEATS", "INVALID HF-INP-001 missing a seat"),
        ("HOLD hall k bob 0 SEATS AREA FLOOR 1", "INVALID HF-INP-001 missing a seat"),
        ("HOLD hall k bob 0 CHAIRS A-1-1", "INVALID HF-INP-001 \"CHAIRS\""),
        ("HOLD hall k bob 0 AREA FLOOR", "INVALID HF-INP-001 missing places"),
        ("HOLD hall k bob 0 AREA FLOOR 1 2", "INVALID HF-INP-001 \"2\""),
        ("HOLD hall k bob -1 SEATS A-1-1", "INVALID HF-INP-003 ttl \"-1\""),
        ("HOLD hall k bob +1 SEATS A-1-1", "INVALID HF-INP-003 ttl \"+1\""),
        ("HOLD hall k bob 1.5 SEATS A-1-1", "INVALID HF-INP-003 ttl \"1.5\""),
        ("HOLD hall k bob 18446744073709551616 SEATS A-1-1", "INVALID HF-INP-003 ttl"),
        ("HOLD hall k bob _ SEATS A-1-1", "INVALID HF-INP-003 ttl \"\""),
        ("HOLD hall k bob 0 AREA FLOOR 0", "INVALID HF-INP-003 places \"0\""),
        ("HOLD hall k bob 0 AREA FLOOR -3", "INVALID HF-INP-003 places \"-3\""),
        ("HOLD hall k bob 0 SEATS A-1-1 A-1-2 A-1-1", "INVALID HF-INP-004 seat \"A-1-1\" is named twice"),
        ("HOLD hall k bob 0 SEATS #0 SEATS A-1-1", "INVALID HF-INP-004"),
        ("HOLD hall k bob 0 AREA FLOOR 1 AREA FLOOR 1", "INVALID HF-INP-004 area \"FLOOR\" is named twice"),
        ("HOLD hall k bob 0 BEST 0", "INVALID HF-INP-003 BEST \"0\""),
        ("HOLD hall k bob 0 BEST 2 NEAR A", "INVALID HF-INP-001 \"NEAR\" is neither"),
        ("CONFIRM hall k o 1 2 1", "INVALID HF-INP-004 hold \"1\" is named twice"),
        ("PAYMENT TRY hall k p 1 3 AMOUNT 5 XTS", "INVALID HF-INP-008 currency \"XTS\""),
        ("PAYMENT TRY hall k p 1 3 4 3", "INVALID HF-INP-004 hold \"3\" is named twice"),
        ("UNBLOCK hall k olga why SEATS A-1-1 A-1-1", "INVALID HF-INP-004 seat \"A-1-1\" is named twice"),
        ("CONFIRM hall k o", "INVALID HF-INP-001 missing hold"),
        ("CONFIRM hall k o two", "INVALID HF-INP-003 hold \"two\""),
        ("EXTEND hall k 1", "INVALID HF-INP-001 missing ttl"),
        ("EXTEND hall k 1 0 0", "INVALID HF-INP-001 \"0\" is not HOLDER"),
        ("RELEASE hall k 1 SEATS", "INVALID HF-INP-001 missing a seat"),
        ("RELEASE hall k 1 A-1-1", "INVALID HF-INP-001 \"A-1-1\" is not SEATS"),
        ("COUNT hall BY row", "INVALID HF-INP-001 \"row\" is neither"),
        ("COUNT hall BY", "INVALID HF-INP-001 missing"),
        ("MAP hall A B", "INVALID HF-INP-001 \"B\" is one argument too many"),
        ("SEAT hall", "INVALID HF-INP-001 missing seat"),
        ("GET HOLD hall one", "INVALID HF-INP-003 hold \"one\""),
        ("GET SEAT hall 1", "INVALID HF-INP-007 there is no GET \"SEAT\": GET HOLD|ORDER|PAYMENT"),
        ("ASK hall", "INVALID HF-INP-001 missing key"),
        ("EVENT PAUSE hall k", "INVALID HF-INP-001 missing operator"),
        ("EVENT PAUSE hall k olga", "INVALID HF-INP-001 missing reason"),
        ("EVENT PAUSE hall k olga _", "INVALID HF-INP-001 reason"),
        ("EVENT LIST COUNT 0", "INVALID HF-INP-003 COUNT \"0\""),
        ("EVENT LIST minus", "INVALID HF-INP-003 cursor"),
        ("EVENT SHOUT hall", "INVALID HF-INP-007 there is no EVENT \"SHOUT\""),
        ("SHOUT", "INVALID HF-INP-007 there is no command \"SHOUT\""),
        ("SET a b", "INVALID HF-INP-007 there is no command \"SET\""),
        ("_", "INVALID HF-INP-007 there is no command \"\""),
    ] {
        bench.refused(line, expected);
    }
}

fn by_names(bench: &mut Bench) {
    let long = "x".repeat(65);
    for (line, expected) in [
        ("MAP a~b", "INVALID HF-INP-002 event \"a b\" is no name"),
        ("HOLD hall _ bob 0 SEATS A-1-1", "INVALID HF-INP-002 key \"\" is no key"),
        ("HOLD hall kéy bob 0 SEATS A-1-1", "INVALID HF-INP-002 key \"kéy\" is no key"),
        (&format!("HOLD hall k {long} 0 SEATS A-1-1"), "INVALID HF-INP-002 holder \"x"),
        (&format!("CONFIRM hall k {long} 1"), "INVALID HF-INP-002 order \"x"),
        ("EVENT PAUSE hall k olga~smith why", "INVALID HF-INP-002 operator"),
        ("COUNT nowhere", "NOEVENT HF-INP-020 there is no event nowhere|"),
        ("COUNT HALL", "NOEVENT HF-INP-020 there is no event HALL|"),
        ("HOLD nowhere k bob 0 SEATS A-1-1", "NOEVENT HF-INP-020"),
        ("EVENT INFO nowhere", "NOEVENT HF-INP-020"),
        ("EVENT CLOSE nowhere k olga why", "NOEVENT HF-INP-020"),
        ("SEAT hall A-1-7", "NOSEAT HF-INP-021 there is no seat A-1-7|"),
        ("SEAT hall A-1-01", "NOSEAT HF-INP-021 there is no seat A-1-01|"),
        ("SEAT hall a-1-1", "NOSEAT HF-INP-021 there is no seat a-1-1|"),
        ("SEAT hall #16", "NOSEAT HF-INP-021 there is no seat #16|"),
        ("SEAT hall #", "NOSEAT HF-INP-021"),
        ("SEAT hall A", "NOSEAT HF-INP-021"),
        ("SEAT hall A-1-0", "NOSEAT HF-INP-021"),
        ("SEAT hall A-1-4294967297", "NOSEAT HF-INP-021"),
        ("SEAT hall #4294967296", "NOSEAT HF-INP-021"),
        ("HOLD hall n1 bob 0 SEATS A-1-1 C-1-1", "NOSEAT HF-INP-021 there is no seat C-1-1|"),
        ("HOLD hall n3 bob 0 BEST 1 IN C", "NOSEAT HF-INP-022 there is no section or category C|"),
        ("HOLD hall n2 bob 0 AREA STAGE 1", "NOSEAT HF-INP-022 there is no area STAGE|"),
        ("MAP hall C", "NOSEAT HF-INP-022 there is no section C|"),
    ] {
        bench.refused(line, expected);
    }
    // A client's bytes are escaped in what is said about them: no line of theirs ends ours.
    bench.refused_bytes(
        "a line end in a name",
        &wire(&["MAP", "ev\r\n+OK"]),
        "INVALID HF-INP-002 event \"ev\\r\\n+OK\"",
    );
    bench.refused_bytes("a line end in a seat", &wire(&["SEAT", "hall", "A\r\n"]), "INVALID HF-INP-001");
    bench.refused_bytes("bytes that are no text", &wire(&[&b"MAP"[..], &[0xff, 0, 1]]), "INVALID HF-INP-002");
}

fn by_the_map(bench: &mut Bench) {
    let area = r#""areas":[{"name":"F","category":"G","capacity":1}]"#;
    let cases: [(String, &str); 24] = [
        ("nonsense".to_owned(), "the description of the event:"),
        (r##"{"areas":[{"name":"#1","category":"G","capacity":1}]}"##.to_owned(), "the description of the event: the name #1 begins with #"),
        (r##"{"sections":[{"name":"#1","category":"V","rows":{"from":1,"to":2,"seats":3}}]}"##.to_owned(), "the description of the event: the name #1 begins with #"),
        (
            r#"{"sections":[{"name":"F","category":"V","rows":{"from":1,"to":2,"seats":3}}],"areas":[{"name":"F","category":"G","capacity":1}]}"#.to_owned(),
            "the description of the event: area F has the name of a section|",
        ),
        (r#"[[],[["F","G",1]]]"#.to_owned(), "the description of the event: it is no object"),
        (r#"{"areas":[["F","G",1]]}"#.to_owned(), "the description of the event: areas[0] is no object"),
        (format!("{{{area},\"limits\":[1,2]}}"), "the description of the event: limits is no object"),
        (
            r#"{"sections":[{"name":"A","category":"V","rows":[["1",3,null,null,[]]]}]}"#.to_owned(),
            "the description of the event: sections[0].rows[0] is no object",
        ),
        ("{}".to_owned(), "the description of the event: the event has neither seats nor areas|"),
        (format!("{{{area}}}x"), "the description of the event: trailing characters"),
        (format!("{{{area},\"sectoins\":[]}}"), "the description of the event: unknown field `sectoins`"),
        (format!("{{{area},\"limits\":{{\"max_tll\":1}}}}"), "the description of the event: unknown field `max_tll`"),
        (format!("{{{area},\"limits\":{{\"max_ttl\":0}}}}"), "the description of the event: limits.max_ttl is 0"),
        (format!("{{{area},\"limits\":{{\"max_ttl\":1000}}}}"), "the description of the event: limits.default_ttl"),
        (format!("{{{area},\"limits\":{{\"orphans\":\"eat\"}}}}"), "the description of the event: unknown variant `eat`"),
        (r#"{"areas":[{"name":"F","category":"G","capacity":0}]}"#.to_owned(), "the description of the event: area F: capacity 0"),
        (r#"{"areas":[{"name":"F","category":"G","capacity":-1}]}"#.to_owned(), "the description of the event: invalid value"),
        (r#"{"areas":[{"name":"F  F","category":"G","capacity":1}]}"#.to_owned(), "the description of the event: area \"F  F\" is no name"),
        (
            r#"{"areas":[{"name":"F","category":"G","capacity":1},{"name":"F","category":"G","capacity":1}]}"#.to_owned(),
            "the description of the event: area F stands twice|",
        ),
        (r#"{"sections":[{"name":"A","category":"V","rows":[]}]}"#.to_owned(), "the description of the event: section A has no rows|"),
        (
            r#"{"sections":[{"name":"A","category":"V","rows":{"from":1,"to":2,"seats":500001}}]}"#.to_owned(),
            "the description of the event: more than 1000000 seats|",
        ),
        (
            r#"{"sections":[{"name":"A","category":"V","rows":{"from":1,"to":4294967295,"seats":0}}]}"#.to_owned(),
            "the description of the event: row 1 of section A has no seats|",
        ),
        (
            r#"{"sections":[{"name":"A","category":"V","rows":[{"name":"1","seats":3,"accessible":["4"]}]}]}"#.to_owned(),
            "the description of the event: row 1 of section A: accessible seat \"4\" is not in the row|",
        ),
        (
            r#"{"sections":[{"name":"A","category":"V","rows":[{"name":"1","seats":3,"from":1}]}]}"#.to_owned(),
            "the description of the event: row \"1\" of section A needs either seats or from and to|",
        ),
    ];
    for (json, expected) in cases {
        let bytes = wire(&["EVENT", "CREATE", "new", "k", &json]);
        bench.refused_bytes(&json, &bytes, &format!("INVALID HF-INP-005 {expected}"));
    }
    // Deep nesting is refused, not followed to the end of the stack.
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    bench.refused_bytes("deep", &wire(&["EVENT", "CREATE", "new", "k", &deep]), "INVALID HF-INP-005");
}

fn of_the_connection(bench: &mut Bench) {
    for (line, expected) in [
        ("PING a b", "INVALID HF-INP-001"),
        ("ECHO", "INVALID HF-INP-001 missing message"),
        ("HELLO 1", "INVALID HF-INP-003 protocol version \"1\""),
        ("HELLO 3 AUTH default secret", "INVALID HF-INP-001 this server has no authentication configured"),
        ("AUTH secret", "INVALID HF-INP-001 this server has no authentication configured"),
        ("SELECT 1", "INVALID HF-INP-003 database \"1\""),
        ("CLIENT", "INVALID HF-INP-001 missing subcommand"),
        ("CLIENT KILL 1", "INVALID HF-INP-007 there is no CLIENT \"KILL\""),
        ("CLIENT SETNAME a~b", "INVALID HF-INP-002 client name"),
        ("COMMAND FORGET", "INVALID HF-INP-007"),
        ("CONFIG SET save now", "INVALID HF-INP-007"),
        ("RESET now", "INVALID HF-INP-001"),
    ] {
        bench.refused(line, expected);
    }
}
