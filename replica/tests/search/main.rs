//! Every course of a small case, up to a length of the log: one owner that writes two groups, and a candidate that takes over and writes one.
//! Each message lands, lands late, twice or never, in every order, in a log that compares nothing; or a reader has nothing once where something
//! stands.
//!
//! Where the simulation tries long histories by chance, this tries all short ones. Checked at each step: what a node keeps is valid, stands
//! where it says, and has everything before it; no two nodes own an epoch. The log only grows here, so what was kept once stays right.

#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

#[expect(dead_code, reason = "some breaks are of the simulation alone")]
#[path = "../simulation/breaks.rs"]
mod breaks;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use breaks::Break;
use bytes::Bytes;
use holdfast_replica::{
    Action, Body, Chain, Ended, Epoch, Event, Genesis, Group, Header, Identity, Link, Member, Node, Now,
    Position, Timing, Verdict, seal,
};
use holdfast_wal::{Batch, Lsn};

const IDENTITY: Identity = Identity { cluster: [3; 16], shard: 0 };
const NODES: usize = 2;
/// One tick is longer than all of these.
const TICK_MS: u64 = 10_000;
const TIMING: Timing = Timing {
    beat: 100_000,
    silence: 400_000,
    available: 0,
    stagger: 0,
    look: 0,
    answer: TICK_MS,
    again: 0,
    handover: 1,
    compare: u64::MAX,
    window: 2,
};

/// On its way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Parcel {
    Append { node: usize, asked: u64, after: Position, message: Bytes },
    Ack { node: usize, asked: u64, at: Position },
    Read { node: usize, at: Position },
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    node: Node,
    now: u64,
    asked: BTreeMap<u64, Position>,
    kept: usize,
    next: Lsn,
    ticks: u8,
    groups: u8,
}

/// What may still go wrong. A message that is lost is one that stays under way for ever, so it needs none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Budget {
    doubled: u8,
    not_found: u8,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    log: Vec<Bytes>,
    places: Vec<Place>,
    under_way: BTreeSet<Parcel>,
    owners: BTreeMap<Epoch, usize>,
    budget: Budget,
}

fn genesis() -> Bytes {
    let header = Header {
        identity: IDENTITY,
        level: 1,
        epoch: Epoch(0),
        first: Lsn(1),
        records: 0,
        unix_ms: 0,
        before: Link::default(),
    };
    seal(&header, &Body::Genesis(Genesis { directory: [1; 16], secret: [2; 16], slots: (0, 1) }))
}

/// The valid messages of a log that are no beats.
fn valid(log: &[Bytes]) -> Vec<(Position, Bytes)> {
    let (mut chain, _) = Chain::begin(IDENTITY, 1, Position(1), &log[0]).unwrap();
    let mut found = vec![(Position(1), log[0].clone())];
    for (at, bytes) in (2..).map(Position).zip(&log[1..]) {
        if let Verdict::Valid(message) = chain.pass(at, bytes)
            && message.body.is_chained()
        {
            found.push((at, bytes.clone()));
        }
    }
    found
}

impl State {
    /// Node 0 owns the log, and the others have read so.
    fn first(budget: Budget) -> Self {
        let (chain, _) = Chain::begin(IDENTITY, 1, Position(1), &genesis()).unwrap();
        let names: Vec<Box<str>> = ["a", "b"].map(Into::into).to_vec();
        let place = |node: usize| Place {
            node: Node::new(
                Member { name: names[node].clone(), address: "".into(), candidates: names.clone() },
                TIMING,
                chain,
                if node == 0 { "a".into() } else { "".into() },
                0,
                Now::default(),
            ),
            now: 0,
            asked: BTreeMap::new(),
            kept: 1,
            next: Lsn::ZERO,
            ticks: 9,
            groups: 0,
        };
        let places = (0..NODES).map(place).collect();
        let mut state = Self {
            log: vec![genesis()],
            places,
            under_way: BTreeSet::new(),
            owners: BTreeMap::new(),
            budget,
        };
        // Without any trouble, until the first node owns the log and everybody has read that.
        while state.places.iter().any(|place| place.node.chain().epoch() != Epoch(1))
            || state.owners.is_empty()
        {
            while let Some(parcel) = state.under_way.first().cloned() {
                state = state.arrives(&parcel, None).unwrap();
            }
            for node in 0..NODES {
                state = state.ticks(node, TICK_MS).unwrap();
            }
        }
        state.under_way.clear();
        for (node, place) in state.places.iter_mut().enumerate() {
            (place.ticks, place.groups) = [(1, 2), (1, 1)][node];
        }
        state
    }

