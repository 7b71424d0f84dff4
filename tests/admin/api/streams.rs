//! Streams: what an event's seats become, and its changes, as they happen.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::super::http::connect;
use super::super::support::{Client, eventually};
use super::{Sale, at_the_other_port};

/// A stream that is open.
pub(crate) struct Stream(BufReader<TcpStream>);

/// An event of it.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Stream {
    pub(crate) fn open(sale: &Sale, path: &str, headers: &[&str]) -> Self {
        let (status, stream) = Self::try_open(sale, path, headers);
        assert_eq!(status, 200, "{path}");
        stream
    }

    /// The status of the response, and what comes behind its head.
    pub(crate) fn try_open(sale: &Sale, path: &str, headers: &[&str]) -> (u16, Self) {
        let mut stream = connect(sale.server.admin);
        let more: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let host = sale.server.admin;
        write!(stream, "GET /api/v1{path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n").unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if status == 200 {
            assert!(head.to_ascii_lowercase().contains("content-type: text/event-stream"), "{head}");
        }
        (status, Self(reader))
    }

    /// The next event, without comments; `None` at the end. Lines of the chunks that the bytes come in are none of it.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let mut event = Event { name: String::new(), id: String::new(), data: Value::Null };
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            let line = line.trim_end();
            if let Some(name) = line.strip_prefix("event: ") {
                name.clone_into(&mut event.name);
            } else if let Some(id) = line.strip_prefix("id: ") {
                id.clone_into(&mut event.id);
            } else if let Some(data) = line.strip_prefix("data: ") {
                event.data = serde_json::from_str(data).unwrap();
            } else if line.is_empty() && !event.name.is_empty() {
                return Some(event);
            }
        }
    }

    /// The next event, which has this name.
    fn expect(&mut self, name: &str) -> Event {
        let event = self.next().unwrap_or_else(|| panic!("the end, in the place of {name}"));
        assert_eq!(event.name, name, "{event:?}");
        event
    }
}

fn resp3(sale: &Sale) -> Client {
    let mut client = sale.client();
    client.ask("HELLO 3");
    client
}

/// How many connections from inside the server there are.
fn inside(client: &mut Client) -> usize {
    let list = String::from_utf8(client.bytes("CLIENT LIST")).unwrap();
    list.lines().filter(|line| line.contains(" name=admin ")).count()
}

#[test]
fn a_map_begins_with_the_picture_and_goes_on_without_a_gap() {
    let sale = Sale::open();
    let mut client = resp3(&sale);
    let mut live = Stream::open(&sale, "/events/gala/live", &[]);
    let picture = live.expect("picture");
    assert_eq!(picture.data, at_the_other_port(&mut client, &["PICTURE", "gala"]));
    let version = picture.data["version"].as_u64().unwrap();
    assert_eq!(picture.id, version.to_string());
    let mut letters = picture.data["seats"].as_str().unwrap().as_bytes().to_vec();
    let mut reached = version;
    for number in 0..40 {
        let free = number % 2 == 1;
        let held = version + number / 2 * 2 + 1;
        let line = if free {
            format!("RELEASE gala re{number} {held}")
        } else {
            format!("HOLD gala ha{number} x 60000 SEATS A-1-5")
        };
        assert!(!client.ask(&line).starts_with('-'), "{line}");
    }
    let newest = at_the_other_port(&mut client, &["PICTURE", "gala"]);
    while reached < newest["version"].as_u64().unwrap() {
        let map = live.expect("map");
        assert_eq!(map.data["from"].as_u64(), Some(reached), "{map:?}");
        reached = map.data["version"].as_u64().unwrap();
        assert_eq!(map.id, reached.to_string());
        for (ordinal, letter) in map.data["seats"].as_object().unwrap() {
            letters[ordinal.parse::<usize>().unwrap()] = letter.as_str().unwrap().as_bytes()[0];
        }
    }
    assert_eq!(newest["seats"].as_str().unwrap().as_bytes(), letters);
    drop(live);

    // Who comes again with what it has seen hears what has changed since.
    assert!(!client.ask("HOLD gala again x 60000 SEATS A-1-6 AREA FLOOR 3").starts_with('-'));
    let seen = reached;
    for (path, headers) in [
        (format!("/events/gala/live?since={seen}"), vec![]),
        ("/events/gala/live".to_owned(), vec![format!("Last-Event-ID: {seen}")]),
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        let map = Stream::open(&sale, &path, &headers).expect("map").data;
        assert_eq!((map["from"].as_u64(), map["version"].as_u64()), (Some(seen), Some(seen + 1)), "{map}");
        assert_eq!((&map["seats"], &map["areas"]["FLOOR"][2]), (&json!({ "5": "h" }), &json!(3)), "{map}");
    }
    let future = Stream::open(&sale, "/events/gala/live?since=999999", &[]).expect("picture");
    assert_eq!(future.data["version"].as_u64(), Some(seen + 1), "a past that never was");
}

