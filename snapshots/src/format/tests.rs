use quickcheck::{TestResult, quickcheck};

use super::*;

fn encode_entry(key: u64, lsn: u64, chunks: &[&[u8]]) -> (Entry, Vec<u8>) {
    let (mut encoder, header) = EntryEncoder::begin(key, Lsn(lsn));
    let mut file = header.to_vec();
    for chunk in chunks {
        file.extend_from_slice(&encoder.chunk(chunk).unwrap());
        file.extend_from_slice(chunk);
    }
    let (entry, trailer) = encoder.finish();
    file.extend_from_slice(&trailer);
    (entry, file)
}

fn read_chunks(file: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = chunks(file);
    let mut read = Vec::new();
    while !rest.is_empty() {
        let (chunk, _, after) = split_chunk(rest).unwrap();
        read.push(chunk.to_vec());
        rest = after;
    }
    read
}

/// Puts the CRCs right after a field was changed, as a hostile writer would.
fn reseal_manifest(file: &mut [u8]) {
    let header_crc = crc32fast::hash(&file[..HEADER_CRC_AT]);
    put(file, HEADER_CRC_AT, header_crc.to_le_bytes());
    let crc_at = file.len() - MANIFEST_CRC_BYTES;
    let crc = crc32fast::hash(&file[..crc_at]);
    put(file, crc_at, crc.to_le_bytes());
}

fn manifest(lsn: u64, keys: &[(u64, u64)]) -> Manifest {
    let entries = keys.iter().map(|&(key, lsn)| Entry { key, lsn: Lsn(lsn), bytes: 100, crc: 7 }).collect();
    Manifest { lsn: Lsn(lsn), entries, meta: b"meta".to_vec() }
}

quickcheck! {
    fn entries_are_read_back(key: u64, lsn: u64, payloads: Vec<Vec<u8>>) -> bool {
        let chunks: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        let (entry, file) = encode_entry(key, lsn, &chunks);
        entry.bytes == file.len() as u64
            && check_entry(&file, &entry) == Ok(payloads.len() as u32)
            && read_chunks(&file) == payloads
    }

    fn an_entry_is_only_what_was_written(payloads: Vec<Vec<u8>>, at: usize, with: Vec<u8>) -> TestResult {
        let chunks: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        let (entry, file) = encode_entry(1, 2, &chunks);
        let at = at % file.len();
        let mut changed = file.clone();
        changed.splice(at..(at + with.len()).min(file.len()), with);
        if changed == file {
            return TestResult::discard();
        }
        TestResult::from_bool(check_entry(&changed, &entry).is_err())
    }

    fn any_bytes_are_refused_without_panic(bytes: Vec<u8>, entry: (u64, u64, u64, u32)) -> bool {
        let (key, lsn, _, crc) = entry;
        let entry = Entry { key, lsn: Lsn(lsn), bytes: bytes.len() as u64, crc };
        check_entry(&bytes, &entry).is_err() && decode_manifest(&bytes, Lsn(lsn)).is_err()
    }

    fn manifests_are_read_back(named: Vec<(u64, u64, u64, u32)>, after: u64, meta: Vec<u8>) -> bool {
        let mut entries: Vec<Entry> = named
            .into_iter()
            .map(|(key, lsn, bytes, crc)| Entry { key, lsn: Lsn(lsn), bytes, crc })
            .collect();
        entries.sort_by_key(|entry| entry.key);
        entries.dedup_by_key(|entry| entry.key);
        let lsn = entries.iter().map(|entry| entry.lsn).max().unwrap_or(Lsn(after));
        let mut shuffled = entries.clone();
        shuffled.reverse();
        let file = encode_manifest(&Manifest { lsn, entries: shuffled, meta: meta.clone() }).unwrap();
        decode_manifest(&file, lsn) == Ok(Manifest { lsn, entries, meta })
    }
}

#[test]
fn lengths_of_a_hostile_manifest_are_not_believed() {
    let file = encode_manifest(&manifest(9, &[(1, 1), (2, 2)])).unwrap();
    for at in [MANIFEST_ENTRIES_AT, MANIFEST_META_AT] {
        for claimed in [0, 1, 3, 1000, 1 << 24, (1 << 24) + 1, u32::MAX] {
            let mut hostile = file.clone();
            put(&mut hostile, at, claimed.to_le_bytes());
            reseal_manifest(&mut hostile);
            let refused = decode_manifest(&hostile, Lsn(9)).unwrap_err();
            assert!(
                matches!(refused.reason, Reason::Length { .. } | Reason::Limit { .. }),
                "{claimed}: {refused:?}"
            );
        }
    }
}

