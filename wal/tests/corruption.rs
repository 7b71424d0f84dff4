//! Rot against the torn tail: each row of the table in `FORMAT.md`, and every single bit of a small log.
//!
//! Invariants: a log is never silently shorter than what a later group or a witness proves to have been durable; a
//! refusal names file, byte and group; scanning never changes a byte.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use common::{append, check_records, commit, open, options, payload, records, scan, segment_path, shared};
use holdfast_testkit::{Fault, MemoryStorage, Operation};
use holdfast_wal::{Log, Lsn, OpenError, ReadError, Recovered, Step, Tail, Witness};

const BLOCK: u64 = 4096;

/// One segment: groups 1 to `groups` of `records` records each at one block apart, the last not proven by anything.
fn log_of(groups: u64, records: u64) -> MemoryStorage {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    for _ in 0..groups {
        commit(&log, &mut committer, records);
    }
    drop(committer);
    // As after a kill. The segment that was made ready ahead is empty.
    storage.crash_keeping_all()
}

fn flip(storage: &MemoryStorage, segment: u64, byte: u64) {
    storage.flip_bit(&segment_path(segment), byte * 8).unwrap();
}

/// Zeros over `len` bytes, as if they had never arrived.
fn lose(storage: &MemoryStorage, segment: u64, offset: u64, len: u64) {
    let path = segment_path(segment);
    let mut file = shared(storage).open(&path).unwrap();
    file.write_at(offset, &vec![0; usize::try_from(len).unwrap()]).unwrap();
    file.sync().unwrap();
}

#[track_caller]
fn refused(storage: &MemoryStorage, group: u64, byte: u64, why: &str) {
    match scan(storage) {
        Err(error @ OpenError::Corruption { .. }) => {
            let said = error.to_string();
            let OpenError::Corruption { group: found, offset, file, reason, .. } = error else {
                unreachable!()
            };
            assert_eq!((found, offset), (group, byte), "{reason}");
            assert!(reason.contains(why), "{reason}");
            assert!(said.contains(&file) && said.contains("accept-loss-from"), "{said}");
        }
        other => panic!("not refused: {:?}", other.map(|recovered| recovered.tail().clone())),
    }
}

#[track_caller]
fn cut(storage: &MemoryStorage, group: u64, last: u64) {
    let recovered = scan(storage).unwrap();
    let Tail::Cut { segment, offset, group: found, .. } = *recovered.tail() else {
        panic!("{:?}", recovered.tail());
    };
    assert_eq!(found, group);
    assert_eq!(recovered.last_lsn(), Lsn(last));
    check_records(&recovered);
    // Cut for good: the next start finds nothing of it.
    let (log, committer) = Log::start(shared(storage), recovered, options(), Box::new(|_| {})).unwrap();
    assert_eq!(log.durable(), Lsn(last));
    drop(committer);
    // Zeroed, durably, unless its segment held nothing else and is gone.
    if let Some(bytes) = storage.crash_losing_all().durable(&segment_path(segment)) {
        assert!(bytes[usize::try_from(offset).unwrap()..].iter().all(|byte| *byte == 0));
    }
    let again = scan(storage).unwrap();
    assert!(!matches!(again.tail(), Tail::Cut { .. }), "{:?}", again.tail());
    assert_eq!(again.last_lsn(), Lsn(last));
}

#[test]
fn row_1_a_later_group_proves_that_a_broken_one_was_durable() {
    for byte in [0, 20, 70, 79, 85, 200] {
        let storage = log_of(3, 4);
        flip(&storage, 1, 2 * BLOCK + byte);
        refused(&storage, 2, 2 * BLOCK, "group 3 at byte 12288");
    }
    let storage = log_of(3, 4);
    lose(&storage, 1, 2 * BLOCK, BLOCK);
    refused(&storage, 2, 2 * BLOCK, "nothing is there, yet group 3");
}

#[test]
fn row_1_a_header_is_proof_enough_even_if_its_group_is_torn() {
    let storage = log_of(2, 4);
    flip(&storage, 1, BLOCK + 100);
    // Of group 2 only the first sector arrived.
    lose(&storage, 1, 2 * BLOCK + 512, BLOCK - 512);
    refused(&storage, 1, BLOCK, "group 2 at byte 8192");
}

