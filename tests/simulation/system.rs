//! The system event beside the sales: what it must know after a crash, worked out from the list of its records in the
//! plainest way; and records of it that are spoiled, which cost a sale nothing.

mod executions;
pub(crate) mod groups;

use std::collections::{BTreeMap, VecDeque};

use holdfast_engine::{
    At, Executions, Millis, Mode, Outage, SystemChange, SystemRecord, Told, Why, encode_system, limits,
};
use holdfast_wal::{Batch, Lsn, Pressure};

use crate::machine::Machine;
use crate::world::{World, say};
use executions::{Known, Step, known};
use groups::book::{Book, Known as KnownGroup, Step as GroupStep, happens};

/// A record of the system event.
#[derive(Clone, Copy, Debug)]
enum Did {
    Start { last_known_at: At },
    Ready,
    Mode(Mode, At),
    Beat,
    Stop,
    Execution(Step),
    Group,
}

/// What is known of the system event.
#[derive(Clone, Debug, Default)]
pub(crate) struct SystemTrack {
    records: Vec<(Lsn, At, Did)>,
    /// Those about consumer groups, and what they come to.
    of_groups: Vec<(Lsn, (u64, At), GroupStep)>,
    pub(crate) books: BTreeMap<u64, Book>,
    /// What the process of now could not write yet.
    waiting: VecDeque<Did>,
    missed: Option<(Mode, At)>,
    /// The mode of now, and since when it is.
    seen: (Mode, At),
    /// Looks since the start: the first one tells of the start, the third one that it is ready.
    looks: u64,
    /// A record that is no use stands in the log.
    pub(crate) spoiled: Option<Lsn>,
    /// The newest set has no snapshot of it that reaches as far as the set: it lives from its log.
    pub(crate) behind: bool,
    /// Out of service or behind, it may have lost its log for a disk that had no room.
    pub(crate) gave_way: bool,
}

/// What the records come to.
#[derive(PartialEq, Debug)]
struct Sum {
    version: u64,
    last_at: At,
    starts: u64,
    incidents: u64,
    up: u64,
    down: [u64; 2],
    in_mode: BTreeMap<&'static str, u64>,
    outages: Vec<Outage>,
    mode: Mode,
    is_ready: bool,
    executions: BTreeMap<u64, Known>,
    groups: BTreeMap<u64, KnownGroup>,
}

/// One process of those that the records tell of.
struct Run {
    started_at: At,
    last_known_at: At,
    ready_at: Option<At>,
    stopped_at: Option<At>,
    modes: Vec<(Mode, At)>,
    last_at: At,
}

impl SystemTrack {
    /// The log has come back up to this record, with another process.
    pub(crate) fn come_back(&mut self, upto: Lsn) {
        self.records.retain(|(lsn, ..)| *lsn <= upto);
        let (records, spoiled) = (std::mem::take(&mut self.records), self.spoiled.filter(|lsn| *lsn <= upto));
        let Self { behind, gave_way, .. } = *self;
        let mut of_groups = std::mem::take(&mut self.of_groups);
        of_groups.retain(|(lsn, ..)| *lsn <= upto);
        let mut books = BTreeMap::new();
        of_groups.iter().for_each(|(_, record, step)| happens(&mut books, *record, step));
        *self = Self { records, of_groups, books, spoiled, behind, gave_way, ..Self::default() };
    }

    /// A record about an execution.
    pub(crate) fn took(&mut self, lsn: Lsn, now: At, step: Step) {
        let at = now.max(self.newest());
        self.records.push((lsn, at, Did::Execution(step)));
    }

    /// A record about a consumer group.
    pub(crate) fn took_group(&mut self, lsn: Lsn, now: At, step: GroupStep) {
        let at = now.max(self.newest());
        self.records.push((lsn, at, Did::Group));
        let record = (self.records.len() as u64, at);
        happens(&mut self.books, record, &step);
        self.of_groups.push((lsn, record, step));
    }

    /// The executions that there are.
    pub(crate) fn executions(&self) -> BTreeMap<u64, Known> {
        let versions = (1..).zip(&self.records);
        known(versions.filter_map(|(version, (_, _, did))| match did {
            Did::Execution(step) => Some((version, *step)),
            _ => None,
        }))
    }

