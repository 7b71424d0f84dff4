//! Start: the newest snapshots that can be used, then the log, events in parallel.
//!
//! One thread walks the log and deals records out by event; workers replay them. A worker owns its events, so nothing
//! is shared but the mapped bytes of the log. Recovery writes nothing, so a crash during it leaves everything as it
//! was. An event that cannot be brought back is out of service by itself; the others are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use holdfast_snapshots::{Entry, Store};
use holdfast_wal::{Lsn, ReadError, Recovered, Storage, Witness};

use crate::catalogue::Code;
use crate::codec::event_of;
use crate::journal::memory::MemoryGauge;
use crate::numbers::EventId;
use crate::restore::newest::Newest;
use crate::restore::note::Note;
use crate::restore::progress::Progress;
use crate::restore::replay::Replay;
use crate::restore::restorable::Restorable;
use crate::restore::sets::{Found, Set, restore_entry};
use crate::state::{Name, TableSeed};

mod outcome;
mod system;
mod worker;

pub use outcome::{Lost, Recovery, RecoveryError, RecoveryReport, Resting, Restored, RestoredSystem};
use worker::work;

/// The sets of snapshots as they were found: replay starts from the newest, and falls back on the others.
#[derive(Debug)]
pub struct Snapshots {
    /// The sets that could be read, newest first.
    sets: Vec<Set>,
    alarms: Vec<String>,
    wakes_all: bool,
}

impl Snapshots {
    /// Reads the manifests of all sets.
    ///
    /// # Errors
    /// If the directory of snapshots cannot be read.
    pub fn find(store: &Store) -> Result<Self, RecoveryError> {
        let Found { sets, alarms, .. } = Set::find(store)?;
        Ok(Self { sets, alarms, wakes_all: false })
    }

    /// The witness for the log: the newest set proves that everything up to its record was durable.
    #[must_use]
    pub fn witness(&self) -> Option<Witness> {
        self.sets
            .first()
            .map(|set| Witness { durable: set.lsn(), source: format!("the snapshot at {:?}", set.lsn()) })
    }

    /// Where the log must be read from: from the oldest set that is kept, not from the newest. If an event's newest
    /// snapshot is damaged, its older one needs the log from there. With a single set, the log is kept whole and
    /// takes the place of an older set.
    #[must_use]
    pub fn replay_from(&self) -> Lsn {
        match self.sets.as_slice() {
            [] | [_] => Lsn(1),
            sets => sets.iter().map(Set::log_needed).min().unwrap_or(Lsn(1)),
        }
    }

    /// The newest record that is in the newest set; [`Lsn::ZERO`] if there is none.
    #[must_use]
    pub fn newest(&self) -> Lsn {
        self.sets.first().map_or(Lsn::ZERO, Set::lsn)
    }

    /// Whether the two sets name one file for an event: damage to that file would damage both, so the next set is due.
    #[must_use]
    pub fn share_a_file(&self) -> bool {
        let [newer, older, ..] = self.sets.as_slice() else { return false };
        newer.manifest.entries.iter().any(|entry| older.entry(EventId::of_key(entry.key)) == Some(entry))
    }

    /// The lowest number that the next event may get.
    #[must_use]
    pub fn next_id(&self) -> EventId {
        self.sets.first().map_or(EventId(1), |set| set.notes.next_id)
    }

    /// No event stays at rest.
    #[must_use]
    pub fn waking_all(self) -> Self {
        Self { wakes_all: true, ..self }
    }

    /// The newest set, for those who ask for events at rest.
    #[must_use]
    pub fn at_hand(&self, store: &Arc<Store>, seed: TableSeed) -> Newest {
        Newest::new(Arc::clone(store), seed, self.sets.first().cloned())
    }

    /// The events of the newest set that may stay where they are: nothing is due by itself, and the set has all of
    /// them that is not in the log behind it.
    fn resting(&self) -> BTreeMap<EventId, Note> {
        let Some(set) = self.sets.first().filter(|_| !self.wakes_all) else { return BTreeMap::new() };
        let is_there = |id: &EventId| *id != EventId::SYSTEM && !set.notes.behind.contains_key(id);
        let noted = set.events().filter(is_there).filter_map(|id| Some((id, set.note(id)?)));
        noted.filter(|(_, note)| note.deadline.is_none()).collect()
    }

