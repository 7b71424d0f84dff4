//! Damage of every kind to a small store: it is always found, in the right file, and it never spreads.
//!
//! Checked for each damaged file: reading it is an error that names it; `verify` finds it and still looks at
//! all the others; the snapshot beside it stays usable; and prune does not take that one away because of a
//! newer, broken one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use holdfast_snapshots::{
    Catalogued, Entry, Manifest, Place, ReadError, Reason, Store, VerifiedManifest, WriteError,
};
use holdfast_testkit::{Fault, MemoryStorage, Operation};
use holdfast_wal::{Lsn, Storage};
use support::{open, paths, present, publish, read, write};

struct Scene {
    storage: MemoryStorage,
    store: Store,
    older: Manifest,
    newer: Manifest,
}

/// Bytes that cannot be packed, more than those of the entry beside it: packs with a large entry are not merged.
fn large() -> Vec<u8> {
    (0..500_u64).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[2]).collect()
}

/// Two snapshots that share one of their entries: keys 1 and 2 in pack 1, key 2 anew in pack 2.
fn scene() -> Scene {
    let storage = MemoryStorage::new();
    let store = open(&storage).unwrap();
    let shared = write(&store, 1, 3, &[b"shared".to_vec(), large()]).unwrap();
    let old = write(&store, 2, 4, &[b"old".to_vec(), b"OLD".to_vec()]).unwrap();
    let older = publish(&store, 5, &[shared, old]).unwrap();
    let new = write(&store, 2, 8, &[b"new".to_vec(), Vec::new(), b"NEW".to_vec()]).unwrap();
    let newer = publish(&store, 9, &[shared, new]).unwrap();
    assert_eq!(newer.packs.len(), 2);
    Scene { storage, store, older, newer }
}

fn path_of(entry: &Entry) -> String {
    let Place::Pack { number, .. } = entry.place else { panic!("{entry:?}") };
    format!("snapshots/pack-{number:020}")
}

fn at_of(entry: &Entry) -> usize {
    let Place::Pack { at, .. } = entry.place else { panic!("{entry:?}") };
    at as usize
}

fn manifest_path(manifest: &Manifest) -> String {
    format!("snapshots/manifest-{:020}", manifest.lsn.0)
}

impl Scene {
    fn bytes(&self, path: &str) -> Vec<u8> {
        self.storage.read(path).unwrap().to_vec()
    }

    /// A byte of this entry turns over.
    fn harm(&self, entry: &Entry) {
        self.storage.flip_bit(&path_of(entry), (at_of(entry) as u64 + 45) * 8).unwrap();
    }

    fn whole(&self) -> Vec<bool> {
        self.store.verify().unwrap().manifests.iter().map(VerifiedManifest::is_whole).collect()
    }

    /// The newest manifest cannot be used because of `path`, and everybody says so.
    fn newest_is_refused(&self, path: &str) {
        let manifests = self.store.manifests().unwrap();
        let [Catalogued::Unreadable { file, reason, is_damaged }, Catalogued::Present(older)] =
            &manifests[..]
        else {
            panic!("{manifests:?}");
        };
        assert!(is_damaged, "it will not become whole by itself");
        assert_eq!(file, path);
        assert!(reason.contains(path), "{reason}");
        assert_eq!(older, &self.older);
        self.is_reported(path, &[false, true]);
    }

    fn is_reported(&self, path: &str, whole: &[bool]) {
        let verified = self.store.verify().unwrap();
        assert!(!verified.is_sound());
        let faults: Vec<&str> = verified.faults.iter().map(ReadError::path).collect();
        assert_eq!(faults, [path]);
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
        scene.newest_is_refused(&path);
    }
    scene.storage.put(&path, &good);
    assert!(scene.store.verify().unwrap().is_sound());
}

/// Damage to the bytes of an entry costs that entry, damage to anything else the set.
#[test]
fn every_damage_to_a_pack_is_found() {
    let scene = scene();
    let entry = scene.newer.entries[1];
    let path = path_of(&entry);
    let good = scene.bytes(&path);
    let mut of_the_entry = 0;
    for bad in damaged(&good) {
        scene.storage.put(&path, &bad);
        let beside = [&good[..at_of(&entry)], &good[at_of(&entry) + entry.stored() as usize..]].concat();
        let is_beside = bad.len() == good.len()
            && [&bad[..at_of(&entry)], &bad[at_of(&entry) + entry.stored() as usize..]].concat() == beside;
        if is_beside {
            of_the_entry += 1;
            assert_eq!(scene.store.read(&entry).unwrap_err().path(), path);
            assert_eq!(present(&scene.store).len(), 2, "the set is there without it");
            scene.is_reported(&path, &[false, true]);
        } else {
            scene.newest_is_refused(&path);
        }
    }
    assert!(of_the_entry > 100, "{of_the_entry}");
    scene.storage.put(&path, &good);
    assert!(scene.store.verify().unwrap().is_sound());
}

