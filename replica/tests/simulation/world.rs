//! The world of a seed: nodes with their disks, the log, the time, and what happens to them.

use std::collections::BTreeMap;

use bytes::Bytes;
use holdfast_replica::{Body, Ended, Genesis, Header, Identity, Link, Now, Position, Role, seal};
use holdfast_testkit::{MemoryLog, Random};
use holdfast_wal::Lsn;

use crate::breaks::Break;
use crate::disk::{Disk, LEVEL, operations};
use crate::ledger::Ledger;
use crate::process::{Around, Process, name};
use crate::truth::Truth;
use crate::weather::Weather;

const NODES: usize = 3;
const STORM_MS: u64 = 25_000;
/// When all is well again, somebody owns the log and answers within this time.
const HEALED_MS: u64 = 10_000;
/// Where the log has neither of its promises, nodes look back in it, each by itself, and take longer.
const HEALED_LATE_MS: u64 = 40_000;
/// A node that was away for long has read all of the log within this time.
const READ_MS: u64 = 60_000;

/// What happened, in numbers.
#[derive(Clone, Default, Debug)]
pub(crate) struct Stats {
    pub(crate) judged: u64,
    pub(crate) told: u64,
    pub(crate) owned: u64,
    pub(crate) fenced: u64,
    pub(crate) handed_over: u64,
    pub(crate) passed: u64,
    pub(crate) recalled: u64,
    pub(crate) found: u64,
    pub(crate) doubted: u64,
    pub(crate) differed: u64,
    crashed: u64,
    froze: u64,
    forgot: u64,
    void: u64,
    messages: u64,
    /// Runs at whose end an owner does not know that the log lacks what it answered for; another node says so.
    pub(crate) unaware: u64,
}

impl Stats {
    pub(crate) fn add(&mut self, other: &Self) {
        let mine = self.all_mut();
        for (mine, other) in mine.into_iter().zip(other.clone().all_mut()) {
            *mine += *other;
        }
        self.unaware += other.unaware;
    }

    fn all_mut(&mut self) -> [&mut u64; 15] {
        [
            &mut self.judged,
            &mut self.told,
            &mut self.owned,
            &mut self.fenced,
            &mut self.handed_over,
            &mut self.passed,
            &mut self.recalled,
            &mut self.found,
            &mut self.doubted,
            &mut self.differed,
            &mut self.crashed,
            &mut self.froze,
            &mut self.forgot,
            &mut self.void,
            &mut self.messages,
        ]
    }

    pub(crate) fn rarest(&self) -> u64 {
        self.clone().all_mut().into_iter().map(|count| *count).min().unwrap_or(0)
    }
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) history: u64,
    pub(crate) stats: Stats,
}

struct Slot {
    disk: Disk,
    heard: BTreeMap<Position, Bytes>,
    process: Option<Process>,
    lives: u64,
    starts_at: u64,
    /// Its clock is so far ahead of the others, milliseconds.
    skew: u64,
    /// It has said that the log is not the one that it has.
    differs: bool,
}

pub(crate) struct World {
    random: Random,
    log: MemoryLog,
    truth: Truth,
    ledger: Ledger,
    slots: Vec<Slot>,
    now: u64,
    weather: Weather,
    weather_until: u64,
    is_open: bool,
    stats: Stats,
    history: u64,
    broken: Option<Break>,
}

const IDENTITY: Identity = Identity { cluster: *b"simulated-world!", shard: 3 };

fn genesis() -> Bytes {
    let header = Header {
        identity: IDENTITY,
        level: LEVEL,
        epoch: Default::default(),
        first: Lsn(1),
        records: 0,
        unix_ms: 0,
        before: Link::default(),
    };
    seal(&header, &Body::Genesis(Genesis { directory: [1; 16], secret: [2; 16], slots: (0, 16_383) }))
}

impl World {
    pub(crate) fn new(seed: u64, broken: Option<Break>) -> Self {
        let mut random = Random::new(seed);
        let genesis = genesis();
        let log = MemoryLog::new(random.next(), NODES, genesis.clone());
        let weather = Weather::of(seed);
        weather.clear(&log, NODES);
        let slot = |random: &mut Random| Slot {
            disk: Disk::new(&genesis),
            heard: BTreeMap::new(),
            process: None,
            lives: 0,
            starts_at: random.below(2_000),
            skew: random.below(7_200_000),
            differs: false,
        };
        let slots = (0..NODES).map(|_| slot(&mut random)).collect();
        Self {
            random,
            log,
            truth: Truth::default(),
            ledger: Ledger::default(),
            slots,
            now: 0,
            weather,
            weather_until: 8_000,
            is_open: true,
            stats: Stats::default(),
            // FNV-1a.
            history: 0xcbf2_9ce4_8422_2325,
            broken,
        }
    }

