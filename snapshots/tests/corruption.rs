//! Damage of every kind to a small store: it is always found, in the right file, and it never spreads.
//!
//! Checked for each damaged file: reading it is an error that names it; `verify` finds it and still looks at
//! all the others; the snapshot beside it stays usable; and prune does not take that one away because of a
//! newer, broken one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use holdfast_snapshots::{Catalogued, Entry, Manifest, ReadError, Reason, Store, VerifiedManifest};
use holdfast_testkit::{Fault, MemoryStorage, Operation};
use holdfast_wal::{Lsn, Storage};
use support::{open, paths, present, publish, read, write};

struct Scene {
    storage: MemoryStorage,
    store: Store,
    older: Manifest,
    newer: Manifest,
}

/// Two snapshots that share one of their entries.
fn scene() -> Scene {
    let storage = MemoryStorage::new();
    let store = open(&storage).unwrap();
    let shared = write(&store, 1, 3, &[b"shared".to_vec()]).unwrap();
    let old = write(&store, 2, 4, &[b"old".to_vec(), b"OLD".to_vec()]).unwrap();
    let older = publish(&store, 5, &[shared, old]).unwrap();
    let new = write(&store, 2, 8, &[b"new".to_vec(), Vec::new(), b"NEW".to_vec()]).unwrap();
    let newer = publish(&store, 9, &[shared, new]).unwrap();
    Scene { storage, store, older, newer }
}

fn entry_path(entry: &Entry) -> String {
    format!("snapshots/entry-{:016x}-{:020}-{:08x}", entry.key, entry.lsn.0, entry.crc)
}

fn manifest_path(manifest: &Manifest) -> String {
    format!("snapshots/manifest-{:020}", manifest.lsn.0)
}

impl Scene {
    fn bytes(&self, path: &str) -> Vec<u8> {
        self.storage.read(path).unwrap().to_vec()
    }

    /// The newest manifest is `path`, it is not what was published, and everybody says so.
    fn manifest_is_refused(&self, path: &str) {
        let manifests = self.store.manifests().unwrap();
        let [Catalogued::Unreadable { file, reason }, Catalogued::Present(older)] = &manifests[..] else {
            panic!("{manifests:?}");
        };
        assert_eq!(file, path);
        assert!(reason.contains(path), "{reason}");
        assert_eq!(older, &self.older);
        self.is_reported(path, &[false, true]);
    }

    fn entry_is_refused(&self, entry: &Entry, whole: &[bool]) -> ReadError {
        let path = entry_path(entry);
        let refused = self.store.read(entry).unwrap_err();
        assert_eq!(refused.path(), path);
        self.is_reported(&path, whole);
        refused
    }

    fn is_reported(&self, path: &str, whole: &[bool]) {
        let verified = self.store.verify().unwrap();
        assert!(!verified.is_sound());
        let faults: Vec<&str> = verified.faults.iter().map(ReadError::path).collect();
        assert_eq!(faults, [path]);
        assert_eq!(verified.entries_checked, 3, "nothing stops at the first fault");
        let found: Vec<bool> = verified.manifests.iter().map(VerifiedManifest::is_whole).collect();
        assert_eq!(found, whole);
    }
}

/// Every bit flipped, every length cut to, and a few that are longer.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flips = (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    let cuts = (0..bytes.len()).map(|len| bytes[..len].to_vec());
    let longer = [1, 4, 8, 4096].into_iter().map(|more| {
        let mut longer = bytes.to_vec();
        longer.resize(bytes.len() + more, 0);
        longer
    });
    let zeroed = (0..bytes.len()).step_by(8).filter_map(move |at| {
        let mut zeroed = bytes.to_vec();
        zeroed[at..].iter_mut().take(8).for_each(|byte| *byte = 0);
        (zeroed != bytes).then_some(zeroed)
    });
    flips.chain(cuts).chain(longer).chain(zeroed)
}

#[test]
fn every_damage_to_a_manifest_is_found() {
    let scene = scene();
    let path = manifest_path(&scene.newer);
    let good = scene.bytes(&path);
    for bad in damaged(&good) {
        scene.storage.put(&path, &bad);
        scene.manifest_is_refused(&path);
    }
    scene.storage.put(&path, &good);
    assert!(scene.store.verify().unwrap().is_sound());
}

#[test]
fn every_damage_to_an_entry_is_found() {
    let scene = scene();
    let entry = scene.newer.entries[1];
    let path = entry_path(&entry);
    let good = scene.bytes(&path);
    for bad in damaged(&good) {
        scene.storage.put(&path, &bad);
        scene.entry_is_refused(&entry, &[false, true]);
    }
    scene.storage.put(&path, &good);
    assert!(scene.store.verify().unwrap().is_sound());
}

