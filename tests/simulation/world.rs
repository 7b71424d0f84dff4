//! One run: a disk, a process on it, clients, time, and what must be true, all driven by one seed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use holdfast_engine::{
    Among, Answer, At, Class, Code, Command, CountBy, FeedRetention, HoldId, Identity, Key, Listed, Millis,
    Name, PaymentStatus, Policy, Read, Reply, Secret, Sums, View, limits,
};
use holdfast_testkit::{Fault, MemoryStorage, Random};
use holdfast_wal::{Lsn, Options, Pressure, Step, Storage};

use crate::health::{Hurt, figures};
use crate::machine::Machine;
use crate::oracle::{Op, Oracle};
use crate::stats::Stats;
use crate::system::groups::Workers;
use crate::trace::Trace;
use crate::workload::{self, Request, Workload, key_text};
use holdfast_oracle::{Expected, KeyId, Model, Venue, account_of};

pub(crate) type SharedTrace = Rc<RefCell<Trace>>;

macro_rules! say {
    ($world:expr, $($words:tt)*) => {
        $world.trace.borrow_mut().line(format_args!($($words)*))
    };
}
pub(crate) use say;

/// The clock starts within a thousand seconds of it.
pub(crate) const EARLIEST: At = At(1_700_000_000_000);

/// What a seed fixes for the whole of its run. Runs differ in kind: one has no faults at all, another a tiny disk.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) options: Options,
    pub(crate) policy: Policy,
    pub(crate) steps: u64,
    /// Of a thousand steps, so many are disasters.
    pub(crate) disasters: u64,
    /// How often a step is one of the committer, percent: the rest piles up in groups.
    commits: u64,
    pub(crate) checkpoints: u64,
    run_max: u64,
    probes_disk: bool,
    /// What is kept for the feeds, bytes.
    pub(crate) feed_retention: FeedRetention,
    /// Whether a record of the system event is no use.
    spoils_system: bool,
}

/// Replies that wait for the disk.
pub(crate) struct Parked {
    pub(crate) rests_on: Lsn,
    /// The newest record of the event when they were made: what they show, whatever they say that they rest on.
    saw: Lsn,
    event: usize,
    answers: Vec<(KeyId, Answer)>,
    replies: usize,
}

pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) setup: Setup,
    pub(crate) trace: SharedTrace,
    pub(crate) disk: MemoryStorage,
    pub(crate) machine: Option<Machine>,
    pub(crate) oracle: Oracle,
    workloads: Vec<Workload>,
    pub(crate) parked: VecDeque<Parked>,
    pub(crate) workers: Workers,
    /// Who the directory is: the keys of everything in it hang on that.
    pub(crate) identity: Option<Identity>,
    pub(crate) now: At,
    /// Operations of the disk may fail: errors are no surprise.
    pub(crate) armed: bool,
    /// Of them, those that the log cannot stand: writes and syncs of the running segment.
    pub(crate) log_armed: bool,
    /// A kind of operation that fails for ever, in one place.
    pub(crate) sick: Option<Fault>,
    /// Files of the snapshots that are damaged: no start is refused for that.
    pub(crate) hurt: Option<Hurt>,
    /// What was free when the last snapshot had no room, bytes.
    pub(crate) no_room: Option<u64>,
    /// The record of the newest set of snapshots, and how many in a row left no event behind.
    pub(crate) newest_set: Lsn,
    pub(crate) clean_sets: usize,
    /// How many of the newest sets had all the room that they wanted.
    pub(crate) roomy_sets: usize,
    /// Names may be in the cache that never reach the disk: only a power cut shows the truth.
    pub(crate) names_doubtful: bool,
    /// The disk has said that it wrote what it did not.
    pub(crate) liar: bool,
    /// Bytes that were acknowledged are damaged: a refusal is right from now on.
    pub(crate) damaged: bool,
    /// The damage was noticed and the directory refused: this run is over.
    pub(crate) over: bool,
    pub(crate) stats: Stats,
}

