//! Two subscribers and a reader of the feed, while the server is killed under load again and again.
//!
//! Each of the three keeps its own history, like a consumer that must miss nothing. After each crash it reads on from
//! its last version; the subscribers subscribe first, and drop the versions that they have already. In the end all
//! three histories have every version once, are the same, and are what the log holds; and nothing that a listener was
//! shown has changed or is gone.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use holdfast_engine::{Change, EventId, Framed, decode_record, event_of};
use holdfast_wal::{DiskStorage, Lsn, Recovered, Storage};
use serde_json::{Map, Value as Json, json};

use crate::clients::Client as Buyer;
use crate::model::{EVENTS, label, map};
use crate::support::reply::{self, Value};
use crate::support::{Client, Server, TempDir, eventually, wire};
use holdfast_testkit::Random;

const BUYERS: u64 = 3;
/// Fewer would prove nothing.
const VERSIONS_MIN: u64 = 500;
/// Small segments and many snapshots, and a log that is kept for the feed all the same.
const FLAGS: [&str; 6] = ["--snapshot-bytes", "1MiB", "--snapshot-every", "1s", "--threads", "2"];

#[test]
fn feeds_have_no_gap_through_crashes() {
    let (crashes, seed) = (super::number("HOLDFAST_CRASHES", 5), super::number("HOLDFAST_SEED", 1));
    eprintln!("{crashes} kills, seed {seed}");
    let directory = TempDir::new();
    let mut random = Random::new(seed ^ 0xfeed);
    let mut server = Server::with(directory.path(), &FLAGS);
    for event in EVENTS {
        server.client().create(event, &map());
    }
    let base = Instant::now();
    let mut buyers: Vec<Buyer> = (0..BUYERS).map(|number| Buyer::new(number, seed, base)).collect();
    let mut listeners = [Listener::new(Sort::Reader), Listener::new(Sort::Apart), Listener::new(Sort::Mixed)];
    for round in 0..crashes {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let (address, stop) = (server.address, &stop);
            for buyer in &mut buyers {
                scope.spawn(move || buyer.buy(address, stop));
            }
            for listener in &mut listeners {
                scope.spawn(move || listener.listen(address, &|_| stop.load(Ordering::Relaxed)));
            }
            let enough = (round + 1) * VERSIONS_MIN / crashes;
            let mut client = server.client();
            eventually("enough has happened", || versions(&mut client) > enough);
            thread::sleep(Duration::from_millis(random.below(700)));
            server.kill();
            stop.store(true, Ordering::Relaxed);
        });
        buyers.iter_mut().for_each(|buyer| buyer.done.clear());
        let versions: Vec<u64> = listeners.iter().map(Listener::versions).collect();
        eprintln!("round {round}: versions seen by each: {versions:?}");
        server = Server::with(directory.path(), &FLAGS);
        assert!(!server.log().contains("ERROR"), "an alarm after a kill:\n{}", server.log());
    }
    hear_something(&server, &mut listeners);
    eventually("all have read to the end", || {
        listeners.iter_mut().for_each(|listener| listener.catch_up(&server));
        let versions = listeners[0].versions();
        listeners.iter().all(|listener| listener.versions() == versions)
    });
    for listener in &listeners {
        assert!(listener.woken > 0, "{:?} never heard of anything as it happened", listener.sort);
    }
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    let logged = logged(directory.path());
    for listener in &listeners {
        for (event, logged) in &logged {
            let seen = &listener.histories[&event.0];
            let (logged, later) = logged.split_at(seen.len());
            let expired = |change: &Map<String, Json>| change["kind"] == "expired";
            assert!(later.iter().all(expired), "{:?} misses of event {event}: {later:?}", listener.sort);
            for (seen, logged) in seen.iter().zip(logged) {
                for (field, value) in logged {
                    assert_eq!(seen.get(field), Some(value), "{:?}: {seen}", listener.sort);
                }
            }
        }
    }
    let [reader, apart, mixed] = &listeners;
    assert_eq!(reader.histories, apart.histories);
    assert_eq!(reader.histories, mixed.histories);
    assert!(reader.versions() > VERSIONS_MIN, "too little happened to prove anything");
}

/// Of all events.
fn versions(client: &mut Client) -> u64 {
    let version = |event| Value::of(&client.bytes(&format!("EVENT INFO {event}"))).integer("version");
    EVENTS.map(version).iter().sum()
}

