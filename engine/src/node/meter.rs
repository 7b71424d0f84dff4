//! What a node knows of itself and of the log, for operators: written by the thread that drives the node, once a turn, and by whoever
//! looks at the log's servers. No command comes past here.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use holdfast_replica::{Body, Message, Position};
use holdfast_wal::{Histogram, Spread};
use parking_lot::Mutex;

use super::outcome::Over;
use crate::numbers::At;

/// Upper bounds in microseconds: one sync of a majority takes milliseconds, the election of a leader up to nine seconds.
const PUBLISH: [u64; 12] = [
    1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000, 10_000_000,
];

/// What is measured of a node for operators, at one look.
#[derive(Clone, Debug, Default)]
pub struct ClusterMeasures {
    /// For how long no owner has been known, milliseconds; 0 while one is.
    pub no_owner_ms: u64,
    /// Messages that it has heard of, and not read yet.
    pub lag: u64,
    /// For how long there have been such messages without a pause, milliseconds.
    pub lag_ms: u64,
    /// By how much its clock differs from that of the owner, as the newest message that was heard of has it, milliseconds.
    pub clock_skew_ms: u64,
    /// Messages of an owner that are on their way.
    pub in_flight: u64,
    /// Those of them of which it is not known whether they stand in the log.
    pub unsure: u64,
    /// What was appended and is not in both logs, bytes.
    pub waiting_bytes: u64,
    /// How long it took from when a group was sent until a majority had it, microseconds.
    pub publish_us: Spread,
    /// How often what it had kept was not found in the log at once, since the start.
    pub recalls: u64,
    /// Turns of owners that began, as this node has read them since its start.
    pub turns: u64,
    /// When the newest of them began, by the clock of the node that began it; 0 if none has since the start.
    pub turn_at: At,
    /// How long before that nothing had been written, milliseconds.
    pub turn_gap_ms: u64,
    /// Turns of this node that another one has ended, as it has read since its start.
    pub fenced: u64,
    /// What the servers of the log say of it; `None` before the first answer.
    pub log: Option<LogSeen>,
    /// For how long they have not answered whoever looks, milliseconds; `None` while they do.
    pub log_silent_ms: Option<u64>,
}

/// What the servers of a log say of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogSeen {
    /// The name of the stream.
    pub stream: Box<str>,
    /// The position of its oldest message.
    pub first: u64,
    /// The position of its newest.
    pub last: u64,
    /// What it takes, bytes.
    pub bytes: u64,
    /// What it may take, bytes; 0 without a bound.
    pub bytes_max: u64,
    /// How many copies there are to be.
    pub copies: u64,
    /// How many of them are whole and up to date, as the one that leads sees it.
    pub copies_current: u64,
    /// The server that leads it, if one does.
    pub leader: Option<Box<str>>,
    /// Each copy: that of the leader first.
    pub servers: Vec<LogCopy>,
}

/// A copy of a log, as whoever leads it and its own server see it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogCopy {
    /// The name of its server.
    pub server: Box<str>,
    /// Whether it is up to date.
    pub is_current: bool,
    /// Whether its server cannot be reached.
    pub is_offline: bool,
    /// By how many operations it is behind.
    pub lag: u64,
    /// Messages that its own server lacks between the first and the last that it has; `None` if that was not seen.
    pub missing: Option<u64>,
}

impl LogSeen {
    /// The copies that lack messages inside.
    pub fn rotten(&self) -> impl Iterator<Item = &LogCopy> {
        self.servers.iter().filter(|copy| copy.missing.is_some_and(|missing| missing > 0))
    }

    /// How full it is, in hundredths; 0 without a bound.
    #[must_use]
    pub const fn used_percent(&self) -> u64 {
        match self.bytes_max {
            0 => 0,
            most => self.bytes.saturating_mul(100) / most,
        }
    }
}

/// What is measured of a node, as it is written.
#[derive(Debug)]
pub(crate) struct Meter {
    node: Box<str>,
    turn: Mutex<Turn>,
    publish_us: Histogram<{ PUBLISH.len() }>,
    recalls: AtomicU64,
    servers: Mutex<Servers>,
    over: OnceLock<Over>,
}

#[derive(Debug, Default)]
struct Turn {
    /// Since when no owner is known.
    none_since: Option<Instant>,
    position: Position,
    /// The newest position that was heard of.
    newest: Position,
    behind_since: Option<Instant>,
    skew_ms: u64,
    in_flight: u64,
    unsure: u64,
    waiting_bytes: u64,
    turns: u64,
    turn_at: u64,
    turn_gap_ms: u64,
    fenced: u64,
    /// What the newest message says when it was written.
    written: u64,
    /// Who has the newest turn, and whether it was handed over.
    holder: Option<(Box<str>, bool)>,
}