#[test]
fn damage_to_one_entry_leaves_its_neighbours_and_is_told_once() {
    let scene = scene();
    let [shared, _] = scene.newer.entries[..] else { panic!() };
    scene.harm(&shared);
    let refused = scene.store.read(&shared).unwrap_err();
    assert!(
        matches!(
            refused,
            ReadError::Damaged { offset: 32, reason: Reason::Checksum { part: "the entry", .. }, .. }
        ),
        "{refused:?}"
    );
    scene.is_reported(&path_of(&shared), &[false, false]);
    assert_eq!(path_of(&scene.older.entries[1]), path_of(&shared));
    assert_eq!(read(&scene.store, &scene.older.entries[1]).unwrap().concat(), b"oldOLD");
}

#[test]
fn a_missing_pack_is_found() {
    let scene = scene();
    let path = path_of(&scene.newer.entries[1]);
    scene.storage.remove(&path).unwrap();
    assert!(matches!(scene.store.read(&scene.newer.entries[1]), Err(ReadError::Io { .. })));
    scene.newest_is_refused(&path);
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
            assert!(!verified.is_sound(), "{other} in the place of {path}");
            assert!(
                verified.faults.iter().all(|fault| fault.path() == path),
                "{other} for {path}: {verified:?}"
            );
        }
        scene.storage.put(path, good);
    }
}

#[test]
fn prune_keeps_what_a_broken_snapshot_cannot_replace() {
    for broken in [manifest_path(&scene().newer), path_of(&scene().newer.entries[1])] {
        let scene = scene();
        scene.storage.flip_bit(&broken, 40 * 8).unwrap();
        let before = paths(&scene.storage);

        let pruned = scene.store.prune(2).unwrap();
        assert_eq!((pruned.manifests_kept, pruned.manifests_removed, pruned.files_removed), (1, 0, 0));
        assert_eq!(pruned.faults.len(), 1);
        assert_eq!(paths(&scene.storage), before, "too few are whole, so nothing goes");

        let pruned = scene.store.prune(1).unwrap();
        assert_eq!((pruned.manifests_kept, pruned.manifests_removed, pruned.files_removed), (1, 1, 1));
        assert_eq!(present(&scene.store), std::slice::from_ref(&scene.older));
        assert!(scene.store.verify().unwrap().is_sound());
    }
}

#[test]
fn strange_files_are_told_and_left_alone() {
    let scene = scene();
    scene.storage.put("snapshots/notes.txt", b"mine");
    scene.storage.put("snapshots/manifest-9", b"not ours");
    scene.storage.put("snapshots/entry.tmp", b"half");
    scene.storage.put("snapshots/manifest.tmp", b"half");
    let orphan = "snapshots/pack-00000000000000000077";
    scene.storage.put(orphan, b"named by nobody");
    let verified = scene.store.verify().unwrap();
    assert_eq!(verified.unknown, ["snapshots/manifest-9", "snapshots/notes.txt"]);
    assert_eq!(verified.temporaries, ["snapshots/entry.tmp", "snapshots/manifest.tmp"]);
    assert_eq!((verified.unnamed, verified.faults.len()), (vec![orphan.to_owned()], 1));

    let reopened = open(&scene.storage).unwrap();
    let pruned = reopened.prune(2).unwrap();
    assert_eq!((pruned.manifests_kept, pruned.manifests_removed, pruned.files_removed), (2, 0, 1));
    let verified = reopened.verify().unwrap();
    assert!(verified.is_sound());
    assert_eq!(verified.unknown.len(), 2);
    assert!(verified.unnamed.is_empty() && verified.temporaries.is_empty());
}

#[test]
fn a_manifest_without_its_pack_is_not_published() {
    let scene = scene();
    let Place::Pack { at, stored, stored_crc, .. } = scene.newer.entries[1].place else { panic!() };
    let place = Place::Pack { number: 99, at, stored, stored_crc };
    let refused = publish(&scene.store, 10, &[Entry { place, ..scene.newer.entries[1] }]).unwrap_err();
    assert!(refused.to_string().contains("pack-00000000000000000099"), "{refused}");
    let stale = publish(&scene.store, 10, &[scene.newer.entries[0], scene.older.entries[1]]);
    assert!(stale.is_ok(), "the newer pack is not named then");
    let new = write(&scene.store, 3, 12, &[b"small".to_vec()]).unwrap();
    let refused = publish(&scene.store, 12, &[scene.newer.entries[0], new]).unwrap_err();
    assert!(refused.to_string().contains("the entry of key 2 is hidden"), "it would come back: {refused}");
}

