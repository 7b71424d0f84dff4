//! Events that leave memory: nobody sees it, but by `INFO` and by the delay.

use super::support::reply::{self, Value};
use super::support::{Client, HALL, Server, TempDir, eventually, wire};

const FLAGS: [&str; 6] = ["--events-park-after", "300ms", "--snapshot-every", "1s", "--recovery-grace", "0s"];

fn at_rest(client: &mut Client, events: usize) {
    eventually("events at rest", || client.info("server", "events_at_rest") == events.to_string());
}

/// What readers are told of an event, byte for byte but for countdowns.
fn told(client: &mut Client, event: &str) -> Vec<String> {
    let reads = ["EVENT INFO", "COUNT", "MAP", "LIST HOLDS", "LIST ORDERS", "EVENT PLAN"];
    let read = |words: &str| reply::at_rest(&client.bytes(&format!("{words} {event}")));
    reads.map(read).into()
}

#[test]
fn events_come_back_as_they_were_whoever_asks_and_after_a_kill() {
    let directory = TempDir::new();
    let mut server = Server::with(directory.path(), &FLAGS);
    let mut client = server.client();
    let mut answers = Vec::new();
    for event in ["a", "b", "c", "d"] {
        client.create(event, HALL);
        let line = format!("HOLD {event} k1 bob 600000 SEATS A-1-1 A-1-2");
        let answer = client.bytes(&line);
        let hold = Value::of(&answer).integer("hold");
        answers.push((line, answer));
        let line = format!("CONFIRM {event} k2 order-1 {hold}");
        answers.push((line.clone(), client.bytes(&line)));
    }
    // A live hold keeps its event.
    client.ask("HOLD d k3 eve 600000 SEATS A-1-3");
    let before: Vec<_> = ["a", "b", "c", "d"].map(|event| told(&mut client, event)).into();
    at_rest(&mut client, 3);
    assert_eq!(client.ask("EVENT LIST"), "*2|:0|*8|$1|a|$4|open|$1|b|$4|open|$1|c|$4|open|$1|d|$4|open|");
    assert_eq!(client.ask("DBSIZE"), ":4|");
    assert_eq!(client.info("server", "events_at_rest"), "3", "the list asks nobody");

    // A pipeline over several events, of which some are at rest, is answered in its order.
    let lines: Vec<&str> = answers.iter().map(|(line, _)| line.as_str()).collect();
    client.send(format!("{}\r\n", lines.join("\r\n")).as_bytes());
    for (line, answer) in &answers {
        assert_eq!(&client.raw(), answer, "{line}");
    }
    assert_eq!(client.info("server", "events_at_rest"), "0");
    at_rest(&mut client, 3);
    for (event, before) in ["a", "b", "c", "d"].iter().zip(&before) {
        assert_eq!(&told(&mut client, event), before, "{event}");
    }
    at_rest(&mut client, 3);
    // A transaction, and a page of the feed.
    for (line, reply) in [("MULTI", "+OK|"), ("COUNT a", "+QUEUED|"), ("SEAT a A-1-1", "+QUEUED|")] {
        assert_eq!(client.ask(line), reply, "{line}");
    }
    assert!(client.ask("EXEC").starts_with("*2|"));
    assert!(client.ask("FEED b 1 COUNT 1").starts_with("*1|"));
    let other = r#"{"areas":[{"name":"F","category":"G","capacity":1}]}"#;
    client.send(wire(&["EVENT", "CREATE", "c", "create-c", other]));
    assert!(client.reply().starts_with("-KEYREUSED "), "it is there, with the key of its creation");
    at_rest(&mut client, 3);

    server.kill();
    let server = Server::with(directory.path(), &FLAGS);
    let mut client = server.client();
    assert_eq!(client.info("server", "events_at_rest"), "3", "nothing of them is in the log since");
    for (event, before) in ["a", "b", "c", "d"].iter().zip(&before) {
        assert_eq!(&told(&mut client, event), before, "{event}");
    }
    for (line, answer) in &answers {
        assert_eq!(&client.bytes(line), answer, "{line}");
    }
    assert!(client.ask("HOLD a k9 ann 600000 SEATS A-1-4").starts_with("*10|"));
}