#[test]
fn another_map_of_the_hall_is_a_picture() {
    let sale = Sale::open();
    let mut client = resp3(&sale);
    let mut live = Stream::open(&sale, "/events/gala/live", &[]);
    let before = live.expect("picture").data["plan_version"].as_u64().unwrap();
    let change = r#"{"add":{"areas":[{"name":"BAR","category":"GA","capacity":5}]}}"#;
    let changed = at_the_other_port(&mut client, &["EVENT", "CHANGE", "gala", "ch", "ann", "more", change]);
    let version = changed["version"].as_u64().unwrap_or_else(|| panic!("{changed}"));
    let picture = loop {
        let event = live.next().unwrap();
        if event.data["version"].as_u64() >= Some(version) {
            break event;
        }
    };
    assert_eq!(picture.name, "picture", "{picture:?}");
    assert!(picture.data["plan_version"].as_u64().unwrap() > before, "{picture:?}");
}

#[test]
fn a_feed_is_told_whole_and_goes_on() {
    let sale = Sale::open();
    let mut client = resp3(&sale);
    let all = at_the_other_port(&mut client, &["FEED", "gala", "1", "COUNT", "1000"]);
    let all = all.as_array().unwrap();
    let mut feed = Stream::open(&sale, "/events/gala/feed/stream?from=1", &[]);
    for change in all {
        let told = feed.expect("change");
        assert_eq!(told.id, change[0].as_u64().unwrap().to_string());
        let mut expected = change[3].clone();
        expected["version"] = change[0].clone();
        expected["at"] = change[1].clone();
        expected["kind"] = change[2].clone();
        assert_eq!(told.data, expected);
    }
    let mut fresh = Stream::open(&sale, "/events/gala/feed/stream", &[]);
    let seen = all.len() as u64;
    let last_seen = format!("Last-Event-ID: {}", seen - 1);
    let mut again = Stream::open(&sale, "/events/gala/feed/stream?from=1", &[&last_seen]);
    assert_eq!(again.expect("change").data["version"].as_u64(), Some(seen), "the header counts more");
    for key in ["x", "y"] {
        assert!(!client.ask(&format!("HOLD gala {key} x 60000 AREA FLOOR 1")).starts_with('-'));
    }
    for stream in [&mut feed, &mut fresh, &mut again] {
        for version in [seen + 1, seen + 2] {
            let change = stream.expect("change");
            assert_eq!(
                (change.data["version"].as_u64(), &change.data["kind"]),
                (Some(version), &json!("held"))
            );
        }
    }
    for (path, status) in [
        ("/events/nowhere/feed/stream", 404),
        ("/events/nowhere/feed/stream?from=1", 404),
        ("/events/nowhere/live", 404),
        ("/events/gala/feed/stream?from=x", 400),
        ("/events/gala/live?since=x", 400),
    ] {
        assert_eq!(sale.get(path).status, status, "{path}");
    }
}

#[test]
fn there_are_so_many_streams_and_they_leave_nothing_behind() {
    let sale = Sale::open();
    let mut client = sale.client();
    let mut streams: Vec<_> = (0..64).map(|_| Stream::open(&sale, "/events/gala/live", &[])).collect();
    streams.iter_mut().for_each(|stream| drop(stream.expect("picture")));
    assert_eq!(inside(&mut client), 64);
    let (status, _) = Stream::try_open(&sale, "/events/gala/feed/stream", &[]);
    assert_eq!(status, 503);
    assert_eq!(sale.get("/events").status, 200, "other requests are answered");
    // Half of them close their sending side only: they are gone as well.
    for stream in streams.drain(..32) {
        stream.0.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
        std::mem::forget(stream);
    }
    streams.clear();
    eventually("all are gone", || inside(&mut client) == 0);
    eventually("there is room again", || Stream::try_open(&sale, "/events/gala/live", &[]).0 == 200);
}

#[test]
fn a_viewer_that_does_not_read_is_cut_off_and_one_that_reads_is_not() {
    let sale = Sale::open();
    let mut client = sale.client();
    let (silent, mut reads) = (
        Stream::open(&sale, "/events/gala/feed/stream", &[]),
        Stream::open(&sale, "/events/gala/feed/stream", &[]),
    );
    let reader = std::thread::spawn(move || {
        let mut last = 0;
        while let Some(event) = reads.next() {
            let version = event.data["version"].as_u64().unwrap();
            assert!(last == 0 || version == last + 1, "{last} {version}");
            last = version;
            if event.data["note"] == "the end" {
                return;
            }
        }
        panic!("cut off after {last}");
    });
    let note = "x".repeat(200);
    let mut number = 0;
    eventually("it is cut off", || {
        for _ in 0..50 {
            number += 1;
            let held = client.ask(&format!("HOLD gala ha{number} y 60000 AREA FLOOR 1 NOTE {note}"));
            let hold = held.split("|:").nth(1).unwrap().split('|').next().unwrap().to_owned();
            assert!(!client.ask(&format!("RELEASE gala re{number} {hold}")).starts_with('-'), "{held}");
        }
        inside(&mut client) == 1
    });
    assert!(client.ask("HOLD gala last y 60000 AREA FLOOR 1 NOTE the~end").contains("hold"));
    reader.join().unwrap();
    drop(silent);
}

#[test]
fn streams_hold_up_no_stop() {
    let mut sale = Sale::open();
    let mut live = Stream::open(&sale, "/events/gala/live", &[]);
    let mut feed = Stream::open(&sale, "/events/gala/feed/stream?from=1", &[]);
    live.expect("picture");
    feed.expect("change");
    let (code, said) = sale.server.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("cut off"), "{said}");
    assert!(live.next().is_none());
    while feed.next().is_some() {}
}