#[test]
fn an_entry_with_a_refused_chunk_is_never_finished() {
    let scene = scene();
    let too_large = vec![0; holdfast_snapshots::CHUNK_BYTES_MAX + 1];
    let before = write(&scene.store, 4, 9, &[large()]).unwrap();
    scene
        .store
        .write((3, Lsn(9), b""), &mut |writer| {
            writer.chunk(b"good")?;
            // Nothing of what was written by then is kept.
            writer.chunk(&vec![1; 2 << 20])?;
            // An encoder that swallows the error.
            let _ = writer.chunk(&too_large);
            writer.chunk(b"good")
        })
        .unwrap_err();
    let after = write(&scene.store, 5, 9, &[b"after".to_vec()]).unwrap();
    let manifest = publish(&scene.store, 10, &[before, after]).unwrap();
    assert_eq!(manifest.entries.len(), 2);
    assert_eq!(read(&scene.store, &manifest.entries[1]).unwrap(), [b"after"]);
    assert!(manifest.packs[0].bytes() < 2_000);
}

/// Left by a snapshot that a crash cut short: it goes, unless a manifest may name it that cannot be read now.
#[test]
fn what_no_manifest_names_goes_at_the_start() {
    let Scene { storage, newer, .. } = scene();
    let packs = || storage.list("snapshots").unwrap().iter().filter(|name| name.starts_with("pack-")).count();
    let stray = storage.read(&path_of(&newer.entries[1])).unwrap().to_vec();
    storage.put("snapshots/pack-00000000000000000007", &stray);
    let path = manifest_path(&newer);
    let whole = storage.read(&path).unwrap().to_vec();
    let mut other = whole.clone();
    other[4] = 3;
    let crc = crc32fast::hash(&other[..28]).to_le_bytes();
    other[28..32].copy_from_slice(&crc);
    storage.put(&path, &other);
    assert_eq!(open(&storage).unwrap().tidy().unwrap(), 0, "another build may know it");
    storage.put(&path, &whole);
    storage.inject(Fault::Fail { operation: Some(Operation::Read), nth: 1 });
    assert_eq!(open(&storage).unwrap().tidy().unwrap(), 0, "the medium may read it later");
    assert_eq!(packs(), 3);
    assert_eq!(open(&storage).unwrap().tidy().unwrap(), 1);
    assert_eq!(packs(), 2);
    assert!(open(&storage).unwrap().verify().unwrap().is_sound());
    // A damaged one may be restored, and then it needs its packs.
    storage.flip_bit(&path, 400).unwrap();
    assert_eq!(open(&storage).unwrap().tidy().unwrap(), 0);
    assert_eq!(packs(), 2);
}

#[test]
fn what_was_written_of_a_snapshot_that_is_given_up_goes_at_once() {
    let Scene { storage, store, newer, .. } = scene();
    let before = storage.list("snapshots").unwrap();
    write(&store, 1, 12, &[b"given up".to_vec()]).unwrap();
    assert_ne!(storage.list("snapshots").unwrap(), before);
    store.abandon();
    assert_eq!(storage.list("snapshots").unwrap(), before);
    newer.entries.iter().for_each(|entry| assert!(store.read(entry).is_ok()));
    // Its pack was finished, and the manifest could not be written.
    let entry = write(&store, 1, 12, &[b"given up".to_vec()]).unwrap();
    storage.inject(Fault::Fail { operation: Some(Operation::Rename), nth: 2 });
    publish(&store, 12, &[entry]).unwrap_err();
    store.abandon();
    assert_eq!(storage.list("snapshots").unwrap(), before);
}

#[test]
fn a_damaged_entry_is_made_good_with_the_same_state_only() {
    let scene = scene();
    let store = &scene.store;
    let twin = store.copy(&scene.newer.entries[1], b"note").unwrap();
    let other = publish(store, 10, &[twin, scene.older.entries[0]]).unwrap();
    let (damaged, twin) = (scene.newer.entries[1], *other.entry(2).unwrap());
    scene.storage.flip_bit(&path_of(&damaged), (at_of(&damaged) as u64 + 5) * 8).unwrap();
    assert_eq!(store.scrub(&[&scene.newer, &other]).len(), 1);
    let stale = scene.older.entries[1];
    assert_eq!(store.mend(&scene.newer, &[(damaged, stale)]).unwrap(), 0, "it is another state");
    assert_eq!(scene.whole(), [true, false, true]);
    assert_eq!(store.mend(&scene.newer, &[(damaged, twin)]).unwrap(), 1);
    assert_eq!(scene.whole(), [true, true, true]);
    let newest = present(store).remove(1);
    assert_eq!((newest.lsn, newest.note(newest.entry(2).unwrap())), (Lsn(9), Some(&b"note 2"[..])));
    assert_eq!(read(store, newest.entry(2).unwrap()).unwrap().concat(), b"newNEW");
    assert!(store.scrub(&[&newest, &other]).is_empty());
}

