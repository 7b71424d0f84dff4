//! A replicated log in memory, with the faults of a real one: what is asked of it and what it answers is under way for a while, comes late,
//! twice or never, and whoever answers may be behind.
//!
//! It is the same log for all nodes: [`MemoryLog::port`] is how one of them reaches it. Time passes when [`MemoryLog::advance`] says so.
//! What goes wrong is set in [`LogFaults`], and chosen by a seed.

mod conformance;
mod faults;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use holdfast_replica::{Event, Position, ReplicatedLog};
use parking_lot::Mutex;

use crate::random::Random;
pub use conformance::{Ports, conforms};
pub use faults::LogFaults;

/// The log. Clones are the same log.
#[derive(Clone, Debug)]
pub struct MemoryLog(Arc<Mutex<Core>>);

/// How one node reaches the log.
#[derive(Clone, Debug)]
pub struct MemoryPort {
    log: MemoryLog,
    node: usize,
}

#[derive(Debug)]
struct Core {
    random: Random,
    now: u64,
    /// What stands at position 1, 2, ...
    entries: Vec<Bytes>,
    /// What stands below is forgotten; 0 and 1 alike: nothing is.
    first: u64,
    /// What is under way, by the time at which it arrives and the order in which it was sent.
    under_way: BTreeMap<(u64, u64), Parcel>,
    sent: u64,
    /// What each node was told and has not heard yet.
    told: Vec<VecDeque<Event>>,
    faults: LogFaults,
}

#[derive(Debug)]
enum Parcel {
    Append { node: usize, asked: u64, after: Position, message: Bytes },
    Read { node: usize, at: Position },
    Tell { node: usize, event: Event },
}

impl MemoryLog {
    /// A log with this first message, for so many nodes.
    #[must_use]
    pub fn new(seed: u64, nodes: usize, first: Bytes) -> Self {
        Self(Arc::new(Mutex::new(Core {
            random: Random::new(seed),
            now: 0,
            entries: vec![first],
            first: 1,
            under_way: BTreeMap::new(),
            sent: 0,
            told: vec![VecDeque::new(); nodes],
            faults: LogFaults::new(nodes),
        })))
    }

    /// The log as this node reaches it.
    #[must_use]
    pub fn port(&self, node: usize) -> MemoryPort {
        MemoryPort { log: self.clone(), node }
    }

    /// A new process of a node: it hears nothing that an older one was told. What that one has asked for may still happen.
    pub fn reconnect(&self, node: usize) {
        let mut core = self.0.lock();
        core.told[node].clear();
        core.under_way.retain(|_, parcel| !matches!(parcel, Parcel::Tell { node: of, .. } if *of == node));
    }

    /// What goes wrong from now on.
    pub fn faults(&self, change: impl FnOnce(&mut LogFaults)) {
        change(&mut self.0.lock().faults);
    }

    /// Time passes, milliseconds: everything that arrives until then does.
    pub fn advance(&self, now: u64) {
        self.0.lock().advance(now);
    }

    /// How many messages it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What stands at a position, in truth.
    #[must_use]
    pub fn at(&self, at: Position) -> Option<Bytes> {
        self.0.lock().at(at)
    }

    /// It forgets its newest messages, though a majority had them: the one promise that everything rests on is broken. The first stays.
    pub fn forget(&self, count: usize) {
        let mut core = self.0.lock();
        let left = core.entries.len().saturating_sub(count).max(1);
        core.entries.truncate(left);
    }
}

impl ReplicatedLog for MemoryPort {
    fn append(&mut self, asked: u64, after: Position, message: Bytes) {
        let mut core = self.log.0.lock();
        let copies = 1 + usize::from(core.happens(|faults| faults.doubled));
        for copy in 0..copies {
            let parcel = Parcel::Append { node: self.node, asked, after, message: message.clone() };
            core.send(parcel, copy > 0);
        }
    }

    fn read(&mut self, at: Position) {
        self.log.0.lock().send(Parcel::Read { node: self.node, at }, false);
    }

    fn trim(&mut self, below: Position) {
        let mut core = self.log.0.lock();
        if !core.faults.cut_off[self.node] && core.now >= core.faults.away_until {
            let last = core.entries.len() as u64;
            core.first = core.first.max(below.0.min(last));
        }
    }

