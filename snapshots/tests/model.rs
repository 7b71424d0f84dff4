//! Random histories of a store against a model that is two maps: what was published is what is there,
//! whatever came between, restarts and power cuts included.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeMap;

use holdfast_snapshots::{Entry, Manifest, Store};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::Lsn;
use quickcheck::{Arbitrary, Gen, QuickCheck};
use support::{note, open, present, publish, read, write};

#[derive(Clone, Debug)]
enum Step {
    Write { key: u64, chunks: Vec<Vec<u8>> },
    Publish,
    Prune { keep: usize },
    Restart,
    PowerCut { seed: u64 },
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 8 {
            0..=3 => Self::Write { key: u64::arbitrary(g) % 5, chunks: Vec::arbitrary(g) },
            4 | 5 => Self::Publish,
            6 => Self::Prune { keep: usize::arbitrary(g) % 4 },
            _ if bool::arbitrary(g) => Self::Restart,
            _ => Self::PowerCut { seed: u64::arbitrary(g) },
        }
    }
}

#[derive(Default)]
struct Model {
    now: u64,
    /// The newest state written of each key, published or to be published.
    entries: BTreeMap<u64, Entry>,
    contents: BTreeMap<(u64, Lsn), Vec<Vec<u8>>>,
    published: BTreeMap<Lsn, Manifest>,
}

impl Model {
    fn step(&mut self, step: Step, store: &mut Store, storage: &mut MemoryStorage) {
        self.now += 1;
        match step {
            Step::Write { key, chunks } => {
                let entry = write(store, key, self.now, &chunks).unwrap();
                self.contents.insert((key, entry.lsn), chunks);
                self.entries.insert(key, entry);
            }
            Step::Publish => {
                let entries: Vec<Entry> = self.entries.values().copied().collect();
                let manifest = publish(store, self.now, &entries).unwrap();
                self.entries = manifest.entries.iter().map(|entry| (entry.key, *entry)).collect();
                self.published.insert(manifest.lsn, manifest);
            }
            Step::Prune { keep } => {
                store.prune(keep).unwrap();
                while self.published.len() > keep.max(1) {
                    self.published.pop_first();
                }
            }
            Step::Restart => self.reopen(store, storage),
            Step::PowerCut { seed } => {
                *storage = storage.crash(seed);
                self.reopen(store, storage);
            }
        }
    }

    /// What was written since the last manifest is of no use to the next process: it begins with that
    /// manifest.
    fn reopen(&mut self, store: &mut Store, storage: &MemoryStorage) {
        *store = open(storage).unwrap();
        let newest = self.published.values().next_back();
        let entries = newest.map(|manifest| manifest.entries.as_slice()).unwrap_or_default();
        self.entries = entries.iter().map(|entry| (entry.key, *entry)).collect();
    }

    fn check(&self, store: &Store) {
        let expected: Vec<Manifest> = self.published.values().rev().cloned().collect();
        assert_eq!(present(store), expected);
        for (manifest, entry) in
            expected.iter().flat_map(|of| of.entries.iter().map(move |entry| (of, entry)))
        {
            assert_eq!(read(store, entry).unwrap(), self.contents[&(entry.key, entry.lsn)]);
            assert_eq!(manifest.note(entry), Some(&note(entry.key)[..]));
            assert_eq!(manifest.entry(entry.key), Some(entry));
        }
        // Each is larger than all newer ones together.
        assert!(expected.iter().all(|manifest| manifest.packs.len() <= 16), "{expected:?}");
        assert!(store.verify().unwrap().is_sound());
    }
}

#[test]
fn what_was_published_is_there() {
    fn holds(steps: Vec<Step>) -> bool {
        let mut storage = MemoryStorage::new();
        let mut store = open(&storage).unwrap();
        let mut model = Model::default();
        for step in steps {
            model.step(step, &mut store, &mut storage);
            model.check(&store);
        }
        true
    }
    QuickCheck::new().tests(200).quickcheck(holds as fn(Vec<Step>) -> bool);
}

/// Over the bounds of the write buffer and of the sync on the way.
#[test]
fn a_large_entry_is_read_back() {
    let store = open(&MemoryStorage::new()).unwrap();
    let sizes = [0, 1, (256 << 10) - 9, 256 << 10, (256 << 10) + 1, 1 << 20, 16 << 20, 3, 5 << 20];
    let chunks: Vec<Vec<u8>> = sizes
        .iter()
        .map(|&size| (0..size).map(|at: usize| (at ^ (at >> 8) ^ size) as u8).collect())
        .collect();
    let entry = write(&store, 1, 2, &chunks).unwrap();
    publish(&store, 2, &[entry]).unwrap();
    assert!(read(&store, &entry).unwrap() == chunks);
    let reader = store.read(&entry).unwrap();
    assert_eq!(reader.chunks().len(), sizes.len());
    assert_eq!(reader.entry(), &entry);
}
