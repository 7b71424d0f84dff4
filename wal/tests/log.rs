//! A running log, from the outside: what is appended comes back, in order, whole.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use std::sync::Arc;

use common::{append, open, payload, records};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Lsn, Recovered, Step, Storage, Tail};

fn storage() -> Arc<dyn Storage> {
    Arc::new(MemoryStorage::new())
}

#[test]
fn what_was_appended_comes_back_after_a_clean_stop() {
    let storage = storage();
    let (log, mut committer) = open(&storage);
    assert_eq!(log.appended(), Lsn::ZERO);
    assert_eq!(append(&log, 1, 3), Lsn(1));
    assert_eq!(append(&log, 4, 2), Lsn(4));
    assert_eq!(log.durable(), Lsn::ZERO);
    assert!(matches!(committer.step(false).unwrap(), Step::Committed { upto: Lsn(5), records: 5, .. }));
    assert_eq!(log.durable(), Lsn(5));
    log.stop();
    assert_eq!(committer.step(false).unwrap(), Step::Stopped);
    drop(committer);
    let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
    assert_eq!(*recovered.tail(), Tail::Sealed);
    assert_eq!((recovered.first_lsn(), recovered.last_lsn()), (Lsn(1), Lsn(5)));
    let expected: Vec<_> = (1..=5).map(|lsn| (Lsn(lsn), payload(lsn))).collect();
    assert_eq!(records(&recovered, Lsn(1)), expected);
    assert_eq!(records(&recovered, Lsn(4)), expected[3..]);
}
