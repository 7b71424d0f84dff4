//! The process that is simulated: the real log, snapshots, recovery and events, wired as the engine wires them, on
//! one thread.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use holdfast_engine::{
    Birth, CheckpointError, CheckpointReport, Checkpointer, Created, Event, EventCore, EventId, Identity,
    Image, Layout, Lost, Memory, Name, Policy, Recovery, RecoveryReport, Resting, Secret, Snapshots,
    Snapshotter, SyncProbe, SystemCore, recover, recover_awake,
};
use holdfast_snapshots::Store;
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Committer, Durability, Log, Lsn, Options, Poisoned, Recovered, Step, Storage, Tail};

use holdfast_oracle::Venue;

pub(crate) struct Machine {
    pub(crate) secret: Secret,
    pub(crate) log: Log,
    /// Away while the disk hangs.
    committer: Option<Committer>,
    pub(crate) snapshotter: Snapshotter,
    pub(crate) cores: BTreeMap<EventId, EventCore>,
    pub(crate) system: SystemCore,
    pub(crate) names: BTreeMap<Name, EventId>,
    /// Events that could not be brought back, and are out of service.
    pub(crate) lost: Vec<Lost>,
    next_id: EventId,
    policy: Policy,
    told: Arc<Told>,
}

/// What the committer has told.
#[derive(Debug, Default)]
struct Told {
    upto: AtomicU64,
    failed: AtomicBool,
}

/// How a start went.
#[derive(Debug)]
pub(crate) struct Booted {
    pub(crate) tail: Tail,
    pub(crate) last: Lsn,
    pub(crate) report: RecoveryReport,
    pub(crate) identity: Identity,
}

fn refused(step: &'static str) -> impl Fn(&dyn Display) -> String {
    move |error| format!("{step}: {error}")
}

/// The events in memory.
struct Cores<'a> {
    there: &'a BTreeMap<EventId, EventCore>,
    system: &'a SystemCore,
    lost: &'a [Lost],
}

impl Memory for Cores<'_> {
    fn events(&self) -> Option<Vec<EventId>> {
        if !self.lost.is_empty() || self.there.values().any(EventCore::is_out_of_service) {
            return None;
        }
        let system = self.system.system().map(|_| EventId::SYSTEM);
        let there = self.there.iter().filter(|(_, core)| core.event().is_some()).map(|(id, _)| *id);
        Some(system.into_iter().chain(there).collect())
    }

    fn image(&self, event: EventId) -> Option<Image> {
        if event == EventId::SYSTEM {
            return self.system.image();
        }
        self.there.get(&event)?.image()
    }
}

impl Machine {
    /// Starts as the engine does. An error is a refusal: nothing was answered.
    pub(crate) fn boot(
        disk: &MemoryStorage,
        options: &Options,
        (policy, feed_retention): (Policy, u64),
        fresh: [u8; 32],
        probe: bool,
    ) -> Result<(Self, Booted), String> {
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let identity = Identity::open(&storage, fresh).map_err(|error| refused("identity")(&error))?;
        let secret = Secret::new(&identity.secret);
        let store = Store::open(Arc::clone(&storage)).map_err(|error| refused("snapshots")(&error))?;
        let store = Arc::new(store);
        let snapshots = Snapshots::find(&store).map_err(|error| refused("snapshots")(&error))?;
        let recovered = Recovered::scan(&storage, snapshots.replay_from(), snapshots.witness())
            .map_err(|error| refused("log")(&error))?;
        let seed = secret.tables();
        let mut recovery = recover_awake(&storage, &store, &snapshots, &recovered, seed, 1)
            .map_err(|error| refused("recovery")(&error))?;
        // Somebody asks for each event at rest. If one cannot be read, all are brought back otherwise.
        let read = |event: &Resting| Some((event.id, snapshots.read_at_rest(&store, event, seed).ok()?));
        let rested: Option<Vec<_>> = recovery.resting.iter().map(read).collect();
        if rested.is_none() {
            recovery = recover(&storage, &store, &snapshots, &recovered, seed, 1)
                .map_err(|error| refused("recovery")(&error))?;
        }
        let is_whole = recovery.is_whole();
        let Recovery { events: restored, system, report, .. } = recovery;
        if is_whole {
            // What cannot be removed takes room, and no more.
            let _ = store.tidy();
        }
        if probe {
            SyncProbe::run(&*storage).map_err(|error| refused("probe")(&error))?;
        }
        let (tail, last) = (recovered.tail().clone(), recovered.last_lsn());
        let told = Arc::new(Told::default());
        told.upto.store(last.0, Relaxed);
        let listener = Arc::clone(&told);
        let on_durable = Box::new(move |durability| match durability {
            Durability::Upto(lsn) => {
                assert!(!listener.failed.load(Relaxed), "nothing becomes durable after a failure");
                listener.upto.store(lsn.0, Relaxed);
            }
            Durability::Failed(_) => {
                assert!(!listener.failed.swap(true, Relaxed), "a failure is told once");
            }
        });
        let (log, committer) = Log::start(storage, recovered, options.clone(), on_durable)
            .map_err(|error| refused("start of the log")(&error))?;
        let checkpointer = Checkpointer::new(store, log.clone(), secret.tables())
            .leaving_free(options.reserve_bytes)
            .keeping_for_feeds(feed_retention);
        let lost = report.lost.clone();
        let after_lost = lost.iter().map(|lost| lost.id.next()).max().unwrap_or_default();
        let mut machine = Self {
            snapshotter: Snapshotter::new(checkpointer, log.clone(), options.segment_bytes),
            system: SystemCore::recovered(system, log.clone()),
            log,
            committer: Some(committer),
            cores: BTreeMap::new(),
            names: BTreeMap::new(),
            lost,
            next_id: snapshots.next_id().max(after_lost),
            policy,
            told,
            secret,
        };
        for event in restored {
            let (id, seed, log) = (event.id, machine.secret.tables(), machine.log.clone());
            let before = machine.names.insert(event.event.name().clone(), id);
            assert!(before.is_none(), "{} came back twice", event.event.name());
            machine.next_id = machine.next_id.max(id.next());
            let core = EventCore::recovered(id, event.event, event.last_lsn, seed, policy, log);
            machine.cores.insert(id, core);
        }
        for (id, (event, upto)) in rested.into_iter().flatten() {
            let before = machine.names.insert(event.name().clone(), id);
            assert!(before.is_none(), "{} came back twice", event.name());
            machine.next_id = machine.next_id.max(id.next());
            machine.wake(id, event, upto);
        }
        Ok((machine, Booted { tail, last, report, identity }))
    }

