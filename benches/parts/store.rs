//! Snapshots and the log on the real disk: what a checkpoint writes, what a start reads. (The disk's cache holds what
//! is read: a start right after a stop.)

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use holdfast_engine::{
    Change, Created, Event, EventId, MemoryGauge, Record, Snapshots, Sources, encode_record, read_event,
    recover, write_event,
};
use holdfast_snapshots::{Entry, Manifest, Store};
use holdfast_testkit::TempDir;
use holdfast_wal::{Batch, DiskStorage, Log, Lsn, Options, Recovered, Storage};

use crate::hall::{Holders, MILLION, SEED, START, at, created, judge, large, scattered};
use crate::scratch;

pub(crate) fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("store");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    group.bench_function("snapshot_write_1M", |b| {
        let (scratch, event) = (scratch(), large());
        let store = Store::open(open(&scratch)).expect("an empty directory");
        let mut lsn = 0;
        b.iter(|| {
            lsn += 1;
            write(&store, &event, Lsn(lsn));
            store.prune(1).expect("older ones can be removed");
        });
    });
    group.bench_function("snapshot_load_1M", |b| {
        let scratch = scratch();
        let store = Store::open(open(&scratch)).expect("an empty directory");
        let entry = write(&store, &large(), Lsn(1));
        b.iter_with_large_drop(|| {
            let reader = store.read(&entry).expect("a whole entry");
            read_event(reader.chunks(), SEED).expect("an event")
        });
    });
    group.throughput(Throughput::Elements(u64::from(MILLION)));
    group.bench_function("log_recover_1M", |b| {
        let scratch = scratch();
        let storage = open(&scratch);
        write_log(&storage);
        let store = Store::open(Arc::clone(&storage)).expect("an empty directory");
        b.iter_with_large_drop(|| {
            let snapshots = Snapshots::find(&store).expect("none");
            let recovered =
                Recovered::scan(&storage, snapshots.replay_from(), snapshots.witness()).expect("a sound log");
            let sources =
                Sources { storage: &storage, store: &store, snapshots: &snapshots, log: &recovered };
            let recovery = recover(sources, &MemoryGauge::default(), SEED, 1).expect("an event");
            assert_eq!(recovery.report.records, u64::from(MILLION) + 1);
            recovery.events
        });
    });
    group.finish();
}

fn open(scratch: &TempDir) -> Arc<dyn Storage> {
    Arc::new(DiskStorage::open(scratch.path()).expect("a directory"))
}

/// A snapshot of one event, durable when this returns.
fn write(store: &Store, event: &Event, lsn: Lsn) -> Entry {
    let written = store.write((1, lsn, b""), &mut |entry| write_event(event, |chunk| entry.chunk(chunk)));
    let entry = written.expect("the disk takes it");
    let manifest = Manifest { lsn, entries: vec![entry], meta: Vec::new(), packs: Vec::new() };
    store.publish(manifest, u64::MAX).expect("the disk takes it");
    entry
}

/// The log of an event of which each of a million seats is held once.
fn write_log(storage: &Arc<dyn Storage>) {
    let recovered = Recovered::scan(storage, Lsn::ZERO, None).expect("an empty log");
    let (log, committer) =
        Log::start(Arc::clone(storage), recovered, Options::default(), Box::new(drop)).expect("a fresh log");
    let committer = committer.spawn().expect("a thread");
    let (holders, mut batch) = (Holders::new(), Batch::new());
    let created: Created = created(MILLION);
    let mut event = Event::create(&created, START, SEED).expect("a good description");
    let record = Record::new(START, 1, None, Change::Created(Box::new(created)));
    batch.push(|bytes| encode_record(EventId(1), event.digest(), &record, event.touched(), bytes));
    for number in 0..u64::from(MILLION) {
        let write = holders.hold(number, scattered(number, MILLION));
        let record = judge(&mut event, number, write, at(number)).expect("a free seat");
        batch.push(|bytes| encode_record(EventId(1), event.digest(), &record, event.touched(), bytes));
        if batch.len() == 1_000 {
            log.append(&mut batch).expect("the log runs");
        }
    }
    log.append(&mut batch).expect("the log runs");
    log.stop();
    let ended = committer.join().expect("the committer");
    ended.expect("the log was sound");
}
