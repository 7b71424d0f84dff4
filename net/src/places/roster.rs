//! Who is connected: a card for each connection, which the connection keeps true itself, for `CLIENT LIST` and
//! `CLIENT INFO`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::access::holds_a_secret;
use crate::limits;

/// The connections of a server, by their numbers.
#[derive(Default, Debug)]
pub(crate) struct Roster(Mutex<Listing>);

#[derive(Default, Debug)]
struct Listing {
    last: u64,
    cards: BTreeMap<u64, Arc<Card>>,
}

/// What is known of a connection.
#[derive(Debug)]
struct Card {
    id: u64,
    address: SocketAddr,
    began: Instant,
    state: AtomicU8,
    counts: [AtomicUsize; COUNTS],
    told: Mutex<Told>,
    seen: Mutex<Seen>,
}

/// What a client has said of itself. All of it is printable ASCII without space.
#[derive(Clone, Default, Debug)]
pub(crate) struct Told {
    /// Its own name; empty without one.
    pub(crate) name: Vec<u8>,
    /// The name of its token; empty without one.
    pub(crate) user: String,
    /// The version of the protocol.
    pub(crate) resp: u64,
    pub(crate) lib_name: Vec<u8>,
    pub(crate) lib_ver: Vec<u8>,
}

/// The last command, and when it came.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    command: Option<(&'static str, &'static str)>,
}

/// What is counted of a connection after each of its turns.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Counts {
    pub(crate) subscriptions: usize,
    /// Commands of a transaction that is open.
    pub(crate) queued: Option<usize>,
    /// Bytes of memory for what the client has sent.
    pub(crate) input: usize,
    /// The same for a transaction that is open.
    pub(crate) transaction: usize,
    /// The same for replies that it has not taken.
    pub(crate) output: usize,
}

/// How many they are.
const COUNTS: usize = 5;

/// What a connection is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum State {
    /// It takes commands.
    Commands = b'N',
    /// It has subscriptions.
    Listens = b'P',
    /// A command waits alone.
    Waits = b'b',
}

impl Roster {
    /// Enters a new connection, which is on the list until the answer is dropped.
    pub(crate) fn enter(self: &Arc<Self>, address: SocketAddr) -> Listed {
        let mut listing = lock(&self.0);
        listing.last += 1;
        let began = Instant::now();
        let card = Arc::new(Card {
            id: listing.last,
            address,
            began,
            state: AtomicU8::new(State::Commands as u8),
            counts: Default::default(),
            told: Mutex::new(Told { resp: 2, ..Told::default() }),
            seen: Mutex::new(Seen { at: began, command: None }),
        });
        listing.cards.insert(card.id, Arc::clone(&card));
        Listed { roster: Arc::clone(self), card }
    }

    /// A line for each connection in the order of their numbers, the oldest [`limits::CLIENTS_LISTED_MAX`]; or for these, if
    /// there are. `user`: of this token only.
    pub(crate) fn lines(&self, ids: Option<impl Iterator<Item = u64>>, user: Option<&str>) -> String {
        let is_listed = |card: &&Arc<Card>| user.is_none_or(|user| lock(&card.told).user == user);
        let most = limits::CLIENTS_LISTED_MAX;
        let cards: Vec<_> = {
            // The lines are written when others may enter again.
            let listing = lock(&self.0);
            let cards = &listing.cards;
            match ids {
                Some(ids) => {
                    ids.filter_map(|id| cards.get(&id)).filter(is_listed).take(most).cloned().collect()
                }
                None => cards.values().filter(is_listed).take(most).cloned().collect(),
            }
        };
        let (mut lines, now) = (String::new(), Instant::now());
        for card in cards {
            card.write(now, &mut lines);
        }
        lines
    }
}

impl Card {
    fn write(&self, now: Instant, out: &mut String) {
        let Self { id, address, .. } = self;
        let seconds = |since: Instant| now.saturating_duration_since(since).as_secs();
        let (told, seen) = (lock(&self.told).clone(), *lock(&self.seen));
        let (age, idle) = (seconds(self.began), seconds(seen.at));
        let state = char::from(self.state.load(Ordering::Relaxed));
        let command = match seen.command {
            None => "NULL".to_owned(),
            Some((name, "")) => name.to_ascii_lowercase(),
            Some((name, form)) => format!("{name}|{form}").to_ascii_lowercase(),
        };
        let [name, library, version] = [&told.name, &told.lib_name, &told.lib_ver].map(|word| shown(word));
        let [subscriptions, queued, input, transaction, output] =
            self.counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        // As in Redis: -1 outside of a transaction.
        let queued = queued as i64 - 1;
        let total = input + transaction + output;
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "id={id} addr={address} name={name} age={age} idle={idle} flags={state} db=0 sub={subscriptions} psub=0 multi={queued} "
        );
        let _ = write!(
            out,
            "qbuf={input} qbuf-free=0 argv-mem={transaction} obl=0 oll=0 omem={output} tot-mem={total} "
        );
        let _ = writeln!(
            out,
            "cmd={command} user={} resp={} lib-name={library} lib-ver={version}",
            told.user, told.resp
        );
    }
}

