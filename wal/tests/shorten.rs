//! A copy of a log ends after any of its records: what is before is there, what is behind is gone, and it goes on.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use common::{check_records, commit, open, records, scan, shared};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Log, Lsn, Recovered, ShortenError, Step, Storage, Tail, shorten};

/// Groups of one to seven records in five segments, with two starts in between, one of them after a crash.
fn log_of_many() -> (MemoryStorage, u64) {
    let mut storage = MemoryStorage::new();
    for round in 0..3 {
        let (log, mut committer) = open(&shared(&storage));
        for count in [3, 1, 7, 2] {
            commit(&log, &mut committer, count);
            if count == 7 && round != 1 {
                log.seal_segment();
                assert_eq!(committer.step(false).unwrap(), Step::Rotated);
            }
        }
        if round == 0 {
            log.stop();
            assert_eq!(committer.step(false).unwrap(), Step::Stopped);
        }
        drop(committer);
        storage = storage.crash_losing_all();
    }
    let last = scan(&storage).unwrap().last_lsn().0;
    (storage, last)
}

#[test]
fn it_ends_after_each_record_and_goes_on_from_there() {
    let (whole, last) = log_of_many();
    assert_eq!(last, 39);
    let before = records(&scan(&whole).unwrap(), Lsn(1));
    for lsn in 1..=last {
        let storage = whole.crash_losing_all();
        shorten(&shared(&storage), Lsn(lsn), Some(9)).unwrap();
        // All of it is durable.
        let storage = storage.crash_losing_all();
        let found = scan(&storage).unwrap_or_else(|error| panic!("record {lsn}: {error}"));
        assert_eq!((found.last_lsn(), found.tail()), (Lsn(lsn), &Tail::Sealed), "record {lsn}");
        assert_eq!(records(&found, Lsn(1)), before[..lsn as usize], "record {lsn}");
        assert_eq!(found.first_lsn(), Lsn(1));
        // Nothing of what is behind is left, whoever looks.
        let mut seen = Vec::new();
        holdfast_wal::inspect(&storage, &mut |place| {
            if let holdfast_wal::Seen::Group(group) = place {
                seen.extend(group.records().map(|(lsn, _)| lsn));
            }
        })
        .unwrap();
        assert!(seen.iter().all(|seen| *seen <= Lsn(lsn)), "record {lsn}: {seen:?}");

        let (log, mut committer) = open(&shared(&storage));
        commit(&log, &mut committer, 4);
        drop(committer);
        let again = scan(&storage.crash_losing_all()).unwrap();
        assert_eq!(again.last_lsn(), Lsn(lsn + 4));
        check_records(&again);
    }
}

#[test]
fn segments_that_the_log_let_go_of_meanwhile_are_a_part_of_the_copy() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    let mut kept = Vec::new();
    for _ in 0..4 {
        commit(&log, &mut committer, 5);
        log.seal_segment();
        assert_eq!(committer.step(false).unwrap(), Step::Rotated);
        kept = log.segments().iter().map(holdfast_wal::KeptSegment::path).collect();
    }
    // The oldest are copied, then the log lets go of them, and those that are made later say so.
    let copy = MemoryStorage::new();
    let add = |copy: &MemoryStorage, path: &str| {
        let bytes = storage.read(path).unwrap();
        let mut file = copy.create(path).unwrap();
        file.write_at(0, &bytes).unwrap();
        file.sync().unwrap();
    };
    copy.create_dir("wal").unwrap();
    kept[..2].iter().for_each(|path| add(&copy, path));
    log.release(Lsn(10)).unwrap();
    for _ in 0..3 {
        commit(&log, &mut committer, 5);
        log.seal_segment();
        assert_eq!(committer.step(false).unwrap(), Step::Rotated);
    }
    let segments = log.segments();
    segments[..segments.len() - 1].iter().for_each(|kept| add(&copy, &kept.path()));
    copy.sync_dir("wal").unwrap();
    assert!(scan(&copy).unwrap().first_lsn() > Lsn(1), "a start would pass over the oldest");
    assert_eq!(Recovered::scan_copies(&shared(&copy), Lsn(1)).unwrap().first_lsn(), Lsn(1));
    shorten(&shared(&copy), Lsn(33), Some(9)).unwrap();
    let found = scan(&copy).unwrap();
    assert_eq!((found.first_lsn(), found.last_lsn()), (Lsn(1), Lsn(33)));
    check_records(&found);
}

#[test]
fn a_record_that_is_not_there_is_refused_and_nothing_is_changed() {
    let (storage, last) = log_of_many();
    for lsn in [0, last + 1, u64::MAX] {
        let refused = shorten(&shared(&storage), Lsn(lsn), Some(9));
        assert!(matches!(refused, Err(ShortenError::NotThere { .. })), "{lsn}: {refused:?}");
    }
    let (log, _committer) = open(&shared(&storage));
    assert_eq!(log.appended(), Lsn(last));
    let empty = MemoryStorage::new();
    assert!(matches!(shorten(&shared(&empty), Lsn(1), None), Err(ShortenError::NotThere { .. })));
    let _: (Log, _) = open(&shared(&empty));
}

#[test]
fn a_damaged_copy_is_refused() {
    let (storage, _) = log_of_many();
    storage.flip_bit(&common::segment_path(1), (4096 + 100) * 8).unwrap();
    assert!(matches!(shorten(&shared(&storage), Lsn(2), Some(9)), Err(ShortenError::Log(_))));
}
