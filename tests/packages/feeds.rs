//! The feed of all events, in Python and in Node: each change comes once and in order, through kills and dropped connections; what is
//! not kept any more is told as a gap.

use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::support::faults::Network;
use crate::support::packages::{Python, node};
use crate::support::recipes::{Running, url};
use crate::support::reply::Value;
use crate::support::scripts::here;
use crate::support::{Client, HALL, Server, TempDir, eventually, wire_of};

const TEST: &str = "all_events_are_read_without_a_gap";
const EVENTS: [&str; 3] = ["hall", "club", "arena"];

/// The programs that read all events, each with its name.
struct Readers {
    running: Vec<(String, Running)>,
    _directories: Vec<TempDir>,
}

impl Readers {
    fn start(url: &str, after: u64, versions: &Json, count: u64) -> Self {
        let (after, versions, count) = (after.to_string(), versions.to_string(), count.to_string());
        let (mut running, mut directories) = (Vec::new(), Vec::new());
        for (redis, how) in [("4", "now"), ("8", "now"), ("8", "aio")] {
            let Some(python) = Python::with(TEST, redis) else { continue };
            let mut command = python.command();
            command.arg(here("tests/packages/programs/feeds.py")).args([url, &after, &versions, &count, how]);
            running.push((format!("redis-py {redis}, {how}"), Running::start(&mut command)));
        }
        for ioredis in ["ioredis-5", "ioredis"] {
            let Some(programs) = node(TEST, ioredis) else { continue };
            fs::copy(here("tests/packages/programs/feeds.mjs"), programs.join("feeds.mjs")).unwrap();
            let mut command = Command::new("node");
            command.arg("feeds.mjs").args([url, &after, &versions, &count]).current_dir(programs.path());
            running.push((ioredis.to_owned(), Running::start(&mut command)));
            directories.push(programs);
        }
        Self { running, _directories: directories }
    }

    /// Waits until all of them have shown this first.
    fn begin_with(&self, expected: &[Json]) {
        for (name, reader) in &self.running {
            eventually(&format!("{name} shows all"), || reader.said().lines().count() >= expected.len());
            let said = reader.said();
            for (at, (line, expected)) in said.lines().zip(expected).enumerate() {
                let shown: Json = serde_json::from_str(line).unwrap();
                assert_eq!(shown, *expected, "line {at} of {name}");
            }
        }
    }

    /// Waits until all of them have shown this, and nothing else.
    fn show(&self, expected: &[Json]) {
        self.begin_with(expected);
        for (name, reader) in &self.running {
            assert_eq!(reader.said().lines().count(), expected.len(), "{name} shows more than there is");
        }
    }

    fn end(self) {
        self.running.into_iter().for_each(|(_, reader)| reader.kill());
    }
}

fn plain(value: &Value, is_map: bool) -> Json {
    match value {
        Value::Integer(number) => json!(number),
        Value::Null => Json::Null,
        Value::List(items) if is_map => {
            let named = |pair: &[Value]| {
                let name = pair[0].text().to_owned();
                let value = plain(&pair[1], name == "limits");
                (name, value)
            };
            Json::Object(items.chunks(2).map(named).collect())
        }
        Value::List(items) => items.iter().map(|item| plain(item, false)).collect(),
        text => json!(text.text()),
    }
}

/// What the server itself tells from here on.
fn told(client: &mut Client, mut from: u64) -> Vec<Json> {
    let mut all = Vec::new();
    loop {
        let page = Value::of(&client.bytes(&format!("FEEDS {from} COUNT 500")));
        let Some(last) = page.list().last() else { return all };
        from = last.list()[0].number() + 1;
        for change in page.list() {
            let [before @ .., fields] = change.list() else { panic!("{change:?}") };
            let before = before.iter().map(|value| plain(value, false));
            all.push(before.chain([plain(fields, true)]).collect());
        }
    }
}