impl Setup {
    fn draw(random: &mut Random) -> Self {
        let short_memory = random.percent(40);
        let policy = Policy {
            retention: Millis(if short_memory {
                random.between(1_000, 60_000)
            } else {
                24 * 60 * 60 * 1_000
            }),
            refusals_max: if random.percent(40) { random.between(0, 12) } else { 1_000_000 },
            recovery_grace: Millis(*random.pick(&[0, 1, 3_000, 60_000])),
            record_retention: Millis(if random.percent(40) {
                random.between(0, 60_000)
            } else {
                180 * 24 * 60 * 60 * 1_000
            }),
        };
        let options = Options {
            segment_bytes: *random.pick(&[64, 64, 96, 128, 256]) << 10,
            group_bytes_max: *random.pick(&[400, 4 << 10, 4 << 20]),
            reserve_bytes: random.between(1, 6) * (64 << 10),
            slow_sync: Duration::MAX,
            stalled: Some(*random.pick(&[Duration::ZERO, Duration::MAX])),
            idle: Duration::MAX,
            nonce_seed: None,
        };
        let steps = random.between(60, 320);
        Self {
            // Not drawn, so that a seed is what it was before there was a history.
            feed_retention: FeedRetention {
                bytes: [0, 1, 24 << 10, 64 << 10][(steps % 4) as usize],
                age: steps.is_multiple_of(5).then_some(Millis(20_000)),
                groups: [0, 48 << 10, 160 << 10, 1 << 30][(steps / 4 % 4) as usize],
            },
            spoils_system: steps % 16 == 3,
            options,
            policy,
            steps,
            disasters: *random.pick(&[0, 25, 50, 90]),
            commits: random.between(8, 45),
            checkpoints: random.between(0, 5),
            run_max: *random.pick(&[1, 3, 8]),
            probes_disk: random.percent(5),
        }
    }
}

impl World {
    pub(crate) fn new(seed: u64, trace: SharedTrace) -> Self {
        // Seeds count up from 0: mixed, neighbours have nothing in common.
        let mut random = Random::new(seed ^ 0x5851_f42d_4c95_7f2d);
        random.next();
        let setup = Setup::draw(&mut random);
        let count = random.between(1, 4) as usize;
        let venues: Vec<Rc<Venue>> =
            (0..count).map(|index| Rc::new(workload::venue(&mut random, index))).collect();
        let workloads = venues.iter().map(|venue| Workload::new(Rc::clone(venue), &mut random)).collect();
        let mut world = Self {
            oracle: Oracle::new(&venues),
            workloads,
            setup,
            trace,
            disk: MemoryStorage::new(),
            machine: None,
            parked: VecDeque::new(),
            workers: Workers::default(),
            identity: None,
            now: EARLIEST + Millis(random.below(1_000_000)),
            armed: false,
            log_armed: false,
            sick: None,
            hurt: None,
            no_room: None,
            newest_set: Lsn::ZERO,
            clean_sets: 0,
            roomy_sets: 0,
            names_doubtful: false,
            liar: false,
            damaged: false,
            over: false,
            stats: Stats::default(),
            random,
        };
        say!(world, "seed {seed}: {:?}", world.setup);
        for venue in &venues {
            say!(world, "{:?}", venue.spec);
        }
        world.power_on(Lsn::ZERO);
        world
    }

    /// Everything, to the end.
    pub(crate) fn run(&mut self) {
        for step in 0..self.setup.steps {
            self.step();
            if self.over {
                return;
            }
            // Not drawn, so that the clients of a seed do what they did before there was a system event.
            if step % 5 == 4 {
                self.look_at_system();
            }
            if self.setup.spoils_system && step == self.setup.steps / 2 {
                self.spoil_system();
            }
        }
        self.end();
    }

