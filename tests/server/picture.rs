//! A picture that is kept by what the server tells is what the server shows: through restarts and kills, by `SINCE`, by the live
//! map, and by the feed of all events.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::support::reply::Value;
use super::support::{Client, Server, TempDir, wire};
use holdfast_testkit::Random;

mod resp3;

const PLAN: &str = r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 20, "seats": 40}}],
    "areas": [{"name": "FLOOR", "category": "G", "capacity": 500}, {"name": "LAWN", "category": "G", "capacity": 90}],
    "limits": {"max_seats_per_hold": 100, "max_seats_per_holder": 10000}}"#;

/// What somebody knows of an event.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Picture {
    version: u64,
    seats: Vec<char>,
    /// Capacity, free, held, in payment, sold.
    areas: BTreeMap<String, Vec<u64>>,
}

impl Picture {
    fn ask(client: &mut Client, event: &str) -> Self {
        let mut picture = Self::default();
        picture.take(&Value::of(&client.bytes(&format!("PICTURE {event}"))));
        picture
    }

    /// Takes a reply to `PICTURE`. True if it was all of it.
    fn take(&mut self, reply: &Value) -> bool {
        assert!(!reply.is_error(), "{reply:?}");
        self.version = reply.integer("version");
        for area in reply.get("areas").unwrap().list() {
            let [name, counts @ ..] = area.list() else { panic!("{area:?}") };
            let counts = counts.iter().map(Value::number).collect();
            self.areas.insert(name.text().to_owned(), counts);
        }
        match reply.get("seats").unwrap() {
            Value::List(changed) => {
                for seat in changed {
                    let [seat, status] = seat.list() else { panic!("{seat:?}") };
                    self.seats[seat.number() as usize] = status.text().chars().next().unwrap();
                }
                false
            }
            seats => {
                self.seats = seats.text().chars().collect();
                true
            }
        }
    }

    /// Takes a message of the live map. False if the picture is to be asked for.
    fn hear(&mut self, message: &Json) -> bool {
        if message["version"].as_u64().unwrap() <= self.version {
            return true;
        }
        assert!(message["from"].as_u64().unwrap() <= self.version, "a gap: {message}");
        if message.get("ask").is_some() {
            return false;
        }
        self.version = message["version"].as_u64().unwrap();
        for (seat, status) in message["seats"].as_object().unwrap() {
            self.seats[seat.parse::<usize>().unwrap()] = status.as_str().unwrap().chars().next().unwrap();
        }
        for (area, counts) in message["areas"].as_object().unwrap() {
            let counts = counts.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect();
            self.areas.insert(area.clone(), counts);
        }
        true
    }
}

/// Sends commands of all kinds that touch seats and places; most of them happen.
fn sell(client: &mut Client, random: &mut Random, key: &mut u64, commands: u64) {
    for _ in 0..commands {
        *key += 1;
        let (key, of) = (*key, random.between(1, *key));
        let seat = |random: &mut Random| format!("A-{}-{}", random.between(1, 20), random.between(1, 40));
        let (one, other) = (seat(random), seat(random));
        // A hold's number is the version that made it: some of them are guessed right.
        let hold = random.between(1, 2 * of + 1);
        let line = match random.below(16) {
            0..=3 => format!("HOLD hall k{key} ann 600000 SEATS {one} AREA FLOOR {}", random.between(1, 4)),
            4..=6 => format!("HOLD hall k{key} bob 600000 BEST {} SCATTERED", random.between(1, 6)),
            7 => format!("RELEASE hall k{key} {hold}"),
            8 => format!("CHANGE hall k{key} {hold} ADD SEATS {one} AREA LAWN 1"),
            9 => format!("CONFIRM hall k{key} o{of} {hold}"),
            10 => format!("PAYMENT TRY hall k{key} o{of} 600000 {hold}"),
            11 => format!("PAYMENT SUCCEED hall k{key} o{of}"),
            12 if key % 2 == 0 => format!("PAYMENT FAIL hall k{key} o{of} declined KEEP 0"),
            12 => format!("PAYMENT FAIL hall k{key} o{of} declined"),
            13 => format!("CANCEL hall k{key} o{of} rain"),
            14 => format!("BLOCK hall k{key} olga why SEATS {one} {other} WHERE FREE"),
            _ => format!("HOLD hall k{key} cid 1 SEATS {one}"),
        };
        client.ask(&line);
    }
}