/// A token at the wrong place is shown to nobody.
fn shown(word: &[u8]) -> String {
    if holds_a_secret(word) { "hidden".to_owned() } else { String::from_utf8_lossy(word).into_owned() }
}

/// The place of a connection on the list, held by the connection.
#[derive(Debug)]
pub(crate) struct Listed {
    roster: Arc<Roster>,
    card: Arc<Card>,
}

impl Listed {
    /// The connection's number.
    pub(crate) fn id(&self) -> u64 {
        self.card.id
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.card.address
    }

    /// What the client has said of itself, to be changed.
    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        lock(&self.card.told)
    }

    /// A command has come.
    pub(crate) fn saw(&self, command: (&'static str, &'static str)) {
        *lock(&self.card.seen) = Seen { at: Instant::now(), command: Some(command) };
    }

    /// A turn is over.
    #[inline]
    pub(crate) fn note(&self, state: State, counts: &Counts) {
        let Counts { subscriptions, queued, input, transaction, output } = *counts;
        self.card.state.store(state as u8, Ordering::Relaxed);
        let queued = queued.map_or(0, |queued| queued + 1);
        let counts = [subscriptions, queued, input, transaction, output];
        for (place, count) in self.card.counts.iter().zip(counts) {
            place.store(count, Ordering::Relaxed);
        }
    }

    /// What the client calls itself, if that is not a secret at the wrong place.
    pub(crate) fn name(&self) -> String {
        shown(&lock(&self.card.told).name)
    }

    /// Its own line.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        self.card.write(Instant::now(), &mut line);
        line
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&self.roster.0).cards.remove(&self.card.id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(lines: &str) -> Vec<String> {
        lines.lines().map(|line| line.replace(" age=0 idle=0 ", " ")).collect()
    }

    #[test]
    fn those_who_are_there_are_listed_without_secrets() {
        let (roster, address) = (Arc::new(Roster::default()), SocketAddr::from(([127, 0, 0, 1], 9)));
        let [first, second, third] = std::array::from_fn(|_| roster.enter(address));
        second.told().name = b"box-office".to_vec();
        second.told().user = "web".to_owned();
        second.saw(("HOLD", ""));
        let counts = Counts { subscriptions: 3, queued: Some(2), input: 10, transaction: 200, output: 3_000 };
        second.note(State::Waits, &counts);
        third.told().name = b"hft_1234".to_vec();
        third.told().lib_name = b"lib-hft_1234".to_vec();
        third.saw(("EVENT", "CREATE"));
        drop(first);
        let of = |id: u64, rest: &str| format!("id={id} addr=127.0.0.1:9 {rest}");
        let counted =
            "sub=3 psub=0 multi=2 qbuf=10 qbuf-free=0 argv-mem=200 obl=0 oll=0 omem=3000 tot-mem=3210";
        let none = "sub=0 psub=0 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 obl=0 oll=0 omem=0 tot-mem=0";
        let two =
            format!("name=box-office flags=b db=0 {counted} cmd=hold user=web resp=2 lib-name= lib-ver=");
        let three =
            format!("name=hidden flags=N db=0 {none} cmd=event|create user= resp=2 lib-name=hidden lib-ver=");
        let (two, three) = (of(2, &two), of(3, &three));
        let all = |user| roster.lines(None::<std::iter::Empty<u64>>, user);
        assert_eq!(masked(&all(None)), [two.clone(), three.clone()]);
        assert_eq!(masked(&all(Some("web"))), [two]);
        assert_eq!(masked(&roster.lines(Some([3, 1, 99].into_iter()), None)), [three]);
        let fourth = roster.enter(address);
        assert_eq!(fourth.id(), 4, "no number comes twice");
        assert_eq!(
            masked(&fourth.line()),
            [of(4, &format!("name= flags=N db=0 {none} cmd=NULL user= resp=2 lib-name= lib-ver="))]
        );
    }

    #[test]
    fn a_list_is_no_longer_than_it_may_be() {
        let (roster, address) = (Arc::new(Roster::default()), SocketAddr::from(([127, 0, 0, 1], 9)));
        let there: Vec<_> = (0..limits::CLIENTS_LISTED_MAX + 2).map(|_| roster.enter(address)).collect();
        assert_eq!(
            roster.lines(None::<std::iter::Empty<u64>>, None).lines().count(),
            limits::CLIENTS_LISTED_MAX
        );
        there.last().unwrap().told().user = "web".to_owned();
        let last = there.last().unwrap().id();
        let of_a_token = roster.lines(None::<std::iter::Empty<u64>>, Some("web"));
        assert!(of_a_token.starts_with(&format!("id={last} ")), "those of others take no room: {of_a_token}");
        let line = roster.lines(Some([last].into_iter()), None);
        assert!(line.starts_with(&format!("id={last} ")), "{line}");
    }
}