    fn step(&mut self) {
        if self.random.below(1_000) < self.setup.disasters {
            return self.disaster();
        }
        let commits = self.setup.commits;
        match self.random.below(100) {
            die if die < commits => self.commit(),
            die if die < commits + self.setup.checkpoints => self.checkpoint(),
            die if die < commits + self.setup.checkpoints + 2 => {
                say!(self, "seal the segment");
                self.machine().log.seal_segment();
            }
            92..=95 => self.pass_time(),
            96 => self.probe(),
            97..=98 => self.forget(),
            99 => {
                let event = self.random.index(self.workloads.len());
                self.expire(event);
            }
            _ => self.submit(),
        }
    }

    pub(crate) fn machine(&mut self) -> &mut Machine {
        self.machine.as_mut().expect("between two steps there is a process")
    }

    pub(crate) fn boot(&mut self, disk: &MemoryStorage) -> Result<(Machine, crate::machine::Booted), String> {
        let mut options = self.setup.options.clone();
        options.nonce_seed = Some(self.random.next());
        let mut fresh = [0; 32];
        fresh.fill_with(|| self.random.next() as u8);
        let Setup { policy, feed_retention, probes_disk, .. } = self.setup;
        Machine::boot(disk, &options, (policy, feed_retention), fresh, probes_disk)
    }

    pub(crate) fn pass_time(&mut self) {
        self.now += Millis(match self.random.below(4) {
            0 => self.random.between(1, 100),
            1 | 2 => self.random.between(100, 5_000),
            _ => self.random.between(5_000, 120_000),
        });
        say!(self, "it is {}", self.now);
    }

    /// What one client sends to one event, in one piece.
    pub(crate) fn submit(&mut self) {
        self.now += Millis(self.random.below(40));
        let event = self.random.index(self.workloads.len());
        if self.is_lost(event) {
            // The name answers HF-SYS-013, before anybody looks for an actor.
            return;
        }
        self.expire(event);
        let overloaded = self.random.percent(2);
        let pressure = self.machine().log.pressure();
        if self.oracle.tracks[event].live.is_none() && (shed(&pressure, true) || overloaded) {
            // Whoever makes new events looks at the disk first.
            return;
        }
        let mut asked = Vec::new();
        let mut expected = Vec::new();
        let mut ops = Vec::new();
        for _ in 0..self.random.between(1, self.setup.run_max) {
            let request =
                self.workloads[event].next(&mut self.random, self.oracle.tracks[event].live.as_ref());
            match self.predict(event, request, &pressure, overloaded, &mut ops) {
                Some((sent, wanted)) => {
                    asked.push(sent);
                    expected.push(wanted);
                }
                None => self.stats.shed += 1,
            }
        }
        let track = &mut self.oracle.tracks[event];
        let machine = self.machine.as_mut().expect("between two steps there is a process");
        let before = machine.log.appended();
        let outcome = machine.core(&track.venue).run(asked, self.now);
        let after = machine.log.appended();
        say!(
            self,
            "{} gets {} requests at {}: {before:?} to {after:?}",
            track.venue.name,
            expected.len(),
            self.now
        );
        self.stats.pushed_out += track.push_out(self.setup.policy.refusals_max, self.now, &mut ops);
        assert_eq!(after.0 - before.0, ops.len() as u64, "one record for each accepted or refused write");
        track.did(before, after, ops);
        // Who was refused unjudged has seen nothing.
        let judged = expected.iter().any(|wanted| !matches!(wanted, Wanted::Shed));
        let saw = if judged { track.newest } else { Lsn::ZERO };
        assert!(judged || outcome.rests_on == Lsn::ZERO, "a refusal that judged nothing waits for nothing");
        assert_eq!(outcome.replies.len(), expected.len(), "one reply for each request");
        let is_shed = |place: &u32| matches!(expected[*place as usize], Wanted::Shed);
        let shed: Vec<u32> = (0..expected.len() as u32).filter(is_shed).collect();
        assert_eq!(outcome.unjudged, shed, "who was refused unjudged need not wait for the others");
        let mut answers = Vec::new();
        let replies = expected.len();
        for (reply, wanted) in outcome.replies.into_iter().zip(expected) {
            say!(self, "    {wanted:?}");
            match (reply, wanted) {
                (Reply::Answer(answer, at), Wanted::Answer(key, wanted))
                | (Reply::Repeated(answer, at), Wanted::Again(key, wanted)) => {
                    assert_eq!(answer, wanted, "the answer to key {key} is another than the rules give");
                    // Later commands of the run may have made it forgotten.
                    if let Some(known) = track.live.as_ref().and_then(|model| model.dated_answer(key)) {
                        assert_eq!((answer.clone(), at), known, "the answer to key {key} has another date");
                    }
                    answers.push((key, answer));
                }
                (Reply::View(View::Dry(mut dry)), Wanted::View(wanted)) => {
                    dry.change = Box::default();
                    assert_eq!(View::Dry(dry), *wanted);
                }
                (Reply::View(view), Wanted::View(wanted)) => assert_eq!(view, *wanted),
                (Reply::Fault(fault), Wanted::Fault(code)) => {
                    assert_eq!(fault.code, code, "{}", fault.message);
                }
                (Reply::Fault(fault), Wanted::Shed) => {
                    self.stats.shed += 1;
                    let kind = fault.code.kind().word();
                    assert!(matches!(kind, "DEGRADED" | "BUSY"), "{}", fault.message);
                }
                (reply, wanted) => panic!("{reply:?} came where {wanted:?} was right"),
            }
        }
        let parked = Parked { rests_on: outcome.rests_on, saw, event, answers, replies };
        let at = self.parked.partition_point(|before| before.rests_on <= parked.rests_on);
        self.parked.insert(at, parked);
        self.release();
    }

