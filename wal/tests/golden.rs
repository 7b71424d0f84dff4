//! The bytes on the disk, kept: a log that is written today equals the committed files, and those files are read for
//! ever. After a change of format the old files stay, and new ones are added beside them.
//!
//! `HOLDFAST_GOLDEN=write cargo test -p holdfast-wal --test golden` writes them anew; the difference is the change of
//! format. Only the used part of a segment is kept: what follows is zeros.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{check_records, commit, open, payload, scan, segment_path, shared};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{FORMAT_VERSION, Lsn, Step, Tail, inspect};

const SEGMENT_BYTES: usize = 64 << 10;

/// Two lives: groups of one block and of two, an idle group, a rotation, a kill that leaves a doubtful group, the
/// copy of it, a seal.
fn write() -> MemoryStorage {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 1);
    commit(&log, &mut committer, 40);
    assert_eq!(committer.step(true).unwrap(), Step::IdleGroup);
    log.seal_segment();
    assert_eq!(committer.step(false).unwrap(), Step::Rotated);
    commit(&log, &mut committer, 2);
    drop(committer);
    let (log, mut committer) = open(&shared(&storage));
    commit(&log, &mut committer, 1);
    log.stop();
    assert_eq!(committer.step(false).unwrap(), Step::Stopped);
    drop(committer);
    storage
}

fn directory(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn names(storage: &MemoryStorage) -> Vec<String> {
    shared(storage).list("wal").unwrap()
}

fn used(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &bytes[..end]
}

#[test]
fn what_is_written_equals_the_committed_bytes() {
    let storage = write();
    let directory = directory(&format!("v{FORMAT_VERSION}"));
    if std::env::var_os("HOLDFAST_GOLDEN").is_some_and(|how| how == "write") {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        for name in names(&storage) {
            let bytes = storage.durable(&format!("wal/{name}")).unwrap();
            fs::write(directory.join(name), used(&bytes)).unwrap();
        }
    }
    let mut kept: Vec<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    kept.sort();
    assert_eq!(kept, names(&storage));
    for name in kept {
        let bytes = storage.durable(&format!("wal/{name}")).unwrap();
        assert_eq!(bytes.len(), SEGMENT_BYTES);
        assert!(fs::read(directory.join(&name)).unwrap() == used(&bytes), "{name} is written in other bytes");
    }
}

fn committed(version: u16) -> MemoryStorage {
    let storage = MemoryStorage::new();
    for file in fs::read_dir(directory(&format!("v{version}"))).unwrap() {
        let file = file.unwrap();
        let mut bytes = fs::read(file.path()).unwrap();
        bytes.resize(SEGMENT_BYTES, 0);
        storage.put(&format!("wal/{}", file.file_name().into_string().unwrap()), &bytes);
    }
    storage
}

#[test]
fn the_committed_bytes_of_every_version_are_read() {
    for version in 1..=FORMAT_VERSION {
        let storage = committed(version);
        let recovered = scan(&storage).unwrap();
        assert_eq!(*recovered.tail(), Tail::Sealed);
        assert_eq!((recovered.first_lsn(), recovered.last_lsn()), (Lsn(1), Lsn(44)));
        check_records(&recovered);
        let groups: Vec<_> = recovered
            .groups(Lsn(1))
            .map(Result::unwrap)
            .map(|group| (group.sequence, group.first, group.count))
            .collect();
        assert_eq!(groups, [(1, Lsn(1), 1), (2, Lsn(2), 40), (5, Lsn(42), 2), (6, Lsn(44), 1)]);
        let mut seen = 0;
        inspect(&*shared(&storage), &mut |_| seen += 1).unwrap();
        assert!(seen > 10, "{seen}");
        // And it goes on from them.
        let (log, mut committer) = open(&shared(&storage));
        commit(&log, &mut committer, 3);
        drop(committer);
        assert_eq!(scan(&storage).unwrap().last_lsn(), Lsn(47));
    }
}

/// A log with a past segment as it was, and two thinned as one.
fn write_past() -> MemoryStorage {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    for _ in 0..4 {
        commit(&log, &mut committer, 5);
        log.seal_segment();
        while committer.step(false).unwrap() != Step::Nothing {}
    }
    for number in 1..=2 {
        log.retire().unwrap();
        log.thin(number, &mut |lsn, _| lsn.0 == 3 || lsn.0 > 8).unwrap();
    }
    log.retire().unwrap();
    storage
}

#[test]
fn past_segments_have_the_committed_names_and_bytes() {
    let (storage, directory) = (write_past(), directory("past-v1"));
    let past: Vec<_> = names(&storage).into_iter().filter(|name| !name.ends_with(".wal")).collect();
    if std::env::var_os("HOLDFAST_GOLDEN").is_some_and(|how| how == "write") {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        for name in &past {
            let bytes = storage.durable(&format!("wal/{name}")).unwrap();
            fs::write(directory.join(name), used(&bytes)).unwrap();
        }
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), past.len());
    for name in &past {
        let bytes = storage.durable(&format!("wal/{name}")).unwrap();
        let mut committed = fs::read(directory.join(name)).unwrap();
        committed.resize(bytes.len(), 0);
        assert!(bytes == committed, "{name} is written in other bytes");
        storage.put(&format!("wal/{name}"), &committed);
    }
    let (log, _committer) = open(&shared(&storage.crash_keeping_all()));
    let mut found = Vec::new();
    for kept in log.segments().into_iter().take(2) {
        let mut reader = log.read_segment(kept.number, 0, kept.first.previous()).unwrap();
        while let Some(chunk) = reader.next(1).unwrap() {
            for (lsn, record) in chunk.groups().flat_map(|group| group.records().collect::<Vec<_>>()) {
                assert_eq!(record, payload(lsn.0));
                found.push(lsn.0);
            }
        }
    }
    assert_eq!(found, [3, 9, 10, 11, 12, 13, 14, 15]);
}

