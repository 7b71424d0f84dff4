//! Halls as they are: labels of any script through every command, aisles, groups, companions, blocks abreast, and the plan of
//! an event, of which the same event is made again.

use crate::hall::with;
use crate::support::reply::Value;
use crate::support::{Client, Server, TempDir, wire};

const HALL: &str = concat!(
    r#"{"sections":[{"name":"Parkett links (1. OG)","id":"p-1","category":"Kategorie I","focus":"right","rows":["#,
    r#"{"name":"1","seats":["1-5/2",{"seats":"6","id":"guid-6"},"4-2/2"],"accessible":["6"],"companions":{"6":["4"]},"#,
    r#""aisles":["5"],"groups":[["1-3/2"]],"categories":{"R\u00e4ng":["2"]}},"#,
    r#"{"name":"\uac00","seats":["A-C","S-1"]}]},"#,
    r#"{"name":"Balkon \u2013 Mitte","category":"R\u00e4ng","front":1,"focus":"left","#,
    r#""rows":{"from":1,"to":2,"seats":["001-006"],"aisles":["003"]}}],"#,
    r#""areas":[{"name":"\uc2a4\ud0e0\ub529 A","category":"Stehplatz","capacity":5}],"#,
    r#""limits":{"max_seats_per_holder":1000}}"#
);

fn open(event: &str) -> (TempDir, Server, Client) {
    with(event, HALL)
}

fn sent(client: &mut Client, words: &[&str]) -> Value {
    client.send(wire(words));
    Value::of(&client.raw())
}

/// The labels of a hold, or the refusal.
fn held(client: &mut Client, key: &str, what: &[&str]) -> String {
    let reply = sent(client, &[&["HOLD", "e", key, "ann", "0"], what].concat());
    if reply.is_error() { reply.text().to_owned() } else { reply.texts("seats").join(" ") }
}

