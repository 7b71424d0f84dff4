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
        let entry = Entry { key, lsn: Lsn(lsn), bytes: bytes.len() as u64, crc, place: Place::File };
        check_entry(&bytes, &entry).is_err()
            && decode_manifest(&bytes, Lsn(lsn)).is_err()
            && read_pack(&bytes, key, None).is_err()
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
    put(&mut file, VERSION_AT, (ENTRY_VERSION + 1).to_le_bytes());
    assert!(matches!(check_entry(&file, &entry).unwrap_err().reason, Reason::Checksum { .. }));
    let crc = crc32fast::hash(&file[..HEADER_CRC_AT]);
    put(&mut file, HEADER_CRC_AT, crc.to_le_bytes());
    let refused = check_entry(&file, &entry).unwrap_err().reason;
    assert_eq!(refused, Reason::Version { supported: ENTRY_VERSION, found: ENTRY_VERSION + 1 });
}

#[test]
fn too_large_a_chunk_is_not_taken() {
    let (mut encoder, _) = EntryEncoder::begin(1, Lsn(2));
    assert_eq!(encoder.chunk(&vec![0; CHUNK_BYTES_MAX + 1]), None);
    assert!(encoder.chunk(&vec![0; CHUNK_BYTES_MAX]).is_some());
}
