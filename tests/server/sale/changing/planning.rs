//! `EVENT CHANGE`: another map while the sale goes on.

use crate::support::reply::Value;
use crate::support::{Client, Server, TempDir, wire};

const HALL: &str = concat!(
    r#"{"sections":[{"name":"A","category":"VIP","rows":{"from":1,"to":2,"seats":4}},"#,
    r#"{"name":"B","category":"STD","rows":[{"name":"1","seats":4,"groups":[["1-3"]]}]}],"#,
    r#""areas":[{"name":"FLOOR","category":"GA","capacity":5}],"limits":{"max_seats_per_holder":1000}}"#
);

fn open() -> (TempDir, Server, Client) {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("e", HALL);
    (directory, server, client)
}

fn sent(client: &mut Client, words: &[&str]) -> Value {
    client.send(wire(words));
    Value::of(&client.raw())
}

fn change(client: &mut Client, key: &str, json: &str) -> String {
    client.send(wire(&["EVENT", "CHANGE", "e", key, "olga", "the stage moved", json]));
    client.reply()
}

fn dry(client: &mut Client, json: &str) -> Value {
    sent(client, &["EVENT", "CHANGE", "e", "dry", "olga", "why", json, "DRY"])
}

/// The labels of a hold, or the refusal.
fn held(client: &mut Client, key: &str, what: &[&str]) -> String {
    let reply = sent(client, &[&["HOLD", "e", key, "ann", "0"], what].concat());
    if reply.is_error() { reply.text().to_owned() } else { reply.texts("seats").join(" ") }
}

/// The rows and areas of a map.
fn map(client: &mut Client, words: &[&str]) -> Vec<String> {
    let map = sent(client, words);
    map.list().iter().map(|row| [0, 1, 2].map(|at| row.list()[at].text().to_owned()).join(" ")).collect()
}

fn whole_map(client: &mut Client) -> Vec<String> {
    map(client, &["MAP", "e"])
}

