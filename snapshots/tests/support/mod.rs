//! Helpers to write snapshots and to look at them.

use std::sync::Arc;

use holdfast_snapshots::{Catalogued, Entry, Manifest, ReadError, Store, WriteError};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Lsn, Storage};

pub(crate) fn open(storage: &MemoryStorage) -> Result<Store, ReadError> {
    Store::open(Arc::new(storage.clone()))
}

pub(crate) fn write(store: &Store, key: u64, lsn: u64, chunks: &[Vec<u8>]) -> Result<Entry, WriteError> {
    store.write((key, Lsn(lsn), &note(key)), &mut |writer| {
        chunks.iter().try_for_each(|chunk| writer.chunk(chunk))
    })
}

/// What is noted with the entries of a key.
pub(crate) fn note(key: u64) -> Vec<u8> {
    format!("note {key}").into_bytes()
}

pub(crate) fn publish(store: &Store, lsn: u64, entries: &[Entry]) -> Result<Manifest, WriteError> {
    let packs = present_in(store.manifests()?).into_iter().flat_map(|manifest| manifest.packs).collect();
    let meta = format!("meta {lsn}").into_bytes();
    store.publish(Manifest { lsn: Lsn(lsn), entries: entries.to_vec(), meta, packs }, u64::MAX)
}

pub(crate) fn read(store: &Store, entry: &Entry) -> Result<Vec<Vec<u8>>, ReadError> {
    store.read(entry).map(|reader| reader.chunks().map(<[u8]>::to_vec).collect())
}

/// Manifests that are whole themselves, newest first.
pub(crate) fn present(store: &Store) -> Vec<Manifest> {
    present_in(store.manifests().unwrap())
}

fn present_in(manifests: Vec<Catalogued>) -> Vec<Manifest> {
    manifests
        .into_iter()
        .filter_map(|found| match found {
            Catalogued::Present(manifest) => Some(manifest),
            Catalogued::Unreadable { .. } => None,
        })
        .collect()
}

pub(crate) fn paths(storage: &MemoryStorage) -> Vec<String> {
    let names = storage.list("snapshots").unwrap();
    names.iter().map(|name| format!("snapshots/{name}")).collect()
}