    fn first(&mut self) -> Option<Position> {
        let core = self.log.0.lock();
        let is_away = core.faults.cut_off[self.node] || core.now < core.faults.away_until;
        (!is_away).then_some(Position(core.first))
    }

    fn next(&mut self) -> Option<Event> {
        self.log.0.lock().told[self.node].pop_front()
    }
}

impl Core {
    fn happens(&mut self, chance: impl Fn(&LogFaults) -> u64) -> bool {
        let chance = chance(&self.faults);
        chance > 0 && self.random.percent(chance)
    }

    fn send(&mut self, parcel: Parcel, later: bool) {
        let is_late = later || self.happens(|faults| faults.late);
        let longest = if is_late { self.faults.late_ms } else { self.faults.usual_ms };
        let due = self.now + 1 + self.random.below(longest.max(1));
        self.put(due, parcel);
    }

    fn put(&mut self, due: u64, parcel: Parcel) {
        self.under_way.insert((due, self.sent), parcel);
        self.sent += 1;
    }

    fn tell(&mut self, node: usize, event: Event) {
        self.send(Parcel::Tell { node, event }, false);
    }

    fn advance(&mut self, now: u64) {
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((due, _), parcel) = entry.remove_entry();
            self.now = self.now.max(due);
            self.arrive(parcel);
        }
        self.now = self.now.max(now);
    }

    fn arrive(&mut self, parcel: Parcel) {
        match parcel {
            Parcel::Append { node, asked, after, message } => self.append(node, asked, after, message),
            Parcel::Read { node, at } => self.read(node, at),
            Parcel::Tell { node, event } => {
                if !self.faults.cut_off[node] {
                    self.told[node].push_back(event);
                }
            }
        }
    }

    fn append(&mut self, node: usize, asked: u64, after: Position, message: Bytes) {
        let is_lost = self.happens(|faults| faults.lost);
        let no_way = self.faults.cut_off[node] || self.now < self.faults.away_until;
        if is_lost || no_way {
            // Nobody takes it: it is lost, or waits in a buffer and arrives when nobody expects it any more.
            if !is_lost && self.random.percent(50) {
                let due =
                    self.now.max(self.faults.away_until) + 1 + self.random.below(self.faults.late_ms.max(1));
                self.put(due, Parcel::Append { node, asked, after, message });
            } else if self.random.percent(50) {
                self.tell(node, Event::Unsure { asked });
            }
            return;
        }
        let is_behind = self.faults.behind > 0 && self.random.percent(30);
        if is_behind || (self.faults.compares && after.0 != self.entries.len() as u64) {
            // "Wrong last sequence", rightly or from somebody who is behind.
            self.tell(node, Event::Unsure { asked });
            return;
        }
        self.entries.push(message.clone());
        let at = Position(self.entries.len() as u64);
        for node in 0..self.told.len() {
            if !self.happens(|faults| faults.unseen) {
                self.tell(node, Event::Seen { at, bytes: message.clone() });
            }
        }
        if self.happens(|faults| faults.lost) {
            if self.random.percent(50) {
                self.tell(node, Event::Unsure { asked });
            }
            return;
        }
        let copies = 1 + usize::from(self.happens(|faults| faults.doubled));
        for _ in 0..copies {
            self.tell(node, Event::Acked { asked, at });
        }
    }

    fn read(&mut self, node: usize, at: Position) {
        if self.faults.cut_off[node]
            || self.now < self.faults.away_until
            || self.happens(|faults| faults.lost)
        {
            if self.random.percent(50) {
                self.tell(node, Event::Unread { at });
            }
            return;
        }
        let known = (self.entries.len() as u64).saturating_sub(self.faults.behind);
        let is_hidden = at.0 < self.first
            || at.0 > known
            || self.faults.hole.as_ref().is_some_and(|hole| hole.contains(&at.0));
        let found = if is_hidden { None } else { self.at(at) };
        self.tell(node, Event::Read { at, found });
    }

    fn at(&self, at: Position) -> Option<Bytes> {
        let index = at.0.checked_sub(1)?;
        self.entries.get(usize::try_from(index).ok()?).cloned()
    }
}
