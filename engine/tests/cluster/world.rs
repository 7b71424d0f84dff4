//! Nodes of one shard in one process, over one log in memory, whose time goes with the wall.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use holdfast_engine::{
    CheckpointPolicy, Clock, Cluster, ClusterOver, ClusterSettings, ClusterStanding, Config, Engine,
    FeedRetention, Millis, Policy, Progress, Quorum, Stamp,
};
use holdfast_replica::{
    Body, Chain, Epoch, Event, Genesis, Header, Identity, Link, Member, Position, ReplicatedLog, Timing,
    Verdict, seal,
};
use holdfast_testkit::{MemoryLog, MemoryPort, MemoryStorage};
use holdfast_wal::{Lsn, Options, Recovered, Storage};
use parking_lot::Mutex;

/// Nothing takes so long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(90);
const IDENTITY: Identity = Identity { cluster: [9; 16], shard: 3 };

pub(crate) struct World {
    pub(crate) log: MemoryLog,
    pub(crate) spots: Vec<Spot>,
    awaited: Arc<Mutex<Vec<Awaited>>>,
    hands: Hands,
    /// For how long the log keeps what nobody needs any more.
    pub(crate) keep: Millis<u64>,
    is_over: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

/// A machine with a node, or without one.
pub(crate) struct Spot {
    pub(crate) storage: MemoryStorage,
    pub(crate) cluster: Option<Cluster>,
    pub(crate) engine: Option<Engine>,
    /// What the engine's log has failed of, and whether that was forbidden by the node.
    pub(crate) failed: Arc<Mutex<Option<(bool, String)>>>,
    pub(crate) port: Faults,
}

/// What is wrong with the machine as a whole.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    pub(crate) is_frozen: Arc<AtomicBool>,
    pub(crate) is_dead: Arc<AtomicBool>,
}

struct Way {
    port: MemoryPort,
    faults: Faults,
    /// How often the node has asked for news.
    looks: Arc<AtomicU64>,
}

/// Time passes only when every node that can has looked around: how busy this machine is deposes no owner.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicU64>);

impl Clock for Hands {
    fn stamp(&self) -> Stamp {
        Stamp((1_700_000_000_000 + self.0.load(Ordering::SeqCst)) * 1_000)
    }
}

/// A node, as far as time waits for it.
struct Awaited {
    quorum: Quorum,
    looks: Weak<AtomicU64>,
    faults: Faults,
    seen: u64,
}

impl Awaited {
    /// Whether it has looked around since it was asked before, or never will.
    fn has_looked(&mut self) -> bool {
        let Some(looks) = self.looks.upgrade() else { return true };
        let (now, before) = (looks.load(Ordering::SeqCst), self.seen);
        let stands =
            [&self.faults.is_frozen, &self.faults.is_dead].iter().any(|is| is.load(Ordering::Relaxed));
        let has = now != before || stands;
        if has {
            self.seen = now;
        }
        has
    }
}

impl ReplicatedLog for Way {
    fn append(&mut self, asked: u64, after: Position, message: Bytes) {
        self.port.append(asked, after, message);
    }

    fn read(&mut self, at: Position) {
        self.port.read(at);
    }

    fn trim(&mut self, below: Position) {
        self.port.trim(below);
    }

    fn first(&mut self) -> Option<Position> {
        self.port.first()
    }

    fn next(&mut self) -> Option<Event> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        while self.faults.is_frozen.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(!self.faults.is_dead.load(Ordering::Relaxed), "the machine is gone, as the test wants it");
        self.port.next()
    }
}

fn timing() -> Timing {
    Timing {
        beat: 50,
        silence: 400,
        available: 100,
        stagger: 100,
        look: 20,
        answer: 200,
        again: 10,
        handover: 200,
        compare: 1_000,
        window: 4,
    }
}

/// A busy machine must not count as a slow disk.
fn options() -> Options {
    let slow_sync = Duration::MAX;
    Options { segment_bytes: 8 << 20, reserve_bytes: 0, slow_sync, nonce_seed: Some(1), ..Options::default() }
}