    /// The events of the newest set that have a name there.
    pub fn names(&self) -> impl Iterator<Item = (EventId, Name)> + '_ {
        let set = self.sets.first();
        let known = |set: &Set| set.events().chain(set.notes.behind.keys().copied()).collect::<BTreeSet<_>>();
        set.map(known).into_iter().flatten().filter_map(move |id| Some((id, self.name(id)?)))
    }

    /// The name of an event, from the newest set that knows it.
    fn name(&self, id: EventId) -> Option<Name> {
        self.sets.iter().find_map(|set| set.name(id))
    }
}

/// Records on their way to a worker, many at a time: handing over costs more than replaying a record.
type Dealt<'log> = Vec<(EventId, Lsn, &'log [u8])>;
const DEALT_TOGETHER: usize = 2_048;
/// Records that a worker reads before it applies them, so that their cache misses overlap.
const READ_AHEAD: usize = 32;
/// Deals that may wait for a worker; then the dealing thread waits too.
const DEALS_AHEAD: usize = 8;

/// What events are brought back from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The medium: the log is read from it once more if all of it is needed.
    pub storage: &'a Arc<dyn Storage>,
    /// Where the snapshots stand.
    pub store: &'a Store,
    /// The sets of it.
    pub snapshots: &'a Snapshots,
    /// The log, from [`Snapshots::replay_from`] on.
    pub log: &'a Recovered,
}

/// Brings the events back, on this many threads, at least one. The events are the same for any number of threads;
/// with one thread, the order in which the medium is asked is the same too.
///
/// An event stays at rest that has nothing in the log since the newest set and nothing to come, unless
/// [`Snapshots::waking_all`] says otherwise. Any other is brought back from the newest set of snapshots and the log behind
/// it. If its snapshot there cannot be used, it is tried again with all sets and the log behind the oldest (the whole log,
/// if there is a single set), and at last from the log alone, if that reaches back to the first record. An event that none
/// of this brings back is lost, and the report says so.
///
/// # Errors
/// If nothing at all is known of what was before the log, or the events do not fit the memory.
pub fn recover(
    sources: Sources<'_>,
    memory: &MemoryGauge,
    seed: TableSeed,
    workers: usize,
) -> Result<Recovery, RecoveryError> {
    recover_watched(sources, memory, seed, workers, &Progress::default())
}

/// As [`recover`], and tells how far it is.
pub(crate) fn recover_watched(
    sources: Sources<'_>,
    memory: &MemoryGauge,
    seed: TableSeed,
    workers: usize,
    progress: &Progress,
) -> Result<Recovery, RecoveryError> {
    let Sources { storage, snapshots, log, .. } = sources;
    let started = Instant::now();
    let log_starts = log.first_lsn();
    if snapshots.newest().next() < log_starts {
        return Err(RecoveryError::LogTooShort(log_starts));
    }
    let workers = workers.max(1);
    let mut resting = snapshots.resting();
    let sets = snapshots.sets.as_slice();
    let from_oldest = snapshots.replay_from().max(log_starts);
    let none = BTreeMap::new();
    let all = Base { sources, sets, seed, from: from_oldest, memory, resting: &none, progress };
    let (newest, from) = match sets {
        [] => (sets, from_oldest),
        [newest, ..] => (&sets[..1], newest.log_needed().max(log_starts)),
    };
    let mut done = attempt(&Base { sets: newest, from, resting: &resting, ..all }, None, workers, started)?;
    if (sets.len() > 1 || from_oldest < from) && done.again().is_some() {
        done.retry(&all, workers, started)?;
    }
    if from_oldest > Lsn(1) && log_starts == Lsn(1) && done.again().is_some() {
        match Recovered::scan(storage, Lsn(1), snapshots.witness()) {
            Ok(log) => {
                let sources = Sources { log: &log, ..sources };
                let from_first = Base { sources, sets: &[], from: Lsn(1), ..all };
                done.retry(&from_first, workers, started)?;
            }
            Err(error) => {
                done.alarms.push(format!("the log cannot be read from its first record on: {error}"));
            }
        }
    }
    let Worked { events: mut restored, system, mut lost, mut alarms, from_snapshot, records, short: _ } =
        done;
    let system = match lost.iter().position(|lost| lost.id == EventId::SYSTEM) {
        Some(at) => RestoredSystem::Lost(lost.swap_remove(at)),
        None => system,
    };
    restored.sort_by_key(|event| event.id);
    lost.sort_by_key(|lost| lost.id);
    alarms.extend(snapshots.alarms.iter().cloned());
    alarms.sort();
    alarms.dedup();
    restored.iter().for_each(|event| drop(resting.remove(&event.id)));
    lost.iter().for_each(|lost| drop(resting.remove(&lost.id)));
    let upto = snapshots.newest();
    let resting: Vec<_> = resting.into_iter().map(|(id, note)| Resting { id, note, upto }).collect();
    let (events, last_lsn) = (restored.len() + resting.len(), log.last_lsn());
    let took = started.elapsed();
    let report = RecoveryReport {
        events,
        at_rest: resting.len(),
        from_snapshot,
        records,
        last_lsn,
        took,
        alarms,
        lost,
    };
    Ok(Recovery { events: restored, resting, system, report })
}

