//! A snapshot is recovery, run early.
//!
//! The checkpointer never asks an actor for its state. It rebuilds each event from its last snapshot and the sealed
//! log, with the code that runs at start, compares digests record by record on the way, and writes what it arrived
//! at. Selling never pauses, memory grows by one event, and recovery is exercised all day.
//!
//! Two sets of snapshots are kept, and the log back to the older one, so that a damaged snapshot costs time at the
//! next start and nothing else. A crash at any step leaves the sets that were there before: the manifest of a new
//! one goes last, and only then is anything let go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use holdfast_snapshots::{Catalogued, Entry, Manifest, Store};
use holdfast_wal::{Log, Lsn, SealedLog};

use crate::codec::{EventId, event_of, write_event};
use crate::recovery::{entry_of, restore_entry};
use crate::replay::{Replay, ReplayError};
use crate::state::{Event, TableSeed};

/// Sets of snapshots that are kept.
const KEPT: usize = 2;

/// What a checkpoint did.
#[derive(Clone, Debug)]
pub struct CheckpointReport {
    /// The newest record that is in the snapshots.
    pub lsn: Lsn,
    /// Events whose snapshot is new.
    pub written: usize,
    /// Events that had not changed.
    pub carried_over: usize,
    /// Records that were replayed.
    pub records: u64,
    /// Bytes of new snapshots.
    pub bytes: u64,
    /// Segments of log that were let go.
    pub segments_released: u64,
    /// How long it took.
    pub took: Duration,
    /// Snapshots that turned out to be damaged: cause for an alarm.
    pub alarms: Vec<String>,
}

