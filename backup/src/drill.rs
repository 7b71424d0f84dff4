//! Restores a backup beside the server, and brings all of it back as a start would: the only proof that a backup can be used.

use std::time::{Duration, Instant};

use holdfast_engine::{
    At, ExecutionId, Identity, MemoryGauge, Restored, RestoredSystem, Secret, Snapshots, Sources, recover,
};
use holdfast_snapshots::Store;
use holdfast_wal::{Lsn, Recovered};

use crate::error::BackupError;
use crate::manifest::Manifest;
use crate::restore::{Done, Upto, Wanted, restore};
use crate::{Directory, Step};

/// What a drill has shown.
#[derive(Clone, Debug)]
pub struct Drilled {
    /// The backup.
    pub manifest: Manifest,
    /// Events that came back, those at rest among them.
    pub events: u64,
    /// Records that were replayed.
    pub records: u64,
    /// How long it took until all was back: as long as a restore would.
    pub took: Duration,
    /// What did not come back as it was.
    pub faults: Vec<String>,
}

/// Restores the newest backup into an empty directory, brings everything back, and checks it.
///
/// # Errors
/// If there is nothing to be checked: there is no backup, it is damaged, or what was restored does not start.
pub fn drill(
    target: &Directory,
    (name, now): (Option<&str>, At),
    scratch: &Directory,
    step: &mut Step<'_>,
) -> Result<Drilled, BackupError> {
    let begun = Instant::now();
    let Done { manifest, .. } =
        restore(target, &Wanted { name, upto: Upto::End, archive: None, now }, scratch, step)?;
    let refused = |what: &dyn std::fmt::Display| BackupError::DoesNotStart(what.to_string());
    // There is an identity, so none is made.
    let identity = Identity::open(scratch, [0; 32]).map_err(|error| refused(&error))?;
    let secret = Secret::new(&identity.secret);
    let store = Store::open(Directory::clone(scratch)).map_err(|error| refused(&error))?;
    let snapshots = Snapshots::find(&store).map_err(|error| refused(&error))?.waking_all();
    let log = Recovered::scan(scratch, snapshots.replay_from(), snapshots.witness())
        .map_err(|error| refused(&error))?;
    let last = log.last_lsn();
    let sources = Sources { storage: scratch, store: &store, snapshots: &snapshots, log: &log };
    let recovery =
        recover(sources, &MemoryGauge::default(), secret.tables(), 1).map_err(|error| refused(&error))?;
    let took = begun.elapsed();
    let mut faults = recovery.report.alarms.clone();
    faults.extend(recovery.report.lost.iter().map(ToString::to_string));
    for Restored { id, event, .. } in &recovery.events {
        if let Err(what) = event.check() {
            faults.push(format!("event {id}: {what}"));
        }
    }
    if last != Lsn(manifest.last_lsn) {
        faults.push(format!("the last record is {}, and was {}", last.0, manifest.last_lsn));
    }
    // The execution that made the backup was in the log before it.
    let knows = |system: &RestoredSystem| match system {
        RestoredSystem::There { system, .. } => {
            system.executions().get(ExecutionId(manifest.execution)).is_some()
        }
        RestoredSystem::None | RestoredSystem::Lost(_) => false,
    };
    if !knows(&recovery.system) {
        faults.push(format!("the execution {} that made the backup is not in it", manifest.execution));
    }
    let events = recovery.report.events as u64;
    Ok(Drilled { events, records: recovery.report.records, took, faults, manifest })
}