#[test]
fn labels_of_any_script_go_through_every_command() {
    let (directory, mut server, mut client) = open("e");
    let seat = "Parkett links (1. OG)-1-5";
    let letter = "Parkett links (1. OG)-\u{ac00}-A";
    // The same letter, sent in another normal form.
    let apart = "Parkett links (1. OG)-\u{1100}\u{1161}-A";
    let standing = "\u{c2a4}\u{d0e0}\u{b529} A";
    let mut listener = server.client();
    assert!(listener.ask("HELLO 3").starts_with('%'));
    listener.ask("SUBSCRIBE feed:e");
    let hold =
        sent(&mut client, &["HOLD", "e", "h1", "ann", "0", "SEATS", seat, apart, "AREA", standing, "2"]);
    assert_eq!(hold.texts("seats"), [seat, letter]);
    assert_eq!(hold.get("areas").unwrap().list()[0].text(), standing);
    let message = listener.reply();
    assert!(
        message.contains(&format!(r#""seats":["{seat}","{letter}"],"areas":["{standing}",2]"#)),
        "{message}"
    );
    let taken = held(&mut client, "h2", &["SEATS", letter]);
    assert_eq!(taken, format!("TAKEN HF-BIZ-001 {letter} held"));
    let number = hold.integer("hold").to_string();
    let other = "Parkett links (1. OG)-\u{ac00}-S-1";
    let changed = sent(&mut client, &["CHANGE", "e", "c1", &number, "DROP", apart, "ADD", other]);
    assert_eq!(changed.texts("seats"), [seat, other]);
    let released = sent(&mut client, &["RELEASE", "e", "r1", &number, "SEATS", other]);
    assert_eq!(released.integer("released"), 1);
    let sold = sent(&mut client, &["CONFIRM", "e", "o1", "order-1", &number]);
    assert_eq!(sold.texts("seats"), [seat]);
    let cancelled = sent(&mut client, &["CANCEL", "e", "o2", "order-1", "zu sp\u{e4}t", "SEATS", seat]);
    assert_eq!(cancelled.integer("cancelled"), 1);
    for (key, what) in [("b1", "BLOCK"), ("b2", "UNBLOCK")] {
        let blocked = sent(&mut client, &[what, "e", key, "op", "kaputt", "SEATS", apart]);
        assert_eq!(blocked.integer("seats"), 1);
    }
    let shown = sent(&mut client, &["SEAT", "e", apart]);
    assert_eq!(shown.get("seat").unwrap().text(), letter);
    assert_eq!(shown.get("category").unwrap().text(), "Kategorie I");
    assert_eq!(shown.list().last().unwrap().text(), "p-1", "the last field is the id");
    let shown = sent(&mut client, &["SEAT", "e", "Parkett links (1. OG)-1-6"]);
    assert_eq!(shown.list().last().unwrap().text(), "guid-6");
    assert_eq!(sent(&mut client, &["SEAT", "e", "Balkon \u{2013} Mitte-1-001"]).get("id"), None);
    let map = sent(&mut client, &["MAP", "e", "Parkett links (1. OG)"]);
    let rows: Vec<_> =
        map.list().iter().map(|row| [1, 2].map(|at| row.list()[at].text().to_owned())).collect();
    assert_eq!(rows, [["1", "......"], ["\u{ac00}", "...."]]);
    let sums = sent(&mut client, &["COUNT", "e", "BY", "category"]);
    let sums: Vec<_> =
        sums.list().iter().map(|sum| (sum.list()[0].text(), sum.list()[1].integer("free"))).collect();
    assert_eq!(sums, [("Kategorie I", 9), ("R\u{e4}ng", 13), ("Stehplatz", 3)]);
    let best = held(&mut client, "h3", &["BEST", "2", "IN", "Ra\u{308}ng"]);
    assert_eq!(best, "Balkon \u{2013} Mitte-1-001 Balkon \u{2013} Mitte-1-002");
    for (words, expected) in [
        (
            ["HOLD", "e", "x", "ann", "0", "SEATS", "Parkett links (1. OG)-1-7"],
            "NOSEAT HF-INP-021 there is no seat Parkett links (1. OG)-1-7",
        ),
        (["HOLD", "e", "x", "ann", "0", "SEATS", "A\u{200b}-1-1"], "INVALID HF-INP-001"),
        (["BLOCK", "e", "x", "op", "be\u{202e}cause", "SEATS", letter], "INVALID HF-INP-001 reason"),
    ] {
        let reply = sent(&mut client, &words);
        assert!(reply.text().starts_with(expected), "{reply:?}");
    }
    // All of it is there again after a restart.
    let feed = client.bytes("FEED e 1 COUNT 100");
    let map = client.bytes("MAP e");
    let plan = client.bytes("EVENT PLAN e");
    server.stop();
    let server = Server::start(directory.path());
    let mut client = server.client();
    assert_eq!(client.bytes("FEED e 1 COUNT 100"), feed);
    assert_eq!(client.bytes("MAP e"), map);
    assert_eq!(client.bytes("EVENT PLAN e"), plan);
}

#[test]
fn the_plan_of_an_event_makes_the_same_event() {
    let (_directory, _server, mut client) = open("e");
    let limits = sent(&mut client, &["EVENT", "LIMITS", "e", "l", "op", "why", r#"{"max_extends": 7}"#]);
    assert!(!limits.is_error());
    let plan = sent(&mut client, &["EVENT", "PLAN", "e"]).text().to_owned();
    let told: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(told["limits"]["max_extends"], 7, "the limits are those that hold now");
    assert_eq!(told["sections"][0]["rows"][0]["seats"][1]["id"], "guid-6");
    client.create("f", &plan);
    assert_eq!(sent(&mut client, &["EVENT", "PLAN", "f"]).text(), plan);
    for command in ["MAP", "COUNT"] {
        let of = |client: &mut Client, event| client.bytes(&format!("{command} {event}"));
        assert_eq!(of(&mut client, "e"), of(&mut client, "f"));
    }
    for seat in 0..22 {
        let of = |client: &mut Client, event| client.bytes(&format!("SEAT {event} #{seat}"));
        assert_eq!(of(&mut client, "e"), of(&mut client, "f"));
    }
    assert!(client.ask("EVENT PLAN nobody").starts_with("-NOEVENT "));
    assert!(client.ask("EVENT PLAN e more").starts_with("-INVALID "));
}

#[test]
fn groups_are_sold_whole_and_aisles_part_neighbours() {
    let (_directory, _server, mut client) = open("e");
    let left = |seat: &str| format!("Parkett links (1. OG)-1-{seat}");
    let in_part = held(&mut client, "h1", &["SEATS", &left("1")]);
    assert_eq!(in_part, format!("STATE HF-BIZ-043 {} is sold only together with {}", left("1"), left("3")));
    let hold =
        sent(&mut client, &["HOLD", "e", "h2", "ann", "0", "SEATS", &left("3"), &left("1"), &left("5")]);
    let number = hold.integer("hold").to_string();
    for words in [
        ["RELEASE", "e", "r1", &number, "SEATS", &left("3")],
        ["CHANGE", "e", "r2", &number, "DROP", &left("3")],
    ] {
        let reply = sent(&mut client, &words);
        let expected = format!("STATE HF-BIZ-043 {} is sold only together with {}", left("3"), left("1"));
        assert_eq!(reply.text(), expected);
    }
    assert!(!sent(&mut client, &["CONFIRM", "e", "o", "order-1", &number]).is_error());
    let reply = sent(&mut client, &["CANCEL", "e", "o1", "order-1", "ill", "SEATS", &left("1")]);
    assert!(reply.text().starts_with("STATE HF-BIZ-043 "), "{reply:?}");
    let reply = sent(&mut client, &["CANCEL", "e", "o2", "order-1", "ill", "SEATS", &left("1"), &left("3")]);
    assert_eq!(reply.integer("cancelled"), 2);
    // Three and three seats: no four are side by side.
    let right = "Balkon \u{2013} Mitte";
    let seats = |row: u8, from: u8, to: u8| {
        (from..=to).map(|seat| format!("{right}-{row}-{seat:03}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(held(&mut client, "b1", &["BEST", "3", "IN", right]), seats(1, 1, 3));
    assert_eq!(held(&mut client, "b2", &["BEST", "4", "IN", right]).split(' ').next(), Some("TAKEN"));
    assert_eq!(held(&mut client, "b3", &["BEST", "3", "IN", right]), seats(2, 1, 3));
}

#[test]
fn accessible_seats_come_with_their_companions_and_in_the_number_asked_for() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create(
        "e",
        concat!(
            r#"{"sections":[{"name":"A","category":"C","rows":[{"name":"1","seats":6,"accessible":["1","2","6"],"#,
            r#""companions":{"2":["3"],"6":["5"]}},{"name":"2","seats":3}]}],"limits":{"max_seats_per_holder":1000}}"#
        ),
    );
    // The seats of companions are kept: what is left of the first row is one seat.
    assert_eq!(held(&mut client, "k1", &["BEST", "2"]), "A-2-1 A-2-2");
    assert_eq!(held(&mut client, "k2", &["BEST", "2", "ACCESSIBLE"]), "A-1-5 A-1-6");
    assert_eq!(held(&mut client, "k3", &["BEST", "3", "ACCESSIBLE", "2"]), "A-1-1 A-1-2 A-1-3");
    let few = held(&mut client, "k4", &["BEST", "2", "ACCESSIBLE", "2"]);
    let expected = "TAKEN HF-BIZ-003 BEST 2 ACCESSIBLE 2: 2 to choose from, at most 0 side by side with 2 accessible ones";
    assert_eq!(few, expected);
    for (words, expected) in [
        (["ACCESSIBLE", "3"], "INVALID HF-INP-003 ACCESSIBLE \"3\" is not a decimal number from 1 to 2"),
        (["ACCESSIBLE", "0"], "INVALID HF-INP-003 ACCESSIBLE \"0\" is not"),
        (["ACCESSIBLE", "1x"], "INVALID HF-INP-003 ACCESSIBLE \"1x\" is not"),
        (["ACCESSIBLE", "ACCESSIBLE"], "INVALID HF-INP-001"),
    ] {
        let reply = held(&mut client, "k5", &[&["BEST", "2"], &words[..]].concat());
        assert!(reply.starts_with(expected), "{reply}");
    }
}

#[test]
fn accessible_seats_go_to_others_when_nothing_else_is_left() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create(
        "e",
        concat!(
            r#"{"sections":[{"name":"A","category":"C","rows":[{"name":"1","seats":4,"accessible":["1"],"#,
            r#""companions":{"1":["2"]}}]}],"limits":{"max_seats_per_holder":1000,"orphans":"allow"}}"#
        ),
    );
    let seats = ["A-1-3", "A-1-4", "A-1-2", "A-1-1"];
    for (number, expected) in seats.iter().enumerate() {
        assert_eq!(held(&mut client, &format!("k{number}"), &["BEST", "1"]), *expected);
    }
}
