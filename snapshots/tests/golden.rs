//! Files of each format version, committed: what was written once is read for ever, and the version that is
//! written today gives the same bytes. `FORMAT.md` draws them.
//!
//! The first version has a file for each entry, the second one packs. A new version gets a new directory
//! (`cargo test -p holdfast-snapshots --test golden -- --ignored` fills it); the old ones stay and are only read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::path::PathBuf;

use holdfast_snapshots::{Entry, Manifest, Place};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Lsn, Storage};
use support::{open, paths, present, read, write};

const ENTRY: Entry =
    Entry { key: 0x0123_4567_89ab_cdef, lsn: Lsn(42), bytes: 408, crc: 0x215e_1e66, place: Place::File };
const EMPTY: Entry = Entry { key: 7, lsn: Lsn(1), bytes: 56, crc: 0x74f3_203b, place: Place::File };

fn fixtures(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(version)
}

fn chunks() -> Vec<Vec<u8>> {
    vec![b"the first chunk".to_vec(), Vec::new(), (0..=255).chain(0..=56).collect()]
}

fn meta() -> Vec<u8> {
    b"opaque to snapshots".to_vec()
}

/// The store of the fixtures, written by this build.
fn written() -> MemoryStorage {
    let storage = MemoryStorage::new();
    let store = open(&storage).unwrap();
    let none = Manifest { lsn: Lsn(0), entries: Vec::new(), meta: Vec::new(), packs: Vec::new() };
    store.publish(none, u64::MAX).unwrap();
    let entry = write(&store, ENTRY.key, ENTRY.lsn.0, &chunks()).unwrap();
    let empty = write(&store, EMPTY.key, EMPTY.lsn.0, &[]).unwrap();
    let two = Manifest { lsn: Lsn(99), entries: vec![entry, empty], meta: meta(), packs: Vec::new() };
    store.publish(two, u64::MAX).unwrap();
    storage
}

/// The committed files, as a store.
fn committed(version: &str) -> MemoryStorage {
    let storage = MemoryStorage::new();
    for file in std::fs::read_dir(fixtures(version)).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        storage.put(&format!("snapshots/{name}"), &std::fs::read(file.path()).unwrap());
    }
    storage
}

#[test]
fn what_is_written_is_what_is_committed() {
    let (written, committed) = (written(), committed("v2"));
    assert_eq!(paths(&written), paths(&committed));
    for path in paths(&written) {
        assert_eq!(written.read(&path).unwrap()[..], committed.read(&path).unwrap()[..], "{path}");
    }
}

#[test]
fn what_is_committed_is_read() {
    for version in ["v1", "v2"] {
        let store = open(&committed(version)).unwrap();
        let [two, none] = &present(&store)[..] else { panic!("{version}: there are two") };
        assert_eq!((none.lsn, none.entries.len(), &none.meta[..]), (Lsn(0), 0, &b""[..]), "{version}");
        assert_eq!((two.lsn, &two.meta), (Lsn(99), &meta()), "{version}");
        let [empty, entry] = two.entries[..] else { panic!("{version}: {two:?}") };
        assert!(empty.is_same_state(&EMPTY) && entry.is_same_state(&ENTRY), "{version}: {two:?}");
        assert_eq!(read(&store, &entry).unwrap(), chunks(), "{version}");
        assert_eq!(read(&store, &empty).unwrap(), Vec::<Vec<u8>>::new(), "{version}");
        let in_packs = two.note(&entry).is_some();
        assert_eq!(in_packs, version == "v2");
        let verified = store.verify().unwrap();
        assert!(verified.is_sound(), "{version}: {verified:?}");
        assert_eq!((verified.manifests.len(), verified.entries_checked), (2, 2), "{version}");
    }
}

/// What the first version wrote is copied into packs, and its files go.
#[test]
fn files_of_the_first_version_become_packs() {
    let storage = committed("v1");
    let store = open(&storage).unwrap();
    for lsn in [100, 101] {
        let newest = present(&store).remove(0);
        let copy = |entry| store.copy(entry, b"known").unwrap();
        let entries = newest.entries.iter().map(copy).collect();
        store.publish(Manifest { lsn: Lsn(lsn), entries, ..newest }, u64::MAX).unwrap();
        assert!(store.prune(2).unwrap().faults.is_empty());
    }
    assert!(paths(&storage).iter().all(|path| !path.contains("entry-")), "{:?}", paths(&storage));
    let newest = present(&store).remove(0);
    assert_eq!(read(&store, &newest.entries[1]).unwrap(), chunks());
    assert_eq!(newest.note(&newest.entries[1]), Some(&b"known"[..]));
    assert!(store.verify().unwrap().is_sound());
}

#[test]
#[ignore = "writes the fixtures of a new version"]
fn write_fixtures() {
    let storage = written();
    std::fs::create_dir_all(fixtures("v2")).unwrap();
    for path in paths(&storage) {
        let name = path.rsplit('/').next().unwrap();
        std::fs::write(fixtures("v2").join(name), &storage.read(&path).unwrap()[..]).unwrap();
    }
}
