//! What the tests of the log share: a log of small segments, records that say their own number.

#![allow(dead_code, clippy::allow_attributes, reason = "every test file uses its part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
#![allow(unreachable_pub, reason = "every test file is a crate of its own")]

use std::sync::Arc;

use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Batch, Committer, Log, Lsn, OpenError, Options, Recovered, Step, Storage};

/// The smallest segments, and nonces that are the same at every run.
pub fn options() -> Options {
    Options { segment_bytes: 64 << 10, nonce_seed: Some(7), ..Options::default() }
}

/// What record `lsn` holds: its number, and as many bytes as vary the lengths.
pub fn payload(lsn: u64) -> Vec<u8> {
    let mut bytes = lsn.to_le_bytes().to_vec();
    bytes.resize(8 + usize::try_from(lsn * 37 % 200).unwrap(), u8::try_from(lsn % 255).unwrap() + 1);
    bytes
}

pub fn batch(first: u64, count: u64) -> Batch {
    let mut batch = Batch::new();
    for lsn in first..first + count {
        batch.push(|bytes| bytes.extend_from_slice(&payload(lsn)));
    }
    batch
}

/// Appends `count` records from `first` on as one batch.
pub fn append(log: &Log, first: u64, count: u64) -> Lsn {
    log.append(&mut batch(first, count)).unwrap()
}

/// Appends `count` records as one batch and makes them durable.
pub fn commit(log: &Log, committer: &mut Committer, count: u64) {
    append(log, log.appended().0 + 1, count);
    while log.durable() < log.appended() {
        assert_ne!(committer.step(false).unwrap(), Step::Nothing, "what was appended is written");
    }
}

/// Recovers and starts a log, not stepped yet.
pub fn open(storage: &Arc<dyn Storage>) -> (Log, Committer) {
    try_open(storage).unwrap()
}

pub fn try_open(storage: &Arc<dyn Storage>) -> Result<(Log, Committer), OpenError> {
    let recovered = Recovered::scan(storage, Lsn(1), None)?;
    Log::start(Arc::clone(storage), recovered, options(), Box::new(|_| {}))
}

pub fn shared(storage: &MemoryStorage) -> Arc<dyn Storage> {
    Arc::new(storage.clone())
}

pub fn scan(storage: &MemoryStorage) -> Result<Recovered, OpenError> {
    Recovered::scan(&shared(storage), Lsn(1), None)
}

/// Every record from `from` on.
pub fn records(recovered: &Recovered, from: Lsn) -> Vec<(Lsn, Vec<u8>)> {
    let records = recovered.groups(from).flat_map(|group| group.unwrap().records());
    records.map(|(lsn, bytes)| (lsn, bytes.to_vec())).collect()
}

/// Panics unless the log holds exactly its first to its last record, each as it was appended.
pub fn check_records(recovered: &Recovered) {
    let mut next = recovered.first_lsn();
    for (lsn, bytes) in records(recovered, next) {
        assert_eq!(lsn, next);
        assert_eq!(bytes, payload(lsn.0), "record {lsn}");
        next = next.next();
    }
    assert_eq!(next, recovered.last_lsn().next());
}

/// Where a segment lies.
pub fn segment_path(number: u64) -> String {
    format!("wal/{number:020}.wal")
}