/// A look costs the same however much there is; in turns it comes to everything, and what was damaged is not forgotten.
#[test]
fn a_look_reads_a_part_and_all_of_it_in_time() {
    let storage = MemoryStorage::new();
    let store = open(&storage).unwrap().scrubbing(3_000);
    let entries: Vec<Entry> = (0..60).map(|key| write(&store, key, 1, &[large()]).unwrap()).collect();
    let manifest = publish(&store, 1, &entries).unwrap();
    assert!(store.scrub(&[&manifest]).is_empty(), "what is new is read whole");
    let harmed = manifest.entries[41];
    storage.flip_bit(&path_of(&harmed), (at_of(&harmed) as u64 + 45) * 8).unwrap();
    let looks = (0..60).position(|_| !store.scrub(&[&manifest]).is_empty()).unwrap();
    assert!((2..30).contains(&looks), "{looks}");
    for _ in 0..30 {
        let faults = store.scrub(&[&manifest]);
        assert_eq!(faults.iter().map(|(entry, _)| *entry).collect::<Vec<_>>(), [harmed]);
    }
}

/// Letting go of old sets, which looks at each set by itself, takes no turn from the looks at all of them.
#[test]
fn looks_come_to_everything_in_time_between_prunes_too() {
    let storage = MemoryStorage::new();
    let store = open(&storage).unwrap().scrubbing(3_000);
    let set = |lsn: u64| {
        let entries: Vec<Entry> = (0..60).map(|key| write(&store, key, lsn, &[large()]).unwrap()).collect();
        publish(&store, lsn, &entries).unwrap()
    };
    let (older, newer) = (set(1), set(2));
    assert!(store.scrub(&[&newer, &older]).is_empty(), "what is new is read whole");
    for manifest in [&older, &newer] {
        let harmed = manifest.entries[41];
        let bit = (at_of(&harmed) as u64 + 45) * 8;
        storage.flip_bit(&path_of(&harmed), bit).unwrap();
        let looks = (0..80).position(|_| {
            let is_found = !store.scrub(&[&newer, &older]).is_empty();
            store.prune(2).unwrap();
            is_found
        });
        assert!(looks.is_some(), "never looked at: {harmed:?}");
        storage.flip_bit(&path_of(&harmed), bit).unwrap();
        store.scrub(&[&newer, &older]);
    }
}

/// An entry that nobody can read keeps its place in the sets, and does not keep the others from being let go of.
#[test]
fn an_excused_entry_is_named_and_kept_and_not_looked_at() {
    let scene = scene();
    let (store, lost) = (&scene.store, scene.newer.entries[1]);
    scene.storage.flip_bit(&path_of(&lost), (at_of(&lost) as u64 + 5) * 8).unwrap();
    store.excuse([2]);
    for lsn in [20, 21] {
        let entry = write(store, 1, lsn, &[large()]).unwrap();
        let named = present(store)[0].entries[1];
        publish(store, lsn, &[entry, named]).unwrap();
    }
    let pruned = store.prune(2).unwrap();
    assert_eq!((pruned.manifests_kept, pruned.manifests_removed), (2, 2));
    assert!(pruned.faults.is_empty(), "{pruned:?}");
    let kept = present(store)[0].entries[1];
    assert_eq!(kept, lost, "what is left of it is not copied: it may be put right");
    scene.storage.inject(Fault::Fail { operation: Some(Operation::Read), nth: 1 });
    let refused = store.copy_remains(&kept, b"lost").unwrap_err();
    assert!(matches!(refused, WriteError::Read(_)), "what cannot be read now may be whole: {refused}");
    let remains = store.copy_remains(&kept, b"lost").unwrap();
    let copied = publish(store, 22, &[remains, present(store)[0].entries[0]]).unwrap();
    assert!(store.read(copied.entry(2).unwrap()).is_err(), "as damaged as it was");
    assert_eq!(copied.note(copied.entry(2).unwrap()), Some(&b"lost"[..]));
}