/// One try to bring events back: all of them, or `only` these.
fn attempt(
    base: &Base<'_>,
    only: Option<&BTreeSet<EventId>>,
    workers: usize,
    started: Instant,
) -> Result<Worked, RecoveryError> {
    let mut all = Worked::default();
    // The system event is brought back apart from the sales.
    let is_dealt = |id: &EventId| *id != EventId::SYSTEM && !base.resting.contains_key(id);
    let known: Vec<EventId> = match only {
        Some(only) => only.iter().copied().filter(is_dealt).collect(),
        None => base.sets.first().into_iter().flat_map(Set::events).filter(is_dealt).collect(),
    };
    let mut of_system = Vec::new();
    let (dealt, done) = thread::scope(|scope| {
        let mut senders = Vec::new();
        let mut handles = Vec::new();
        for worker in 0..workers {
            let (sender, receiver) = sync_channel(DEALS_AHEAD);
            let own: Vec<_> = known.iter().copied().filter(|id| id.0 as usize % workers == worker).collect();
            handles.push(scope.spawn(move || work(base, &own, &receiver)));
            senders.push(sender);
        }
        let dealt = deal(base, only, senders, &mut of_system, started);
        (dealt, handles.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>())
    });
    all.records = dealt?;
    for worker in done {
        all.add(worker.map_err(|panic| RecoveryError::Defect(crate::restore::replay::reason(&*panic)))?);
    }
    if only.is_none_or(|only| only.contains(&EventId::SYSTEM)) {
        base.bring_back_system(&of_system, &mut all);
    }
    match all.short {
        Some((used, max)) => Err(RecoveryError::NoMemory { used, max }),
        None => Ok(all),
    }
}

/// Deals the records out to the workers, and those of the system event to `of_system`; returns how many it dealt.
/// Ends early if a worker has failed.
fn deal<'log>(
    base: &Base<'log>,
    only: Option<&BTreeSet<EventId>>,
    workers: Vec<SyncSender<Dealt<'log>>>,
    of_system: &mut Vec<(Lsn, &'log [u8])>,
    started: Instant,
) -> Result<u64, ReadError> {
    let mut hands: Vec<Dealt<'log>> = workers.iter().map(|_| Vec::with_capacity(DEALT_TOGETHER)).collect();
    let mut records = 0;
    let mut told = started;
    base.progress.begins(base.from, base.sources.log.last_lsn());
    for group in base.sources.log.groups(base.from) {
        let group = group?;
        for (lsn, bytes) in group.records() {
            let wanted = |event: &EventId| only.is_none_or(|only| only.contains(event));
            let Some(event) = event_of(bytes).filter(wanted) else { continue };
            records += 1;
            if event == EventId::SYSTEM {
                of_system.push((lsn, bytes));
                continue;
            }
            let worker = event.0 as usize % workers.len();
            hands[worker].push((event, lsn, bytes));
            if hands[worker].len() == DEALT_TOGETHER {
                let hand = std::mem::replace(&mut hands[worker], Vec::with_capacity(DEALT_TOGETHER));
                if workers[worker].send(hand).is_err() {
                    return Ok(records);
                }
            }
        }
        base.progress.reaches(base.from, group.first);
        if told.elapsed() >= Duration::from_secs(1) {
            told = Instant::now();
            let seconds = started.elapsed().as_secs();
            tracing::info!(
                records,
                lsn = group.first.0,
                upto = base.sources.log.last_lsn().0,
                seconds,
                "recovering"
            );
        }
    }
    base.progress.reaches(base.from, base.sources.log.last_lsn());
    for (hand, worker) in hands.into_iter().zip(workers) {
        // A worker that takes nothing any more has panicked or has no memory left, which joining it reports.
        let _ = worker.send(hand);
    }
    Ok(records)
}