    fn now(&self, node: usize) -> Now {
        Now { millis: self.places[node].now, unix_ms: 0 }
    }

    /// All that can happen next. An error is a promise that was broken on the way there.
    fn nexts(&self, broken: Option<Break>) -> Result<Vec<Self>, String> {
        let mut nexts = Vec::new();
        for parcel in &self.under_way {
            nexts.push(self.arrives(parcel, broken)?);
            match parcel {
                Parcel::Append { .. } if self.budget.doubled > 0 => {
                    let mut next = self.arrives(parcel, broken)?;
                    next.under_way.insert(parcel.clone());
                    next.budget.doubled -= 1;
                    nexts.push(next);
                }
                Parcel::Read { node, at } if self.budget.not_found > 0 => {
                    let mut next = self.clone();
                    next.under_way.remove(parcel);
                    next.budget.not_found -= 1;
                    nexts.push(next.hears(*node, Event::Read { at: *at, found: None }, broken)?);
                }
                _ => {}
            }
        }
        for node in 0..NODES {
            if self.places[node].ticks > 0 {
                let mut next = self.clone();
                next.places[node].ticks -= 1;
                // The first tick of a candidate is the silence of the owner.
                let is_silence = node > 0 && self.places[node].ticks == [1, 1][node];
                let long = if is_silence { TIMING.silence } else { TICK_MS };
                nexts.push(next.ticks(node, long)?);
            }
            if self.places[node].groups > 0 && self.places[node].node.wants_group() {
                nexts.push(self.clone().writes(node)?);
            }
        }
        Ok(nexts)
    }

    fn arrives(&self, parcel: &Parcel, broken: Option<Break>) -> Result<Self, String> {
        let mut next = self.clone();
        next.under_way.remove(parcel);
        match parcel.clone() {
            Parcel::Append { node, asked, message, .. } => {
                next.log.push(message);
                let at = Position(next.log.len() as u64);
                next.under_way.insert(Parcel::Ack { node, asked, at });
                Ok(next)
            }
            Parcel::Ack { node, asked, at } => next.hears(node, Event::Acked { asked, at }, broken),
            Parcel::Read { node, at } => {
                let found = next.log.get(at.0 as usize - 1).cloned();
                next.hears(node, Event::Read { at, found }, broken)
            }
        }
    }

    fn ticks(mut self, node: usize, millis: u64) -> Result<Self, String> {
        self.places[node].now += millis;
        let (now, mut out) = (self.now(node), Vec::new());
        self.places[node].node.tick(now, &mut out);
        self.carry_out(node, out)
    }

    fn hears(mut self, node: usize, event: Event, broken: Option<Break>) -> Result<Self, String> {
        let place = &self.places[node];
        let event = match broken {
            Some(broken) => broken.hears(place.node.chain(), &place.asked, event),
            None => Some(event),
        };
        let Some(event) = event else { return Ok(self) };
        let (now, mut out) = (self.now(node), Vec::new());
        self.places[node].node.hear(now, &event, &mut out);
        // It pauses for no time, so it goes on at once: only ticks take time, and states that differ by nothing else are one.
        self.places[node].node.tick(now, &mut out);
        self.carry_out(node, out)
    }

    fn writes(mut self, node: usize) -> Result<Self, String> {
        let (now, mut out) = (self.now(node), Vec::new());
        let place = &mut self.places[node];
        place.groups -= 1;
        let mut batch = Batch::new();
        batch.push(|bytes| bytes.extend_from_slice(&[node as u8, place.groups]));
        let group = Group {
            place: place.node.place(now, 1).unwrap(),
            first: place.next,
            records: 1,
            framed: Bytes::copy_from_slice(batch.framed()),
        };
        assert!(place.node.group(now, &group, &mut out));
        place.next = place.next.next();
        self.carry_out(node, out)
    }

