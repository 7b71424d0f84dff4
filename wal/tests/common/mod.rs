//! What the tests of the log share: a log of small segments, records that say their own number.

#![expect(dead_code, reason = "every test file uses its part")]

use std::sync::Arc;

use holdfast_wal::{Batch, Committer, Log, Lsn, OpenError, Options, Recovered, Storage};

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

/// Appends `count` records from `first` on as one batch.
pub fn append(log: &Log, first: u64, count: u64) -> Lsn {
    log.append(&mut batch(first, count)).unwrap()
}

pub fn batch(first: u64, count: u64) -> Batch {
    let mut batch = Batch::new();
    for lsn in first..first + count {
        batch.push(|bytes| bytes.extend_from_slice(&payload(lsn)));
    }
    batch
}

/// Recovers and starts a log, not stepped yet.
pub fn open(storage: &Arc<dyn Storage>) -> (Log, Committer) {
    try_open(storage).unwrap()
}

pub fn try_open(storage: &Arc<dyn Storage>) -> Result<(Log, Committer), OpenError> {
    let recovered = Recovered::scan(storage, Lsn(1), None)?;
    Log::start(Arc::clone(storage), recovered, options(), Box::new(|_| {}))
}

/// Every record from `from` on.
pub fn records(recovered: &Recovered, from: Lsn) -> Vec<(Lsn, Vec<u8>)> {
    recovered
        .groups(from)
        .flat_map(|group| group.records())
        .map(|(lsn, bytes)| (lsn, bytes.to_vec()))
        .collect()
}
