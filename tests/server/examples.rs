//! The examples of docs/protocol have the fields that the server's replies have, in their order.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Server, TempDir, wire};

const PAGES: &str = concat!(
    include_str!("../../docs/protocol.md"),
    include_str!("../../docs/protocol/selling.md"),
    include_str!("../../docs/protocol/paying.md"),
    include_str!("../../docs/protocol/reading.md"),
    include_str!("../../docs/protocol/listening.md"),
    include_str!("../../docs/protocol/transactions.md"),
    include_str!("../../docs/protocol/running.md"),
    include_str!("../../docs/protocol/connection.md"),
    include_str!("../../docs/protocol/errors.md"),
);
const HALL: &str = r#"{"sections":[{"name":"A","category":"VIP","rows":[{"name":"1","seats":4,"accessible":["1"]}]},
    {"name":"B","category":"STD","rows":{"from":1,"to":2,"seats":3}}],"areas":[{"name":"FLOOR","category":"GA","capacity":2000}]}"#;

/// What is sent, so that each reply of the page comes once in each of its forms. `~` stands for a space within a word.
const SENT: &[&str] = &[
    "HOLD e h1 ann 0 SEATS A-1-1 A-1-2 AREA FLOOR 3",
    "EXTEND e x1 2 0",
    "RELEASE e r1 2 SEATS A-1-2",
    "CONFIRM e c1 order-1 2",
    "HOLD e h2 bob 0 SEATS A-1-3",
    "CHANGE e ch1 6 DROP A-1-3 ADD A-1-2",
    "GET HOLD e 6",
    "PAYMENT TRY e t1 p-1 60000 6",
    "PAYMENT FAIL e t2 p-1 declined",
    "PAYMENT SUCCEED e t3 p-1",
    "PAYMENT SUCCEED e t4 p-1",
    "HOLD e h3 bob 0 SEATS A-1-4",
    "PAYMENT TRY e t5 p-2 60000 11 AMOUNT 12000 EUR PROVIDER stripe",
    "PAYMENT SUCCEED e t6 p-2 AMOUNT 11000 EUR",
    "HOLD e h4 bob 0 SEATS B-1-1",
    "PAYMENT TRY e t7 p-3 60000 14",
    "PAYMENT FAIL e t8 p-3 declined",
    "HOLD e h5 eve 0 SEATS B-1-1",
    "PAYMENT SUCCEED e t9 p-3",
    "PAYMENT LIST e STATUS REFUND_DUE",
    "PAYMENT REFUNDED e t10 p-3 re_9",
    "GET PAYMENT e p-3",
    "EVENT LIST",
    "EVENT INFO e",
    "PICTURE e",
    "PICTURE e SINCE 4",
    "COUNT e",
    "SEAT e A-1-1",
    "CANCEL e ca1 p-1 cannot~come",
    "GET ORDER e p-1",
    "LIST ORDERS e COUNT 1",
    "LIST ORDERS e HOLDER bob COUNT 1",
    "ASK e nothing",
    "HOLD e taken eve 0 SEATS B-1-1",
    "ASK e taken",
    "EXCHANGE e ex order-1 moved DROP A-1-1 ADD A-1-3",
    "FEED e 5 COUNT 1",
    "MULTI",
    "RELEASE e r2 17",
    "EXEC",
    "EVENT LIMITS e l1 olga why {\"max_extends\":4}",
    "BLOCK e b1 olga why SEATS B-2-1",
    "UNBLOCK e u1 olga why SEATS B-2-1",
    "HOLD e h7 eve 0 SEATS B-1-1",
    "FORCE RELEASE e f1 olga why 26",
    "EVENT SCHEDULE e s1 olga why CLOSES 99999999999999",
    "EVENT CHANGE e plan1 olga why {\"capacity\":{\"FLOOR\":30}}",
    "EVENT CHANGE e plan2 olga why {\"capacity\":{\"FLOOR\":31}} DRY",
    "HOLD e h8 eve 0 SEATS B-1-1 NOTE till~7",
    "GET HOLD e 30",
    "CLIENT REPEATS ON",
    "HOLD e h8 eve 0 SEATS B-1-1 NOTE till~7",
    "EVENT PAUSE e p1 olga why",
    "SLOWLOG GET 1",
    "LATENCY HISTOGRAM hold",
];

/// The two words of a command that has two, else the first.
fn verb(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let has_two = ["EVENT", "PAYMENT", "GET", "LIST", "FORCE", "CONFIG", "SLOWLOG", "LATENCY", "ACL"]
        .contains(&words[0]);
    words[..1 + usize::from(has_two)].join(" ")
}

/// The names of all fields in a reply of RESP3, from the first to the last.
fn fields(bytes: &mut &[u8], is_field: bool, names: &mut Vec<String>) {
    let line = |bytes: &mut &[u8]| {
        let end = bytes.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let line = String::from_utf8(bytes[..end].to_vec()).unwrap();
        *bytes = &bytes[end + 2..];
        line
    };
    let head = line(bytes);
    let (kind, count) = head.split_at(1);
    let count = || count.parse::<usize>().unwrap();
    match kind {
        "$" => {
            let text = String::from_utf8(bytes[..count()].to_vec()).unwrap();
            *bytes = &bytes[count() + 2..];
            names.extend(is_field.then_some(text));
        }
        "*" => (0..count()).for_each(|_| fields(bytes, false, names)),
        "%" => (0..2 * count()).for_each(|at| fields(bytes, at % 2 == 0, names)),
        _ => {}
    }
}

#[test]
fn they_have_the_fields_of_real_replies() {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--slowlog-over", "0s"]);
    let mut client = server.client();
    assert!(client.ask("HELLO 3").starts_with('%'));
    let mut seen: BTreeMap<String, BTreeSet<Vec<String>>> = BTreeMap::new();
    let create = ["EVENT", "CREATE", "e", "create", HALL].map(str::to_owned).to_vec();
    let lines = SENT.iter().map(|line| line.split(' ').map(|word| word.replace('~', " ")).collect());
    for words in std::iter::once(create).chain(lines) {
        client.send(wire(&words.iter().map(String::as_str).collect::<Vec<_>>()));
        let (reply, mut names) = (client.raw(), Vec::new());
        fields(&mut &reply[..], false, &mut names);
        let told = String::from_utf8_lossy(&reply);
        assert_eq!(reply[0] == b'-', words[0] == "HOLD" && words[2] == "taken", "{words:?}: {told}");
        seen.entry(verb(&words.join(" "))).or_default().insert(names);
    }
    let (mut examples, mut wrong) = (0, Vec::new());
    for block in PAGES.split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let block = format!("\n{block}");
        for example in block.split("\n> ").skip(1).filter(|example| example.contains("# \"")) {
            // The first line of a field is `1# "name" => ...`, behind the numbers of lists that it is in.
            let names = example.split("# \"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
            let (names, verb) = (names.collect::<Vec<_>>(), verb(example.split('\n').next().unwrap()));
            // What there is depends on the machine; that of the other takes tokens.
            if verb == "CONFIG GET" || verb == "ACL LOG" {
                continue;
            }
            let real = seen.get(&verb).unwrap_or_else(|| panic!("{verb} is not among what is sent"));
            if !real.contains(&names) {
                wrong.push(format!("{verb} has {names:?}, and it is one of {real:?}"));
            }
            examples += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples >= 25, "{examples}");
}
