//! A checkpointer's work, stopped at each operation on the storage, with and without losing what was not
//! synced.
//!
//! Checked at every stop: the newest manifest is the last one published or the one that was being published,
//! whole, and all that it names reads back; no unreadable manifest appears; what was seen after a restart is
//! still there after a power cut; and the work can be taken up again and leaves exactly the files that are
//! named.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_snapshots::{Catalogued, Entry, Manifest, Store, WriteError};
use holdfast_wal::{MemoryStorage, Storage};
use support::{Stop, Stopping, crash, paths, present, publish, read, write};

const SEEDS: u64 = 8;

/// The state of a key at an LSN: large enough to be written in several steps.
fn state(key: u64, lsn: u64) -> Vec<Vec<u8>> {
    let chunk = |size: u64| (0..size).map(|at| (at * key + lsn) as u8).collect();
    vec![chunk(10), chunk(300_000), Vec::new(), chunk(5_000 + key)]
}

/// What the work has told so far, kept outside of the storage.
#[derive(Debug, Default)]
struct Told {
    published: Option<u64>,
    publishing: Option<u64>,
}

/// Three checkpoints. Key 1 changes each time, key 2 once, key 3 appears, key 2 goes.
fn work(store: &Store, told: &mut Told) -> Result<(), WriteError> {
    let mut entries: BTreeMap<u64, Entry> = BTreeMap::new();
    for (lsn, written, gone) in [(10, vec![1, 2], None), (20, vec![1], None), (30, vec![1, 3], Some(2))] {
        for key in written {
            let entry = write(store, key, lsn - key, &state(key, lsn - key))?;
            entries.insert(key, entry);
        }
        if let Some(key) = gone {
            entries.remove(&key);
        }
        told.publishing = Some(lsn);
        let entries: Vec<Entry> = entries.values().copied().collect();
        publish(store, lsn, &entries)?;
        told.published = Some(lsn);
        store.prune(2)?;
    }
    Ok(())
}

fn begin(storage: &Arc<impl Storage + 'static>, told: &mut Told) -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::open(Arc::clone(storage) as Arc<dyn Storage>)?;
    Ok(work(&store, told)?)
}

fn operations() -> usize {
    let stopping = Stopping::new(&Arc::new(MemoryStorage::new()), usize::MAX, Stop::Dead);
    begin(&stopping, &mut Told::default()).unwrap();
    stopping.operations()
}

/// Opens what a stop has left and holds it against what was told.
fn look(storage: &Arc<MemoryStorage>, told: &Told, at: usize) -> (Store, Option<Manifest>) {
    let store = Store::open(Arc::clone(storage) as _).unwrap();
    let manifests = store.manifests().unwrap();
    let unreadable = manifests.iter().find(|found| matches!(found, Catalogued::Unreadable { .. }));
    assert_eq!(unreadable, None, "stop {at}");
    let manifests = present(&store);
    for manifest in &manifests {
        for entry in &manifest.entries {
            let chunks = read(&store, entry).unwrap_or_else(|error| panic!("stop {at}: {error}"));
            assert_eq!(chunks, state(entry.key, entry.lsn.0), "stop {at}");
        }
    }
    let newest = manifests.into_iter().next();
    let found = newest.as_ref().map(|manifest| manifest.lsn.0);
    assert!(found == told.published || found == told.publishing, "stop {at}: {found:?}, told {told:?}");
    assert!(!paths(&**storage).iter().any(|path| path.ends_with(".tmp")), "stop {at}");
    (store, newest)
}

/// Does the work once more on what is left: it succeeds, and no garbage outlives it.
fn resume(storage: &Arc<MemoryStorage>, store: &Store, at: usize) {
    work(store, &mut Told::default()).unwrap();
    store.prune(1).unwrap();
    let manifests = present(store);
    assert_eq!(manifests.len(), 1, "stop {at}");
    let verified = store.verify().unwrap();
    assert!(verified.is_sound(), "stop {at}: {verified:?}");
    assert_eq!(paths(&**storage).len(), 1 + manifests[0].entries.len(), "stop {at}");
}

#[test]
fn a_power_cut_leaves_the_old_or_the_new_snapshot() {
    for at in 0..=operations() {
        for seed in 0..SEEDS {
            let storage = Arc::new(MemoryStorage::new());
            let mut told = Told::default();
            let ended = begin(&Stopping::new(&storage, at, Stop::Dead), &mut told);
            assert_eq!(ended.is_ok(), at == operations());
            crash(&storage, seed);
            let (store, _) = look(&storage, &told, at);
            if seed == 0 {
                resume(&storage, &store, at);
            }
        }
    }
}

#[test]
fn what_a_restart_has_seen_survives_a_power_cut() {
    for at in 0..operations() {
        for seed in 0..SEEDS {
            let storage = Arc::new(MemoryStorage::new());
            let mut told = Told::default();
            begin(&Stopping::new(&storage, at, Stop::Dead), &mut told).unwrap_err();
            let (_, seen) = look(&storage, &told, at);
            crash(&storage, seed);
            let (_, after) = look(&storage, &told, at);
            assert_eq!(seen, after, "stop {at}, seed {seed}");
        }
    }
}

/// The medium fails one operation and goes on: the failed snapshot is given up, the one before stays, and a
/// new attempt succeeds, unless names are in doubt: then the store takes nothing more.
#[test]
fn a_failed_operation_costs_one_snapshot_at_most() {
    let mut poisoned = 0;
    for at in 0..operations() {
        let storage = Arc::new(MemoryStorage::new());
        let stopping = Stopping::new(&storage, at, Stop::Once);
        let mut told = Told::default();
        let Ok(store) = Store::open(Arc::clone(&stopping) as _) else { continue };
        // Removing an unfinished file is the only failure that may be passed over.
        if let Err(failed) = work(&store, &mut told) {
            match work(&store, &mut Told::default()) {
                Ok(()) => {
                    store.prune(1).unwrap();
                    let whole = 1 + present(&store)[0].entries.len();
                    let left = paths(&*storage).len();
                    assert!(left >= whole, "stop {at}: {left} of {whole}");
                    told = Told { published: Some(30), publishing: None };
                }
                Err(WriteError::Poisoned) => {
                    assert!(failed.to_string().contains("cannot sync snapshots"), "stop {at}: {failed}");
                    poisoned += 1;
                }
                Err(again) => panic!("stop {at}: {failed}, then {again}"),
            }
        }
        crash(&storage, at as u64);
        let (store, _) = look(&storage, &told, at);
        resume(&storage, &store, at);
    }
    assert!(poisoned > 0, "a failed sync of the directory was tried");
}

#[test]
fn looking_changes_nothing() {
    let storage = Arc::new(MemoryStorage::new());
    begin(&storage, &mut Told::default()).unwrap();
    support::put(&*storage, "snapshots/entry.tmp", b"half");
    let before = paths(&*storage);
    let stopping = Stopping::new(&storage, 0, Stop::Dead);
    let store = Store::attach(Arc::clone(&stopping) as _);
    assert_eq!(store.manifests().unwrap().len(), 2);
    assert!(store.verify().unwrap().is_sound());
    assert_eq!(stopping.operations(), 0);
    assert_eq!(paths(&*storage), before);
}