#[test]
fn row_1_a_group_in_a_later_segment_is_a_proof() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 4);
    log.seal_segment();
    assert_eq!(committer.step(false).unwrap(), Step::Rotated);
    drop(committer);
    flip(&storage, 1, BLOCK + 90);
    refused(&storage, 1, BLOCK, &segment_path(2));
    lose(&storage, 1, BLOCK, BLOCK);
    refused(&storage, 1, BLOCK, &segment_path(2));
}

#[test]
fn row_2_the_header_of_a_segment_made_ready_is_a_witness() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 4);
    log.seal_segment();
    assert_eq!(committer.step(false).unwrap(), Step::Rotated);
    // Group 3 fills most of segment 2; the one that is made ready during the next step knows of it.
    commit(&log, &mut committer, 1);
    assert_eq!(committer.step(false).unwrap(), Step::Nothing);
    drop(committer);
    let names = shared(&storage).list("wal").unwrap();
    assert_eq!(names.len(), 3, "{names:?}");
    // The third was made when group 2 was durable: losing that one is noticed though nothing was written after.
    lose(&storage, 2, BLOCK, 2 * BLOCK);
    refused(&storage, 2, 2 * BLOCK, "was made when group 2 was durable");
}

#[test]
fn row_2_a_start_after_a_lost_group_is_a_witness() {
    let storage = log_of(2, 4);
    let (_, committer) = open(&shared(&storage));
    drop(committer);
    lose(&storage, 1, BLOCK, BLOCK);
    refused(&storage, 1, BLOCK, "yet");
}

#[test]
fn row_2_a_snapshot_is_a_witness() {
    let storage = log_of(2, 4);
    let witness = |durable| Some(Witness { durable: Lsn(durable), source: "snapshot manifest 9".to_owned() });
    let scan = |storage: &MemoryStorage, durable| Recovered::scan(&shared(storage), Lsn(1), witness(durable));
    assert_eq!(scan(&storage, 8).unwrap().last_lsn(), Lsn(8));
    let said = scan(&storage, 9).unwrap_err().to_string();
    assert!(said.contains("snapshot manifest 9 says that record 9 was durable"), "{said}");
    lose(&storage, 1, 2 * BLOCK, BLOCK);
    assert_eq!(scan(&storage, 4).unwrap().last_lsn(), Lsn(4));
    let said = scan(&storage, 5).unwrap_err().to_string();
    assert!(said.contains("snapshot manifest 9"), "{said}");
    let said = scan(&MemoryStorage::new(), 1).unwrap_err().to_string();
    assert!(said.contains("there is no log"), "{said}");
}

#[test]
fn row_2_a_seal_is_a_witness() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 4);
    log.stop();
    assert_eq!(committer.step(false).unwrap(), Step::Stopped);
    drop(committer);
    assert_eq!(*scan(&storage).unwrap().tail(), Tail::Sealed);
    lose(&storage, 1, BLOCK, 512);
    refused(&storage, 1, BLOCK, "group 2");
}

#[test]
fn row_2_an_idle_group_ends_the_doubt() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 4);
    assert!(matches!(scan(&storage).unwrap().tail(), Tail::Doubtful { .. }));
    assert_eq!(committer.step(true).unwrap(), Step::IdleGroup);
    assert_eq!(committer.step(true).unwrap(), Step::Nothing);
    assert_eq!(*scan(&storage).unwrap().tail(), Tail::Clean);
    drop(committer);
    lose(&storage, 1, BLOCK, 512);
    refused(&storage, 1, BLOCK, "group 2");
}

#[test]
fn row_3_all_sectors_arrived_and_the_group_is_wrong() {
    let storage = log_of(2, 10);
    flip(&storage, 1, 2 * BLOCK + 600);
    refused(&storage, 2, 2 * BLOCK, "all of the group arrived");
}

#[test]
fn row_4_a_group_of_another_place_is_no_torn_tail() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 4);
    // Group 2 lands where group 1 is; its own place stays empty.
    storage.inject(Fault::MisdirectedWrite { nth: 1, path: segment_path(1), offset: BLOCK });
    commit(&log, &mut committer, 4);
    drop(committer);
    storage.drop_caches();
    refused(&storage, 1, BLOCK, "misdirected");
}