/// What every worker starts from.
#[derive(Clone, Copy)]
struct Base<'a> {
    sources: Sources<'a>,
    /// The sets that this try uses, newest first.
    sets: &'a [Set],
    seed: TableSeed,
    /// The first record that is replayed.
    from: Lsn,
    memory: &'a MemoryGauge,
    /// Events that are only brought back if the log has something of them.
    resting: &'a BTreeMap<EventId, Note>,
    /// Told how far it is.
    progress: &'a Progress,
}

impl Base<'_> {
    /// The event before its first record that is replayed. `None` if no snapshot tells: then the event is lost.
    fn begin<C: Restorable>(&self, id: EventId, worker: &mut Worked) -> Option<Replay<C>> {
        let mut reasons = Vec::new();
        let mut is_younger = self.from == Lsn(1);
        for set in self.sets {
            let lacks = set.lacks_from(id);
            let Some(entry) = set.entry(id) else {
                // Events are never removed, so an event that a set does not name was created after it.
                is_younger |= lacks >= self.from;
                continue;
            };
            worker.short = worker.short.or_else(|| self.memory.misses(entry.bytes));
            if worker.short.is_some() {
                return None;
            }
            match self.restore(entry, lacks) {
                Ok(event) => {
                    worker.from_snapshot += usize::from(id != EventId::SYSTEM);
                    return Some(Replay::from_snapshot(id, event, Lsn(lacks.0 - 1), self.seed));
                }
                Err(reason) => {
                    let reason =
                        format!("the snapshot of event {id} at {:?} cannot be used: {reason}", set.lsn());
                    worker.alarms.push(reason.clone());
                    reasons.push(reason);
                }
            }
        }
        if is_younger {
            return Some(Replay::from_nothing(id, self.seed));
        }
        let reason =
            format!("{}; and the log is no help, as it starts at {:?}", reasons.join("; "), self.from);
        worker.lost.push(self.lost(id, None, Code::SNAPSHOTS_DAMAGED, reason));
        None
    }

    fn restore<C: Restorable>(&self, entry: &Entry, lacks: Lsn) -> Result<C, String> {
        if lacks < self.from {
            return Err(format!(
                "it lacks the records from {lacks:?} on, and the log starts at {:?}",
                self.from
            ));
        }
        restore_entry(self.sources.store, entry, self.seed)
    }

    /// What a replay that has come to its end has brought back.
    fn finish<C: Restorable>(&self, id: EventId, replay: Replay<C>) -> Result<(C, Lsn), Lost> {
        let nothing = || "the log holds no record of it".to_owned();
        replay.finish().ok_or_else(|| self.lost(id, None, Code::SNAPSHOTS_DAMAGED, nothing()))
    }

    fn lost(&self, id: EventId, name: Option<&Name>, code: Code, reason: String) -> Lost {
        let name = name.cloned().or_else(|| self.sources.snapshots.name(id));
        Lost { id, name, code, reason }
    }
}

#[derive(Default)]
struct Worked {
    events: Vec<Restored>,
    /// Lost, it stands among those.
    system: RestoredSystem,
    lost: Vec<Lost>,
    alarms: Vec<String>,
    from_snapshot: usize,
    records: u64,
    /// What was used of what is allowed when it was seen that the events do not fit.
    short: Option<(u64, u64)>,
}

impl Worked {
    fn add(&mut self, more: Self) {
        self.short = self.short.or(more.short);
        if matches!(more.system, RestoredSystem::There { .. }) {
            self.system = more.system;
        }
        self.events.extend(more.events);
        self.lost.extend(more.lost);
        self.alarms.extend(more.alarms);
        self.from_snapshot += more.from_snapshot;
        self.records += more.records;
    }

    /// The lost events that another snapshot or more of the log may bring back; `None` if there are none.
    fn again(&self) -> Option<BTreeSet<EventId>> {
        let again = self.lost.iter().filter(|lost| lost.code == Code::SNAPSHOTS_DAMAGED);
        Some(again.map(|lost| lost.id).collect()).filter(|again: &BTreeSet<_>| !again.is_empty())
    }

    /// Tries these events once more. What was wrong with their snapshots stays an alarm.
    fn retry(&mut self, base: &Base<'_>, workers: usize, started: Instant) -> Result<(), RecoveryError> {
        let Some(again) = self.again() else { return Ok(()) };
        let done = attempt(base, Some(&again), workers, started)?;
        self.lost.retain(|lost| !again.contains(&lost.id));
        self.add(done);
        Ok(())
    }
}
