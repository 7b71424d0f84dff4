//! What the log takes on the disk is what it says that it takes, and what an ended segment has not used is given back.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use std::sync::Arc;

use common::{check_records, commit, open, options, scan, segment_path, shared};
use holdfast_testkit::{Fault, MemoryStorage, Operation, TempDir};
use holdfast_wal::{Committer, DiskStorage, Log, Lsn, Step, Storage, Tail};

/// Steps until nothing is left to do: the last group is proven, and the segment ahead is there.
fn settle(committer: &mut Committer) {
    while committer.step(true).unwrap() != Step::Nothing {}
}

fn on_disk(storage: &dyn Storage) -> u64 {
    let names = storage.list("wal").unwrap();
    names.iter().map(|name| storage.bytes_taken(&format!("wal/{name}")).unwrap()).sum()
}

/// A log of so many segments that were sealed early, three records in each, and an empty running one.
fn sealed(storage: &MemoryStorage, segments: usize) -> (Log, Committer) {
    let (log, mut committer) = open(&shared(storage));
    for _ in 0..segments {
        commit(&log, &mut committer, 3);
        log.seal_segment();
        settle(&mut committer);
    }
    (log, committer)
}

fn stop(log: &Log, mut committer: Committer) {
    log.stop();
    while committer.step(false).unwrap() != Step::Stopped {}
}

#[test]
fn a_start_leaves_what_it_used_and_no_more() {
    let storage = MemoryStorage::new();
    let segment = options().segment_bytes;
    for start in 1..=24 {
        let (log, mut committer) = open(&shared(&storage));
        commit(&log, &mut committer, 3);
        settle(&mut committer);
        assert_eq!(log.stats().disk_bytes, on_disk(&storage));
        // Header, records and their proof; where it was stopped in order, a seal.
        let blocks = 3 * (start - 1) + (start - 1) / 2;
        assert_eq!(log.stats().disk_bytes, 2 * segment + blocks * 4096, "start {start}");
        if start % 2 == 0 {
            stop(&log, committer);
        } else {
            // As killed.
            drop(committer);
        }
    }
    check_records(&scan(&storage.crash_losing_all()).unwrap());
}

#[test]
fn a_segment_that_is_sealed_early_gives_back_what_it_has_not_used() {
    let storage = MemoryStorage::new();
    let (log, committer) = sealed(&storage, 10);
    assert_eq!(log.segments().len(), 11);
    assert_eq!(log.stats().disk_bytes, on_disk(&storage));
    assert!(log.stats().disk_bytes < 4 * options().segment_bytes);
    let sealed = log.read_sealed(Lsn(1)).unwrap();
    assert_eq!(sealed.groups(Lsn(1)).map(|group| u64::from(group.unwrap().count)).sum::<u64>(), 30);
    for seed in 0..4 {
        check_records(&scan(&storage.crash(seed)).unwrap());
    }
    // As many are kept as take what is to be kept: all of them take some 12 KiB each.
    let kept = log.bytes_but_oldest();
    assert!(kept < options().segment_bytes * 2);
    assert_eq!(log.release_beyond(log.durable(), kept / 2).unwrap().segments, 5);
    stop(&log, committer);
}

#[test]
fn a_disk_that_gives_nothing_back_keeps_all_of_it() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    let fail = |nth| storage.inject(Fault::Fail { operation: Some(Operation::FreeTail), nth });
    (1..=4).for_each(fail);
    for _ in 0..4 {
        commit(&log, &mut committer, 3);
        log.seal_segment();
        settle(&mut committer);
    }
    assert_eq!(log.stats().disk_bytes, 6 * options().segment_bytes);
    assert_eq!(log.stats().disk_bytes, on_disk(&storage));
    stop(&log, committer);
    // The next start can.
    let (log, mut committer) = open(&shared(&storage));
    settle(&mut committer);
    assert_eq!(log.stats().disk_bytes, on_disk(&storage));
    assert!(log.stats().disk_bytes < 3 * options().segment_bytes);
}

#[test]
fn a_real_disk_gets_back_what_was_not_used() {
    let scratch = TempDir::below(env!("CARGO_TARGET_TMPDIR"));
    let storage: Arc<dyn Storage> = Arc::new(DiskStorage::open(scratch.path()).unwrap());
    let mut probe = storage.create("probe").unwrap();
    probe.write_at(0, &[0; 65536]).unwrap();
    probe.sync().unwrap();
    // Not every file system has holes.
    let has_holes = probe.free_tail(4096).is_ok();
    let (log, mut committer) = open(&storage);
    let segment = storage.bytes_taken(&segment_path(1)).unwrap();
    assert!(segment >= options().segment_bytes);
    commit(&log, &mut committer, 3);
    stop(&log, committer);
    let (log, mut committer) = open(&storage);
    settle(&mut committer);
    let taken = storage.bytes_taken(&segment_path(1)).unwrap();
    assert_eq!(taken < segment, has_holes, "{taken}");
    let length = std::fs::metadata(scratch.path().join(segment_path(1))).unwrap().len();
    assert_eq!(length, options().segment_bytes, "a segment keeps its length");
    stop(&log, committer);
    check_records(&holdfast_wal::Recovered::scan(&storage, Lsn(1), None).unwrap());
}

