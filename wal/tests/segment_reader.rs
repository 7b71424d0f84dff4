//! What is durable is read beside the committer: all of it, nothing more, and never what is damaged.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use common::{append, commit, open, payload, segment_path, shared};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{KeptSegment, Log, Lsn, ReadError};

const BEGINNING: Lsn = Lsn::ZERO;

/// Everything that can be read now, through all segments, in pieces of so many bytes.
fn everything(log: &Log, bytes: usize) -> Result<Vec<(Lsn, Vec<u8>)>, ReadError> {
    let mut records = Vec::new();
    for KeptSegment { number, first, .. } in log.segments() {
        let mut reader = log.read_segment(number, 0, Lsn(first.0 - 1))?;
        while let Some(chunk) = reader.next(bytes)? {
            for group in chunk.groups() {
                records.extend(group.records().map(|(lsn, bytes)| (lsn, bytes.to_vec())));
            }
        }
    }
    Ok(records)
}

fn expected(last: u64) -> Vec<(Lsn, Vec<u8>)> {
    (1..=last).map(|lsn| (Lsn(lsn), payload(lsn))).collect()
}

#[test]
fn all_that_is_durable_is_read_and_nothing_more() {
    let storage = shared(&MemoryStorage::new());
    let (log, mut committer) = open(&storage);
    for round in 1..=60 {
        commit(&log, &mut committer, 20);
        if round % 7 == 0 {
            committer.step(true).unwrap();
        }
        for bytes in [0, 5_000, 1 << 20] {
            assert_eq!(everything(&log, bytes).unwrap(), expected(round * 20), "{bytes} at a time");
        }
    }
    assert!(log.segments().len() > 3, "several segments were read");
    append(&log, 1_201, 5);
    assert_eq!(everything(&log, 4_096).unwrap().len(), 1_200, "appended is not durable");
}

#[test]
fn a_reader_goes_on_where_it_was() {
    let storage = shared(&MemoryStorage::new());
    let (log, mut committer) = open(&storage);
    commit(&log, &mut committer, 10);
    let mut reader = log.read_segment(log.segments()[0].number, 0, BEGINNING).unwrap();
    assert_eq!(reader.next(1 << 20).unwrap().unwrap().groups().count(), 1);
    assert!(reader.next(1 << 20).unwrap().is_none());
    committer.step(true).unwrap();
    commit(&log, &mut committer, 10);
    commit(&log, &mut committer, 10);
    reader.pass_over(Lsn(20)).unwrap();
    assert_eq!(reader.last(), Lsn(20));
    let chunk = reader.next(1 << 20).unwrap().unwrap();
    assert_eq!(chunk.groups().map(|group| group.first).collect::<Vec<_>>(), [Lsn(21)]);
    log.seal_segment();
    while log.segment_after(1).is_none() {
        committer.step(false).unwrap();
    }
    assert!(reader.next(1 << 20).unwrap().is_none(), "a sealed segment has an end");
    assert_eq!(log.segment_after(1).map(|segment| (segment.first, segment.last)), Some((Lsn(31), None)));
}

#[test]
fn a_restart_with_a_doubtful_group_shows_each_record_once() {
    let memory = MemoryStorage::new();
    let storage = shared(&memory);
    let (log, mut committer) = open(&storage);
    commit(&log, &mut committer, 10);
    commit(&log, &mut committer, 10);
    drop((log, committer));
    let (log, mut committer) = open(&storage);
    assert_eq!(everything(&log, 4_096).unwrap(), expected(20));
    commit(&log, &mut committer, 10);
    assert_eq!(everything(&log, 4_096).unwrap(), expected(30));
}

#[test]
fn what_is_let_go_of_is_released_and_what_is_kept_stays() {
    let storage = shared(&MemoryStorage::new());
    let (log, mut committer) = open(&storage);
    for _ in 0..60 {
        commit(&log, &mut committer, 20);
    }
    let (before, bytes) = (log.segments(), log.bytes_but_oldest());
    assert!(before.len() > 4);
    assert_eq!(log.release_beyond(Lsn(1_200), bytes + 1).unwrap().segments, 0);
    let mut reader = log.read_segment(before[0].number, 0, BEGINNING).unwrap();
    assert_eq!(log.release_beyond(Lsn(1_200), bytes).unwrap().segments, 1);
    assert_eq!(log.segments(), before[1..]);
    assert!(matches!(reader.next(1), Err(ReadError::Released { .. })));
    let kept = log.segments()[0];
    assert_eq!(everything(&log, 4_096).unwrap(), expected(1_200)[kept.first.0 as usize - 1..]);
    assert!(matches!(log.read_segment(before[0].number, 0, BEGINNING), Err(ReadError::Released { .. })));
}

#[test]
fn a_damaged_group_is_named_and_not_read() {
    let memory = MemoryStorage::new();
    let storage = shared(&memory);
    let (log, mut committer) = open(&storage);
    commit(&log, &mut committer, 10);
    commit(&log, &mut committer, 10);
    memory.flip_bit(&segment_path(1), 8 * 4_200).unwrap();
    assert!(matches!(
        everything(&log, 1 << 20),
        Err(ReadError::Corruption { segment: 1, offset: 4_096, .. })
    ));
}

#[test]
fn a_segment_that_was_cut_off_is_damaged_and_has_no_endless_end() {
    for length in [0, 4_095, 4_096, 8_192, 9_000] {
        let storage = shared(&MemoryStorage::new());
        let (log, mut committer) = open(&storage);
        commit(&log, &mut committer, 10);
        commit(&log, &mut committer, 10);
        storage.open(&segment_path(1)).unwrap().truncate(length).unwrap();
        let read = everything(&log, 1 << 20);
        assert!(matches!(read, Err(ReadError::Corruption { segment: 1, .. })), "{length}: {read:?}");
    }
}