/// On a slow machine one of them may never have come as far as the changes that just happen: here it does.
fn hear_something(server: &Server, listeners: &mut [Listener]) {
    thread::scope(|scope| {
        let address = server.address;
        let listening: Vec<_> = listeners
            .iter_mut()
            .map(|listener| {
                let before = listener.woken;
                scope.spawn(move || {
                    while listener.woken == before {
                        listener.listen(address, &|listener| listener.woken > before);
                    }
                })
            })
            .collect();
        let mut client = server.client();
        for key in 0.. {
            for verb in ["PAUSE", "RESUME"] {
                let reply = client.ask(&format!("EVENT {verb} {} {verb}{key} olga why", EVENTS[0]));
                assert!(reply.starts_with('*'), "{reply}");
            }
            if listening.iter().all(thread::ScopedJoinHandle::is_finished) {
                break;
            }
        }
    });
}

/// How a listener listens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sort {
    /// `FEED ... BLOCK`, event by event.
    Reader,
    /// Subscribed with RESP2, and reading feeds on another connection.
    Apart,
    /// Subscribed with RESP3, and reading feeds between the messages.
    Mixed,
}

struct Listener {
    sort: Sort,
    /// By the number of the event: every version from 1 on.
    histories: BTreeMap<u32, Vec<Json>>,
    /// Changes that came by themselves, or that were waited for.
    woken: u64,
}

impl Listener {
    fn new(sort: Sort) -> Self {
        let histories = (1..=EVENTS.len() as u32).map(|event| (event, Vec::new())).collect();
        Self { sort, histories, woken: 0 }
    }

    fn versions(&self) -> u64 {
        self.histories.values().map(|history| history.len() as u64).sum()
    }

    fn next(&self, event: u32) -> usize {
        self.histories[&event].len() + 1
    }

    /// Takes a change in: the next one, or one that is known and must be the same.
    fn take(&mut self, event: u32, change: Json) {
        let version = change["version"].as_u64().unwrap() as usize;
        let history = self.histories.get_mut(&event).unwrap();
        assert!(version <= history.len() + 1, "{:?}: {} versions, then {change}", self.sort, history.len());
        if version == history.len() + 1 {
            history.push(change);
        } else {
            assert_eq!(history[version - 1], change, "{:?}: one version, two changes", self.sort);
        }
    }

    /// Listens until it is over, or the server is gone.
    fn listen(&mut self, address: SocketAddr, is_over: &dyn Fn(&Self) -> bool) {
        // A server that goes is what this test is about.
        let _ = match self.sort {
            Sort::Reader => self.read(address, is_over),
            Sort::Apart => self.subscribe(address, is_over, false),
            Sort::Mixed => self.subscribe(address, is_over, true),
        };
    }

    fn read(&mut self, address: SocketAddr, is_over: &dyn Fn(&Self) -> bool) -> std::io::Result<()> {
        let mut client = Client::try_connect(address)?;
        while !is_over(self) {
            for event in 1..=EVENTS.len() as u32 {
                self.woken += u64::from(self.page(&mut client, event, "20", &mut Vec::new())? > 0);
            }
        }
        Ok(())
    }

    /// One page; messages that come before it are put aside.
    fn page(
        &mut self,
        client: &mut Client,
        event: u32,
        block: &str,
        aside: &mut Vec<Value>,
    ) -> std::io::Result<usize> {
        let (name, from) = (EVENTS[event as usize - 1], self.next(event).to_string());
        client.try_send(wire(&["FEED", name, &from, "COUNT", "200", "BLOCK", block]))?;
        let page = loop {
            let bytes = reply::read_raw(&mut client.0)?;
            if !bytes.starts_with(b">") {
                break Value::of(&bytes);
            }
            aside.push(Value::of(&bytes));
        };
        for record in page.list() {
            self.take(event, of_record(record));
        }
        Ok(page.list().len())
    }