#[test]
fn damage_to_a_shared_entry_breaks_both_and_is_told_once() {
    let scene = scene();
    let shared = scene.newer.entries[0];
    let path = entry_path(&shared);
    let mut bytes = scene.bytes(&path);
    bytes[45] ^= 1;
    scene.storage.put(&path, &bytes);
    let refused = scene.entry_is_refused(&shared, &[false, false]);
    assert!(
        matches!(
            refused,
            ReadError::Damaged { offset: 32, reason: Reason::Checksum { part: "the chunk", .. }, .. }
        ),
        "{refused:?}"
    );
}

#[test]
fn a_missing_entry_is_found() {
    let scene = scene();
    let entry = scene.newer.entries[1];
    scene.storage.remove(&entry_path(&entry)).unwrap();
    let refused = scene.store.read(&entry).unwrap_err();
    assert!(matches!(refused, ReadError::Io { .. }), "{refused:?}");
    let verified = scene.store.verify().unwrap();
    assert_eq!(verified.faults.len(), 1);
    assert_eq!(verified.manifests[0].entries_broken, 1);
    assert!(verified.manifests[1].is_whole());
}

/// A misdirected or stale write: every file in the place of every other one.
#[test]
fn a_file_in_the_place_of_another_is_refused() {
    let scene = scene();
    let files: Vec<(String, Vec<u8>)> =
        paths(&scene.storage).into_iter().map(|path| (path.clone(), scene.bytes(&path))).collect();
    for (path, good) in &files {
        for (other, bytes) in files.iter().filter(|(other, _)| other != path) {
            scene.storage.put(path, bytes);
            let verified = scene.store.verify().unwrap();
            let faults: Vec<&str> = verified.faults.iter().map(ReadError::path).collect();
            assert_eq!(faults, [path], "{other} in the place of {path}");
        }
        scene.storage.put(path, good);
    }
}

#[test]
fn prune_keeps_what_a_broken_snapshot_cannot_replace() {
    for broken in [manifest_path(&scene().newer), entry_path(&scene().newer.entries[1])] {
        let scene = scene();
        let mut bytes = scene.bytes(&broken);
        bytes[40] ^= 0x80;
        scene.storage.put(&broken, &bytes);
        let before = paths(&scene.storage);

        let pruned = scene.store.prune(2).unwrap();
        assert_eq!((pruned.manifests_kept, pruned.manifests_removed, pruned.entries_removed), (1, 0, 0));
        assert_eq!(pruned.faults.len(), 1);
        assert_eq!(paths(&scene.storage), before, "too few are whole, so nothing goes");

        let pruned = scene.store.prune(1).unwrap();
        assert_eq!((pruned.manifests_kept, pruned.manifests_removed, pruned.entries_removed), (1, 1, 1));
        assert_eq!(present(&scene.store), std::slice::from_ref(&scene.older));
        assert!(scene.store.verify().unwrap().is_sound());
    }
}

#[test]
fn a_broken_entry_is_made_good_by_writing_it_again() {
    let scene = scene();
    let entry = scene.newer.entries[1];
    let path = entry_path(&entry);
    scene.storage.put(&path, b"rot");
    let chunks = [b"new".to_vec(), Vec::new(), b"NEW".to_vec()];
    assert_eq!(write(&scene.store, entry.key, entry.lsn.0, &chunks).unwrap(), entry);
    assert_eq!(read(&scene.store, &entry).unwrap(), chunks);
}

#[test]
fn a_second_state_at_the_same_place_takes_nothing_away() {
    let scene = scene();
    let entry = scene.newer.entries[1];
    let other = write(&scene.store, entry.key, entry.lsn.0, &[b"encoded otherwise".to_vec()]).unwrap();
    assert_ne!(other, entry);
    assert!(scene.store.verify().unwrap().is_sound());
    assert_eq!(read(&scene.store, &entry).unwrap().concat(), b"newNEW");
}

#[test]
fn strange_files_are_told_and_left_alone() {
    let scene = scene();
    scene.storage.put("snapshots/notes.txt", b"mine");
    scene.storage.put("snapshots/manifest-9", b"not ours");
    scene.storage.put("snapshots/entry.tmp", b"half");
    let orphan = write(&scene.store, 3, 9, &[b"named by nobody".to_vec()]).unwrap();
    scene.storage.put("snapshots/manifest.tmp", b"half");
    let verified = scene.store.verify().unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    assert_eq!(verified.unknown, ["snapshots/manifest-9", "snapshots/notes.txt"]);
    assert_eq!(verified.temporaries, ["snapshots/manifest.tmp"]);
    assert_eq!(verified.unnamed, [entry_path(&orphan)]);

    let reopened = open(&scene.storage).unwrap();
    let pruned = reopened.prune(2).unwrap();
    assert_eq!((pruned.manifests_kept, pruned.manifests_removed, pruned.entries_removed), (2, 0, 1));
    let verified = reopened.verify().unwrap();
    assert_eq!(verified.unknown.len(), 2);
    assert!(verified.unnamed.is_empty() && verified.temporaries.is_empty());
}

