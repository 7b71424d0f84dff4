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
use holdfast_testkit::{Fault, MemoryStorage, Operation};
use support::{open, paths, present, publish, read, write};

const SEEDS: u64 = 8;

/// The state of a key at an LSN: large enough to be written in several steps.
fn state(key: u64, lsn: u64) -> Vec<Vec<u8>> {
    // Too random to be packed, and the first one too large.
    let byte = |at: u64| (at + lsn).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ key).to_be_bytes()[2];
    let chunk = |size: u64| (0..size).map(byte).collect();
    vec![chunk(10), chunk(if key == 1 { 1_200_000 } else { 30_000 }), Vec::new(), chunk(5_000 + key)]
}

/// What the work has told so far, kept outside of the storage.
#[derive(Debug, Default)]
struct Told {
    published: Option<u64>,
    publishing: Option<u64>,
}

/// Three checkpoints after this record, given up when one fails.
fn work(store: &Store, told: &mut Told, after: u64) -> Result<(), WriteError> {
    checkpoints(store, told, after).inspect_err(|_| store.abandon())
}

/// Key 1 changes each time, key 2 once, key 3 appears, key 2 goes.
fn checkpoints(store: &Store, told: &mut Told, after: u64) -> Result<(), WriteError> {
    let mut of_keys: BTreeMap<u64, Entry> = BTreeMap::new();
    for (lsn, written, gone) in [(10, vec![1, 2], None), (20, vec![1], None), (30, vec![1, 3], Some(2))] {
        let lsn = after + lsn;
        for key in written {
            let entry = write(store, key, lsn - key, &state(key, lsn - key))?;
            of_keys.insert(key, entry);
        }
        if let Some(key) = gone {
            of_keys.remove(&key);
        }
        told.publishing = Some(lsn);
        let entries: Vec<Entry> = of_keys.values().copied().collect();
        let manifest = publish(store, lsn, &entries)?;
        of_keys = manifest.entries.iter().map(|entry| (entry.key, *entry)).collect();
        told.published = Some(lsn);
        store.prune(2)?;
    }
    Ok(())
}

fn begin(storage: &MemoryStorage, told: &mut Told) -> Result<(), Box<dyn std::error::Error>> {
    let store = open(storage)?;
    Ok(work(&store, told, 0)?)
}

/// A storage on which nothing has happened yet, and how many operations the work needs.
fn fresh() -> (MemoryStorage, u64) {
    let storage = MemoryStorage::new();
    begin(&storage, &mut Told::default()).unwrap();
    (MemoryStorage::new(), storage.operations())
}

/// Opens what a stop has left and holds it against what was told.
fn look(storage: &MemoryStorage, told: &Told, at: u64) -> (Store, Option<Manifest>) {
    let store = open(storage).unwrap();
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
    assert!(!paths(storage).iter().any(|path| path.ends_with(".tmp")), "stop {at}");
    (store, newest)
}

/// Goes on with the work on what is left: it succeeds, and no garbage outlives it.
fn resume(storage: &MemoryStorage, store: &Store, at: u64) {
    work(store, &mut Told::default(), 200).unwrap();
    store.prune(1).unwrap();
    let manifests = present(store);
    assert_eq!(manifests.len(), 1, "stop {at}");
    let verified = store.verify().unwrap();
    assert!(verified.is_sound(), "stop {at}: {verified:?}");
    assert_eq!(paths(storage).len(), 1 + manifests[0].packs.len(), "stop {at}");
}

#[test]
fn a_power_cut_leaves_the_old_or_the_new_snapshot() {
    let (fresh, operations) = fresh();
    for at in 0..=operations {
        let storage = fresh.fork();
        let mut told = Told::default();
        storage.stop_after(at);
        let ended = begin(&storage, &mut told);
        assert!(ended.is_ok() || at < operations);
        for seed in 0..SEEDS {
            look(&storage.crash(seed), &told, at);
        }
        for storage in [storage.crash_losing_all(), storage.crash_keeping_all()] {
            let (store, _) = look(&storage, &told, at);
            resume(&storage, &store, at);
        }
    }
}

#[test]
fn what_a_restart_has_seen_survives_a_power_cut() {
    let (fresh, operations) = fresh();
    for at in 0..operations {
        let stopped = fresh.fork();
        let mut told = Told::default();
        stopped.stop_after(at);
        let _ = begin(&stopped, &mut told);
        let killed = stopped.crash_keeping_all();
        let (_, seen) = look(&killed, &told, at);
        for seed in 0..SEEDS {
            let (_, after) = look(&killed.crash(seed), &told, at);
            assert_eq!(seen, after, "stop {at}, seed {seed}");
        }
    }
}

