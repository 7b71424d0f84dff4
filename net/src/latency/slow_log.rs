//! The commands that took long, the newest last, each with where its time went: `SLOWLOG`. Bounded, in memory, and gone with the
//! process.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use holdfast_engine::{Course, Stamp};

use crate::access::Grant;
use crate::resp::encode::{Encoder, field, number};
use crate::verbs::Verb;

/// See above.
#[derive(Debug)]
pub(crate) struct SlowLog {
    /// What takes so long is kept, microseconds; [`u64::MAX`] if nothing is.
    over: u64,
    most: usize,
    ring: Mutex<Ring>,
}

#[derive(Default, Debug)]
struct Ring {
    next: u64,
    entries: VecDeque<Entry>,
}

/// Commands that came together, were judged together, and were answered together.
#[derive(Debug)]
struct Entry {
    id: u64,
    verb: &'static Verb,
    took: Took,
    client: Client,
}

/// What a slow command was, and where its time went.
#[derive(Debug)]
pub(crate) struct Took {
    /// When it was read.
    pub(crate) read: Stamp,
    /// From then until it was answered, microseconds.
    pub(crate) micros: u64,
    pub(crate) parts: Parts,
    /// How many commands of its kind took the same way with it.
    pub(crate) commands: u32,
    /// Its words, with the name; empty if they were not kept.
    pub(crate) words: Vec<Vec<u8>>,
}

/// Whose command it was.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    /// What it calls itself.
    pub(crate) name: String,
}

/// The parts of the time of a command, microseconds: together they are all of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Parts {
    /// Until its event began with it.
    queue: u64,
    /// Until it was judged, applied and handed to the log; of a command for no event, until it was answered.
    judge: u64,
    /// Until its group of records was taken.
    log: u64,
    /// Until that group was written and synced.
    sync: u64,
    /// Until the client's socket had taken the reply.
    socket: u64,
}

impl Parts {
    /// Of a command that was read, `answered` if no event judged it, and whose reply the socket had taken at these moments.
    pub(crate) fn of(read: Stamp, course: Course, (answered, written): (Stamp, Stamp)) -> Self {
        let Course { begun, judged, syncing, durable } = course;
        if judged == Stamp::default() {
            let (judge, socket) = (answered.since(read), written.since(answered));
            return Self { queue: 0, judge, log: 0, sync: 0, socket };
        }
        Self {
            queue: begun.since(read),
            judge: judged.since(begun),
            log: syncing.since(judged),
            sync: durable.since(syncing),
            socket: written.since(durable),
        }
    }
}

impl SlowLog {
    /// Keeps the last `most` of those that take at least `over`.
    pub(crate) fn new(over: Duration, most: usize) -> Self {
        let micros = u64::try_from(over.as_micros()).unwrap_or(u64::MAX);
        Self { over: if most == 0 { u64::MAX } else { micros }, most, ring: Mutex::default() }
    }

    /// Whether any command is kept.
    #[inline]
    pub(crate) const fn is_on(&self) -> bool {
        self.over < u64::MAX
    }

    /// Whether this is long, microseconds.
    #[inline]
    pub(crate) const fn is_slow(&self, micros: u64) -> bool {
        self.is_on() && micros >= self.over
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, verb: &'static Verb, took: Took, client: Client) {
        let mut ring = self.ring();
        if ring.entries.len() >= self.most {
            ring.entries.pop_front();
        }
        let id = ring.next;
        ring.next += 1;
        ring.entries.push_back(Entry { id, verb, took, client });
    }

    /// `SLOWLOG LEN`, as far as the grant admits the events of the entries.
    pub(crate) fn count(&self, grant: &Grant) -> usize {
        self.ring().entries.iter().filter(|entry| entry.is_for(grant)).count()
    }

    /// `SLOWLOG RESET`, as far as the grant admits the events of the entries. Numbers go on.
    pub(crate) fn reset(&self, grant: &Grant) {
        self.ring().entries.retain(|entry| !entry.is_for(grant));
    }

    /// `SLOWLOG GET`: the newest first, at most so many of those whose events the grant admits.
    pub(crate) fn write(&self, most: usize, grant: &Grant, encoder: &mut Encoder<'_>) {
        let ring = self.ring();
        let told: Vec<_> = ring.entries.iter().rev().filter(|entry| entry.is_for(grant)).take(most).collect();
        encoder.array(told.len());
        told.into_iter().for_each(|entry| entry.write(encoder));
    }
}

impl Entry {
    /// Whether it may be shown: a token for some events sees what was done to those.
    fn is_for(&self, grant: &Grant) -> bool {
        let event = || self.verb.key().and_then(|at| self.took.words.get(at));
        !grant.events.are_some() || event().is_some_and(|event| grant.events.admit(event))
    }