#[test]
fn what_is_written_for_records_counts_and_what_is_written_for_segments_does_not() {
    let (log, mut committer) = open(&shared(&MemoryStorage::new()));
    let block = 4096;
    commit(&log, &mut committer, 1);
    assert_eq!(log.bytes_written(), block, "a lone record takes a block");
    settle(&mut committer);
    assert_eq!(log.bytes_written(), 2 * block, "and another one for its proof");
    log.seal_segment();
    settle(&mut committer);
    assert_eq!(log.segments().len(), 2);
    assert_eq!(log.bytes_written(), 2 * block);
    log.seal_segment();
    settle(&mut committer);
    assert_eq!(log.segments().len(), 2, "a segment without records goes on");
    assert_eq!(log.stats().written_bytes, 3 * block);
}

#[test]
fn a_disk_that_is_full_of_the_log_starts_again_and_again() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = sealed(&storage, 10);
    commit(&log, &mut committer, 3);
    settle(&mut committer);
    // Not a byte is left but what the running segment and the one ahead have not used.
    storage.set_capacity(Some(on_disk(&storage)));
    drop(committer);
    // Each takes the three blocks of the one before it; of real segments there are thousands.
    for start in 1..=4 {
        let (log, mut committer) = open(&shared(&storage));
        commit(&log, &mut committer, 1);
        while committer.step(true).unwrap() != Step::Nothing {}
        assert_eq!(log.durable(), Lsn(33 + start));
        assert!(log.first_lsn() == Lsn(1), "nothing may go");
    }
    // Where even that is too little, what nobody needs goes, oldest first and no more than has to.
    storage.set_capacity(Some(on_disk(&storage) - options().segment_bytes / 2));
    let mut recovered = scan(&storage).unwrap();
    recovered.may_let_go_upto(Lsn(20));
    let (log, mut committer) = Log::start(shared(&storage), recovered, options(), Box::new(|_| {})).unwrap();
    commit(&log, &mut committer, 1);
    let first = log.first_lsn();
    assert!(first > Lsn(1) && first < Lsn(20), "{first}");
    assert_eq!(scan(&storage.crash_losing_all()).unwrap().first_lsn(), first);
}

/// The newest group is the only one of its segment, nothing proves it, and the disk is full: its segment does not go before
/// the copy of it is there.
#[test]
fn a_full_disk_costs_no_group_that_is_yet_to_be_copied() {
    for before in [0, 1] {
        let storage = MemoryStorage::new();
        let (log, mut committer) = sealed(&storage, before);
        commit(&log, &mut committer, 3);
        let last = log.durable();
        drop(committer);
        storage.set_capacity(Some(0));
        let mut recovered = scan(&storage).unwrap();
        assert!(matches!(recovered.tail(), Tail::Doubtful { .. }), "{:?}", recovered.tail());
        recovered.may_let_go_upto(Lsn(last.0 - 3));
        let refused = Log::start(shared(&storage), recovered, options(), Box::new(|_| {})).unwrap_err();
        assert!(refused.to_string().contains("no storage space"), "{refused}");
        assert_eq!(scan(&storage.crash_losing_all()).unwrap().last_lsn(), last, "{before} segments before");
    }
}

/// However often letting go fails: what is there is known, and goes once it can.
#[test]
fn segments_that_cannot_be_removed_go_with_the_next_try() {
    let storage = MemoryStorage::new();
    let (log, _committer) = sealed(&storage, 4);
    storage.inject(Fault::Always { operation: Some(Operation::Remove), under: "wal".to_owned(), nth: 1 });
    for _ in 0..2 {
        log.release(Lsn(9)).unwrap_err();
    }
    storage.heal();
    let released = log.release(Lsn(9)).unwrap();
    assert_eq!((released.segments, released.first), (3, Lsn(10)));
    assert_eq!(log.stats().disk_bytes, on_disk(&storage));
}

/// A crash may bring a segment back whose removal was not synced. What is younger goes only when a segment says that this
/// one is gone, so that there is never a hole behind it.
#[test]
fn a_removal_whose_sync_failed_leaves_no_hole_if_a_crash_undoes_it() {
    let lets_go: [fn(&Log) -> std::io::Result<()>; 2] = [|log| log.release(Lsn(3)).map(drop), Log::retire];
    for let_go in lets_go {
        let storage = MemoryStorage::new();
        let (log, mut committer) = sealed(&storage, 4);
        storage.inject(Fault::Fail { operation: Some(Operation::SyncDir), nth: 1 });
        let_go(&log).unwrap_err();
        assert_eq!(log.first_lsn(), Lsn(4), "no reader finds it any more");
        let is_whole = |first: Lsn| {
            for crashed in [storage.crash_losing_all(), storage.crash_keeping_all()] {
                let recovered = scan(&crashed).unwrap();
                assert_eq!(recovered.last_lsn(), log.durable());
                assert!(recovered.first_lsn() == first || recovered.first_lsn() == log.first_lsn());
                check_records(&recovered);
            }
        };
        log.release(Lsn(9)).unwrap();
        assert_eq!(log.first_lsn(), Lsn(4), "the younger ones wait");
        is_whole(Lsn(1));
        // The segment that is made ahead may not say it yet.
        for _ in 0..2 {
            commit(&log, &mut committer, 3);
            log.seal_segment();
            settle(&mut committer);
        }
        log.release(Lsn(9)).unwrap();
        assert_eq!(log.first_lsn(), Lsn(10));
        is_whole(Lsn(10));
        assert_eq!(log.stats().disk_bytes, on_disk(&storage));
    }
}