/// What was seen of the servers of the log.
#[derive(Debug, Default)]
struct Servers {
    seen: Option<LogSeen>,
    silent_since: Option<Instant>,
}

/// What the thread that drives the node tells of a turn.
pub(crate) struct Told {
    pub(crate) knows_owner: bool,
    pub(crate) position: Position,
    /// How many messages are on their way, and whether something has to be settled.
    pub(crate) under_way: (usize, bool),
    pub(crate) waiting_bytes: usize,
}

impl Meter {
    pub(crate) fn new(node: &str) -> Self {
        Self {
            node: node.into(),
            turn: Mutex::new(Turn { none_since: Some(Instant::now()), ..Turn::default() }),
            publish_us: Histogram::new(&PUBLISH),
            recalls: AtomicU64::new(0),
            servers: Mutex::default(),
            over: OnceLock::new(),
        }
    }

    /// The node has begun with what its directory says of the newest turn.
    pub(crate) fn begins(&self, owner: &str, is_handed_over: bool) {
        self.turn.lock().holder = (!owner.is_empty()).then(|| (owner.into(), is_handed_over));
    }

    /// Something was heard of the log; `written` is what the message says of when it was written, if it is the next one, and `now` this
    /// node's clock. Unix milliseconds.
    pub(crate) fn hears(&self, at: Position, written: Option<u64>, now: u64) {
        let mut turn = self.turn.lock();
        turn.newest = turn.newest.max(at);
        if let Some(written) = written.filter(|_| at == turn.newest) {
            turn.skew_ms = now.abs_diff(written);
            turn.written = turn.written.max(written);
        }
    }

    /// Nothing stands behind this position, the log says: what was heard of beyond it is nothing.
    pub(crate) fn ends_at(&self, at: Position) {
        self.turn.lock().newest = at;
    }

    /// A message of the chain was kept.
    pub(crate) fn keeps(&self, message: &Message) {
        let mut turn = self.turn.lock();
        let written = message.header.unix_ms;
        match &message.body {
            Body::Epoch(taken) => {
                let before = turn.holder.replace((taken.owner.clone(), false));
                let was_cut = before.is_some_and(|(owner, is_handed_over)| {
                    owner == self.node && !is_handed_over && owner != taken.owner
                });
                turn.fenced += u64::from(was_cut);
                turn.turns += 1;
                turn.turn_gap_ms = if turn.written > 0 { written.saturating_sub(turn.written) } else { 0 };
                turn.turn_at = written;
            }
            Body::Handover(_) => {
                if let Some((_, is_handed_over)) = &mut turn.holder {
                    *is_handed_over = true;
                }
            }
            Body::Genesis(_) | Body::Group(_) | Body::Beat(_) => {}
        }
        turn.written = turn.written.max(written);
    }

    /// What was kept is looked for in the log, as it was not found there.
    pub(crate) fn recalls(&self) {
        self.recalls.fetch_add(1, Ordering::Relaxed);
    }

    /// A majority has a group, so long after it was sent.
    pub(crate) fn published(&self, after: Duration) {
        self.publish_us.add_alone(u64::try_from(after.as_micros()).unwrap_or(u64::MAX));
    }

    /// The driver has come to the end of a turn.
    pub(crate) fn turns(&self, told: &Told) {
        let (in_flight, is_unsure) = told.under_way;
        let in_flight = in_flight as u64;
        let mut turn = self.turn.lock();
        let since = |is_so: bool, since: Option<Instant>| is_so.then(|| since.unwrap_or_else(Instant::now));
        turn.none_since = since(!told.knows_owner, turn.none_since);
        turn.position = told.position;
        turn.newest = turn.newest.max(told.position);
        turn.behind_since = since(turn.newest > turn.position, turn.behind_since);
        turn.in_flight = in_flight;
        turn.unsure = if is_unsure { in_flight } else { 0 };
        turn.waiting_bytes = told.waiting_bytes as u64;
    }

    /// The node is at its end.
    pub(crate) fn ends(&self, over: &Over) {
        let _ = self.over.set(over.clone());
    }

    pub(crate) fn over(&self) -> Option<&Over> {
        self.over.get()
    }