    /// The keys that were used.
    pub(crate) fn keys(&self) -> Vec<u64> {
        let key = |(_, _, did): &(Lsn, At, Did)| match *did {
            Did::Execution(Step::Asked { key, .. } | Step::StopAsked(_, key) | Step::Activated(_, key)) => {
                Some(key)
            }
            Did::Execution(Step::Said(_, key, ..)) => key,
            _ => None,
        };
        self.records.iter().filter_map(key).collect()
    }

    fn newest(&self) -> At {
        self.records.last().map_or(At(0), |(_, at, _)| *at)
    }

    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for &(_, at, did) in &self.records {
            if let Did::Start { last_known_at } = did {
                let (ready_at, stopped_at, modes) = (None, None, vec![(Mode::Normal, at)]);
                runs.push(Run { started_at: at, last_known_at, ready_at, stopped_at, modes, last_at: at });
                continue;
            }
            let run = runs.last_mut().expect("a start is first");
            run.last_at = at;
            match did {
                Did::Ready => run.ready_at = Some(at),
                Did::Stop => run.stopped_at = Some(at),
                Did::Mode(mode, since) => {
                    let before = run.modes.last().map_or(since, |(_, since)| *since);
                    run.modes.push((mode, since.clamp(before, at)));
                }
                Did::Start { .. } | Did::Beat | Did::Execution(_) | Did::Group => {}
            }
        }
        runs
    }

    fn sum(&self) -> Option<Sum> {
        let runs = self.runs();
        let last = runs.last()?;
        let mode = last.modes.last().filter(|_| last.stopped_at.is_none());
        let mut sum = Sum {
            version: self.records.len() as u64,
            last_at: self.newest(),
            starts: runs.len() as u64,
            incidents: runs.iter().rev().skip(1).filter(|run| run.stopped_at.is_none()).count() as u64,
            up: 0,
            down: [0; 2],
            in_mode: BTreeMap::new(),
            outages: Vec::new(),
            mode: mode.map_or(Mode::Normal, |(mode, _)| *mode),
            is_ready: last.ready_at.is_some(),
            executions: self.executions(),
            groups: self.books.iter().map(|(id, book)| (*id, book.known())).collect(),
        };
        // Since when nobody is ready, and whether that was planned.
        let mut down: Option<(At, bool)> = None;
        for (at, run) in runs.iter().enumerate() {
            if let (Some(ready_at), Some((from, planned))) = (run.ready_at, down) {
                let outage = Outage { from, upto: ready_at, planned };
                sum.down[usize::from(planned)] += outage.length().0;
                sum.outages.push(outage);
                down = None;
            }
            let next = runs.get(at + 1);
            let known_at = next.map(|next| next.last_known_at.max(run.last_at).min(next.started_at));
            let Some(ended_at) = run.stopped_at.or(known_at) else { continue };
            sum.up += run.ready_at.map_or(0, |ready_at| ended_at.since(ready_at).0);
            let ends = run.modes.iter().skip(1).map(|(_, since)| *since).chain([ended_at]);
            for ((mode, since), upto) in run.modes.iter().zip(ends) {
                if *mode != Mode::Normal {
                    *sum.in_mode.entry(mode.word()).or_default() += upto.max(*since).since(*since).0;
                }
            }
            let planned = run.stopped_at.is_some();
            down = Some(down.map_or((ended_at, planned), |(from, before)| (from, before && planned)));
        }
        // Of the mode of now, what is behind it and was told.
        if last.stopped_at.is_none() {
            for pair in last.modes.windows(2).filter(|pair| pair[0].0 != Mode::Normal) {
                *sum.in_mode.entry(pair[0].0.word()).or_default() += pair[1].1.since(pair[0].1).0;
            }
        }
        let first = sum.outages.len().saturating_sub(limits::OUTAGES_KEPT);
        sum.outages.drain(..first);
        Some(sum)
    }

    /// Notes what is to be recorded now; returns how many records that makes, from `next` on.
    fn look(&mut self, mode: Mode, now: At, takes_nothing: bool, next: Lsn, told: Option<Did>) -> u64 {
        let before = self.records.len();
        let mut lsn = next;
        let mut write = |records: &mut Vec<(Lsn, At, Did)>, did| {
            let newest = records.last().map_or(At(0), |(_, at, _)| *at);
            records.push((lsn, now.max(newest), did));
            lsn = lsn.next();
        };
        self.waiting.extend(told);
        if mode != self.seen.0 {
            self.seen = (mode, now);
        }
        if takes_nothing {
            let (worst, since) = self.missed.unwrap_or((mode, now));
            self.missed = Some((worst.max(mode), since));
            return 0;
        }
        self.waiting.drain(..).for_each(|did| write(&mut self.records, did));
        if self.records.is_empty() || matches!(self.records.last(), Some((_, _, Did::Stop))) {
            return (self.records.len() - before) as u64;
        }
        let state = |records: &[(Lsn, At, Did)]| {
            let of_run = records.iter().rev().take_while(|(_, _, did)| !matches!(did, Did::Start { .. }));
            let mut told = of_run.map(|(_, at, did)| (*at, did));
            told.find_map(|(at, did)| if let Did::Mode(mode, _) = did { Some((*mode, at)) } else { None })
        };
        let mut try_mode = |records: &mut Vec<(Lsn, At, Did)>, mode: Mode, since: At| {
            let (is, told_at) = state(records).map_or((Mode::Normal, None), |(is, at)| (is, Some(at)));
            let due = told_at.is_none_or(|at| now.since(at) >= limits::MODES_APART);
            if is != mode && due {
                write(records, Did::Mode(mode, since));
            }
            is == mode || due
        };
        if let Some((mode, since)) = self.missed
            && try_mode(&mut self.records, mode, since)
        {
            self.missed = None;
        }
        if self.missed.is_none() {
            try_mode(&mut self.records, self.seen.0, self.seen.1);
        }
        if now.since(self.newest()) >= limits::HEARTBEAT {
            write(&mut self.records, Did::Beat);
        }
        (self.records.len() - before) as u64
    }
}

