//! Start: the newest snapshots that can be used, then the log, events in parallel.
//!
//! One thread walks the log and deals records out by event; workers replay them. A worker owns its events, so
//! nothing is shared but the mapped bytes of the log. What a crash during recovery leaves is what was there before:
//! recovery writes nothing.

use std::collections::{BTreeMap, btree_map};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use holdfast_snapshots::{Catalogued, Entry, Manifest, Store};
use holdfast_wal::{Lsn, Recovered, Witness};

use crate::codec::{EventId, ImageError, event_of, read_event};
use crate::replay::{Replay, ReplayError};
use crate::state::{Event, TableSeed};

/// An event as recovery brought it back.
#[derive(Debug)]
pub struct Restored {
    /// Its number.
    pub id: EventId,
    /// Its state.
    pub event: Event,
    /// Its newest record.
    pub last_lsn: Lsn,
}

/// What recovery did, for the operator.
#[derive(Clone, Debug, Default)]
pub struct RecoveryReport {
    /// Events that are there.
    pub events: usize,
    /// Of them, how many started from a snapshot.
    pub from_snapshot: usize,
    /// Records of the log that were read.
    pub records: u64,
    /// The newest record.
    pub last_lsn: Lsn,
    /// How long it took.
    pub took: Duration,
    /// Snapshots that could not be used, each with the reason: cause for an alarm.
    pub alarms: Vec<String>,
}

/// Why events could not be brought back.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The snapshots cannot be looked at.
    #[error(transparent)]
    Snapshots(#[from] holdfast_snapshots::ReadError),
    /// No snapshot of an event can be used, and the log does not reach back to its beginning.
    #[error("event {event}: no snapshot can be used and the log starts at {log_starts:?}: {reason}")]
    NoSnapshot {
        /// Which event.
        event: EventId,
        /// The oldest record that is kept.
        log_starts: Lsn,
        /// Why the snapshots cannot be used.
        reason: String,
    },
    /// The log starts after the first record and no snapshot says what was before.
    #[error("the log starts at {0:?}, and there is no snapshot of what was before")]
    LogTooShort(Lsn),
    /// A record cannot be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A worker died.
    #[error("replaying ran into a defect: {0}")]
    Defect(String),
}

/// The snapshots as they were found: where replay starts, and what else to fall back on.
#[derive(Debug)]
pub struct Snapshots {
    /// Newest first; those that could be read.
    manifests: Vec<Manifest>,
    alarms: Vec<String>,
}

impl Snapshots {
    /// Looks at the catalogue.
    ///
    /// # Errors
    /// If the directory of snapshots cannot be read.
    pub fn find(store: &Store) -> Result<Self, RecoveryError> {
        let mut found = Self { manifests: Vec::new(), alarms: Vec::new() };
        for catalogued in store.manifests()? {
            match catalogued {
                Catalogued::Present(manifest) => found.manifests.push(manifest),
                Catalogued::Unreadable { file, reason } => {
                    found.alarms.push(format!("snapshot {file} cannot be used: {reason}"));
                }
            }
        }
        Ok(found)
    }

    /// The newest snapshot proves that everything up to its record was durable.
    #[must_use]
    pub fn witness(&self) -> Option<Witness> {
        self.manifests.first().map(|manifest| Witness {
            durable: manifest.lsn,
            source: format!("the snapshot at {:?}", manifest.lsn),
        })
    }

    /// Where the log must be read from. Not from the newest set, but from the oldest that is kept: if an event's
    /// newest snapshot is damaged, its older one needs the log from there. With a single set, what is older than it
    /// is the log itself, which is kept whole until there are two.
    #[must_use]
    pub fn replay_from(&self) -> Lsn {
        match self.manifests.as_slice() {
            [] | [_] => Lsn(1),
            [.., oldest] => oldest.lsn.next(),
        }
    }

    /// The newest set by itself, and the first record that is not in it.
    fn newest(&self) -> Option<(Self, Lsn)> {
        let newest = self.manifests.first()?;
        Some((Self { manifests: vec![newest.clone()], alarms: Vec::new() }, newest.lsn.next()))
    }

    /// The number that the next event gets at least.
    #[must_use]
    pub fn next_id(&self) -> EventId {
        let newest = self.manifests.first().and_then(|manifest| manifest.meta.first_chunk().copied());
        newest.map_or(1, EventId::from_le_bytes)
    }