fn more(client: &mut Client) {
    client.send(wire(&["EVENT", "CHANGE", "hall", "plan", "olga", "more", r#"{"capacity":{"LAWN":95}}"#]));
    assert!(client.reply().contains("|version|"));
}

#[test]
fn a_picture_kept_by_what_has_changed_is_the_picture() {
    let directory = TempDir::new();
    let flags = ["--snapshot-bytes", "1MiB", "--snapshot-every", "1s"];
    let mut server = Server::with(directory.path(), &flags);
    let (mut random, mut key) = (Random::new(7), 0);
    let mut client = server.client();
    client.create("hall", PLAN);
    let mut kept = Picture::ask(&mut client, "hall");
    let (mut deltas, mut wholes) = (0, 0);
    for round in 0..40 {
        sell(&mut client, &mut random, &mut key, 25);
        if round == 20 {
            more(&mut client);
        }
        if round % 10 == 9 {
            server.kill();
            server = Server::with(directory.path(), &flags);
            client = server.client();
        }
        // What expires between the two questions is asked for once more.
        loop {
            let line = format!("PICTURE hall SINCE {}", kept.version);
            let whole = kept.take(&Value::of(&client.bytes(&line)));
            if whole {
                wholes += 1;
            } else {
                deltas += 1;
            }
            let now = Picture::ask(&mut client, "hall");
            if now.version == kept.version {
                assert_eq!(now, kept, "round {round}");
                break;
            }
        }
    }
    assert!(deltas > 30 && (1..=5).contains(&wholes), "{deltas} and {wholes}");
    all_feeds_have_each_version_once(&mut client, kept.version);
}

fn all_feeds_have_each_version_once(client: &mut Client, newest: u64) {
    let (mut from, mut versions) = (0, Vec::new());
    loop {
        let page = Value::of(&client.bytes(&format!("FEEDS {from} COUNT 300")));
        let Some(last) = page.list().last() else { break };
        from = last.list()[0].number() + 1;
        for entry in page.list() {
            let [_, event, version, ..] = entry.list() else { panic!("{entry:?}") };
            assert_eq!(event.text(), "hall");
            versions.push(version.number());
        }
    }
    assert!(versions.len() as u64 >= newest);
    assert!(versions.iter().copied().eq(1..=versions.len() as u64), "each version once, in order");
}

#[test]
fn a_live_map_is_what_the_picture_shows_in_the_end() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let (mut seller, mut random, mut key) = (server.client(), Random::new(11), 0);
    seller.create("hall", PLAN);
    sell(&mut seller, &mut random, &mut key, 50);
    let mut listener = server.client();
    listener.ask("SUBSCRIBE map:hall");
    sell(&mut seller, &mut random, &mut key, 20);
    let mut reader = server.client();
    let mut map = Picture::ask(&mut reader, "hall");
    for round in 0..20 {
        sell(&mut seller, &mut random, &mut key, 40);
        if round == 10 {
            more(&mut seller);
        }
    }
    loop {
        let now = Picture::ask(&mut reader, "hall");
        if now.version == map.version {
            assert_eq!(now, map);
            return;
        }
        let message = Value::of(&listener.raw());
        let [_, channel, payload] = message.list() else { panic!("{message:?}") };
        assert_eq!(channel.text(), "map:hall");
        if !map.hear(&serde_json::from_str(payload.text()).unwrap()) {
            map = Picture::ask(&mut reader, "hall");
        }
    }
}