    /// What has to be answered, and what is in the log then; `None` if it is refused before it comes to the event.
    fn predict(
        &mut self,
        event: usize,
        request: Request,
        pressure: &Pressure,
        overloaded: bool,
        ops: &mut Vec<Op>,
    ) -> Option<(Command, Wanted)> {
        let machine = self.machine.as_ref().expect("between two steps there is a process");
        let secret = &machine.secret;
        let (track, now) = (&mut self.oracle.tracks[event], self.now);
        let (key, asked, write) = match request {
            Request::Read(mut read, key) => {
                if let (Read::Ask(hash), Some(key)) = (&mut read, key) {
                    *hash = key_hash(secret, key);
                }
                let model = track.live.as_ref().expect("only events that are there are read");
                let wanted = match &read {
                    Read::DryChange(plan) => match model.try_plan(plan) {
                        Ok(dry) => Wanted::View(Box::new(View::Dry(Box::new(dry)))),
                        Err(code) => Wanted::Fault(code),
                    },
                    read => Wanted::View(Box::new(model.view(read, key, now))),
                };
                return Some((Command::Read(read), wanted));
            }
            Request::Write { key, asked, write } => (key, asked, write),
        };
        self.stats.writes += 1;
        let hashed = Key {
            hash: key_hash(secret, key),
            fingerprint: secret.fingerprint(asked.as_bytes()),
            account: account_of(key),
        };
        let (bare, origin) = (*write).clone().note_apart(None);
        let command = Command::Write(hashed, bare, origin);
        let new_work = command.class() == Class::NewWork;
        let wanted = match &mut track.live {
            None => {
                let (model, answer) = Model::create(&track.venue, key, &asked, now);
                track.live = Some(model);
                ops.push(Op::Create { key, asked, at: now });
                Wanted::Answer(key, answer)
            }
            Some(_) if overloaded && new_work => return None,
            Some(model) => match model.repeat(key, &asked) {
                None if shed(pressure, new_work) => match model.clone().write(key, &asked, &write, now) {
                    Expected::Fault(code) => Wanted::Fault(code),
                    _ => Wanted::Shed,
                },
                _ => match model.write(key, &asked, &write, now) {
                    Expected::New(answer) => {
                        ops.push(Op::Write { key, asked, write, now });
                        Wanted::Answer(key, answer)
                    }
                    Expected::Again(answer) => Wanted::Again(key, answer),
                    Expected::Fault(code) => Wanted::Fault(code),
                },
            },
        };
        Some((command, wanted))
    }