    /// The events that the newest set knows.
    fn events(&self) -> impl Iterator<Item = EventId> + '_ {
        self.manifests
            .iter()
            .take(1)
            .flat_map(|manifest| manifest.entries.iter().map(|entry| entry.key as EventId))
    }

    /// An event from the newest snapshot that can be used. `None` if there is none of this event at all.
    fn restore(
        &self,
        store: &Store,
        id: EventId,
        seed: TableSeed,
        alarms: &mut Vec<String>,
    ) -> Result<Option<Replay>, String> {
        let mut reasons = Vec::new();
        for manifest in &self.manifests {
            let Some(entry) = entry_of(manifest, id) else { continue };
            match restore_entry(store, entry, seed) {
                Ok(event) => return Ok(Some(Replay::from_snapshot(id, event, manifest.lsn, seed))),
                Err(reason) => {
                    let reason =
                        format!("the snapshot of event {id} at {:?} cannot be used: {reason}", manifest.lsn);
                    alarms.push(reason.clone());
                    reasons.push(reason);
                }
            }
        }
        // Events are never removed: one that the oldest set does not name was created after it, and the log is read
        // from there.
        let is_younger = self.manifests.last().is_some_and(|oldest| entry_of(oldest, id).is_none());
        if reasons.is_empty() || is_younger { Ok(None) } else { Err(reasons.join("; ")) }
    }
}

/// The snapshot of an event in a set.
pub(crate) fn entry_of(manifest: &Manifest, id: EventId) -> Option<&Entry> {
    manifest.entries.iter().find(|entry| entry.key == u64::from(id))
}

/// Reads one snapshot of one event.
pub(crate) fn restore_entry(store: &Store, entry: &Entry, seed: TableSeed) -> Result<Event, String> {
    let reader = store.read(entry).map_err(|error| error.to_string())?;
    read_event(reader.chunks(), seed).map_err(|error: ImageError| error.to_string())
}

/// Records on their way to a worker, many at a time: a hop costs more than a record.
type Dealt<'log> = Vec<(EventId, Lsn, &'log [u8])>;
const DEALT_TOGETHER: usize = 2_048;
/// Records that a worker reads before it applies them, so that their cache misses overlap.
const READ_AHEAD: usize = 32;
/// Deals that wait for a worker before the dealer does.
const DEALS_AHEAD: usize = 8;

/// Brings every event back, on so many threads, at least one. What comes back is the same for any number of them;
/// with one, the order in which the medium is asked is too.
///
/// From the newest set of snapshots and the log behind it, if every snapshot of that set can be used; otherwise once
/// more, with all sets and the log behind the oldest.
///
/// # Errors
/// If a record cannot be replayed, or an event has neither a usable snapshot nor its whole log.
pub fn recover(
    store: &Store,
    snapshots: &Snapshots,
    log: &Recovered,
    seed: TableSeed,
    workers: usize,
) -> Result<(Vec<Restored>, RecoveryReport), RecoveryError> {
    let started = Instant::now();
    let log_starts = log.first_lsn();
    if snapshots.manifests.is_empty() && log_starts > Lsn(1) {
        return Err(RecoveryError::LogTooShort(log_starts));
    }
    let from = snapshots.replay_from().max(log_starts);
    let all = Base { store, snapshots, log, seed, from };
    let done = match snapshots.newest() {
        Some((newest, from)) if from >= log_starts => {
            let base = Base { store, snapshots: &newest, log, seed, from };
            match attempt(&base, workers.max(1), started) {
                Err(RecoveryError::NoSnapshot { .. }) => attempt(&all, workers.max(1), started),
                done => done,
            }
        }
        _ => attempt(&all, workers.max(1), started),
    };
    let (restored, mut report) = done?;
    report.alarms.splice(..0, snapshots.alarms.iter().cloned());
    Ok((restored, report))
}