    fn subscribe(
        &mut self,
        address: SocketAddr,
        is_over: &dyn Fn(&Self) -> bool,
        mixed: bool,
    ) -> std::io::Result<()> {
        let mut client = Client::try_connect(address)?;
        if mixed {
            client.try_send(wire(&["HELLO", "3"]))?;
            reply::read_raw(&mut client.0)?;
        }
        let channels: Vec<String> = EVENTS.iter().map(|event| format!("feed:{event}")).collect();
        client.try_send(wire(&["SUBSCRIBE", &channels[0], &channels[1]]))?;
        for _ in EVENTS {
            assert_eq!(Value::of(&reply::read_raw(&mut client.0)?).list()[0].text(), "subscribe");
        }
        let mut aside = Vec::new();
        let mut other = (!mixed).then(|| Client::try_connect(address)).transpose()?;
        for event in 1..=EVENTS.len() as u32 {
            while self.page(other.as_mut().unwrap_or(&mut client), event, "0", &mut aside)? > 0 {}
        }
        drop(other);
        for message in aside {
            self.hear(&message);
        }
        while !is_over(self) {
            let message = Value::of(&reply::read_raw(&mut client.0)?);
            self.hear(&message);
        }
        Ok(())
    }

    fn hear(&mut self, message: &Value) {
        let [what, channel, payload] = message.list() else { panic!("{message:?}") };
        assert_eq!(what.text(), "message");
        let event = EVENTS.iter().position(|event| channel.text() == format!("feed:{event}"));
        let event = event.unwrap() as u32 + 1;
        self.take(event, serde_json::from_str(payload.text()).unwrap());
        self.woken += 1;
    }

    /// Reads what is still to be had.
    fn catch_up(&mut self, server: &Server) {
        let mut client = server.client();
        for (event, name) in (1_u32..).zip(EVENTS) {
            let info = Value::of(&client.bytes(&format!("EVENT INFO {name}")));
            while self.page(&mut client, event, "0", &mut Vec::new()).unwrap() > 0 {}
            assert!(self.next(event) as u64 > info.integer("version"), "the feed ends before its event does");
        }
    }
}

/// A record of `FEED` as the message of the same change would have it.
fn of_record(record: &Value) -> Json {
    let [version, at, kind, fields] = record.list() else { panic!("{record:?}") };
    let mut change = of_fields(fields);
    change.insert("version".to_owned(), of_value(version));
    change.insert("at".to_owned(), of_value(at));
    change.insert("kind".to_owned(), of_value(kind));
    Json::Object(change)
}

fn of_fields(fields: &Value) -> Map<String, Json> {
    let field = |pair: &[Value]| {
        let name = pair[0].text().to_owned();
        let value = if name == "limits" { Json::Object(of_fields(&pair[1])) } else { of_value(&pair[1]) };
        (name, value)
    };
    fields.list().chunks(2).map(field).collect()
}

fn of_value(value: &Value) -> Json {
    match value {
        Value::Integer(number) => json!(number),
        Value::List(items) => items.iter().map(of_value).collect(),
        other => json!(other.text()),
    }
}

/// What the log holds: of each event its versions, with the fields that say most.
fn logged(directory: &Path) -> BTreeMap<EventId, Vec<Map<String, Json>>> {
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(directory).unwrap());
    let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
    assert_eq!(recovered.first_lsn(), Lsn(1), "the log is kept for the feed");
    let mut events: BTreeMap<EventId, Vec<Map<String, Json>>> = BTreeMap::new();
    for group in recovered.groups(Lsn(1)) {
        for (_, bytes) in group.unwrap().records() {
            if event_of(bytes) == Some(EventId::SYSTEM) {
                continue;
            }
            let Framed { record, .. } = decode_record(bytes).unwrap();
            if !record.change.makes_version() {
                continue;
            }
            let mut fields = Map::new();
            fields.insert("version".to_owned(), json!(record.version));
            fields.insert("at".to_owned(), json!(record.at.0));
            fields.insert("kind".to_owned(), json!(record.change.word()));
            match &record.change {
                Change::Held { seats, ttl, .. } => {
                    let seats: Vec<String> = seats.iter().map(|&seat| label(seat)).collect();
                    fields.insert("seats".to_owned(), json!(seats));
                    fields.insert("expires_at".to_owned(), json!((record.at + *ttl).0));
                }
                Change::Sold { holds, .. } => {
                    fields.insert(
                        "holds".to_owned(),
                        json!(holds.iter().map(|hold| hold.0).collect::<Vec<_>>()),
                    );
                }
                Change::Released { hold } | Change::Expired { hold } => {
                    fields.insert("hold".to_owned(), json!(hold.0));
                }
                _ => {}
            }
            events.entry(event_of(bytes).unwrap()).or_default().push(fields);
        }
    }
    events
}