    /// Shows what rests on what is durable.
    pub(crate) fn release(&mut self) {
        let told = self.machine().told();
        self.oracle.is_durable(told);
        while self.parked.front().is_some_and(|parked| parked.rests_on <= told) {
            let Some(parked) = self.parked.pop_front() else { break };
            let lost = self.random.percent(10);
            say!(self, "{} replies that rest on {:?} are {}", parked.replies, parked.rests_on, word(lost));
            if lost {
                continue;
            }
            self.stats.shown += parked.replies as u64;
            self.oracle.show(parked.event, parked.saw, None);
            for (key, answer) in &parked.answers {
                self.oracle.show(parked.event, parked.saw, Some((*key, answer)));
            }
        }
    }

    pub(crate) fn expire(&mut self, event: usize) {
        if self.is_lost(event) {
            return;
        }
        let track = &mut self.oracle.tracks[event];
        let Some(model) = &mut track.live else { return };
        let machine = self.machine.as_mut().expect("between two steps there is a process");
        if machine.has_failed() {
            return;
        }
        let before = machine.log.appended();
        let core = machine.core(&track.venue);
        assert_eq!(core.next_deadline(), model.next_deadline(), "the next deadline of {}", track.venue.name);
        let waits = machine.log.pressure().takes_nothing();
        let core = machine.core(&track.venue);
        let more = core.expire(self.now);
        if waits {
            assert_eq!(machine.log.appended(), before, "nothing is appended that has no place");
            return;
        }
        let (now, grace) = (self.now, Millis(self.setup.policy.recovery_grace.0.into()));
        let stopped_at = track.stopped_at.take().filter(|_| grace > Millis(0));
        let graced = stopped_at.filter(|stopped_at| model.grace(*stopped_at, now, grace));
        let state = core.event().expect("an event that is there is on duty");
        let lapses = model.due_payments(now.max(model.last_at)).into_iter().map(|name| {
            let view = state.view(&Read::Payment(name.clone()));
            let Ok(View::Payment(Some(view))) = view else { panic!("payment {name} is lost") };
            (name, view.line.version)
        });
        let lapses = Rc::new(lapses.collect());
        let expired = model.expire(now, &lapses);
        let after = machine.log.appended();
        assert!(!more, "there are fewer holds than one turn expires");
        assert_eq!(after.0 - before.0, expired + u64::from(graced.is_some()), "expired means expired, once");
        let between = if graced.is_some() { before.next() } else { before };
        if let Some(stopped_at) = graced {
            track.did(before, between, vec![Op::Grace { stopped_at, now, grace }]);
            self.stats.graced += 1;
        }
        track.did(between, after, vec![Op::Expire { now, lapses }]);
        if expired > 0 {
            self.stats.expired += expired;
            say!(
                self,
                "{expired} holds of {} expire: {before:?} to {after:?}",
                self.oracle.tracks[event].venue.name
            );
        }
    }

