//! The largest maps: a million seats, each with a label that follows from no other.

use std::fmt::Write as _;

use crate::hall::{hall, transcript};
use crate::support::reply::Value;
use crate::support::{Client, Server, TempDir, eventually, wire};

const ROWS: usize = 1_000;

/// The description is one record, which a segment has to have room for.
const LARGE: &[&str] = &["--wal-segment", "64MiB", "--wal-reserve", "64MiB", "--snapshot-every", "1s"];

/// The label of a seat: as long as labels are, and unlike that of its neighbour.
fn label(row: usize, seat: usize) -> String {
    let number = 1_000_003 * (1_000 * row + seat + 1) % 999_999_937;
    format!("{number:09}{}", "x".repeat(46))
}

/// `second`: what the second seat of the last row is called.
fn map(second: &str) -> String {
    let mut json = String::from(r#"{"sections":[{"name":"A","category":"C","rows":["#);
    for row in 0..ROWS {
        let comma = if row == 0 { "" } else { "," };
        let _ = write!(json, r#"{comma}{{"name":"{row}","seats":["#);
        for seat in 0..1_000 {
            let own = if (row, seat) == (ROWS - 1, 1) { second.to_owned() } else { label(row, seat) };
            let _ = write!(json, r#"{}"{own}""#, if seat == 0 { "" } else { "," });
        }
        json.push_str("]}");
    }
    json + "]}]}"
}

fn create(client: &mut Client, event: &str, json: &str) -> String {
    client.send(wire(&["EVENT", "CREATE", event, "c", json]));
    client.reply()
}

fn plan(client: &mut Client, event: &str) -> String {
    Value::of(&client.bytes(&format!("EVENT PLAN {event}"))).text().to_owned()
}

#[test]
fn a_million_labels_are_sold_kept_and_given_back() {
    let directory = TempDir::new();
    let mut server = Server::with(directory.path(), LARGE);
    let mut client = server.client();
    let json = map(&label(ROWS - 1, 1));
    assert!(json.len() > 55 << 20, "{}", json.len());
    assert_eq!(create(&mut client, "hall", &json), "*6|$5|event|$4|hall|$6|status|$4|open|$7|version|:1|");
    let seats = [(0, 0), (500, 77), (999, 999)].map(|(row, seat)| format!("A-{row}-{}", label(row, seat)));
    let hold = format!("HOLD hall h ann 0 SEATS {}", seats.join(" "));
    let held = Value::of(&client.bytes(&hold));
    assert_eq!(held.texts("seats"), seats);
    let goes = format!(r#"{{"remove":{{"seats":["A-3-{}"]}}}}"#, label(3, 9));
    let gone = "*6|$5|event|$4|hall|$6|status|$4|open|$7|version|:3|";
    let change = wire(&["EVENT", "CHANGE", "hall", "m", "olga", "a camera", &goes]);
    client.send(change.clone());
    assert_eq!(client.reply(), gone);
    let told = plan(&mut client, "hall");
    // The snapshot has it, and the log from then on.
    eventually("a snapshot is made", || client.info("persistence", "snapshot_lsn") != "0");
    let behind =
        ["snapshot_failures", "snapshot_events_behind"].map(|field| client.info("persistence", field));
    assert_eq!(behind, ["0", "0"]);
    server.kill();
    let server = Server::with(directory.path(), LARGE);
    let mut client = server.client();
    assert_eq!(Value::of(&client.bytes(&hold)), held);
    client.send(change);
    assert_eq!(client.reply(), gone);
    assert_eq!(create(&mut client, "hall", &json), "*6|$5|event|$4|hall|$6|status|$4|open|$7|version|:1|");
    assert!(plan(&mut client, "hall") == told && told.contains(&label(500, 78)));
    let counts = ["|$4|free|:999996|", "|$4|held|:3|"];
    let told = client.ask("COUNT hall");
    assert!(counts.iter().all(|count| told.contains(count)), "{told}");
}

#[test]
fn what_is_wrong_in_a_large_map_is_refused_with_its_place() {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), LARGE);
    let mut client = server.client();
    let refused = create(&mut client, "hall", &map(&label(ROWS - 1, 0)));
    let place = "-INVALID HF-INP-005 the description of the event: ";
    assert!(refused.starts_with(place) && refused.contains("row 999 of section A"), "{refused}");
    let json = map(&label(ROWS - 1, 1));
    let refused = create(&mut client, "hall", &json[..json.len() - 1]);
    assert!(refused.starts_with(place) && refused.contains("EOF while parsing"), "{refused}");
    transcript(&mut client, &[("EVENT INFO hall", "-NOEVENT HF-INP-020 there is no event hall|")]);
    // What is said behind it waits for it, and only that.
    client.send(wire(&["EVENT", "CREATE", "hall", "c", &json]));
    client.send(b"SEAT hall #0\r\n");
    assert_eq!(server.client().ask("PING"), "+PONG|");
    assert!(client.reply().contains("|open|") && client.reply().contains("|ordinal|:0|"));
    // One that is larger than the largest, and another command that is as large.
    let too_large = format!("*5\r\n$5\r\nEVENT\r\n$6\r\ncreate\r\n$1\r\ne\r\n$1\r\nc\r\n${}\r\n", 64 << 20);
    client.send(&too_large);
    assert_eq!(client.rest(), "-PROTO HF-INP-031 a command of more than 67108864 bytes|");
    let mut client = server.client();
    client.send(format!("*2\r\n$4\r\nECHO\r\n${}\r\n", 1 << 20));
    assert_eq!(client.rest(), "-PROTO HF-INP-031 a command of more than 1048576 bytes|");
}

#[test]
fn what_no_segment_has_room_for_is_refused() {
    let (_directory, _server, mut client) = hall();
    let refused = create(&mut client, "large", &map(&label(ROWS - 1, 1)));
    let room = " bytes of the log, where a segment (wal.segment) has room for 8375216|";
    let place = "-INVALID HF-INP-005 the description of the event: it takes 580251";
    assert!(refused.starts_with(place) && refused.ends_with(room), "{refused}");
}