    fn carry_out(mut self, node: usize, out: Vec<Action>) -> Result<Self, String> {
        for action in out {
            match action {
                Action::Append { asked, after, message } => {
                    self.places[node].asked.insert(asked, after.next());
                    self.under_way.insert(Parcel::Append { node, asked, after, message });
                }
                // The log forgets nothing here, so it does not matter when that is answered what is known to stand.
                Action::Read { at }
                    if at == self.places[node].node.chain().position() && at.0 <= self.log.len() as u64 =>
                {
                    let found = self.log.get(at.0 as usize - 1).cloned();
                    self = self.hears(node, Event::Read { at, found }, None)?;
                }
                Action::Read { at } => {
                    self.under_way.insert(Parcel::Read { node, at });
                }
                Action::Keep { at, bytes, .. } => {
                    let kept = self.places[node].kept;
                    self.places[node].kept += 1;
                    if valid(&self.log).get(kept) != Some(&(at, bytes)) {
                        return Err(format!(
                            "node {node} keeps at {at} what is not the valid message number {kept}"
                        ));
                    }
                }
                Action::Owns { epoch } => {
                    self.places[node].next = self.places[node].node.chain().next();
                    if *self.owners.entry(epoch).or_insert(node) != node {
                        return Err(format!("two nodes own epoch {epoch}"));
                    }
                }
                Action::End(Ended::Fenced { .. }) => {
                    // Nobody hears an answer any more. What it has sent may still land.
                    self.under_way.retain(|parcel| match parcel {
                        Parcel::Read { node: of, .. } | Parcel::Ack { node: of, .. } => *of != node,
                        Parcel::Append { .. } => true,
                    });
                }
                Action::End(ended) => return Err(format!("node {node} ends: {ended:?}")),
                Action::Passed { .. } => {}
                Action::Found { .. } | Action::HandedOver | Action::Recall { .. } => {
                    return Err(format!("node {node} does what nobody has asked for: {action:?}"));
                }
            }
        }
        Ok(self)
    }
}

fn digest(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

/// What was seen on the way through all states.
#[derive(Default, Debug)]
struct Seen {
    states: usize,
    /// Both groups of the first owner are kept by it.
    sold: usize,
    /// A candidate owns the log.
    taken_over: usize,
    /// ... and has written its group.
    sold_on: usize,
    void: usize,
}

/// Goes through all states in which the log has no more messages than `longest`. `Err` has the promise that was broken, and after how many states.
fn search(budget: Budget, longest: usize, broken: Option<Break>) -> Result<Seen, (usize, String)> {
    let first = State::first(budget);
    let (mut known, mut open, mut seen) = (HashSet::from([digest(&first)]), vec![first], Seen::default());
    while let Some(state) = open.pop() {
        seen.states += 1;
        seen.sold += usize::from(state.places[0].kept == 4);
        seen.taken_over += usize::from(state.owners.len() > 1);
        seen.void += usize::from(valid(&state.log).len() < state.log.len());
        seen.sold_on +=
            usize::from(state.places[1..].iter().any(|place| place.groups == 0 && place.kept > 3));
        let nexts = state.nexts(broken).map_err(|why| (seen.states, why))?;
        open.extend(nexts.into_iter().filter(|next| next.log.len() <= longest && known.insert(digest(next))));
    }
    Ok(seen)
}

#[test]
fn no_course_of_the_small_case_breaks_a_promise() {
    for (doubled, not_found, longest) in [(0, 0, 6), (1, 0, 5), (0, 1, 5)] {
        let seen = search(Budget { doubled, not_found }, longest, None);
        let seen = seen.unwrap_or_else(|(states, why)| panic!("after {states} states: {why}"));
        println!("{doubled} doubled, {not_found} not found: {seen:?}");
        let rare = [seen.sold, seen.taken_over, seen.sold_on, seen.void];
        assert!(seen.states > 1_000 && rare.iter().all(|count| *count > 0), "{seen:?}");
    }
}

#[test]
fn breaks_are_found_in_it() {
    for broken in [Break::Position, Break::Link, Break::NotFound] {
        let budget = Budget { doubled: 1, not_found: 1 };
        let Err((states, why)) = search(budget, 7, Some(broken)) else { panic!("{broken:?} breaks nothing") };
        println!("{broken:?}: after {states} states: {why}");
    }
}