#[test]
fn row_4_a_group_that_does_not_follow_the_one_before_is_refused() {
    // Two histories that differ in what group 2 holds, and in nothing else.
    let [ours, theirs] = [5, 6].map(|byte| {
        let storage = MemoryStorage::new();
        let (log, mut committer) = open(&shared(&storage));
        commit(&log, &mut committer, 1);
        let mut batch = holdfast_wal::Batch::new();
        batch.push(|bytes| bytes.extend_from_slice(&[byte; 100]));
        log.append(&mut batch).unwrap();
        committer.step(false).unwrap();
        commit(&log, &mut committer, 1);
        storage
    });
    let image = theirs.durable(&segment_path(1)).unwrap();
    let mut file = shared(&ours).open(&segment_path(1)).unwrap();
    file.write_at(2 * BLOCK, &image[8192..12288]).unwrap();
    refused(&ours, 3, 3 * BLOCK, "does not follow");
}

#[test]
fn row_4_a_lost_write_before_a_later_group_is_refused() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 4);
    storage.inject(Fault::LostWrite { nth: 1 });
    commit(&log, &mut committer, 4);
    commit(&log, &mut committer, 4);
    drop(committer);
    storage.drop_caches();
    refused(&storage, 2, 2 * BLOCK, "group 3");
}

#[test]
fn row_5_a_torn_last_group_is_cut_wherever_its_holes_are() {
    // Group 2 takes several blocks: 40 records are some 4.5 KiB.
    for sector in 0..9 {
        let storage = log_of(1, 40);
        let (log, mut committer) = open(&shared(&storage));
        commit(&log, &mut committer, 40);
        drop(committer);
        lose(&storage, 3, 3 * BLOCK + sector * 512, 512);
        cut(&storage, 2, 40);
    }
}

#[test]
fn row_5_a_last_group_with_a_broken_header_is_cut() {
    let storage = log_of(2, 4);
    flip(&storage, 1, 2 * BLOCK + 20);
    cut(&storage, 2, 4);
}

#[test]
fn row_5_a_torn_first_group_of_the_next_segment_is_cut() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 4);
    log.seal_segment();
    assert_eq!(committer.step(false).unwrap(), Step::Rotated);
    drop(committer);
    // The opening of segment 2 is not proven by anything, and without it segment 1 ends cleanly.
    flip(&storage, 2, BLOCK + 20);
    cut(&storage, 2, 4);
}

#[test]
fn row_6_a_header_that_never_arrived_is_cut() {
    let storage = log_of(1, 40);
    lose(&storage, 1, BLOCK, 512);
    cut(&storage, 1, 0);
}

#[test]
fn row_7_nothing_there_is_the_end() {
    let storage = log_of(2, 4);
    lose(&storage, 1, 2 * BLOCK, BLOCK);
    let recovered = scan(&storage).unwrap();
    assert_eq!(recovered.last_lsn(), Lsn(4));
    assert!(matches!(recovered.tail(), Tail::Doubtful { group: 1, .. }));
}

#[test]
fn a_missing_segment_is_noticed() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    for _ in 0..3 {
        commit(&log, &mut committer, 4);
        log.seal_segment();
        assert_eq!(committer.step(false).unwrap(), Step::Rotated);
    }
    drop(committer);
    shared(&storage).remove(&segment_path(2)).unwrap();
    let said = scan(&storage).unwrap_err().to_string();
    assert!(said.contains("is damaged"), "{said}");
    // What is not needed is not validated.
    let recovered = Recovered::scan(&shared(&storage), Lsn(9), None).unwrap();
    assert_eq!(records(&recovered, Lsn(9)).len(), 4);
}

#[test]
fn every_flipped_bit_of_a_proven_log_is_refused_or_of_no_consequence() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    for _ in 0..3 {
        commit(&log, &mut committer, 1);
    }
    committer.step(true).unwrap();
    drop((log, committer));
    let used = 5 * BLOCK;
    let path = segment_path(1);
    let mut refusals = 0;
    for bit in 0..used * 8 {
        storage.flip_bit(&path, bit).unwrap();
        match scan(&storage) {
            Ok(recovered) => {
                assert_eq!(recovered.last_lsn(), Lsn(3), "bit {bit}: silently shorter");
                check_records(&recovered);
            }
            Err(OpenError::Corruption { file, .. }) => {
                assert_eq!(file, path);
                refusals += 1;
            }
            Err(other) => panic!("bit {bit}: {other}"),
        }
        storage.flip_bit(&path, bit).unwrap();
    }
    // Every bit of the header and of the frames of three groups, and none of the padding. The idle group that proves
    // the third may be missing, and not be wrong: its second checksum.
    let records: u64 = (1..=3).map(|lsn| 4 + payload(lsn).len() as u64).sum();
    assert_eq!(refusals, (76 + 3 * 80 + records + 4) * 8);
}