    fn wake(&mut self, id: EventId, event: Event, upto: Lsn) {
        let (seed, policy, log) = (self.secret.tables(), self.policy, self.log.clone());
        self.cores.insert(id, EventCore::rested(id, event, upto, seed, policy, log));
    }

    /// Events that nothing is due of leave memory, once the newest set has all of them, and come back from there.
    fn rest(&mut self) {
        let there =
            self.cores.iter().filter(|(_, core)| core.event().is_some() && core.next_deadline().is_none());
        let there: Vec<_> = there.map(|(id, core)| (*id, core.last_lsn())).collect();
        for (id, last_lsn) in there {
            if let Ok(Some((event, upto))) = self.snapshotter.checkpointer().at_rest(id, last_lsn) {
                self.wake(id, event, upto);
            }
        }
    }

    /// The event of that name; made, still to be created, if there is none.
    pub(crate) fn core(&mut self, venue: &Venue) -> &mut EventCore {
        let id = match self.names.get(&venue.name) {
            Some(id) => *id,
            None => self.bear(venue),
        };
        self.cores.get_mut(&id).expect("an event that has a name is there")
    }

    /// Is the name that of an event that is lost, or may it be?
    pub(crate) fn withholds(&self, name: &Name) -> bool {
        let is_it = |lost: &Lost| lost.name.as_ref().is_none_or(|lost| lost == name);
        !self.names.contains_key(name) && self.lost.iter().any(is_it)
    }

    /// Is everything in service?
    pub(crate) fn is_whole(&self) -> bool {
        self.lost.is_empty() && !self.system.is_out_of_service()
    }

    fn bear(&mut self, venue: &Venue) -> EventId {
        assert!(!self.withholds(&venue.name), "nothing is asked of an event that is lost");
        let id = self.next_id;
        self.next_id = id.next();
        let layout = Arc::new(Layout::build(&venue.spec).expect("the simulation builds good halls"));
        let created = Created { name: venue.name.clone(), spec: venue.spec.clone() };
        let (seed, log) = (self.secret.tables(), self.log.clone());
        let core = EventCore::unborn(id, Birth::new(created, layout), seed, self.policy, log);
        self.cores.insert(id, core);
        self.names.insert(venue.name.clone(), id);
        id
    }

    /// One step of the committer.
    pub(crate) fn step(&mut self, idle: bool) -> Result<Step, Poisoned> {
        let step = self.committer.as_mut().expect("the disk does not hang").step(idle);
        assert_eq!(self.told(), self.log.durable(), "what is told is what is so");
        assert_eq!(step.is_err(), self.has_failed(), "a failure is told, and nothing else is one");
        step
    }

    /// The committer, to be stepped on another thread.
    pub(crate) fn lend_committer(&mut self) -> Committer {
        self.committer.take().expect("the disk hangs once at a time")
    }

    pub(crate) fn give_back(&mut self, committer: Committer) {
        self.committer = Some(committer);
    }

    /// One try at a snapshot, as the engine's background makes it.
    pub(crate) fn snapshot(&mut self) -> Result<Option<CheckpointReport>, CheckpointError> {
        let Self { snapshotter, committer, cores, system, lost, log, .. } = self;
        let committer = committer.as_mut().expect("the disk does not hang");
        let mut seal = || {
            let upto = log.appended();
            if log.sealed_upto() < upto {
                log.seal_segment();
            }
            while log.sealed_upto() < upto {
                if !committer.step(false).is_ok_and(|step| step != Step::Nothing) {
                    return Err(CheckpointError::NotSealed);
                }
            }
            Ok(())
        };
        let made = snapshotter.try_once(&mut seal, &Cores { there: cores, system, lost }, &mut |_| {});
        self.rest();
        made
    }

    /// Steps until nothing is left to do, and the last group is proven.
    pub(crate) fn settle(&mut self) -> Result<(), Poisoned> {
        while self.step(true)? != Step::Nothing {}
        Ok(())
    }

    pub(crate) fn told(&self) -> Lsn {
        Lsn(self.told.upto.load(Relaxed))
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.told.failed.load(Relaxed)
    }
}
