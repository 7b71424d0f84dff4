//! What all clients were told since the beginning, settled after each restart and held against the model.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::clients::Operation;
use crate::model::{EVENTS, Model, map};
use crate::support::reply::Value;
use crate::support::{Client, Server, eventually, wire};
use holdfast_testkit::Random;

/// Commands sent together when many are repeated.
const TOGETHER: usize = 500;
/// Answers that are remembered from round to round, about.
const REMEMBERED_MAX: usize = 500_000;
/// Kinds of errors that bind no key: the command was not judged.
const UNJUDGED: [&str; 2] = ["-BUSY ", "-DEGRADED "];

pub(crate) struct History {
    base: Instant,
    models: Vec<Model>,
    /// Every key with its command and its answer.
    answered: Vec<Operation>,
    /// Where the last round starts in `answered`.
    recent: usize,
}

impl History {
    /// Makes the events.
    pub(crate) fn begin(server: &Server) -> Self {
        let mut client = server.client();
        for event in EVENTS {
            client.create(event, &map());
        }
        let models = EVENTS.iter().map(|_| Model::new()).collect();
        Self { base: Instant::now(), models, answered: Vec::new(), recent: 0 }
    }

    pub(crate) const fn base(&self) -> Instant {
        self.base
    }

    /// Takes in what a round's clients did, settles what they do not know, and checks all of it.
    pub(crate) fn settle(&mut self, server: &Server, done: Vec<Operation>, random: &mut Random) -> String {
        let sent = done.len();
        let (mut fresh, unknown) = self.sort(done);
        let lost = self.ask_about(server, unknown, &mut fresh);
        self.thin_out(random);
        self.recent = self.answered.len();
        self.answered.extend(fresh);
        self.replay();
        self.check_present_state(server);

        // All of this round, and some of before.
        let old = (0..self.recent.min(2_000)).map(|_| random.below(self.recent as u64) as usize);
        let again: Vec<usize> = old.chain(self.recent..self.answered.len()).collect();
        self.repeat(server, &again);
        self.check_present_state(server);
        let expiries: u64 = self.models.iter().map(|model| model.expiries).sum();
        let versions: u64 = self.models.iter().map(|model| model.version).sum();
        format!(
            "{sent} sent, {} without an answer of which {} had happened; {versions} versions, {expiries} expiries, \
             {} keys, all as told",
            lost.0,
            lost.1,
            self.answered.len()
        )
    }

    /// Keeps memory in bounds: of what was settled long ago, half, by lot.
    fn thin_out(&mut self, random: &mut Random) {
        if self.answered.len() > REMEMBERED_MAX {
            self.answered.retain(|_| random.below(2) == 0);
        }
    }

    /// Repeats every key that is remembered.
    pub(crate) fn repeat_everything(&mut self, server: &Server) {
        let all: Vec<usize> = (0..self.answered.len()).collect();
        self.repeat(server, &all);
        self.check_present_state(server);
        let mut client = server.client();
        for (event, model) in EVENTS.iter().zip(&self.models) {
            for (order, mut seats) in model.orders() {
                let mut told = Value::of(&client.bytes(&format!("GET ORDER {event} {order}"))).texts("seats");
                told.sort();
                seats.sort();
                assert_eq!(told, seats, "GET ORDER {event} {order}");
            }
        }
    }