    fn write(&self, encoder: &mut Encoder<'_>) {
        let Self { id, verb, took, client } = self;
        let Took { read, micros, parts, commands, words } = took;
        encoder.array(7);
        encoder.integer(*id);
        encoder.integer(read.0 / 1_000_000);
        encoder.integer(*micros);
        if words.is_empty() {
            let (name, form) = verb.words();
            let title = [name, form];
            let title = if form.is_empty() { &title[..1] } else { &title };
            encoder.array(title.len());
            title.iter().for_each(|word| encoder.bulk(word.as_bytes()));
        } else {
            encoder.array(words.len());
            words.iter().for_each(|word| encoder.bulk(word));
        }
        encoder.bulk(client.address.to_string().as_bytes());
        encoder.bulk(client.name.as_bytes());
        encoder.map(6);
        encoder.number(number!("queue"), parts.queue);
        encoder.number(number!("judge"), parts.judge);
        encoder.number(number!("log"), parts.log);
        encoder.number(number!("sync"), parts.sync);
        encoder.number(number!("socket"), parts.socket);
        encoder.field(field!("commands"));
        encoder.integer(u64::from(*commands));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::encode::Protocol;
    use crate::verbs;

    fn took(words: &str, micros: u64) -> Took {
        let parts = Parts { queue: 1, judge: 2, log: 3, sync: 4, socket: 5 };
        let words = words.split(' ').filter(|word| !word.is_empty()).map(|word| word.as_bytes().to_vec());
        Took { read: Stamp(1_795_234_087_472_123), micros, parts, commands: 2, words: words.collect() }
    }

    fn client() -> Client {
        Client { address: SocketAddr::from(([127, 0, 0, 1], 9)), name: "shop".to_owned() }
    }

    fn told(log: &SlowLog, most: usize, grant: &Grant) -> String {
        let mut out = Vec::new();
        log.write(most, grant, &mut Encoder::new(&mut out, Protocol::Resp3));
        String::from_utf8(out).unwrap().replace("\r\n", " ")
    }

    #[test]
    fn the_newest_are_kept_and_numbers_go_on() {
        let hold = verbs::verbs().find(|verb| verb.title() == "HOLD").unwrap();
        let (log, all) = (SlowLog::new(Duration::from_millis(50), 2), Grant::EVERYTHING);
        assert_eq!([log.is_slow(49_999), log.is_slow(50_000)], [false, true]);
        for words in ["HOLD gala k", "HOLD other k", "", "HOLD gala k-2"] {
            log.add(hold, took(words, 50_000), client());
        }
        let rest = "$11 127.0.0.1:9 $4 shop %6 $5 queue :1 $5 judge :2 $3 log :3 $4 sync :4 $6 socket :5 $8 commands :2 ";
        let entry = |id: u64, words: &str| format!("*7 :{id} :1795234087 :50000 {words} {rest}");
        let newest = entry(3, "*3 $4 HOLD $4 gala $3 k-2");
        assert_eq!(told(&log, 10, &all), format!("*2 {newest}{}", entry(2, "*1 $4 HOLD")));
        assert_eq!(told(&log, 1, &all), format!("*1 {newest}"));
        let events = "ga*".parse().unwrap();
        let some = Grant { events, ..all.clone() };
        assert_eq!(
            told(&log, 10, &some),
            format!("*1 {newest}"),
            "what is not known to be its own it does not see"
        );
        assert_eq!([log.count(&all), log.count(&some)], [2, 1]);
        log.reset(&some);
        assert_eq!([log.count(&all), log.count(&some)], [1, 0]);
        log.reset(&all);
        assert_eq!(told(&log, 10, &all), "*0 ");
        log.add(hold, took("HOLD", 1), client());
        assert!(told(&log, 10, &all).starts_with("*1 *7 :4 "));
    }

    #[test]
    fn none_and_all_may_be_slow() {
        let (none, all) = (SlowLog::new(Duration::ZERO, 0), SlowLog::new(Duration::ZERO, 1));
        assert_eq!([none.is_slow(u64::MAX), all.is_slow(0)], [false, true]);
    }

    #[test]
    fn the_parts_are_all_of_the_time() {
        let course = Course { begun: Stamp(15), judged: Stamp(17), syncing: Stamp(20), durable: Stamp(30) };
        let parts = Parts::of(Stamp(10), course, (Stamp(35), Stamp(36)));
        assert_eq!(parts, Parts { queue: 5, judge: 2, log: 3, sync: 10, socket: 6 });
        let parts = Parts::of(Stamp(10), Course::default(), (Stamp(35), Stamp(36)));
        assert_eq!(parts, Parts { queue: 0, judge: 25, log: 0, sync: 0, socket: 1 });
    }
}