#[test]
fn every_flipped_bit_of_a_sealed_segment_is_found_when_it_is_read() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 2);
    log.seal_segment();
    committer.step(false).unwrap();
    assert_eq!(log.sealed_upto(), Lsn(2));
    let path = segment_path(1);
    let frame = 80 + (1..=2).map(|lsn| 4 + payload(lsn).len() as u64).sum::<u64>();
    let bits = (0..76 * 8).chain(BLOCK * 8..(BLOCK + frame) * 8);
    for bit in bits {
        storage.flip_bit(&path, bit).unwrap();
        match log.read_sealed(Lsn(1)) {
            Err(ReadError::Corruption { file, .. }) => assert_eq!(file, path),
            other => panic!("bit {bit}: {other:?}"),
        }
        storage.flip_bit(&path, bit).unwrap();
    }
    assert_eq!(log.read_sealed(Lsn(1)).unwrap().last_lsn(), Lsn(2));
}

#[test]
fn a_read_error_is_a_refusal() {
    let storage = log_of(2, 4);
    for nth in 1..=3 {
        let storage = storage.fork();
        storage.inject(Fault::Fail { operation: Some(Operation::Read), nth });
        assert!(matches!(scan(&storage), Err(OpenError::Io { .. })), "read {nth}");
    }
}

#[test]
fn scanning_changes_nothing() {
    let storage = log_of(2, 40);
    lose(&storage, 1, BLOCK + 512, 512);
    let before = (storage.durable(&segment_path(1)), shared(&storage).list("wal").unwrap());
    let _ = scan(&storage);
    assert_eq!(before, (storage.durable(&segment_path(1)), shared(&storage).list("wal").unwrap()));
}

#[test]
fn records_that_look_like_groups_are_no_groups() {
    let storage = log_of(1, 1);
    let image = storage.durable(&segment_path(1)).unwrap();
    // A client that knows a group of the log byte for byte makes it the record that would lie on a block.
    let stolen = &image[4096..4096 + 200];
    let (log, mut committer) = open(&shared(&storage));
    let mut batch = holdfast_wal::Batch::new();
    batch.push(|bytes| {
        // Behind the header of the group and the length of the record.
        bytes.resize(bytes.len() + 4096 - 84, 1);
        bytes.extend_from_slice(stolen);
        bytes.resize(9000, 1);
    });
    log.append(&mut batch).unwrap();
    committer.step(false).unwrap();
    let number = 3;
    drop((log, committer));
    // Torn: what looks like a group in the middle of it proves nothing.
    lose(&storage, number, 2 * BLOCK, 512);
    cut(&storage, 2, 1);
}

#[test]
fn append_refuses_what_no_segment_holds() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    let longest = log.batch_bytes_max() - 4;
    let mut batch = holdfast_wal::Batch::new();
    batch.push(|bytes| bytes.resize(bytes.len() + longest, 9));
    log.append(&mut batch).unwrap();
    append(&log, 2, 1);
    // Once more, into a segment that was made ready ahead.
    let mut batch = holdfast_wal::Batch::new();
    batch.push(|bytes| bytes.resize(bytes.len() + longest, 9));
    log.append(&mut batch).unwrap();
    let mut steps = Vec::new();
    while log.durable() < Lsn(3) {
        assert!(steps.len() < 9, "{steps:?}");
        steps.push(committer.step(false).unwrap());
    }
    assert!(steps.contains(&Step::Rotated));
    drop(committer);
    assert_eq!(scan(&storage).unwrap().last_lsn(), Lsn(3));
    let mut batch = holdfast_wal::Batch::new();
    batch.push(|bytes| bytes.resize(bytes.len() + longest + 1, 9));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| log.append(&mut batch))).is_err());
}