#[test]
fn a_capacity_grows_and_shrinks_to_what_is_taken() {
    let (_directory, _server, mut client) = open();
    assert_eq!(held(&mut client, "h1", &["AREA", "FLOOR", "4"]), "");
    let done = change(&mut client, "c1", r#"{"capacity":{"FLOOR":7}}"#);
    assert_eq!(done, "*6|$5|event|$1|e|$6|status|$4|open|$7|version|:3|");
    assert_eq!(whole_map(&mut client)[3], "FLOOR  7:3:4:0:0");
    assert_eq!(
        change(&mut client, "c1", r#"{ "capacity": {"FLOOR": 7} }"#),
        done,
        "a repeat, however it is spelt"
    );
    assert!(change(&mut client, "c1", r#"{"capacity":{"FLOOR":8}}"#).starts_with("-KEYREUSED "));
    let refused = change(&mut client, "c2", r#"{"capacity":{"FLOOR":3}}"#);
    assert_eq!(refused, "-TAKEN HF-BIZ-006 4 places of FLOOR held, paying or sold|");
    assert!(client.ask("ASK e c2").contains("TAKEN HF-BIZ-006"));
    let done = change(&mut client, "c3", r#"{"capacity":{"FLOOR":4}}"#);
    assert!(done.ends_with("|:4|"), "{done}");
    assert_eq!(
        held(&mut client, "h2", &["AREA", "FLOOR", "1"]),
        "TAKEN HF-BIZ-002 FLOOR has 0 free places, 1 wanted"
    );
    let info = sent(&mut client, &["EVENT", "INFO", "e"]);
    assert_eq!((info.integer("plan_version"), info.integer("version")), (4, 4));
    assert_eq!(info.get("areas").unwrap().list()[0].integer("capacity"), 4);
}

#[test]
fn what_is_added_stands_behind_all_that_is_there_and_is_sold_like_it() {
    let (directory, mut server, mut client) = open();
    let mut listener = server.client();
    assert!(listener.ask("HELLO 3").starts_with('%'));
    listener.ask("SUBSCRIBE feed:e");
    let other = r#"{"add":{"rows":[{"section":"A","rows":[{"name":"3","seats":["1-3","X"]}]}],
        "sections":[{"name":"C","category":"LUX","front":1,"rows":{"from":1,"to":1,"seats":2}}],
        "areas":[{"name":"LAWN","category":"GA","capacity":9}]}}"#;
    assert!(held(&mut client, "h0", &["SEATS", "A-3-X"]).starts_with("NOSEAT "));
    assert!(change(&mut client, "c1", other).ends_with("|:2|"));
    assert_eq!(
        whole_map(&mut client),
        ["A 1 ....", "A 2 ....", "B 1 ....", "C 1 ..", "A 3 ....", "FLOOR  5:5:0:0:0", "LAWN  9:9:0:0:0"]
    );
    assert_eq!(map(&mut client, &["MAP", "e", "A"]), ["A 1 ....", "A 2 ....", "A 3 ...."]);
    let sums = sent(&mut client, &["COUNT", "e", "BY", "section"]);
    let sums: Vec<_> =
        sums.list().iter().map(|sum| (sum.list()[0].text(), sum.list()[1].integer("free"))).collect();
    assert_eq!(sums, [("A", 12), ("B", 4), ("C", 2), ("FLOOR", 5), ("LAWN", 9)]);
    // The new labels, from another connection, and in what is told to those who listen.
    let mut second = server.client();
    assert_eq!(held(&mut second, "h1", &["SEATS", "A-3-X", "#12", "AREA", "LAWN", "2"]), "A-3-X C-1-1");
    assert_eq!(held(&mut second, "h2", &["BEST", "2", "IN", "A"]), "A-1-1 A-1-2");
    let told = listener.reply();
    assert!(told.contains(r#""kind":"plan_changed","change":{"add":{"sections":[{"name":"C","#), "{told}");
    assert!(told.contains(r#""operator":"olga","reason":"the stage moved"}"#), "{told}");
    let told = listener.reply();
    assert!(told.contains(r#""seats":["A-3-X","C-1-1"],"areas":["LAWN",2]"#), "{told}");
    // The plan makes the same event, and all of it is there again after a crash.
    let plan = sent(&mut client, &["EVENT", "PLAN", "e"]).text().to_owned();
    client.create("f", &plan);
    assert_eq!(sent(&mut client, &["EVENT", "PLAN", "f"]).text(), plan);
    for seat in 0..18 {
        let of = |client: &mut Client, event| sent(client, &["SEAT", event, &format!("#{seat}")]);
        let (one, other) = (of(&mut client, "e"), of(&mut client, "f"));
        assert_eq!((one.get("seat"), one.get("category")), (other.get("seat"), other.get("category")));
    }
    let shown = ["MAP e", "EVENT INFO e", "FEED e 1", "COUNT e BY category"].map(|read| client.bytes(read));
    server.kill();
    let server = Server::start(directory.path());
    let mut client = server.client();
    let again = ["MAP e", "EVENT INFO e", "FEED e 1", "COUNT e BY category"].map(|read| client.bytes(read));
    assert_eq!(shown, again);
    assert_eq!(held(&mut client, "h3", &["SEATS", "A-3-1"]), "A-3-1");
}

#[test]
fn removed_seats_keep_their_ordinals_and_are_nobodys() {
    let (_directory, _server, mut client) = open();
    assert_eq!(held(&mut client, "h1", &["SEATS", "A-1-4"]), "A-1-4");
    let order = sent(&mut client, &["CONFIRM", "e", "o1", "order-1", "2"]);
    assert_eq!(order.integer("version"), 3);
    assert_eq!(held(&mut client, "h2", &["SEATS", "A-2-4"]), "A-2-4");
    // Refused whole, and told in full beforehand.
    let wanted = r##"{"remove":{"seats":["A-1-3-4","#7","B-1-2"],"areas":["FLOOR"]}}"##;
    let told = dry(&mut client, wanted);
    assert_eq!(told.get("refused").unwrap().text(), "TAKEN HF-BIZ-006 A-1-4 sold, A-2-4 held");
    assert_eq!([told.integer("version"), told.integer("added"), told.integer("removed")], [4, 0, 4]);
    assert_eq!((told.integer("hold_count"), told.integer("order_count")), (1, 1));
    assert_eq!(told.texts("orders"), ["order-1"]);
    assert!(told.get("change").unwrap().text().contains(r##""seats":["#2-3","#7","#9"]"##));
    assert_eq!(client.ask("ASK e dry"), "$-1|", "it binds no key");
    let refused = change(&mut client, "c1", wanted);
    assert_eq!(refused, "-TAKEN HF-BIZ-006 A-1-4 sold, A-2-4 held|");
    assert!(
        change(&mut client, "c2", r##"{"remove":{"seats":["A-1-3","B-1-2"],"areas":["FLOOR"]}}"##)
            .ends_with("|:5|")
    );
    assert_eq!(whole_map(&mut client), ["A 1 ..-s", "A 2 ...h", "B 1 .-.."]);
    let info = sent(&mut client, &["EVENT", "INFO", "e"]);
    assert_eq!((info.integer("seats"), info.integer("free")), (10, 8));
    assert_eq!(sent(&mut client, &["COUNT", "e"]).integer("free"), 8);
    assert_eq!(sent(&mut client, &["SEAT", "e", "A-1-3"]).get("status").unwrap().text(), "removed");
    // What a front end with the old map does is answered as for a seat that somebody else has.
    assert_eq!(held(&mut client, "h3", &["SEATS", "A-1-3"]), "TAKEN HF-BIZ-001 A-1-3 removed");
    assert_eq!(
        held(&mut client, "h4", &["AREA", "FLOOR", "1"]),
        "TAKEN HF-BIZ-002 FLOOR has 0 free places, 1 wanted"
    );
    let again = change(&mut client, "c3", r#"{"remove":{"seats":["A-1-3"]}}"#);
    assert_eq!(again, "-TAKEN HF-BIZ-006 A-1-3 removed|");
    // It parts its neighbours, and a group at its sides.
    assert_eq!(held(&mut client, "h5", &["BEST", "3", "IN", "B"]).split(' ').next(), Some("TAKEN"));
    assert_eq!(held(&mut client, "h6", &["SEATS", "B-1-1"]), "B-1-1");
    let plan = sent(&mut client, &["EVENT", "PLAN", "e"]).text().to_owned();
    client.create("f", &plan);
    assert_eq!(map(&mut client, &["MAP", "f"]), ["A 1 ..-.", "A 2 ....", "B 1 .-.."]);
    // An area comes back by its name.
    let back = r#"{"add":{"areas":[{"name":"FLOOR","category":"GA","capacity":3}]}}"#;
    assert!(change(&mut client, "c4", back).starts_with('*'));
    assert_eq!(whole_map(&mut client)[3], "FLOOR  3:3:0:0:0");
}

#[test]
fn price_classes_change_the_narrowest_last() {
    let (_directory, _server, mut client) = open();
    let classes = r#"{"category":{"A-2-2-3":"LUX","A-2":"STD","A":"NEW","FLOOR":"NEW"}}"#;
    assert!(change(&mut client, "c1", classes).ends_with("|:2|"));
    let of = |client: &mut Client, seat: &str| {
        sent(client, &["SEAT", "e", seat]).get("category").unwrap().text().to_owned()
    };
    let seats = ["A-1-1", "A-2-1", "A-2-2", "A-2-3", "A-2-4", "B-1-1"];
    assert_eq!(seats.map(|seat| of(&mut client, seat)), ["NEW", "STD", "LUX", "LUX", "STD", "STD"]);
    let sums = sent(&mut client, &["COUNT", "e", "BY", "category"]);
    let sums: Vec<_> =
        sums.list().iter().map(|sum| (sum.list()[0].text(), sum.list()[1].integer("free"))).collect();
    assert_eq!(sums, [("VIP", 0), ("STD", 6), ("GA", 0), ("NEW", 9), ("LUX", 2)]);
    assert_eq!(held(&mut client, "h1", &["BEST", "2", "IN", "LUX"]), "A-2-2 A-2-3");
    let more = r#"{"add":{"rows":[{"section":"A","rows":[{"name":"9","seats":1}]}]}}"#;
    assert!(change(&mut client, "c2", more).starts_with('*'));
    assert_eq!(of(&mut client, "A-9-1"), "NEW", "what comes later has the class that its section has by now");
}

#[test]
fn what_cannot_be_is_named() {
    let (_directory, _server, mut client) = open();
    for (json, expected) in [
        ("{}", "INVALID HF-INP-015 the change of the map: it changes nothing"),
        ("nonsense", "INVALID HF-INP-015 the change of the map: expected"),
        (r#"{"removed":{}}"#, "INVALID HF-INP-015 the change of the map: unknown field `removed`"),
        (r#"{"add":{"seats":["A-1-9"]}}"#, "INVALID HF-INP-015 the change of the map: unknown field `seats`"),
        (r#"{"remove":[["A-1-1"],[]]}"#, "INVALID HF-INP-015 the change of the map: remove is no object"),
        (
            r#"{"add":{"areas":[["X","GA",5]]}}"#,
            "INVALID HF-INP-015 the change of the map: add.areas[0] is no object",
        ),
        (
            r#"{"add":{"rows":[{"section":"A","rows":[["9",4]]}]}}"#,
            "INVALID HF-INP-015 the change of the map: add.rows[0].rows[0] is no object",
        ),
        (
            r#"{"capacity":[5]}"#,
            "INVALID HF-INP-015 the change of the map: invalid type: sequence, expected an object of numbers",
        ),
        (
            r#"{"capacity":{"FLOOR":0}}"#,
            "INVALID HF-INP-015 area FLOOR: capacity 0 is not from 1 to 10000000",
        ),
        (r#"{"capacity":{"BAR":5}}"#, "NOSEAT HF-INP-022 there is no area BAR"),
        (r#"{"remove":{"seats":["A-1-5"]}}"#, "NOSEAT HF-INP-021 there is no seat A-1-5"),
        (r#"{"remove":{"seats":["A-1-3-9"]}}"#, "NOSEAT HF-INP-021 there is no seat A-1-3-9"),
        (r##"{"remove":{"seats":["#11-12"]}}"##, "NOSEAT HF-INP-021 there is no seat #11-12"),
        (
            r#"{"add":{"rows":[{"section":"Z","rows":[{"name":"1","seats":1}]}]}}"#,
            "NOSEAT HF-INP-022 there is no section Z",
        ),
        (
            r#"{"add":{"rows":[{"section":"A","rows":[{"name":"1","seats":["3-5"]}]}]}}"#,
            "INVALID HF-INP-015 the seat A-1-3 stands twice: in row 1 of section A and in row 1 of section A",
        ),
        (
            r#"{"add":{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":1,"seats":1}}]}}"#,
            "INVALID HF-INP-015 section A stands twice",
        ),
        (
            r#"{"add":{"sections":[{"name":"Z","category":"C","rows":{"from":1,"to":2,"seats":500000}}]}}"#,
            "INVALID HF-INP-015 more than 1000000 seats",
        ),
        (
            r#"{"add":{"areas":[{"name":"A","category":"C","capacity":1}]}}"#,
            "INVALID HF-INP-015 area A has the name of a section",
        ),
        (
            r#"{"add":{"areas":[{"name":"FLOOR","category":"C","capacity":1}]}}"#,
            "INVALID HF-INP-015 area FLOOR stands twice",
        ),
        (
            r##"{"category":{"A":"#1"}}"##,
            "INVALID HF-INP-015 the change of the map: the name #1 begins with #",
        ),
    ] {
        let reply = change(&mut client, "k", json);
        assert!(reply.starts_with(&format!("-{expected}")), "{json}: {reply}");
        let told = dry(&mut client, json);
        assert!(told.text().starts_with(expected), "{json}: {told:?}");
    }
    assert!(client.ask("EVENT CLOSE e k2 olga over").starts_with('*'));
    let closed = change(&mut client, "k3", r#"{"capacity":{"FLOOR":9}}"#);
    assert_eq!(closed, "-CLOSED HF-BIZ-032 the event is closed|");
}

/// Each command of a pipeline is read with the map that there is when it comes.
#[test]
fn commands_around_a_change_mean_the_same_seats() {
    let (_directory, server, mut client) = open();
    let rows = r#"{"add":{"rows":[{"section":"A","front":1,"rows":[{"name":"0","seats":4}]}]},"remove":{"seats":["A-2"]}}"#;
    let mut pipeline = wire(&["HOLD", "e", "h1", "ann", "0", "SEATS", "B-1-4"]);
    pipeline.extend(wire(&["SEAT", "e", "A-2-1"]));
    pipeline.extend(wire(&["EVENT", "CHANGE", "e", "c", "olga", "why", rows]));
    pipeline.extend(wire(&["HOLD", "e", "h2", "ann", "0", "SEATS", "A-2-1"]));
    pipeline.extend(wire(&["HOLD", "e", "h3", "ann", "0", "SEATS", "#3"]));
    client.send(pipeline);
    assert!(client.reply().contains("|B-1-4|"));
    assert!(client.reply().contains("|status|$4|free|"));
    assert!(client.reply().starts_with("*6|$5|event|"));
    assert_eq!(client.reply(), "-TAKEN HF-BIZ-001 A-2-1 removed|");
    assert!(client.reply().contains("|A-1-4|"));
    assert_eq!(held(&mut server.client(), "h4", &["SEATS", "A-0-1"]), "A-0-1");
    assert_eq!(whole_map(&mut client)[..4], ["A 1 ...h", "A 2 ----", "B 1 ...h", "A 0 h..."]);
}