/// Holds of one seat, each given back: two changes each time.
fn sell(client: &mut Client, event: &str, times: u64, key: &mut u64) {
    for _ in 0..times {
        *key += 1;
        let line = format!("HOLD {event} h{key} ann 0 SEATS A-1-1 AREA FLOOR 1");
        let hold = Value::of(&client.bytes(&line)).integer("hold");
        assert!(client.ask(&format!("RELEASE {event} r{key} {hold}")).starts_with('*'));
    }
}

#[test]
fn all_events_are_read_without_a_gap() {
    let data = TempDir::new();
    let mut server = Server::start(data.path());
    let network = Network::to(server.address);
    let (mut client, mut key) = (server.client(), 0);
    client.create(EVENTS[0], HALL);
    let readers = Readers::start(&url(network.address), 0, &json!({}), 7);
    readers.show(&told(&mut client, 0));
    client.create(EVENTS[1], HALL);
    client.create(EVENTS[2], HALL);
    for round in 1..=10 {
        for event in EVENTS {
            sell(&mut client, event, 20, &mut key);
        }
        if round % 3 == 0 {
            server.kill();
            server = Server::start(data.path());
            network.lead_to(server.address);
            client = server.client();
        }
        network.cut();
        sell(&mut client, EVENTS[round % 3], 5, &mut key);
    }
    let all = told(&mut client, 0);
    assert_eq!(all.len(), 3 + 2 * (10 * 65));
    readers.show(&all);
    readers.end();
}

#[test]
fn what_is_not_kept_is_told_as_a_gap() {
    let data = TempDir::new();
    let flags = ["--feed-retention", "0", "--snapshot-bytes", "1MiB", "--snapshot-every", "1s"];
    let mut server = Server::with(data.path(), &flags);
    let mut client = server.client();
    EVENTS.iter().for_each(|event| client.create(event, HALL));
    let mut sent = 0;
    eventually("the first change is let go of", || {
        let lines = (sent..sent + 2_000).flat_map(|number| {
            let hold = wire_of(&format!("HOLD hall h{number} ann 0 SEATS A-1-1"));
            hold.into_iter().chain(wire_of(&format!("RELEASE hall r{number} {}", 2 * number + 2)))
        });
        client.send(lines.collect::<Vec<_>>());
        (0..4_000).for_each(|_| assert!(client.reply().starts_with('*')));
        sent += 2_000;
        client.ask("FEEDS 1").starts_with("-TRIMMED")
    });
    // Another start, which lets go of nothing further.
    server.stop();
    server = Server::start(data.path());
    client = server.client();
    let (mut key, address) = (1_000_000, url(server.address));
    sell(&mut client, "club", 3, &mut key);
    let refused = client.ask("FEEDS 1");
    let oldest: u64 = refused.trim_end_matches('|').rsplit(' ').next().unwrap().parse().unwrap();

    // From the start: nothing is known of what was, and what is kept comes.
    let kept = told(&mut client, oldest);
    let mut expected = vec![json!(["gap", oldest - 1, null, null, null, "TRIMMED"])];
    expected.extend_from_slice(&kept[..500]);
    let readers = Readers::start(&address, 0, &json!({}), 7);
    readers.begin_with(&expected);
    readers.end();

    // Who knows versions is told what of each event is missing, and is not told again what it knows.
    let last = &kept[kept.len() - 8..];
    let after = last[0][0].as_u64().unwrap();
    let number = |change: &Json| change[2].as_u64().unwrap();
    let (hall, club) = (number(&last[1]), number(&last[2]));
    assert_eq!((&last[1][1], &last[2][1]), (&json!("hall"), &json!("club")), "{last:?}");
    let mut expected = vec![json!(["gap", after, "hall", hall - 4, hall, null])];
    expected.push(last[1].clone());
    expected.extend_from_slice(&last[4..]);
    let readers = Readers::start(&address, after, &json!({"hall": hall - 4, "club": club + 1}), 7);
    readers.show(&expected);
    readers.end();
}