    /// Forgets keys and records whose time is over, as far as the promise allows and no further.
    pub(crate) fn forget(&mut self) {
        let event = self.random.index(self.workloads.len());
        if self.is_lost(event) {
            return;
        }
        let Policy { retention, record_retention, .. } = self.setup.policy;
        let track = &mut self.oracle.tracks[event];
        let Some(model) = &mut track.live else { return };
        let machine = self.machine.as_mut().expect("between two steps there is a process");
        let before = machine.log.appended();
        let core = machine.core(&track.venue);
        let state = core.event().expect("an event that is there is on duty");
        let due = state.forgettable(self.now, retention, limits::FORGETS_PER_TURN);
        let waits = machine.log.pressure().takes_nothing();
        machine.core(&track.venue).forget(self.now);
        let after = machine.log.appended();
        if after == before {
            return;
        }
        assert!(!waits, "nothing is appended that has no place");
        let now = self.now;
        let mut ops = Vec::new();
        if let Some(counts) = due {
            let promised = model.may_forget(counts, now, retention);
            assert!(promised, "{counts:?} keys of {} were forgotten too early", track.venue.name);
            model.forget(counts, now);
            ops.push(Op::Forget { counts, now });
            self.stats.forgotten += u64::from(counts.0 + counts.1);
        }
        let records = model.forget_records(now, record_retention);
        if records != (0, 0) {
            ops.push(Op::ForgetRecords { now, retention: record_retention });
            self.stats.records_forgotten += u64::from(records.0 + records.1);
        }
        assert_eq!(after.0 - before.0, ops.len() as u64, "what is due is forgotten, at once");
        track.did(before, after, ops);
        let name = &self.oracle.tracks[event].venue.name;
        say!(self, "{name} forgets {due:?} keys, {records:?} payments and orders: {after:?}");
    }

    /// One step of the committer. A failure ends the process.
    pub(crate) fn commit(&mut self) {
        let idle = self.random.percent(20);
        let step = self.machine().step(idle);
        say!(self, "commit: {step:?}");
        self.release();
        if step.is_err() {
            assert!(self.log_armed, "nothing was wrong with the running segment");
            self.after_failure();
        }
    }

    /// Whatever is asked of a process whose log has failed, nothing more is acknowledged.
    fn after_failure(&mut self) {
        self.stats.failures += 1;
        let told = self.machine().told();
        for _ in 0..self.random.below(4) {
            self.submit();
            let idle = self.random.percent(50);
            assert!(self.machine().step(idle).is_err(), "a failed log stays failed");
        }
        assert_eq!(self.machine().told(), told, "after a failed sync nothing more becomes durable");
        self.crash();
    }

    pub(crate) fn checkpoint(&mut self) {
        let alone = self.random.percent(40);
        let made = if alone {
            let before = self.before_letting_go();
            let made = self.machine().snapshotter.checkpointer().run();
            self.after_letting_go(before);
            self.heed(&made);
            made
        } else {
            self.snapshot()
        };
        match made {
            Ok(report) => {
                say!(self, "checkpoint: {:?}", report.as_ref().map(figures));
                self.stats.checkpoints += u64::from(report.is_some());
                if let Some(report) = report {
                    let alarms = &report.alarms;
                    let expected = !self.is_healthy();
                    assert!(alarms.is_empty() || expected, "alarms without cause: {alarms:?}");
                }
            }
            Err(error) => {
                say!(self, "no checkpoint: {error}");
                let expected = !self.is_healthy() || self.is_small();
                assert!(expected, "no checkpoint: {error}");
            }
        }
    }

    /// The last things: all faults are gone, everything works, and a clean stop leaves all of it.
    fn end(&mut self) {
        self.disk.set_capacity(None);
        self.disk.heal();
        self.sick = None;
        let unread = self.hurt.is_none() && !self.machine().is_whole();
        if self.armed || self.liar || self.names_doubtful || unread || self.machine().has_failed() {
            self.crash();
        }
        if !self.over {
            self.make_good();
        }
        if self.over {
            return;
        }
        for _ in 0..3 {
            self.submit();
            self.commit();
            if self.over {
                return;
            }
        }
        self.assert_well();
        self.finish_groups();
        self.checkpoint();
        self.stop();
        if self.over {
            return;
        }
        self.probe();
        say!(self, "the end: {} operations, {:?}", self.disk.operations(), self.stats);
    }

    /// Does a reply rest on more than its own event?
    pub(crate) fn rests_on_too_much(&self, parked: &Parked) -> bool {
        parked.rests_on > self.oracle.tracks[parked.event].newest
    }

