//! The lists of holds and of orders: what is there comes once and in order, whatever happens between two pages.

use crate::hall::{hall, page, transcript, with};
use crate::support::reply::Value;
use crate::support::{Client, Server, TempDir, wire};

/// One row of seats.
const LONG: &str = r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 90}}],
    "limits": {"max_seats_per_holder": 90}}"#;

fn long() -> (TempDir, Server, Client) {
    with("long", LONG)
}

fn hold(client: &mut Client, holder: &str, what: &str) -> u64 {
    Value::of(&client.bytes(&format!("HOLD long {holder}-{what} {holder} 0 SEATS {what}"))).integer("hold")
}

fn sell(client: &mut Client, order: &str, hold: u64) {
    let reply = Value::of(&client.bytes(&format!("CONFIRM long sell-{order} {order} {hold}")));
    assert_eq!(reply.get("order").unwrap().text(), order);
}

fn orders(listed: &[Value]) -> Vec<&str> {
    listed.iter().map(|order| order.get("order").unwrap().text()).collect()
}

fn holds(listed: &[Value]) -> Vec<u64> {
    listed.iter().map(|hold| hold.integer("hold")).collect()
}

#[test]
fn they_show_what_get_shows_in_both_protocols() {
    let (_directory, _server, mut client) = hall();
    transcript(
        &mut client,
        &[
            ("LIST HOLDS hall", "*2|:0|*0|"),
            ("LIST ORDERS hall", "*2|:0|*0|"),
            ("LIST ORDERS nowhere", "-NOEVENT HF-INP-020 there is no event nowhere|"),
        ],
    );
    for line in [
        "HOLD hall h1 bob 0 SEATS A-1-1 A-1-2",
        "HOLD hall h2 ann 0 AREA FLOOR 1",
        "HOLD hall h3 bob 0 SEATS A-1-3",
        "CONFIRM hall c1 o-1 2",
        "CONFIRM hall c2 o-2 3",
        "HOLD hall h4 ann 0 SEATS A-1-4",
        "PAYMENT TRY hall p1 pay 60000 4",
        "CANCEL hall x1 o-1 rain",
    ] {
        assert!(!client.ask(line).starts_with('-'), "{line}");
    }
    for hello in ["HELLO 2", "HELLO 3"] {
        client.ask(hello);
        // As `GET` shows them, byte for byte: a hold that is being paid, an order that was cancelled, places.
        for (list, get, each) in [("HOLDS", "HOLD", ["4", "7"]), ("ORDERS", "ORDER", ["o-1", "o-2"])] {
            let shown = each.map(|one| client.ask(&format!("GET {get} hall {one}"))).concat();
            assert_eq!(client.ask(&format!("LIST {list} hall")), format!("*2|:0|*2|{shown}"));
        }
        for (line, of_hold) in [("LIST HOLDS hall HOLDER bob", "4"), ("LIST HOLDS hall HOLDER ann", "7")] {
            let shown = client.ask(&format!("GET HOLD hall {of_hold}"));
            assert_eq!(client.ask(line), format!("*2|:0|*1|{shown}"), "{line}");
        }
        // Of one that has nothing any more there is the order that was taken back; of nobody there is nothing.
        let shown = client.ask("GET ORDER hall o-1");
        assert_eq!(client.ask("LIST ORDERS hall HOLDER bob"), format!("*2|:0|*1|{shown}"));
        assert_eq!(client.ask("LIST ORDERS hall HOLDER eve"), "*2|:0|*0|");
        // Since a version is after it.
        let shown = client.ask("GET HOLD hall 7");
        assert_eq!(client.ask("LIST HOLDS hall SINCE 4"), format!("*2|:0|*1|{shown}"));
        assert_eq!(client.ask("LIST HOLDS hall SINCE 7"), "*2|:0|*0|");
        assert!(client.ask("LIST HOLDS hall SINCE 3 COUNT 1").starts_with("*2|:7|*1|"));
    }
}

#[test]
fn a_list_goes_on_where_it_was_while_things_come_and_go() {
    let (directory, mut server, mut client) = long();
    let made: Vec<u64> = (1..=12).map(|seat| hold(&mut client, "bob", &format!("#{seat}"))).collect();
    for (number, &hold) in made[..6].iter().enumerate() {
        sell(&mut client, &format!("o-{number}"), hold);
    }
    let (next, first) = page(&mut client, "LIST ORDERS long COUNT 2");
    assert_eq!(orders(&first), ["o-0", "o-1"]);
    let (after, held) = page(&mut client, "LIST HOLDS long COUNT 2");
    assert_eq!((holds(&held), after), (made[6..8].to_vec(), made[8]));
    // The first of the next page is over, and its slot is taken by what comes last; so is that of one that was listed.
    for line in [
        "CANCEL long x-2 o-2 rain".to_owned(),
        "CANCEL long x-0 o-0 rain".to_owned(),
        format!("RELEASE long r-8 {}", made[8]),
        format!("RELEASE long r-6 {}", made[6]),
    ] {
        assert!(!client.ask(&line).starts_with('-'), "{line}");
    }
    let late = hold(&mut client, "ann", "#40");
    let later = hold(&mut client, "ann", "#41");
    sell(&mut client, "o-late", later);
    let last = hold(&mut client, "ann", "#42");
    server.kill();
    let server = Server::start(directory.path());
    let mut client = server.client();
    let (next, second) = page(&mut client, &format!("LIST ORDERS long {next} COUNT 3"));
    assert_eq!(orders(&second), ["o-2", "o-3", "o-4"]);
    assert_eq!(second[0].get("status").unwrap().text(), "cancelled");
    let (next, third) = page(&mut client, &format!("LIST ORDERS long {next} COUNT 3"));
    assert_eq!((orders(&third), next), (vec!["o-5", "o-late"], 0));
    let (next, rest) = page(&mut client, &format!("LIST HOLDS long {after}"));
    assert_eq!((holds(&rest), next), ([&made[9..], &[late, last]].concat(), 0));
}

/// A reply has an end, however much a page may have: a page of much is shorter, and says where to go on.
#[test]
fn a_page_of_much_ends_early() {
    let map = r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 12, "seats": 1000}}],
        "limits": {"max_seats_per_hold": 1000, "max_seats_per_holder": 1000}}"#;
    let (_directory, _server, mut client) = with("wide", map);
    for row in 0..12 {
        let (key, holder) = (format!("k-{row}"), format!("h-{row}"));
        let seats: Vec<String> = (1_000 * row..1_000 * (row + 1)).map(|seat| format!("#{seat}")).collect();
        let mut words = vec!["HOLD", "wide", &key, &holder, "0", "SEATS"];
        words.extend(seats.iter().map(String::as_str));
        client.send(wire(&words));
        assert!(client.reply().starts_with("*10|"));
    }
    let (next, first) = page(&mut client, "LIST HOLDS wide COUNT 1000");
    assert_eq!((holds(&first), next), ((2..12).collect(), 12));
    let (next, rest) = page(&mut client, &format!("LIST HOLDS wide {next} COUNT 1000"));
    assert_eq!((holds(&rest), next), (vec![12, 13], 0));
}