#[test]
fn lengths_of_a_hostile_chunk_are_not_believed() {
    let (entry, file) = encode_entry(1, 2, &[b"one", b"two"]);
    for claimed in [0, 2, 4, 1000, 1 << 24, (1 << 24) + 1, u32::MAX] {
        let mut hostile = file.clone();
        put(&mut hostile, HEADER_BYTES, u32::to_le_bytes(claimed));
        let refused = check_entry(&hostile, &entry).unwrap_err();
        assert_eq!(refused.offset, HEADER_BYTES as u64, "{claimed}: {refused:?}");
    }
}

#[test]
fn chunks_cannot_change_places() {
    let (entry, file) = encode_entry(1, 2, &[b"one", b"two"]);
    let chunk = CHUNK_HEADER_BYTES + 3;
    let mut swapped = file.clone();
    swapped[HEADER_BYTES..].rotate_left(chunk);
    swapped[HEADER_BYTES + chunk..].rotate_right(chunk);
    assert_ne!(swapped, file);
    assert_eq!(split_chunk(chunks(&swapped)).unwrap().0, b"two");
    let refused = check_entry(&swapped, &entry).unwrap_err();
    assert!(matches!(refused.reason, Reason::Checksum { part: "the sequence of chunks", .. }), "{refused:?}");
}

#[test]
fn a_chunk_of_another_entry_is_refused() {
    let (entry, file) = encode_entry(1, 2, &[b"one", b"two"]);
    let (_, other) = encode_entry(1, 3, &[b"ONE", b"TWO"]);
    let chunk = HEADER_BYTES..HEADER_BYTES + CHUNK_HEADER_BYTES + 3;
    let mut mixed = file;
    mixed[chunk.clone()].copy_from_slice(&other[chunk]);
    assert!(check_entry(&mixed, &entry).is_err());
}

#[test]
fn an_entry_is_bound_to_its_key_its_lsn_and_its_manifest() {
    let (entry, file) = encode_entry(1, 2, &[b"one"]);
    let field = |entry: Entry| check_entry(&file, &entry).unwrap_err().reason;
    assert!(matches!(field(Entry { key: 9, ..entry }), Reason::Field { field: "the key", .. }));
    assert!(matches!(field(Entry { lsn: Lsn(9), ..entry }), Reason::Field { field: "the LSN", .. }));
    assert!(matches!(field(Entry { crc: !entry.crc, ..entry }), Reason::Checksum { .. }));
    assert!(matches!(field(Entry { bytes: 9, ..entry }), Reason::Length { .. }));
}

#[test]
fn a_newer_version_is_told_apart_from_damage() {
    let (entry, mut file) = encode_entry(1, 2, &[b"one"]);
    put(&mut file, VERSION_AT, (VERSION + 1).to_le_bytes());
    assert!(matches!(check_entry(&file, &entry).unwrap_err().reason, Reason::Checksum { .. }));
    let crc = crc32fast::hash(&file[..HEADER_CRC_AT]);
    put(&mut file, HEADER_CRC_AT, crc.to_le_bytes());
    let refused = check_entry(&file, &entry).unwrap_err().reason;
    assert_eq!(refused, Reason::Version { supported: VERSION, found: VERSION + 1 });
}

#[test]
fn impossible_manifests_are_not_written() {
    let refused = |manifest: Manifest| encode_manifest(&manifest).unwrap_err();
    assert_eq!(refused(manifest(9, &[(2, 1), (1, 1), (2, 2)])), ManifestFault::KeyTwice { key: 2 });
    assert_eq!(refused(manifest(9, &[(1, 10)])), ManifestFault::Ahead { key: 1, lsn: Lsn(10) });
    let large = Manifest { meta: vec![0; META_BYTES_MAX + 1], ..manifest(9, &[]) };
    assert!(matches!(refused(large), ManifestFault::Limit { .. }));
}

#[test]
fn impossible_manifests_are_not_read() {
    let file = encode_manifest(&manifest(9, &[(1, 1), (2, 2)])).unwrap();
    let refused = |at: usize, value: u64| {
        let mut hostile = file.clone();
        put(&mut hostile, HEADER_BYTES + at, value.to_le_bytes());
        reseal_manifest(&mut hostile);
        decode_manifest(&hostile, Lsn(9)).unwrap_err()
    };
    let second = (HEADER_BYTES + NAMED_BYTES) as u64;
    assert_eq!(refused(NAMED_KEY_AT, 2), Damage { offset: second, reason: Reason::Order { key: 2 } });
    assert!(matches!(refused(NAMED_LSN_AT, 10).reason, Reason::Limit { field: "the entry's LSN", .. }));
    assert!(matches!(
        decode_manifest(&file, Lsn(8)).unwrap_err().reason,
        Reason::Field { field: "the LSN", .. }
    ));
}

#[test]
fn too_large_a_chunk_is_not_taken() {
    let (mut encoder, _) = EntryEncoder::begin(1, Lsn(2));
    assert_eq!(encoder.chunk(&vec![0; CHUNK_BYTES_MAX + 1]), None);
    assert!(encoder.chunk(&vec![0; CHUNK_BYTES_MAX]).is_some());
}