    /// What the servers of the log have said, or that they have not.
    pub(crate) fn log(&self, seen: Option<LogSeen>) {
        let mut servers = self.servers.lock();
        match seen {
            Some(seen) => *servers = Servers { seen: Some(seen), silent_since: None },
            None => servers.silent_since = servers.silent_since.or_else(|| Some(Instant::now())),
        }
    }

    pub(crate) fn measures(&self) -> ClusterMeasures {
        let ms = |since: Instant| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (log, log_silent_ms) = {
            let servers = self.servers.lock();
            (servers.seen.clone(), servers.silent_since.map(ms))
        };
        let turn = self.turn.lock();
        ClusterMeasures {
            no_owner_ms: turn.none_since.map_or(0, ms),
            lag: turn.newest.0.saturating_sub(turn.position.0),
            lag_ms: turn.behind_since.map_or(0, ms),
            clock_skew_ms: turn.skew_ms,
            in_flight: turn.in_flight,
            unsure: turn.unsure,
            waiting_bytes: turn.waiting_bytes,
            publish_us: self.publish_us.spread(),
            recalls: self.recalls.load(Ordering::Relaxed),
            turns: turn.turns,
            turn_at: At(turn.turn_at),
            turn_gap_ms: turn.turn_gap_ms,
            fenced: turn.fenced,
            log,
            log_silent_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use holdfast_replica::{Epoch, Handover, Header, Identity, Link, Taken};
    use holdfast_wal::Lsn;

    use super::*;

    fn message(body: Body, unix_ms: u64) -> Message {
        let identity = Identity::default();
        let (epoch, before) = (Epoch(1), Link::default());
        let header = Header { identity, level: 0, epoch, first: Lsn(1), records: 0, unix_ms, before };
        Message { header, body, link: Link::default() }
    }

    fn epoch(owner: &str, unix_ms: u64) -> Message {
        let taken = Taken { owner: owner.into(), address: "a:1".into(), candidates: Vec::new() };
        message(Body::Epoch(taken), unix_ms)
    }

    #[test]
    fn a_turn_that_was_cut_off_is_told_from_one_that_was_handed_over() {
        let meter = Meter::new("a");
        meter.begins("a", false);
        meter.keeps(&epoch("b", 10_000));
        let cut = meter.measures();
        assert_eq!((cut.turns, cut.fenced, cut.turn_gap_ms), (1, 1, 0), "what was before is not known");
        meter.hears(Position(9), Some(11_000), 11_007);
        meter.keeps(&epoch("a", 14_500));
        meter.keeps(&message(Body::Handover(Handover { to: "b".into() }), 15_000));
        meter.keeps(&epoch("b", 15_020));
        let handed = meter.measures();
        assert_eq!((handed.turns, handed.fenced, handed.turn_gap_ms), (3, 1, 20));
        assert_eq!((handed.turn_at, handed.clock_skew_ms), (At(15_020), 7));
    }

    #[test]
    fn what_was_heard_of_and_not_read_is_the_lag() {
        let meter = Meter::new("a");
        let told = |position, knows_owner, under_way| Told {
            knows_owner,
            position: Position(position),
            under_way,
            waiting_bytes: 0,
        };
        meter.hears(Position(7), None, 0);
        meter.turns(&told(4, false, (2, true)));
        let behind = meter.measures();
        assert_eq!((behind.lag, behind.in_flight, behind.unsure), (3, 2, 2));
        meter.turns(&told(7, true, (1, false)));
        let there = meter.measures();
        assert_eq!((there.lag, there.lag_ms, there.unsure, there.no_owner_ms), (0, 0, 0, 0));
        meter.hears(Position(1 << 60), None, 0);
        meter.ends_at(Position(7));
        assert_eq!(meter.measures().lag, 0, "a stranger has said so");
    }

    #[test]
    fn what_was_seen_of_the_log_stays_while_nobody_answers() {
        let meter = Meter::new("a");
        meter.log(None);
        assert!(meter.measures().log_silent_ms.is_some() && meter.measures().log.is_none());
        let copy = |missing| LogCopy { missing, ..LogCopy::default() };
        let servers = vec![copy(None), copy(Some(0)), copy(Some(4))];
        meter.log(Some(LogSeen { bytes: 90, bytes_max: 100, servers, ..LogSeen::default() }));
        assert!(meter.measures().log_silent_ms.is_none());
        meter.log(None);
        let log = meter.measures().log.unwrap();
        assert_eq!((log.used_percent(), log.rotten().count()), (90, 1));
    }
}
