//! The process that is simulated: the real log, snapshots, recovery and events, wired as the engine wires them, on
//! one thread.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use holdfast_engine::{
    Birth, CheckpointError, CheckpointReport, Checkpointer, Code, ConsumerGroup, Created, EventCore, EventId,
    FeedRetention, GroupLog, GroupNeeds, Identity, Image, Layout, Lost, Memory, MemoryGauge, Name, Newest,
    Policy, Recovery, RecoveryReport, Secret, Snapshots, Snapshotter, Sources, StreamLog, SyncProbe,
    SystemCore, needs_of, recover,
};
use holdfast_snapshots::Store;
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Committer, Durability, Log, Lsn, Options, Poisoned, Recovered, Step, Storage, Tail};

use holdfast_oracle::Venue;

pub(crate) struct Machine {
    pub(crate) secret: Secret,
    newest: Arc<Newest>,
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
    /// What consumer groups need of the log, as whoever lets go of it is told.
    needs: Arc<KeptForGroups>,
    pub(crate) streams: StreamLog,
}

/// What is needed when log is let go of; and how much of the log that nobody else needs it is, and the most that is kept, bytes.
#[derive(Default, Debug)]
pub(crate) struct KeptForGroups(Mutex<(GroupNeeds, (u64, u64))>);

#[derive(Debug)]
struct Telling(Arc<KeptForGroups>);

impl GroupLog for Telling {
    fn needs(&self) -> GroupNeeds {
        self.0.0.lock().expect("one thread has it").0.clone()
    }

    fn is_kept(&self, needed: u64, most: u64) {
        self.0.0.lock().expect("one thread has it").1 = (needed, most);
    }
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
    /// Tells who is at rest, and not in memory; `None`: nobody is.
    newest: Option<&'a Newest>,
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
        let core = self.there.get(&event)?;
        let is_at_rest = self.newest.is_some_and(|newest| may_rest(newest, event, core));
        if is_at_rest { None } else { core.image() }
    }
}

impl Machine {
    /// Starts as the engine does. An error is a refusal: nothing was answered.
    pub(crate) fn boot(
        disk: &MemoryStorage,
        options: &Options,
        (policy, feed_retention): (Policy, FeedRetention),
        fresh: [u8; 32],
        probe: bool,
    ) -> Result<(Self, Booted), String> {
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let identity = Identity::open(&storage, fresh).map_err(|error| refused("identity")(&error))?;
        let secret = Secret::new(&identity.secret);
        let store = Store::open(Arc::clone(&storage)).map_err(|error| refused("snapshots")(&error))?;
        let store = Arc::new(store);
        let snapshots = Snapshots::find(&store).map_err(|error| refused("snapshots")(&error))?;
        let mut recovered = Recovered::scan(&storage, snapshots.replay_from(), snapshots.witness())
            .map_err(|error| refused("log")(&error))?;
        let seed = secret.tables();
        let sources = Sources { storage: &storage, store: &store, snapshots: &snapshots, log: &recovered };
        let recovery = recover(sources, &MemoryGauge::default(), seed, 1)
            .map_err(|error| refused("recovery")(&error))?;
        recovery.let_go(&store, &snapshots, &mut recovered);
        let Recovery { events: restored, resting, system, report } = recovery;
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
        let newest = Arc::new(snapshots.at_hand(&store, seed));
        let needs = Arc::new(KeptForGroups::default());
        let checkpointer = Checkpointer::new(store, log.clone(), seed)
            .telling(Arc::clone(&newest))
            .leaving_free(options.reserve_bytes)
            .keeping_for_feeds(feed_retention)
            .keeping_for_groups(Box::new(Telling(Arc::clone(&needs))));
        let lost = report.lost.clone();
        let after_lost = lost.iter().map(|lost| lost.id.next()).max().unwrap_or_default();
        let mut machine = Self {
            snapshotter: Snapshotter::new(checkpointer, log.clone(), options.segment_bytes),
            system: SystemCore::recovered(system, log.clone()),
            newest,
            needs,
            streams: StreamLog::new(log.clone()),
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
        // Somebody asks for each event at rest.
        for event in resting {
            machine.next_id = machine.next_id.max(event.id.next());
            if let Err(reason) = machine.wake(event.id) {
                if machine.has_failed() {
                    return Err(refused("rebuilding")(&reason));
                }
                let (name, code) = (Some(event.name().clone()), Code::SNAPSHOTS_DAMAGED);
                machine.lost.push(Lost { id: event.id, name, code, reason });
                continue;
            }
            let before = machine.names.insert(event.name().clone(), event.id);
            assert!(before.is_none(), "{} came back twice", event.name());
        }
        Ok((machine, Booted { tail, last, report, identity }))
    }

    /// Brings an event back that is at rest: from the newest set, or else from whatever there is.
    fn wake(&mut self, id: EventId) -> Result<(), String> {
        let Self { snapshotter, committer, log, .. } = self;
        let committer = committer.as_mut().expect("the disk does not hang");
        let mut rebuilt = || {
            seal(log, committer)?;
            Ok::<_, CheckpointError>((snapshotter.checkpointer().rebuild(id)?, log.durable()))
        };
        let found = self.newest.read(id).or_else(|_| rebuilt());
        let (event, upto) = found.map_err(|error| error.to_string())?;
        let (seed, policy, log) = (self.secret.tables(), self.policy, self.log.clone());
        self.cores.insert(id, EventCore::rested(id, event, upto, seed, policy, log));
        Ok(())
    }

    /// Events that nothing is due of leave memory, once the newest set has all of them, and come back from there.
    fn rest(&mut self) {
        let rests = |(id, core): &(&EventId, &EventCore)| may_rest(&self.newest, **id, core);
        let resting: Vec<EventId> = self.cores.iter().filter(rests).map(|(id, _)| *id).collect();
        for id in resting {
            // One that cannot be brought back for now has not left.
            let _ = self.wake(id);
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

    /// What groups need from now on is known to whoever lets go of log.
    pub(crate) fn tell_needs(&self) {
        let of = |group: &ConsumerGroup| (group.stream().clone(), group.first_needed());
        let all = self.system.system().map(|system| system.groups().iter().map(of).collect::<Vec<_>>());
        let id_of = |name: &str| self.names.get(&Name::new(name.as_bytes())?).copied();
        self.needs.0.lock().expect("one thread has it").0 = needs_of(all, id_of);
    }

    /// How much of the log that nobody else needs groups have yet to do, and the most that is kept for them, bytes; as of the last time that
    /// some was let go of.
    pub(crate) fn kept_for_groups(&self) -> (u64, u64) {
        self.needs.0.lock().expect("one thread has it").1
    }

    /// One try at a snapshot, as the engine's background makes it: with all events in memory, or without those `at_rest`.
    pub(crate) fn snapshot(&mut self, at_rest: bool) -> Result<Option<CheckpointReport>, CheckpointError> {
        let Self { snapshotter, committer, cores, system, lost, log, newest, .. } = self;
        let committer = committer.as_mut().expect("the disk does not hang");
        let newest = at_rest.then_some(&**newest);
        let cores = Cores { there: cores, system, lost, newest };
        let made = snapshotter.try_once(&mut || seal(log, committer), &cores);
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

/// Nothing is due of the event, and the newest set has all of it.
fn may_rest(newest: &Newest, id: EventId, core: &EventCore) -> bool {
    core.event().is_some() && core.next_deadline().is_none() && newest.has(id, core.last_lsn())
}

/// Everything that is appended comes to be in sealed segments.
fn seal(log: &Log, committer: &mut Committer) -> Result<(), CheckpointError> {
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
}