/// Brings every event back from these snapshots and the log from this place on.
fn attempt(
    base: &Base<'_>,
    workers: usize,
    started: Instant,
) -> Result<(Vec<Restored>, RecoveryReport), RecoveryError> {
    let mut report = RecoveryReport::default();
    let done = thread::scope(|scope| {
        let mut senders = Vec::new();
        let mut handles = Vec::new();
        for worker in 0..workers {
            let (sender, receiver) = sync_channel(DEALS_AHEAD);
            let own: Vec<_> = base.snapshots.events().filter(|id| *id as usize % workers == worker).collect();
            handles.push(scope.spawn(move || work(base, &own, &receiver)));
            senders.push(sender);
        }
        report.records = deal(base.log, base.from, senders, started);
        handles.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut restored = Vec::new();
    for worker in done {
        let worker = worker.map_err(|panic| RecoveryError::Defect(crate::replay::reason(&*panic)))??;
        report.alarms.extend(worker.alarms);
        report.from_snapshot += worker.from_snapshot;
        restored.extend(worker.events);
    }
    restored.sort_by_key(|event| event.id);
    report.events = restored.len();
    report.last_lsn = base.log.last_lsn();
    report.took = started.elapsed();
    Ok((restored, report))
}

/// Deals the records out to the workers; returns how many there were. A worker that has failed no longer listens.
fn deal<'log>(
    log: &'log Recovered,
    from: Lsn,
    workers: Vec<SyncSender<Dealt<'log>>>,
    started: Instant,
) -> u64 {
    let mut hands: Vec<Dealt<'log>> = workers.iter().map(|_| Vec::with_capacity(DEALT_TOGETHER)).collect();
    let mut records = 0;
    let mut told = started;
    for group in log.groups(from) {
        for (lsn, bytes) in group.records() {
            let Some(event) = event_of(bytes) else { continue };
            let worker = event as usize % workers.len();
            hands[worker].push((event, lsn, bytes));
            records += 1;
            if hands[worker].len() == DEALT_TOGETHER {
                let hand = std::mem::replace(&mut hands[worker], Vec::with_capacity(DEALT_TOGETHER));
                if workers[worker].send(hand).is_err() {
                    return records;
                }
            }
        }
        if told.elapsed() >= Duration::from_secs(1) {
            told = Instant::now();
            let seconds = started.elapsed().as_secs();
            tracing::info!(records, lsn = group.first.0, upto = log.last_lsn().0, seconds, "recovering");
        }
    }
    for (hand, worker) in hands.into_iter().zip(workers) {
        // A worker that no longer listens has failed and says so itself.
        let _ = worker.send(hand);
    }
    records
}

/// What every worker starts from.
struct Base<'a> {
    store: &'a Store,
    snapshots: &'a Snapshots,
    log: &'a Recovered,
    seed: TableSeed,
    /// The first record that is replayed.
    from: Lsn,
}

impl Base<'_> {
    fn replay(&self, id: EventId, worker: &mut Worked) -> Result<Replay, RecoveryError> {
        let restored = self.snapshots.restore(self.store, id, self.seed, &mut worker.alarms);
        match restored {
            Ok(Some(replay)) => {
                worker.from_snapshot += 1;
                Ok(replay)
            }
            Ok(None) => Ok(Replay::from_nothing(id, self.seed)),
            Err(_) if self.from == Lsn(1) => Ok(Replay::from_nothing(id, self.seed)),
            Err(reason) => Err(RecoveryError::NoSnapshot { event: id, log_starts: self.from, reason }),
        }
    }
}

#[derive(Default)]
struct Worked {
    events: Vec<Restored>,
    alarms: Vec<String>,
    from_snapshot: usize,
}

fn work(base: &Base<'_>, own: &[EventId], deals: &Receiver<Dealt<'_>>) -> Result<Worked, RecoveryError> {
    let mut worked = Worked::default();
    let mut replays: BTreeMap<EventId, Replay> = BTreeMap::new();
    for &id in own {
        let replay = base.replay(id, &mut worked)?;
        replays.insert(id, replay);
    }
    let mut ahead = Vec::with_capacity(READ_AHEAD);
    for deal in deals {
        for deal in deal.chunks(READ_AHEAD) {
            for &(event, lsn, bytes) in deal {
                let replay = match replays.entry(event) {
                    btree_map::Entry::Occupied(known) => known.into_mut(),
                    btree_map::Entry::Vacant(new) => new.insert(base.replay(event, &mut worked)?),
                };
                if let Some(framed) = replay.read(lsn, bytes)? {
                    replay.touch(&framed);
                    ahead.push((event, lsn, framed));
                }
            }
            for (event, lsn, framed) in ahead.drain(..) {
                replays.get_mut(&event).expect("it was read for this event").take(lsn, &framed)?;
            }
        }
    }
    for (id, replay) in replays {
        if let Some((event, last_lsn)) = replay.finish() {
            worked.events.push(Restored { id, event, last_lsn });
        }
    }
    Ok(worked)
}