/// Why there is no new snapshot. The old ones are untouched, and the log is kept.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The sealed log cannot be read.
    #[error("failed to read the sealed log: {0}")]
    Log(#[from] holdfast_wal::ReadError),
    /// The snapshots cannot be read.
    #[error("failed to read the snapshots: {0}")]
    Read(#[from] holdfast_snapshots::ReadError),
    /// The snapshots cannot be written: a full disk, most likely.
    #[error("failed to write the snapshots: {0}")]
    Write(#[from] holdfast_snapshots::WriteError),
    /// Log that is not needed any more cannot be removed.
    #[error("failed to release the log: {0}")]
    Release(#[from] std::io::Error),
    /// The log does not lead where it led: a defect, or a broken machine.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// An event breaks an invariant, or cannot be rebuilt from what is kept.
    #[error("event {event}: {what}")]
    Event {
        /// Which event.
        event: EventId,
        /// What is wrong.
        what: String,
    },
}

/// Makes snapshots, and rebuilds single events. Belongs to one background thread.
#[derive(Debug)]
pub struct Checkpointer {
    store: Arc<Store>,
    log: Log,
    seed: TableSeed,
    /// Bytes of log that are kept for the feeds.
    feed_retention: u64,
}

/// The sealed records of each event, in order; they borrow the mapped log.
type ByEvent<'log> = BTreeMap<EventId, Vec<(Lsn, &'log [u8])>>;

impl Checkpointer {
    /// For this store and log.
    #[must_use]
    pub const fn new(store: Arc<Store>, log: Log, seed: TableSeed) -> Self {
        Self { store, log, seed, feed_retention: 0 }
    }

    /// Keeps so many bytes of log for the feeds, beyond what the snapshots need.
    #[must_use]
    pub fn keeping_for_feeds(self, bytes: u64) -> Self {
        Self { feed_retention: bytes, ..self }
    }

    /// Makes a snapshot of everything that is in sealed segments. `None` if nothing is new since the last one.
    ///
    /// # Errors
    /// If any step fails; what was there before is untouched.
    pub fn run(&self) -> Result<Option<CheckpointReport>, CheckpointError> {
        let started = Instant::now();
        let mut alarms = Vec::new();
        let manifests = self.manifests(&mut alarms)?;
        let base = manifests.first();
        let from = base.map_or(Lsn(1), |manifest| manifest.lsn.next());
        if self.log.sealed_upto() < from {
            return Ok(None);
        }
        let sealed = self.log.read_sealed(from)?;
        let lsn = sealed.last_lsn();
        if lsn < from {
            return Ok(None);
        }
        let by_event = deal(&sealed, from);
        let records = by_event.values().map(|records| records.len() as u64).sum();
        let made =
            self.make(&manifests, lsn, &by_event, &mut alarms).inspect_err(|_| self.store.abandon())?;
        let pruned = self.store.prune(KEPT)?;
        alarms.extend(pruned.faults.iter().map(ToString::to_string));
        let segments_released = self.release()?;
        Ok(Some(CheckpointReport {
            lsn,
            written: made.written,
            carried_over: made.carried_over,
            records,
            bytes: made.bytes,
            segments_released,
            took: started.elapsed(),
            alarms,
        }))
    }

    /// Rebuilds one event from its newest usable snapshot and the sealed log, for an actor whose event is out of
    /// service. Every record of the event must be in sealed segments.
    ///
    /// # Errors
    /// If no snapshot can be used and the log does not reach back, or a record cannot be replayed.
    pub fn rebuild(&self, id: EventId) -> Result<Event, CheckpointError> {
        let mut alarms = Vec::new();
        let manifests = self.manifests(&mut alarms)?;
        let (event, _) = self.rebuild_from(&manifests, id, None, &mut alarms)?;
        Ok(event)
    }

    fn manifests(&self, alarms: &mut Vec<String>) -> Result<Vec<Manifest>, CheckpointError> {
        let mut manifests = Vec::new();
        for catalogued in self.store.manifests()? {
            match catalogued {
                Catalogued::Present(manifest) => manifests.push(manifest),
                Catalogued::Unreadable { file, reason } => alarms.push(format!("snapshot {file}: {reason}")),
            }
        }
        Ok(manifests)
    }

    fn make(
        &self,
        manifests: &[Manifest],
        lsn: Lsn,
        by_event: &ByEvent<'_>,
        alarms: &mut Vec<String>,
    ) -> Result<Made, CheckpointError> {
        let base = manifests.first();
        let mut made = Made::default();
        let mut entries: Vec<Entry> = base.map_or_else(Vec::new, |manifest| {
            manifest
                .entries
                .iter()
                .filter(|entry| !by_event.contains_key(&(entry.key as EventId)))
                .copied()
                .collect()
        });
        made.carried_over = entries.len();
        for (&id, records) in by_event {
            let (event, _) = self.rebuild_from(manifests, id, Some(records), alarms)?;
            event.check().map_err(|what| CheckpointError::Event { event: id, what })?;
            let entry = self
                .store
                .write(u64::from(id), lsn, &mut |writer| write_event(&event, |chunk| writer.chunk(chunk)))?;
            made.written += 1;
            made.bytes += entry.bytes;
            entries.push(entry);
        }
        let newest = entries.iter().map(|entry| entry.key as EventId).max().unwrap_or(0);
        let meta = (newest + 1).to_le_bytes().to_vec();
        self.store.publish(&Manifest { lsn, entries, meta })?;
        Ok(made)
    }

    /// An event from its newest snapshot and the records since; from an older one, or from nothing, and more of the
    /// log, if that cannot be used. `since` are its sealed records after the newest set, if they are at hand.
    fn rebuild_from(
        &self,
        manifests: &[Manifest],
        id: EventId,
        since: Option<&Vec<(Lsn, &[u8])>>,
        alarms: &mut Vec<String>,
    ) -> Result<(Event, Lsn), CheckpointError> {
        for (age, manifest) in manifests.iter().enumerate() {
            let Some(entry) = entry_of(manifest, id) else { continue };
            match restore_entry(&self.store, entry, self.seed) {
                Ok(event) => {
                    let replay = Replay::from_snapshot(id, event, manifest.lsn, self.seed);
                    return match since {
                        Some(records) if age == 0 => finish(id, replay, records),
                        _ => self.through_the_log(id, replay, manifest.lsn.next()),
                    };
                }
                Err(reason) => {
                    alarms.push(format!("the snapshot of event {id} at {:?}: {reason}", manifest.lsn));
                }
            }
        }
        let replay = Replay::from_nothing(id, self.seed);
        match since {
            Some(records) if manifests.first().is_none_or(|newest| entry_of(newest, id).is_none()) => {
                finish(id, replay, records)
            }
            _ => {
                // Events are never removed: a set that does not name this one is older than it.
                let older = manifests.iter().find(|manifest| entry_of(manifest, id).is_none());
                self.through_the_log(id, replay, older.map_or(Lsn(1), |manifest| manifest.lsn.next()))
            }
        }
    }

    fn through_the_log(
        &self,
        id: EventId,
        mut replay: Replay,
        from: Lsn,
    ) -> Result<(Event, Lsn), CheckpointError> {
        let sealed = self.log.read_sealed(from)?;
        for group in sealed.groups(from) {
            for (lsn, bytes) in group.records() {
                if event_of(bytes) == Some(id) {
                    replay.record(lsn, bytes)?;
                }
            }
        }
        finish(id, replay, &[])
    }

    /// Lets go of log that only the feeds need, oldest first, for as long as the disk is short of space. Returns how
    /// many segments.
    ///
    /// # Errors
    /// If the snapshots cannot be looked at, or the log cannot be removed.
    pub fn relieve(&self) -> Result<u64, CheckpointError> {
        let mut released = 0;
        while self.log.is_short_of_space() {
            match self.release_beyond(self.log.bytes_but_oldest())? {
                0 => break,
                segments => released += segments,
            }
        }
        Ok(released)
    }

    /// Lets go of log that neither a kept snapshot nor a feed needs.
    fn release(&self) -> Result<u64, CheckpointError> {
        self.release_beyond(self.feed_retention)
    }

    /// Lets go of log that no kept snapshot needs, but of no more than leaves so many bytes of it.
    fn release_beyond(&self, keep: u64) -> Result<u64, CheckpointError> {
        let mut unused = Vec::new();
        let manifests = self.manifests(&mut unused)?;
        // With fewer sets than are to be kept, the log is the second one.
        if manifests.len() < KEPT {
            return Ok(0);
        }
        let Some(oldest) = manifests.last() else { return Ok(0) };
        Ok(self.log.release_beyond(oldest.lsn, keep)?.segments)
    }
}

#[derive(Default)]
struct Made {
    written: usize,
    carried_over: usize,
    bytes: u64,
}

fn deal(sealed: &SealedLog, from: Lsn) -> ByEvent<'_> {
    let mut by_event = ByEvent::new();
    for group in sealed.groups(from) {
        for (lsn, bytes) in group.records() {
            if let Some(event) = event_of(bytes).filter(|_| lsn >= from) {
                by_event.entry(event).or_default().push((lsn, bytes));
            }
        }
    }
    by_event
}

fn finish(
    id: EventId,
    mut replay: Replay,
    records: &[(Lsn, &[u8])],
) -> Result<(Event, Lsn), CheckpointError> {
    for (lsn, bytes) in records {
        replay.record(*lsn, bytes)?;
    }
    replay.finish().ok_or_else(|| CheckpointError::Event { event: id, what: "it has no records".to_owned() })
}
