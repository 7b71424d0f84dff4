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

fn directory(version: u16) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/v{version}"))
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
    let directory = directory(FORMAT_VERSION);
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
    for file in fs::read_dir(directory(version)).unwrap() {
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
        let groups: Vec<_> =
            recovered.groups(Lsn(1)).map(|group| (group.sequence, group.first, group.count)).collect();
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