/// The disk fails one operation and goes on: the failed snapshot is given up, the one before stays, and a new
/// attempt succeeds, unless names are in doubt: then the store takes nothing more.
#[test]
fn a_failed_operation_costs_one_snapshot_at_most() {
    let (fresh, operations) = fresh();
    let mut poisoned = 0;
    for at in 1..=operations {
        let storage = fresh.fork();
        storage.inject(Fault::Fail { operation: None, nth: at });
        let mut told = Told::default();
        let Ok(store) = open(&storage) else { continue };
        if let Err(failed) = work(&store, &mut told, 0) {
            match work(&store, &mut Told::default(), 100) {
                Ok(()) => told = Told { published: Some(130), publishing: None },
                Err(WriteError::Poisoned) => {
                    assert!(failed.to_string().contains("cannot sync snapshots"), "{at}: {failed}");
                    poisoned += 1;
                }
                Err(again) => panic!("{at}: {failed}, then {again}"),
            }
        }
        for seed in 0..SEEDS {
            let storage = storage.crash(seed);
            let (store, _) = look(&storage, &told, at);
            resume(&storage, &store, at);
        }
    }
    assert!(poisoned > 0, "a failed sync of the directory was tried");
}

/// A write that never reached the disk although its sync said so, or half of it, or in the wrong file: what
/// was published may be gone, and is then refused; it is never something else.
#[test]
fn a_disk_that_lies_is_found_out() {
    let lies: [fn(u64) -> Fault; 3] = [
        |nth| Fault::LostWrite { nth },
        |nth| Fault::ShortWrite { nth, bytes: 700 },
        |nth| Fault::MisdirectedWrite {
            nth,
            path: "snapshots/manifest-00000000000000000010".into(),
            offset: 0,
        },
    ];
    let mut refused = 0;
    for (lie, nth) in lies.iter().flat_map(|lie| (1..40).map(move |nth| (lie, nth))) {
        let storage = MemoryStorage::new();
        storage.inject(lie(nth));
        let _ = begin(&storage, &mut Told::default());
        let store = open(&storage.crash_losing_all()).unwrap();
        refused += store.verify().unwrap().faults.len();
        for entry in present(&store).iter().flat_map(|manifest| &manifest.entries) {
            if let Ok(chunks) = read(&store, entry) {
                assert_eq!(chunks, state(entry.key, entry.lsn.0), "{:?}", lie(nth));
            }
        }
    }
    assert!(refused > 0, "a lie was told");
}

#[test]
fn a_full_disk_costs_the_snapshot_in_progress() {
    let storage = MemoryStorage::new();
    let store = open(&storage).unwrap();
    work(&store, &mut Told::default(), 0).unwrap();
    let before = paths(&storage);
    let newest = present(&store);
    let used: u64 = before.iter().map(|path| storage.durable(path).unwrap().len() as u64).sum();
    for room in [0, 20, 1_000, 310_000, 620_000, 1_000_000] {
        storage.set_capacity(Some(used + room));
        let entries =
            (1..=3).map(|key| write(&store, key, 40, &state(key, 40))).collect::<Result<Vec<_>, _>>();
        let failed = entries.and_then(|entries| publish(&store, 40, &entries)).map(drop);
        assert!(failed.unwrap_err().to_string().contains("free space"), "{room}");
        store.abandon();
        assert_eq!(paths(&storage), before, "{room}: it goes at once");
        store.prune(2).unwrap();
        assert_eq!(paths(&storage), before, "{room}");
        assert_eq!(present(&store), newest, "{room}");
    }
    storage.set_capacity(None);
    resume(&storage, &store, 0);
}

#[test]
fn what_failed_says_where_and_what_to_do() {
    let storage = MemoryStorage::new();
    let store = open(&storage).unwrap();
    storage.inject(Fault::Fail { operation: Some(Operation::Sync), nth: 1 });
    let entry = write(&store, 2, 2, &state(2, 2)).unwrap();
    let failed = publish(&store, 2, &[entry]).unwrap_err().to_string();
    assert!(failed.starts_with("cannot sync snapshots/pack.tmp: "), "{failed}");
    assert!(failed.ends_with("check the disk, then make the snapshot anew"), "{failed}");
    store.abandon();

    let entry = write(&store, 2, 2, &state(2, 2)).unwrap();
    publish(&store, 2, &[entry]).unwrap();
    let path = paths(&storage).remove(1);
    storage.flip_bit(&path, 40 * 8).unwrap();
    let failed = read(&store, &entry).unwrap_err().to_string();
    assert!(failed.starts_with(&format!("{path} is unreadable at byte 32: the entry has CRC ")), "{failed}");
    assert!(failed.ends_with("restore the file from a backup or fall back to an older snapshot"), "{failed}");
}

#[test]
fn looking_changes_nothing() {
    let storage = MemoryStorage::new();
    begin(&storage, &mut Told::default()).unwrap();
    storage.put("snapshots/pack.tmp", b"half");
    let before = paths(&storage);
    for operation in [Operation::Create, Operation::Rename, Operation::Remove, Operation::SyncDir] {
        storage.inject(Fault::Fail { operation: Some(operation), nth: 1 });
    }
    let store = Store::attach(Arc::new(storage.clone()));
    assert_eq!(store.manifests().unwrap().len(), 2);
    assert!(store.verify().unwrap().is_sound());
    assert_eq!(paths(&storage), before);
}