    pub(crate) fn run(mut self) -> Result<Ran, String> {
        while self.now < STORM_MS {
            self.trouble()?;
            self.step()?;
        }
        self.heal()?;
        self.is_open = false;
        let (quiet, patience) = (self.now + 3_500, self.now + READ_MS);
        while self.now < quiet || (self.is_reading() && self.now < patience) {
            self.step()?;
        }
        self.is_settled()?;
        self.stats.void = self.truth.void;
        self.stats.messages = self.log.len() as u64;
        Ok(Ran { history: self.history, stats: self.stats })
    }

    fn step(&mut self) -> Result<(), String> {
        self.now += self.random.between(5, 40);
        self.log.advance(self.now);
        for node in 0..NODES {
            self.with(node, Process::step)?;
        }
        Ok(())
    }

    /// Does something with a process that runs, or starts it if it is time to.
    fn with(
        &mut self,
        node: usize,
        act: impl FnOnce(&mut Process, &mut Around<'_>) -> Result<Option<Ended>, String>,
    ) -> Result<(), String> {
        let slot = &mut self.slots[node];
        let now = Now { millis: self.now, unix_ms: self.now + slot.skew };
        if slot.process.is_none() && self.now >= slot.starts_at && !slot.differs {
            slot.lives += 1;
            let life = (node, slot.lives);
            slot.process = Some(Process::start(life, NODES, IDENTITY, &self.log, &slot.disk, now));
        }
        let Some(process) = slot.process.as_mut().filter(|process| process.frozen_until <= self.now) else {
            return Ok(());
        };
        let mut around = Around {
            now,
            random: &mut self.random,
            log: &self.log,
            truth: &mut self.truth,
            ledger: &mut self.ledger,
            stats: &mut self.stats,
            history: &mut self.history,
            disk: &mut slot.disk,
            heard: &mut slot.heard,
            identity: IDENTITY,
            is_open: self.is_open,
            forgets: self.weather.forgets,
            broken: self.broken,
        };
        if let Some(ended) = act(process, &mut around)? {
            slot.process = None;
            slot.differs |= matches!(ended, Ended::Differs { .. });
            slot.starts_at = self.now + 200;
        }
        Ok(())
    }

    /// Something may go wrong now.
    fn trouble(&mut self) -> Result<(), String> {
        if self.weather.is_calm {
            return Ok(());
        }
        if self.now >= self.weather_until {
            self.weather_until = self.now + self.random.between(500, 6_000);
            if self.random.percent(35) {
                self.weather.clear(&self.log, NODES);
            } else {
                self.weather.change(&mut self.random, &self.log, self.now, NODES);
            }
        }
        // Something happens each second or so.
        if !self.random.percent(3) {
            return Ok(());
        }
        let node = self.random.index(NODES);
        match self.random.below(10) {
            0..3 => self.crash(node),
            3..6 => {
                let until = self.now + self.random.between(100, 12_000);
                if let Some(process) = &mut self.slots[node].process {
                    process.frozen_until = until;
                    self.stats.froze += 1;
                }
            }
            6..9 => {
                let to = self.random.below(NODES as u64 + 1) as usize;
                let to = if to == NODES { "".into() } else { name(to) };
                for node in 0..NODES {
                    self.with(node, |process, around| process.hand_over(around, &to))?;
                }
            }
            _ if self.weather.forgets && self.now > STORM_MS / 2 => {
                self.log.forget(self.random.between(1, 6) as usize);
                self.stats.forgot += 1;
            }
            _ => {}
        }
        Ok(())
    }

    fn crash(&mut self, node: usize) {
        let slot = &mut self.slots[node];
        if slot.process.take().is_some() {
            self.stats.crashed += 1;
            slot.disk.crash(&mut self.random);
            slot.starts_at = self.now + self.random.between(50, 9_000);
        }
    }

    /// Everything is well again: somebody answers soon.
    fn heal(&mut self) -> Result<(), String> {
        self.weather.clear(&self.log, NODES);
        self.log.faults(|faults| faults.late_ms = 1);
        for slot in &mut self.slots {
            slot.starts_at = slot.starts_at.min(self.now);
            if let Some(process) = &mut slot.process {
                process.frozen_until = 0;
            }
        }
        let (healed, before) = (self.now, self.ledger.told.len());
        let late = if self.weather.is_without_promises() { HEALED_LATE_MS } else { HEALED_MS };
        while self.now < healed + HEALED_MS || (!self.is_well(before) && self.now < healed + late) {
            self.step()?;
        }
        if self.is_well(before) {
            return Ok(());
        }
        let owners = self.owners();
        let answers = self.ledger.told.len() - before;
        let nodes: Vec<_> =
            self.slots.iter().map(|slot| slot.process.as_ref().map(|process| &process.node)).collect();
        Err(format!(
            "stuck: {owners} owners, {answers} answers since all is well; of {}: {nodes:#?}",
            self.log.len()
        ))
    }

    fn owners(&self) -> usize {
        self.slots.iter().filter(|slot| slot.process.as_ref().is_some_and(Process::owns)).count()
    }

    /// Whether somebody owns the log and has answered more than this, or a node goes no further without an operator.
    fn is_well(&self, before: usize) -> bool {
        let answers = self.owners() == 1 && self.ledger.told.len() > before;
        answers || self.slots.iter().any(|slot| slot.differs)
    }

    /// Whether a node that is sure of what it has has not come to the end of the log.
    fn is_reading(&self) -> bool {
        let sure = self.slots.iter().filter_map(|slot| slot.process.as_ref()).filter(|it| it.is_sure());
        sure.into_iter().any(|process| process.node.chain().position().0 < self.log.len() as u64)
    }

    /// Whether the log has forgotten what a majority had and a node says that the log is not what it has. If the place was given to somebody else, no
    /// owner can know in time (`tests/alike.rs`), and need not know at the end.
    fn is_said(&self) -> bool {
        let says = |slot: &Slot| slot.differs || slot.process.as_ref().is_some_and(|it| !it.is_sure());
        self.stats.forgot > 0 && self.slots.iter().any(says)
    }

    /// At the end, all that was told is there, and all nodes have the same.
    fn is_settled(&mut self) -> Result<(), String> {
        if self.weather.forgets {
            self.truth = Truth::default();
        }
        self.truth.read(&self.log)?;
        for told in &self.ledger.told {
            let stands = self.truth.stands.get(&told.operation);
            let is_known = self.weather.forgets && self.is_held_apart(told.operation);
            if stands.is_none() && !is_known && self.is_said() && self.is_held(told.operation) {
                self.stats.unaware = 1;
            } else if stands.is_none() && !is_known {
                let what = if self.stats.forgot > 0 { "silent" } else { "lost" };
                let having: Vec<_> = self.slots.iter().map(|slot| slot.has(told.operation)).collect();
                return Err(format!(
                    "{what}: {told:?} is not in the valid log at the end; nodes: {having:?}"
                ));
            }
        }
        // Where the log has forgotten something and got it back, it stands elsewhere than it did.
        let place = |at| if self.stats.forgot > 0 { Position::ZERO } else { at };
        let valid: Vec<_> =
            self.truth.valid.iter().map(|(at, bytes)| (place(Position(*at)), bytes.clone())).collect();
        for (node, slot) in self.slots.iter().enumerate() {
            let Some(process) = slot.process.as_ref().filter(|process| process.is_sure()) else { continue };
            let kept: Vec<_> = slot.disk.kept.iter().map(|(at, bytes)| (place(*at), bytes.clone())).collect();
            // Whoever had to look far back may still be behind there: then it has the beginning of it.
            let is_behind = self.stats.forgot > 0 && valid.starts_with(&kept);
            if kept != valid && !is_behind && self.is_said() {
                self.stats.unaware = 1;
            } else if kept != valid && !is_behind {
                let what = if self.stats.forgot > 0 { "silent" } else { "kept" };
                let (has, role) = (kept.len(), process.node.role());
                let same = kept.iter().zip(&valid).take_while(|(kept, valid)| kept == valid).count();
                return Err(format!(
                    "{what}: node {node} is sure of {has} messages of {}, {same} of them the same: {role:?}",
                    valid.len()
                ));
            }
        }
        Ok(())
    }

    /// Whether a node that goes no further has this operation on its disk.
    fn is_held_apart(&self, operation: u64) -> bool {
        let mut apart =
            self.slots.iter().filter(|slot| slot.process.as_ref().is_none_or(|process| !process.is_sure()));
        apart.any(|slot| slot.has(operation).0)
    }

    /// Whether any node has this operation on its disk.
    fn is_held(&self, operation: u64) -> bool {
        self.slots.iter().any(|slot| slot.has(operation).0)
    }
}

impl Slot {
    /// Whether this operation is on its disk, and what the node is.
    fn has(&self, operation: u64) -> (bool, Option<Role<'_>>) {
        let mut groups = self.disk.kept.iter().filter(|(_, bytes)| bytes[6] == 2);
        let is_there = groups.any(|(_, bytes)| operations(bytes).contains(&operation));
        (is_there, self.process.as_ref().map(|process| process.node.role()))
    }
}