    /// One operation a key: those with an answer, and those without any.
    fn sort(&self, done: Vec<Operation>) -> (Vec<Operation>, Vec<Operation>) {
        let mut by_key: BTreeMap<(usize, String), Operation> = BTreeMap::new();
        for operation in done {
            let unjudged = |bytes: &[u8]| UNJUDGED.iter().any(|kind| bytes.starts_with(kind.as_bytes()));
            if operation.answer.as_ref().is_some_and(|(_, bytes)| unjudged(bytes)) {
                continue;
            }
            match by_key.entry((operation.event, operation.key.clone())) {
                std::collections::btree_map::Entry::Vacant(first) => {
                    first.insert(operation);
                }
                std::collections::btree_map::Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    match (&known.answer, &operation.answer) {
                        (Some((_, before)), Some((_, now))) => {
                            assert_eq!(told(now), told(before), "a repeat of {:?}", known.words);
                        }
                        (None, Some(_)) => known.answer = operation.answer,
                        (_, None) => {}
                    }
                    // The first time is the one that may have done it.
                    known.sent = known.sent.min(operation.sent);
                }
            }
        }
        by_key.into_values().partition(|operation| operation.answer.is_some())
    }

    /// Settles commands without an answer: there once, or not at all; then done, once. Returns how many there are,
    /// and how many had happened.
    fn ask_about(
        &self,
        server: &Server,
        unknown: Vec<Operation>,
        fresh: &mut Vec<Operation>,
    ) -> (usize, usize) {
        let mut client = server.client();
        let (count, mut happened) = (unknown.len(), 0);
        for mut operation in unknown {
            let ask = ["ASK", EVENTS[operation.event], &operation.key];
            client.send(wire(&ask));
            let before = client.raw();
            client.send(wire(&operation.words));
            let answer = client.raw();
            client.send(wire(&ask));
            assert_eq!(told(&client.raw()), told(&asked(&answer)), "ASK after {:?}", operation.words);
            if before != b"$-1\r\n" {
                happened += 1;
                assert_eq!(told(&asked(&answer)), told(&before), "{:?} has happened", operation.words);
            }
            operation.answer = Some((self.base.elapsed(), answer));
            fresh.push(operation);
        }
        (count, happened)
    }

    /// Replays the last round in the order of its versions.
    fn replay(&mut self) {
        for (event, model) in self.models.iter_mut().enumerate() {
            let mut accepted: Vec<(u64, &Operation, Value)> = Vec::new();
            for operation in self.answered[self.recent..].iter().filter(|operation| operation.event == event)
            {
                let value = Value::of(&operation.answer.as_ref().unwrap().1);
                match &value {
                    Value::Error(text) => {
                        let kind = text.split(' ').next().unwrap();
                        assert!(["TAKEN", "GONE", "LIMIT"].contains(&kind), "{:?}: {text}", operation.words);
                    }
                    _ => accepted.push((value.integer("version"), operation, value)),
                }
            }
            accepted.sort_by_key(|(version, ..)| *version);
            // Two that happened at one version, or in an order other than clients saw.
            let mut earliest_answer = Duration::MAX;
            for pair in accepted.windows(2) {
                assert!(pair[0].0 < pair[1].0, "two at one version: {:?} and {:?}", pair[0], pair[1]);
            }
            for (version, operation, _) in accepted.iter().rev() {
                assert!(
                    operation.sent <= earliest_answer,
                    "version {version} was answered before it was asked for"
                );
                earliest_answer = earliest_answer.min(operation.answer.as_ref().unwrap().0);
            }
            for (version, operation, answer) in accepted {
                assert!(version > model.version, "version {version} happened twice: {:?}", operation.words);
                while model.version + 1 < version {
                    model.expire(now()).unwrap_or_else(|wrong| panic!("{}: {wrong}", EVENTS[event]));
                }
                let applied = model.apply(operation, &answer);
                applied.unwrap_or_else(|wrong| {
                    panic!("{:?} at {version}: {wrong}; {answer:?}", operation.words)
                });
            }
        }
    }

    /// `EVENT INFO`, `MAP` and `COUNT` are the model's, at a version where the model knows all.
    fn check_present_state(&mut self, server: &Server) {
        let mut client = server.client();
        for (event, model) in EVENTS.iter().zip(&mut self.models) {
            eventually("the expiries under way", || {
                let (info, map, count, after) = look(&mut client, event);
                if info.integer("version") != after.integer("version") {
                    return false;
                }
                while model.version < info.integer("version") {
                    model.expire(now()).unwrap_or_else(|wrong| panic!("{event}: {wrong}"));
                }
                assert_eq!(model.version, info.integer("version"), "{event} has lost versions");
                if model.is_undecided() {
                    return false;
                }
                assert_eq!(map, model.expected_map(), "MAP {event}");
                let counts = ["free", "held", "sold"].map(|status| count.integer(status));
                assert_eq!(counts, model.counts(), "COUNT {event}");
                assert_eq!(["holds", "orders"].map(|field| info.integer(field)), model.holds_and_orders());
                true
            });
        }
    }

    /// Sends these again, with their keys: the same bytes must come, from the command and from ASK.
    fn repeat(&self, server: &Server, which: &[usize]) {
        let mut client = server.client();
        for chunk in which.chunks(TOGETHER) {
            let mut bytes = Vec::new();
            for &index in chunk {
                let operation = &self.answered[index];
                bytes.extend(wire(&operation.words));
                bytes.extend(wire(&["ASK", EVENTS[operation.event], &operation.key]));
            }
            client.send(bytes);
            for &index in chunk {
                let operation = &self.answered[index];
                let answer = &operation.answer.as_ref().unwrap().1;
                let again = client.raw();
                assert_eq!(
                    told(&again),
                    told(answer),
                    "{:?} is answered otherwise than before",
                    operation.words
                );
                assert_eq!(told(&client.raw()), told(&asked(answer)), "ASK {}", operation.key);
            }
        }
    }
}

fn look(client: &mut Client, event: &str) -> (Value, Value, Value, Value) {
    let mut bytes = Vec::new();
    for words in [["EVENT", "INFO"].as_slice(), &["MAP"], &["COUNT"], &["EVENT", "INFO"]] {
        bytes.extend(wire(&words.iter().chain([&event]).collect::<Vec<_>>()));
    }
    client.send(bytes);
    let mut next = || Value::of(&client.raw());
    (next(), next(), next(), next())
}

/// What ASK says of an answer.
fn asked(answer: &[u8]) -> Vec<u8> {
    let Some(refusal) = answer.strip_prefix(b"-") else { return answer.to_vec() };
    let refusal = refusal.strip_suffix(b"\r\n").unwrap();
    let mut bytes = format!("*2\r\n$7\r\nrefused\r\n${}\r\n", refusal.len()).into_bytes();
    bytes.extend_from_slice(refusal);
    bytes.extend_from_slice(b"\r\n");
    bytes
}

fn told(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "|")
}

/// Unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "held against deadlines that the server gave")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}
