//! Buyers: each has a connection of its own, choices from a seed, and a record of all commands and replies.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::model::{AREA, EVENTS, SEATS, label};
use holdfast_testkit::Random;

use crate::support::reply::Value;
use crate::support::{self, wire};

/// What was asked, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) event: usize,
    pub(crate) key: String,
    pub(crate) words: Vec<String>,
    pub(crate) sent: Duration,
    /// When the answer came, and its bytes. `None`: nobody knows whether it happened.
    pub(crate) answer: Option<(Duration, Vec<u8>)>,
}

/// A hold that this buyer knows of; it may be over by now.
struct Known {
    event: usize,
    hold: u64,
    seats: Vec<String>,
}

/// A buyer.
pub(crate) struct Client {
    name: String,
    random: Random,
    base: Instant,
    next_key: u64,
    holds: VecDeque<Known>,
    pub(crate) done: Vec<Operation>,
}

impl Client {
    pub(crate) fn new(number: u64, seed: u64, base: Instant) -> Self {
        let random = Random::new(seed ^ (number + 1) << 16);
        Self {
            name: format!("b{number}"),
            random,
            base,
            next_key: 0,
            holds: VecDeque::new(),
            done: Vec::new(),
        }
    }

    /// Buys until the server is gone.
    pub(crate) fn buy(&mut self, address: SocketAddr, stop: &AtomicBool) {
        let Ok(mut connection) = support::Client::try_connect(address) else { return };
        while !stop.load(Ordering::Relaxed) {
            let together = if self.random.below(2) == 0 { 1 } else { 1 + self.random.below(60) };
            let mut batch: Vec<Operation> = (0..together).map(|_| self.choose()).collect();
            let mut bytes = Vec::new();
            for operation in &batch {
                bytes.extend(wire(&operation.words));
            }
            let sent = self.base.elapsed();
            batch.iter_mut().for_each(|operation| operation.sent = sent);
            let mut alive = connection.try_send(&bytes).is_ok();
            for operation in &mut batch {
                if !alive {
                    break;
                }
                match support::reply::read_raw(&mut connection.0) {
                    Ok(bytes) => operation.answer = Some((self.base.elapsed(), bytes)),
                    Err(_) => alive = false,
                }
            }
            for operation in batch {
                self.heard(operation);
            }
            if !alive {
                return;
            }
        }
    }

    fn heard(&mut self, operation: Operation) {
        if operation.words[0] == "HOLD"
            && let Some((_, bytes)) = &operation.answer
            && bytes.starts_with(b"*")
        {
            let reply = Value::of(bytes);
            let (hold, seats) = (reply.integer("hold"), reply.texts("seats"));
            let event = operation.event;
            self.holds.retain(|known| (known.event, known.hold) != (event, hold));
            self.holds.push_back(Known { event, hold, seats });
        }
        self.done.push(operation);
    }

    fn choose(&mut self) -> Operation {
        let repeat = self.random.below(20) == 0 && !self.done.is_empty();
        if repeat {
            let again = self.random.pick(&self.done).clone();
            return Operation { answer: None, ..again };
        }
        let key = format!("{}-{}", self.name, self.next_key);
        self.next_key += 1;
        let (event, words) = self.command(&key);
        Operation { event, key, words, sent: Duration::ZERO, answer: None }
    }

    fn command(&mut self, key: &str) -> (usize, Vec<String>) {
        let choice = self.random.below(100);
        if choice < 50 || self.holds.is_empty() {
            return self.hold(key);
        }
        let at = self.random.below(self.holds.len() as u64) as usize;
        if choice < 90 {
            let known = self.holds.remove(at).unwrap();
            let mut words = of(&["RELEASE", EVENTS[known.event], key, &known.hold.to_string()]);
            if choice < 60 && known.seats.len() > 1 {
                words.extend(["SEATS".to_owned(), known.seats[0].clone()]);
                let rest = known.seats[1..].to_vec();
                self.holds.push_back(Known { seats: rest, ..known });
            }
            return (known.event, words);
        }
        if choice < 98 {
            let ttl = self.ttl();
            let known = &self.holds[at];
            return (known.event, of(&["EXTEND", EVENTS[known.event], key, &known.hold.to_string(), &ttl]));
        }
        let known = self.holds.remove(at).unwrap();
        let mut words =
            of(&["CONFIRM", EVENTS[known.event], key, &format!("o-{key}"), &known.hold.to_string()]);
        if let Some(more) = self.holds.iter().position(|other| other.event == known.event) {
            words.push(self.holds.remove(more).unwrap().hold.to_string());
        }
        (known.event, words)
    }

    fn hold(&mut self, key: &str) -> (usize, Vec<String>) {
        let event = self.random.below(EVENTS.len() as u64) as usize;
        let holder = format!("h{}", self.random.below(1_000));
        if self.random.below(8) == 0 {
            // A standing area: no short deadlines, so that what is free never depends on who expired first.
            let places = (1 + self.random.below(3)).to_string();
            return (event, of(&["HOLD", EVENTS[event], key, &holder, "600000", "AREA", AREA, &places]));
        }
        let ttl = self.ttl();
        let mut words = of(&["HOLD", EVENTS[event], key, &holder, &ttl, "SEATS"]);
        let first = self.random.below(u64::from(SEATS) - 8) as u32;
        let count = 1 + self.random.below(4) as u32;
        words.extend((0..count).map(|offset| label(first + 2 * offset)));
        (event, words)
    }

    fn ttl(&mut self) -> String {
        (*self.random.pick(&["0", "600000", "600000", "600000", "600000", "600000", "40", "3"])).to_owned()
    }
}

fn of(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