/// What is known of executions.
fn of_executions(all: &Executions) -> BTreeMap<u64, Known> {
    all.iter().map(|one| (one.id.0, Known::of(one, all.approval(one.id)))).collect()
}

/// The worst of what a process may say of itself here; short memory comes and goes with the time.
fn mode_of(pressure: &Pressure, now: At) -> Mode {
    let modes = [
        (pressure.out_of_space, Mode::DiskFull),
        (pressure.no_segment, Mode::NoSegment),
        (pressure.stalled, Mode::DiskStalled),
        ((now.0 / 20_000).is_multiple_of(3), Mode::MemoryLow),
        (pressure.low_space, Mode::DiskLow),
    ];
    modes.iter().find(|(is_so, _)| *is_so).map_or(Mode::Normal, |(_, mode)| *mode)
}

impl World {
    /// The process looks at itself, as it does each second.
    pub(crate) fn look_at_system(&mut self) {
        let now = self.now;
        let tracks = self.oracle.tracks.iter();
        let last_known_at = tracks.filter_map(|track| Some(track.live.as_ref()?.last_at)).max();
        let last_known_at = last_known_at.unwrap_or_default();
        let machine = self.machine.as_mut().expect("between two steps there is a process");
        let track = &mut self.oracle.system;
        let (pressure, before) = (machine.log.pressure(), machine.log.appended());
        let mode = mode_of(&pressure, now);
        track.looks += 1;
        let (told, did) = match track.looks {
            1 => {
                let build = "simulated".into();
                (Some(Told::Start { build, format: 2, last_known_at }), Some(Did::Start { last_known_at }))
            }
            3 => (Some(Told::Ready { events: 1, took: Millis(7) }), Some(Did::Ready)),
            _ => (None, None),
        };
        if let Some(told) = told {
            machine.system.tell(told, now);
        }
        machine.system.look(mode, now);
        let made = machine.log.appended().0 - before.0;
        if machine.system.is_out_of_service() {
            assert_eq!(made, 0, "nothing is added to what is out of service");
            return;
        }
        let expected = track.look(mode, now, pressure.takes_nothing(), before.next(), did);
        assert_eq!(made, expected, "records of the system event, in {mode:?}: {track:?}");
        self.stats.of_system += made;
        if made > 0 {
            say!(self, "the system event at {now}: {mode:?}, {made} records");
        }
        for salt in 0..2 {
            self.ask_about_executions(salt);
        }
        self.use_groups();
    }