    /// Has the disk an end?
    pub(crate) fn is_small(&self) -> bool {
        self.disk.free_bytes().is_ok_and(|free| free < 1 << 40)
    }

    /// Stops in order and starts again.
    pub(crate) fn stop(&mut self) {
        self.tell_system_the_end();
        self.machine().log.stop();
        loop {
            let step = self.machine().step(false);
            say!(self, "stop: {step:?}");
            self.release();
            match step {
                Ok(Step::Stopped) => break,
                Ok(Step::Nothing) => panic!("a log that is to stop has something to do"),
                Ok(_) => {}
                Err(error) => {
                    assert!(
                        self.armed || self.log_armed || self.is_small(),
                        "nothing was wrong with the disk: {error}"
                    );
                    return self.crash();
                }
            }
        }
        let appended = self.machine().log.appended();
        assert_eq!(self.machine().told(), appended, "after a clean stop everything is durable");
        self.crash();
    }

    /// What was not shown never will be.
    pub(crate) fn forget_parked(&mut self) {
        say!(self, "{} replies are lost with the process", self.parked.len());
        self.parked.clear();
        self.workers.hear_nothing();
    }

    /// Looks at everything that the process has, and compares.
    pub(crate) fn verify(&self, machine: &Machine, oracle: &Oracle) {
        self.verify_system(machine, &oracle.system);
        let there = oracle.tracks.iter().filter(|track| track.live.is_some()).count();
        let (back, lost) = (machine.names.len(), machine.lost.len());
        assert_eq!(back + lost, there, "the events that came back: {:?}, {:?}", machine.names, machine.lost);
        assert!(lost == 0 || self.may_lose(), "events are lost without cause: {:?}", machine.lost);
        for (track, workload) in oracle.tracks.iter().zip(&self.workloads) {
            let Some(model) = &track.live else { continue };
            let name = &track.venue.name;
            if machine.withholds(name) {
                continue;
            }
            let id = machine.names.get(name).unwrap_or_else(|| panic!("{name} is gone"));
            let core = &machine.cores[id];
            let event = core.event().expect("an event that came back is on duty");
            if let Err(what) = event.check() {
                panic!("{name} is broken: {what}");
            }
            // From a snapshot it is only known up to where the snapshot was made: later, never earlier.
            let known = track.newest..=machine.told();
            assert!(known.contains(&core.last_lsn()), "{name} rests on {:?}, not {known:?}", core.last_lsn());
            assert_eq!(event.last_at(), model.last_at, "the time of {name}");
            assert_eq!(event.next_deadline(), model.next_deadline(), "the next deadline of {name}");
            let see = |read: Read, key| {
                let shown = event
                    .view_at(&read, self.now)
                    .unwrap_or_else(|fault| panic!("{name}: {}", fault.message));
                assert_eq!(shown, model.view(&read, key, self.now), "{name}, {read:?}, key {key:?}");
                shown
            };
            for key in 1..=workload.keys() {
                see(Read::Ask(key_hash(&machine.secret, key)), Some(key));
            }
            see(Read::Info, None);
            see(Read::Map(None), None);
            see(Read::Picture, None);
            see(Read::Count(Some(CountBy::Section)), None);
            if let View::Count(total) = see(Read::Count(None), None) {
                assert_eq!(total.total(), model.hall().there(), "seats of {name} are lost");
            }
            drop(see(Read::Plan, None));
            (0..model.hall().seats()).for_each(|seat| drop(see(Read::Seat(seat), None)));
            model.hold_ids().into_iter().for_each(|hold| drop(see(Read::Hold(hold), None)));
            model.order_names().into_iter().for_each(|order| drop(see(Read::Order(order), None)));
            for name in &model.forgotten_names {
                drop(see(Read::Order(name.clone()), None));
                drop(see(Read::Payment(name.clone()), None));
            }
            for payment in model.payments() {
                drop(see(Read::Payment(payment.name.clone()), None));
            }
            let having = PaymentStatus::ALL.map(Among::Having).into_iter();
            for among in having.chain([Among::All, Among::Mismatched, Among::Refundable]) {
                drop(see(Read::Payments { among, cursor: 0, count: 1_000 }, None));
            }
            for list in [Read::Holds, Read::Orders] {
                drop(see(list(Listed { holder: None, from: 0, count: 1_000 }), None));
            }
            let all = Listed { holder: None, from: 0, count: 1_000 };
            drop(see(Read::Expiring(all, (At(0), HoldId(0))), None));
            self.verify_shown(machine, track, event);
        }
    }