/// Many connections ask for the same event the moment that it is at rest: each is answered, and in its own order.
#[test]
fn many_ask_for_an_event_at_rest_at_once() {
    let directory = TempDir::new();
    let server = Server::with(
        directory.path(),
        &["--threads", "2", "--events-park-after", "1ms", "--snapshot-every", "1s"],
    );
    let mut clients: Vec<Client> = (0..4).map(|_| server.client()).collect();
    clients[0].create("hall", HALL);
    for round in 0..40 {
        at_rest(&mut clients[0], 1);
        for (number, client) in clients.iter_mut().enumerate() {
            let (key, seat) = (format!("h{round}-{number}"), number + 1);
            let lines = format!("HOLD hall {key} p{number} 600000 SEATS A-1-{seat}\r\nCOUNT hall\r\n");
            client.send(lines.as_bytes());
        }
        for (number, client) in clients.iter_mut().enumerate() {
            let hold = Value::of(&client.raw()).integer("hold");
            client.reply();
            let line = format!("RELEASE hall r{round}-{number} {hold}");
            assert!(client.ask(&line).starts_with("*6|"), "{line}");
        }
    }
}

/// A closed event is put away: it is read as before, takes nothing, and money goes back all the same.
#[test]
fn an_archived_event_is_read_and_gives_money_back() {
    let directory = TempDir::new();
    let mut server = Server::with(directory.path(), &FLAGS);
    let mut client = server.client();
    client.create("hall", HALL);
    client.create("other", HALL);
    // A worker has one entry when the event is put away.
    assert_eq!(client.ask("XGROUP CREATE feed:hall mail 0"), "+OK|");
    let entries = |client: &mut Client, more: &str| {
        let reply = client.bytes(&format!("XREADGROUP GROUP mail ann {more}STREAMS feed:hall >"));
        Value::of(&reply).list()[0].list()[1].list().to_vec()
    };
    let first = entries(&mut client, "COUNT 1 ")[0].list()[0].text().to_owned();
    let archive = |key: &str| format!("EVENT ARCHIVE hall {key} olga season-over");
    let hold = Value::of(&client.bytes("HOLD hall k1 bob 600000 SEATS A-1-1 A-1-2")).integer("hold");
    let paid = format!("PAYMENT TRY hall k2 pay-1 600000 {hold} AMOUNT 5000 EUR");
    assert!(client.ask(&paid).contains("PENDING"));
    assert!(client.ask(&archive("a1")).starts_with("-STATE HF-BIZ-048 the event is open"));
    client.ask("EVENT CLOSE hall k3 olga season-over");
    assert!(client.ask(&archive("a2")).starts_with("-EARLY HF-BIZ-017"), "the payment runs");
    assert!(client.ask("PAYMENT SUCCEED hall k4 pay-1 AMOUNT 5000 EUR").contains("SUCCESS"));
    // Its key is not bound.
    assert!(client.ask(&archive("a2")).contains("|$8|archived|"));
    assert_eq!(client.ask("EVENT LIST STATUS ARCHIVED"), "*2|:0|*2|$4|hall|$8|archived|");
    assert_eq!(client.ask("EVENT LIST STATUS open"), "*2|:0|*2|$5|other|$4|open|");
    let before = told(&mut client, "hall");
    at_rest(&mut client, 2);
    assert_eq!(told(&mut client, "hall"), before);
    let closed = [
        "HOLD hall c1 bob 0 SEATS A-1-3",
        "BLOCK hall c2 olga why SEATS A-1-3",
        "EVENT RESUME hall c3 olga why",
        "EVENT CLOSE hall c4 olga why",
        "EVENT ARCHIVE hall c5 olga why",
        "RELEASE hall c6 1",
        "PAYMENT FAIL hall c7 pay-1 why",
    ];
    for line in closed {
        assert_eq!(client.ask(line), "-CLOSED HF-BIZ-032 the event is archived|", "{line}");
    }
    assert!(client.ask("CANCEL hall k6 pay-1 rain").contains("cancelled"));
    server.kill();
    let server = Server::with(directory.path(), &FLAGS);
    let mut client = server.client();
    assert!(client.ask("PAYMENT LIST hall REFUNDABLE").contains("pay-1"));
    assert!(client.ask("PAYMENT REFUNDED hall k7 pay-1 re-1").contains("pay-1"));
    assert_eq!(client.ask("EVENT LIST STATUS archived"), "*2|:0|*2|$4|hall|$8|archived|");
    at_rest(&mut client, 2);
    assert!(client.ask("FEED hall 1 COUNT 100").contains("archived"));
    // Its groups are there, are given the rest, and can be acknowledged and ended.
    assert!(client.ask("XPENDING feed:hall mail").starts_with("*4|:1|"));
    assert_eq!(client.ask(&format!("XACK feed:hall mail {first}")), ":1|");
    let rest = entries(&mut client, "");
    assert!(format!("{rest:?}").contains("archived"), "{rest:?}");
    assert_eq!(client.ask("XGROUP DESTROY feed:hall mail"), ":1|");
}