    /// The process is about to end in order.
    pub(crate) fn tell_system_the_end(&mut self) {
        let now = self.now;
        let machine = self.machine.as_mut().expect("between two steps there is a process");
        let before = machine.log.appended();
        let takes_nothing = machine.log.pressure().takes_nothing();
        machine.system.tell(Told::Stop(Why::Terminated), now);
        let made = machine.log.appended().0 - before.0;
        let track = &mut self.oracle.system;
        let is_over = machine.system.is_out_of_service() || takes_nothing;
        let mut dids: Vec<Did> = track.waiting.drain(..).collect();
        let is_running = track.records.iter().map(|(_, _, did)| *did).chain(dids.iter().copied()).last();
        if is_running.is_some_and(|did| !matches!(did, Did::Stop)) {
            dids.push(Did::Stop);
        }
        if is_over {
            dids.clear();
        }
        assert_eq!(made, dids.len() as u64, "an end is told once: {track:?}");
        for (lsn, did) in (before.0 + 1..).map(Lsn).zip(dids) {
            let at = now.max(track.newest());
            track.records.push((lsn, at, did));
        }
    }

    /// A record of the system event is in the log that no process could have written: the checksums are right, and it
    /// is no use.
    pub(crate) fn spoil_system(&mut self) {
        if !self.is_healthy() || self.is_small() || self.oracle.system.records.is_empty() {
            return;
        }
        let (kind, at) = (self.setup.steps / 16 % 4, self.now);
        let version = self.oracle.system.records.len() as u64 + 1;
        let record = SystemRecord { at, version, change: SystemChange::Heartbeat };
        let mut bytes = Vec::new();
        encode_system(1, &record, &mut bytes);
        match kind {
            // Its digest is another.
            0 => {}
            1 => *bytes.last_mut().expect("it has a body") = 200,
            2 => bytes.truncate(30),
            _ => bytes[5] = 0x80,
        }
        let log = &self.machine().log;
        let mut batch = Batch::new();
        batch.push(|out| out.extend_from_slice(&bytes));
        let lsn = log.append(&mut batch).expect("the log is well");
        say!(self, "the system event is spoiled at {lsn:?}, kind {kind}");
        self.oracle.system.spoiled = Some(lsn);
        self.stats.spoiled += 1;
    }

    /// What came back of the system event is what was durable of it.
    pub(crate) fn verify_system(&self, machine: &Machine, track: &SystemTrack) {
        let core = &machine.system;
        if core.is_out_of_service() {
            let expected = self.may_lose() || track.gave_way || track.spoiled.is_some();
            assert!(expected, "the system event is lost without cause");
            return;
        }
        if let Some(spoiled) = track.spoiled {
            // For want of room its log was let go of, and it was saved from memory.
            let is_gone = machine.log.first_lsn() > spoiled;
            assert!(is_gone, "the record at {spoiled:?} is no use, and was taken");
        }
        let found = core.system().map(|system| {
            system.check().unwrap_or_else(|what| panic!("the system event is broken: {what}"));
            let (sums, run) = (system.sums(), system.run());
            Sum {
                version: system.version(),
                last_at: system.last_at(),
                starts: sums.starts,
                incidents: sums.incidents,
                up: sums.up.0,
                down: [sums.down_unplanned.0, sums.down_planned.0],
                in_mode: sums.in_mode.iter().map(|(mode, ms)| (mode.word(), ms.0)).collect(),
                outages: system.outages().iter().copied().collect(),
                mode: run.mode,
                is_ready: run.ready_at.is_some(),
                executions: of_executions(system.executions()),
                groups: system.groups().iter().map(|one| (one.id().0, KnownGroup::of(one))).collect(),
            }
        });
        assert_eq!(found, track.sum(), "the system event came back as another: {track:?}");
    }

    /// The checkpointer arrives at the same system event.
    pub(crate) fn rebuild_system(&self, machine: &Machine) {
        let Some(live) = machine.system.system() else { return };
        match machine.snapshotter.checkpointer().rebuild_system() {
            Ok(system) => {
                assert_eq!(system.digest(), live.digest(), "the system event was rebuilt as another");
            }
            Err(error) => assert!(self.damaged, "the system event cannot be rebuilt: {error}"),
        }
    }
}