#[test]
fn a_manifest_without_its_entries_is_not_published() {
    let scene = scene();
    let missing = Entry { crc: 0, ..scene.newer.entries[1] };
    let refused = publish(&scene.store, 10, &[missing]).unwrap_err();
    assert!(refused.to_string().contains(&entry_path(&missing)["snapshots/".len()..]), "{refused}");
    assert_eq!(present(&scene.store).len(), 2);
}

#[test]
fn an_entry_with_a_refused_chunk_is_never_finished() {
    let scene = scene();
    let before = paths(&scene.storage);
    let too_large = vec![0; holdfast_snapshots::CHUNK_BYTES_MAX + 1];
    scene
        .store
        .write(3, Lsn(9), &mut |writer| {
            writer.chunk(b"good")?;
            // An encoder that swallows the error.
            let _ = writer.chunk(&too_large);
            writer.chunk(b"good")
        })
        .unwrap_err();
    assert_eq!(paths(&scene.storage), before);
}

/// Left by a snapshot that a crash cut short: it goes, unless a manifest may name it that cannot be read now.
#[test]
fn what_no_manifest_names_goes_at_the_start() {
    let Scene { storage, newer, .. } = scene();
    let stray = write(&open(&storage).unwrap(), 9, 7, &[b"of a crash".to_vec()]).unwrap();
    let entries =
        || storage.list("snapshots").unwrap().iter().filter(|name| name.starts_with("entry-")).count();
    let path = manifest_path(&newer);
    let whole = storage.read(&path).unwrap().to_vec();
    let mut other = whole.clone();
    other[4] = 2;
    let crc = crc32fast::hash(&other[..28]).to_le_bytes();
    other[28..32].copy_from_slice(&crc);
    storage.put(&path, &other);
    assert_eq!(open(&storage).unwrap().tidy().unwrap(), 0, "another build may know it");
    storage.put(&path, &whole);
    storage.inject(Fault::Fail { operation: Some(Operation::Read), nth: 1 });
    assert_eq!(open(&storage).unwrap().tidy().unwrap(), 0, "the medium may read it later");
    assert_eq!(entries(), 4);
    assert_eq!(open(&storage).unwrap().tidy().unwrap(), 1);
    assert!(open(&storage).unwrap().read(&stray).is_err());
    assert!(open(&storage).unwrap().verify().unwrap().is_sound());
    // A damaged one may be restored, and then it needs its entries.
    storage.flip_bit(&path, 400).unwrap();
    assert_eq!(open(&storage).unwrap().tidy().unwrap(), 0);
    assert_eq!(entries(), 3);
}

#[test]
fn what_was_written_of_a_snapshot_that_is_given_up_goes_at_once() {
    let Scene { storage, store, newer, .. } = scene();
    let before = storage.list("snapshots").unwrap();
    write(&store, 1, 12, &[b"given up".to_vec()]).unwrap();
    // Of these there was one file already, which a manifest names.
    write(&store, 2, 8, &[b"new".to_vec(), Vec::new(), b"NEW".to_vec()]).unwrap();
    store.abandon();
    assert_eq!(storage.list("snapshots").unwrap(), before);
    newer.entries.iter().for_each(|entry| assert!(store.read(entry).is_ok()));
}

#[test]
fn a_damaged_entry_is_mended_with_its_own_chunks_only() {
    let Scene { storage, store, newer, .. } = scene();
    let entry = newer.entries[1];
    let chunks: [&[u8]; 3] = [b"new", b"", b"NEW"];
    for bit in [0, entry.bytes * 4, entry.bytes * 8 - 1] {
        storage.flip_bit(&entry_path(&entry), bit).unwrap();
        assert!(!store.mend(&entry, &[&b"newNEW"[..]].into_iter()).unwrap());
        assert!(store.read(&entry).is_err());
        assert!(store.mend(&entry, &chunks.into_iter()).unwrap());
        assert_eq!(read(&store, &entry).unwrap(), chunks);
    }
    assert!(store.verify().unwrap().is_sound());
}

/// An entry that nobody can read keeps its place in the sets, and does not keep the others from being let go of.
#[test]
fn an_excused_entry_is_named_and_kept_and_not_looked_at() {
    let Scene { storage, store, newer, .. } = scene();
    let lost = newer.entries[1];
    storage.remove(&entry_path(&lost)).unwrap();
    let write_set = |lsn| {
        let entry = write(&store, 1, lsn, &[b"more".to_vec()]).unwrap();
        publish(&store, lsn, &[entry, lost])
    };
    assert!(write_set(20).is_err(), "a missing file is a fault");
    store.excuse([2]);
    write_set(20).unwrap();
    write_set(21).unwrap();
    let pruned = store.prune(2).unwrap();
    assert_eq!((pruned.manifests_kept, pruned.manifests_removed), (2, 2));
    assert!(pruned.faults.is_empty(), "{pruned:?}");
    storage.put(&entry_path(&lost), b"damaged");
    assert_eq!(store.prune(2).unwrap().entries_removed, 0);
}