    /// The same once more, by what clients saw and without the model.
    fn verify_shown(&self, machine: &Machine, track: &crate::oracle::Track, event: &holdfast_engine::Event) {
        let name = &track.venue.name;
        for (seat, order) in track.sold() {
            let Ok(View::Seat(view)) = event.view(&Read::Seat(seat)) else { panic!("{name} has no #{seat}") };
            assert_eq!(view.order.as_ref(), Some(order), "seat #{seat} of {name} was sold");
        }
        let is_forgotten =
            |payment: &Name| track.live.as_ref().is_some_and(|model| model.forgotten_names.contains(payment));
        for (payment, shown) in track.paid().filter(|(payment, _)| !is_forgotten(payment)) {
            let view = event.view(&Read::Payment(payment.clone()));
            let Ok(View::Payment(Some(view))) = view else { panic!("payment {payment} of {name} is lost") };
            let order = event.view(&Read::Order(payment.clone()));
            let has_order = matches!(order, Ok(View::Order(Some(_))));
            let (shown, sums) = (shown.line.status, shown.sums);
            let status = view.line.status;
            let is_owed = [PaymentStatus::RefundDue, PaymentStatus::Refunded].contains(&status) && !has_order;
            let is_sold = status == PaymentStatus::Success && has_order;
            let covered = match shown {
                PaymentStatus::Success => is_sold,
                PaymentStatus::PaidAhead => is_sold || is_owed || status == shown && !has_order,
                PaymentStatus::RefundDue => is_owed,
                _ => status == shown && !has_order,
            };
            assert!(covered, "{payment} of {name} was {} and is {}", shown.word(), status.word());
            // What fell due stays due, and what went back is back.
            let due = |sums: Sums| sums.refundable + sums.refunded;
            let kept = |(then, now): (Sums, Sums)| {
                then.amount == now.amount && then.refunded <= now.refunded && due(then) <= due(now)
            };
            let of = sums.zip(view.sums);
            assert!(sums.is_none() || of.is_some_and(kept), "the money of {payment} was {sums:?}: {of:?}");
        }
        for (key, answer) in track.told() {
            let asked = event.view(&Read::Ask(key_hash(&machine.secret, key)));
            let Ok(View::Asked(kept)) = asked else { panic!("{name} cannot be asked") };
            let forgotten = track.live.as_ref().is_some_and(|model| model.forgotten.contains(&key));
            assert!(
                forgotten || kept.is_some_and(|kept| kept.0 == *answer),
                "key {key} of {name} was answered {answer:?}"
            );
        }
    }
}

/// What a request has to get.
#[derive(Debug)]
enum Wanted {
    Answer(KeyId, Answer),
    /// The same, once more.
    Again(KeyId, Answer),
    View(Box<View>),
    Fault(Code),
    /// Not judged, as the disk does not allow it.
    Shed,
}

/// What the contract says about a disk in trouble: new work first, the rest when nothing can be written.
fn shed(pressure: &Pressure, new_work: bool) -> bool {
    pressure.takes_nothing() || (pressure.low_space && new_work)
}

fn key_hash(secret: &Secret, key: KeyId) -> [u8; 16] {
    secret.key_hash(key_text(key).bytes())
}

fn word(lost: bool) -> &'static str {
    if lost { "lost on the way" } else { "shown" }
}