/// The same bytes, by hand, as `FORMAT.md` draws them: whoever changes the codec has to change this.
#[test]
fn the_first_group_as_the_format_draws_it() {
    let segment = committed(1).durable(&segment_path(1)).unwrap();
    let word = |at: usize| u64::from_le_bytes(segment[at..at + 8].try_into().unwrap());
    let half = |at: usize| u32::from_le_bytes(segment[at..at + 4].try_into().unwrap());
    assert_eq!(&segment[..8], b"holdfWAL");
    assert_eq!((half(8), half(12)), (1, 2), "version 1, made at a start");
    let nonce = word(24);
    assert_eq!((word(16), word(32)), (1, 64 << 10), "segment 1 of 64 KiB");
    assert_eq!((word(40), word(48), word(56), word(64)), (0, 0, 0, 1), "after nothing, and it is the oldest");
    assert_eq!(half(72), crc32fast::hash(&segment[..72]));
    assert!(segment[76..4096].iter().all(|byte| *byte == 0));
    let group = &segment[4096..];
    let word = |at: usize| u64::from_le_bytes(group[at..at + 8].try_into().unwrap());
    let half = |at: usize| u32::from_le_bytes(group[at..at + 4].try_into().unwrap());
    assert_eq!(&group[..8], b"hfGR\x01\0\0\0");
    assert_eq!((word(8), word(16), word(24)), (nonce, 1, 4096));
    assert_eq!((word(32), word(40), word(48)), (1, 1, 0), "sequence 1, record 1, nothing durable yet");
    let record = payload(1);
    assert_eq!((half(56), half(60) as usize), (1, 4 + record.len()));
    assert_eq!(word(64), 0, "nothing before it");
    assert_eq!(half(72), crc32fast::hash(&group[..72]));
    let frame = [&group[..76], &group[80..84 + record.len()]].concat();
    assert_eq!(half(76), crc32fast::hash(&frame));
    assert_eq!(half(80) as usize, record.len());
    assert_eq!(group[84..84 + record.len()], record);
}

#[test]
fn the_group_of_a_thinned_segment_as_the_format_draws_it() {
    let name = "00000000000000000002-00000000000000000001-00000000000000000010.thin";
    let segment = fs::read(directory("past-v1").join(name)).unwrap();
    let word = |at: usize| u64::from_le_bytes(segment[at..at + 8].try_into().unwrap());
    let half = |at: usize| u32::from_le_bytes(segment[at..at + 4].try_into().unwrap());
    assert_eq!((half(8), half(12), word(16), word(32)), (1, 4, 2, 8192), "kind 4, number 2, two blocks");
    assert_eq!((word(40), word(48), word(56), word(64)), (0, 0, 0, 2), "after nothing");
    assert_eq!(half(4096 + 4), 1 | 8 << 16, "version 1, flag 8");
    assert_eq!((word(4096 + 40), word(4096 + 48)), (1, 10), "stands for records 1 to 10");
    let lengths: usize = [3, 9, 10].map(|lsn| 12 + payload(lsn).len()).iter().sum();
    assert_eq!((half(4096 + 56), half(4096 + 60) as usize), (3, lengths));
    assert_eq!((word(4096 + 80), half(4096 + 88) as usize), (3, payload(3).len()));
    assert_eq!(segment[4096 + 92..][..payload(3).len()], payload(3));
}
