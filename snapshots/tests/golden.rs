//! Files of each format version, committed: what was written once is read for ever, and the version that is
//! written today gives the same bytes. `FORMAT.md` draws them.
//!
//! A new version gets a new directory (`cargo test -p holdfast-snapshots --test golden -- --ignored` fills
//! it); the old ones stay and are only read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::path::PathBuf;

use holdfast_snapshots::{Catalogued, Entry, Manifest};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Lsn, Storage};
use support::{open, paths, read, write};

const ENTRY: Entry = Entry { key: 0x0123_4567_89ab_cdef, lsn: Lsn(42), bytes: 408, crc: 0x215e_1e66 };
const EMPTY: Entry = Entry { key: 7, lsn: Lsn(1), bytes: 56, crc: 0x74f3_203b };

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

fn chunks() -> Vec<Vec<u8>> {
    vec![b"the first chunk".to_vec(), Vec::new(), (0..=255).chain(0..=56).collect()]
}

fn manifests() -> [Manifest; 2] {
    let none = Manifest { lsn: Lsn(0), entries: Vec::new(), meta: Vec::new() };
    let two = Manifest { lsn: Lsn(99), entries: vec![EMPTY, ENTRY], meta: b"opaque to snapshots".to_vec() };
    [none, two]
}

/// The store of the fixtures, written by this build.
fn written() -> MemoryStorage {
    let storage = MemoryStorage::new();
    let store = open(&storage).unwrap();
    let [none, two] = manifests();
    store.publish(&none).unwrap();
    let entry = write(&store, ENTRY.key, ENTRY.lsn.0, &chunks()).unwrap();
    let empty = write(&store, EMPTY.key, EMPTY.lsn.0, &[]).unwrap();
    store.publish(&Manifest { entries: vec![entry, empty], ..two }).unwrap();
    storage
}

/// The committed files, as a store.
fn committed() -> MemoryStorage {
    let storage = MemoryStorage::new();
    for file in std::fs::read_dir(fixtures()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        storage.put(&format!("snapshots/{name}"), &std::fs::read(file.path()).unwrap());
    }
    storage
}

#[test]
fn what_is_written_is_what_is_committed() {
    let (written, committed) = (written(), committed());
    assert_eq!(paths(&written), paths(&committed));
    for path in paths(&written) {
        assert_eq!(written.read(&path).unwrap()[..], committed.read(&path).unwrap()[..], "{path}");
    }
}

#[test]
fn what_is_committed_is_read() {
    let store = open(&committed()).unwrap();
    let [none, two] = manifests();
    assert_eq!(store.manifests().unwrap(), [Catalogued::Present(two), Catalogued::Present(none)]);
    assert_eq!(read(&store, &ENTRY).unwrap(), chunks());
    assert_eq!(read(&store, &EMPTY).unwrap(), Vec::<Vec<u8>>::new());
    let verified = store.verify().unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    assert_eq!((verified.manifests.len(), verified.entries_checked), (2, 2));
}

#[test]
#[ignore = "writes the fixtures of a new version"]
fn write_fixtures() {
    let storage = written();
    std::fs::create_dir_all(fixtures()).unwrap();
    for path in paths(&storage) {
        let name = path.rsplit('/').next().unwrap();
        std::fs::write(fixtures().join(name), &storage.read(&path).unwrap()[..]).unwrap();
    }
}