fn config() -> Config {
    Config {
        threads: 1,
        policy: Policy {
            retention: Millis(86_400_000),
            refusals_max: 1_000,
            recovery_grace: Millis(0),
            record_retention: Millis(u64::MAX),
        },
        // Log is kept for snapshots alone.
        checkpoint: CheckpointPolicy {
            feed_retention: FeedRetention::default(),
            ..CheckpointPolicy::default()
        },
        log: options(),
        clock_ahead: Millis(u64::MAX),
        all_or_nothing: false,
        memory: None,
        payments: Default::default(),
        groups: Default::default(),
    }
}

fn name(node: usize) -> Box<str> {
    format!("node-{node}").into()
}

impl World {
    pub(crate) fn new(seed: u64, nodes: usize) -> Self {
        let header = Header {
            identity: IDENTITY,
            level: 0,
            epoch: Epoch(0),
            first: Lsn(1),
            records: 0,
            unix_ms: 0,
            before: Link::default(),
        };
        let genesis = Genesis { directory: [1; 16], secret: [2; 16], slots: (0, 16_383) };
        let log = MemoryLog::new(seed, nodes, seal(&header, &Body::Genesis(genesis)));
        let (awaited, is_over) =
            (Arc::new(Mutex::new(Vec::<Awaited>::new())), Arc::new(AtomicBool::new(false)));
        let hands = Hands::default();
        let (own, over, time, clock) =
            (Arc::clone(&awaited), Arc::clone(&is_over), log.clone(), hands.clone());
        let ticker = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                own.lock().iter().for_each(|node| node.quorum.wake());
                thread::sleep(Duration::from_millis(1));
                // All are asked, so that each counts from its own newest look on.
                let looked: Vec<_> = own.lock().iter_mut().map(Awaited::has_looked).collect();
                if looked.iter().all(|has| *has) {
                    time.advance(clock.0.fetch_add(1, Ordering::SeqCst) + 1);
                }
            }
        });
        let spot = |_| Spot {
            storage: MemoryStorage::new(),
            cluster: None,
            engine: None,
            failed: Arc::default(),
            port: Faults::default(),
        };
        Self {
            log,
            spots: (0..nodes).map(spot).collect(),
            awaited,
            hands,
            keep: Millis(u64::MAX),
            is_over,
            ticker: Some(ticker),
        }
    }

    /// Starts the node of a machine.
    pub(crate) fn start(&mut self, node: usize) {
        let candidates = (0..self.spots.len()).map(name).collect();
        let member = Member { name: name(node), address: format!("10.0.0.{node}:7411").into(), candidates };
        let settings = ClusterSettings {
            member,
            timing: timing(),
            shard: IDENTITY.shard,
            max_staleness: Millis(1_000),
            keep: self.keep,
        };
        self.log.reconnect(node);
        let spot = &mut self.spots[node];
        spot.port = Faults::default();
        spot.failed = Arc::default();
        let looks = Arc::new(AtomicU64::new(0));
        let (faults, seen, remembered) = (spot.port.clone(), 0, Arc::downgrade(&looks));
        let way = Way { port: self.log.port(node), faults: faults.clone(), looks };
        let storage: Arc<dyn Storage> = Arc::new(spot.storage.clone());
        let awaited = Arc::clone(&self.awaited);
        let open = move |quorum| {
            awaited.lock().push(Awaited { quorum, looks: remembered, faults, seen });
            Box::new(way) as holdfast_engine::ClusterPort
        };
        spot.cluster = Some(Cluster::start(&storage, settings, Arc::new(self.hands.clone()), open).unwrap());
        let joined = self.wait(node, |standing| *standing != ClusterStanding::Joining);
        if let ClusterStanding::Follower { owner, .. } = joined {
            assert!(
                owner.is_none_or(|(owner, _)| owner != name(node)),
                "it owned the log before, and follows"
            );
            self.open(node);
        }
    }

    /// Waits until one of the machines owns the log in an epoch after this one, and sells.
    pub(crate) fn next_owner(&mut self, after: u64) -> (usize, u64) {
        let until = Instant::now() + PATIENCE;
        loop {
            for node in 0..self.spots.len() {
                if let Some(ClusterStanding::Owner(Epoch(epoch))) = self.standing(node)
                    && epoch > after
                {
                    return (node, epoch);
                }
            }
            let seen: Vec<_> = (0..self.spots.len()).map(|node| self.standing(node)).collect();
            assert!(Instant::now() < until, "nobody owns the log: {seen:?}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn standing(&self, node: usize) -> Option<ClusterStanding> {
        self.spots[node].cluster.as_ref().map(Cluster::standing)
    }

    fn open(&mut self, node: usize) {
        let spot = &mut self.spots[node];
        let storage: Arc<dyn Storage> = Arc::new(spot.storage.clone());
        let failed = Arc::clone(&spot.failed);
        let on_failure: holdfast_engine::OnFailure = Box::new(move |poisoned| {
            *failed.lock() = Some((poisoned.is_forbidden(), poisoned.to_string()));
        });
        let node = spot.cluster.as_ref().unwrap();
        let engine = Engine::open_node(&storage, &config(), node.way(), on_failure, &Progress::default());
        spot.engine = Some(engine.unwrap());
    }

    /// Waits until the node of a machine is something.
    pub(crate) fn wait(&self, node: usize, is_it: impl Fn(&ClusterStanding) -> bool) -> ClusterStanding {
        let cluster = self.spots[node].cluster.as_ref().unwrap();
        let seen = cluster.wait(PATIENCE, is_it);
        seen.unwrap_or_else(|| panic!("node {node} stays {:?}", cluster.standing()))
    }

    /// Ends the node of a machine, and its engine if it has one. Tells how, and whether the engine came to a good end.
    pub(crate) fn end(&mut self, node: usize) -> (ClusterOver, bool) {
        let spot = &mut self.spots[node];
        let is_good = spot.engine.take().is_none_or(|engine| engine.stop().is_ok());
        (spot.cluster.take().unwrap().stop(), is_good)
    }

    /// What counts in the log, by the rule and by nothing of the nodes: its records, and the epochs with their owners. No epoch has two.
    pub(crate) fn valid(&self) -> (Vec<Vec<u8>>, BTreeMap<u64, String>) {
        let at = |position| self.log.at(Position(position)).unwrap();
        let (mut chain, _) = Chain::begin(IDENTITY, u32::MAX, Position(1), &at(1)).unwrap();
        let (mut records, mut epochs) = (Vec::new(), BTreeMap::new());
        for position in 2..=self.log.len() as u64 {
            match chain.pass(Position(position), &at(position)) {
                Verdict::Valid(message) => match message.body {
                    Body::Group(framed) => records.extend(split(&framed)),
                    Body::Epoch(taken) => {
                        let before = epochs.insert(message.header.epoch.0, taken.owner.into_string());
                        assert!(before.is_none(), "an epoch has two owners");
                    }
                    Body::Genesis(_) | Body::Beat(_) | Body::Handover(_) => {}
                },
                Verdict::Void(_) => {}
                Verdict::Halt(why) => panic!("position {position}: {why}"),
            }
        }
        (records, epochs)
    }

    /// What counts in the log is what each directory has, as far as that goes. Gives how many records there are, and the epochs.
    pub(crate) fn is_consistent(&self) -> (usize, BTreeMap<u64, String>) {
        let (records, epochs) = self.valid();
        for (node, spot) in self.spots.iter().enumerate() {
            let storage: Arc<dyn Storage> = Arc::new(spot.storage.clone());
            // What was let go of is in snapshots.
            let Ok(recovered) = Recovered::scan(&storage, Lsn(1), None) else { continue };
            for group in recovered.groups(Lsn(1)) {
                for (lsn, record) in group.unwrap().records() {
                    assert_eq!(records[lsn.0 as usize - 1], record, "node {node}, record {lsn}");
                }
            }
        }
        (records.len(), epochs)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.ticker.take().map(JoinHandle::join);
    }
}

fn split(mut framed: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    while let Some((length, rest)) = framed.split_first_chunk::<4>() {
        let (record, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        records.push(record.to_vec());
        framed = rest;
    }
    records
}
