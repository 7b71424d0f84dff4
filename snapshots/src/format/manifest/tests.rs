use quickcheck::quickcheck;

use super::*;

/// Puts the CRCs right after a field was changed, as a hostile writer would.
fn reseal(file: &mut [u8]) {
    let header_crc = crc32fast::hash(&file[..HEADER_CRC_AT]);
    put(file, HEADER_CRC_AT, header_crc.to_le_bytes());
    let crc_at = file.len() - CRC_BYTES;
    let crc = crc32fast::hash(&file[..crc_at]);
    put(file, crc_at, crc.to_le_bytes());
}

fn manifest(lsn: u64, keys: &[(u64, u64)]) -> Manifest {
    let entry = |&(key, lsn)| Entry { key, lsn: Lsn(lsn), bytes: 100, crc: 7, place: Place::File };
    let entries = keys.iter().map(entry).collect();
    Manifest { lsn: Lsn(lsn), entries, meta: b"meta".to_vec(), packs: Vec::new() }
}

quickcheck! {
    fn manifests_are_read_back(named: Vec<(u64, u64, u64, u32)>, after: u64, meta: Vec<u8>) -> bool {
        let entry = |(key, lsn, bytes, crc)| Entry { key, lsn: Lsn(lsn), bytes, crc, place: Place::File };
        let mut entries: Vec<Entry> = named.into_iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.key);
        entries.dedup_by_key(|entry| entry.key);
        let lsn = entries.iter().map(|entry| entry.lsn).max().unwrap_or(Lsn(after));
        let mut shuffled = entries.clone();
        shuffled.reverse();
        let written = Manifest { lsn, entries: shuffled, meta: meta.clone(), packs: Vec::new() };
        let read = decode_manifest(&encode_manifest(&written).unwrap(), lsn).unwrap();
        Manifest::of(lsn, read.files, Vec::new(), read.meta) == Manifest { lsn, entries, meta, packs: Vec::new() }
    }
}

#[test]
fn lengths_of_a_hostile_manifest_are_not_believed() {
    let file = encode_manifest(&manifest(9, &[(1, 1), (2, 2)])).unwrap();
    for (at, true_value) in [(ENTRIES_AT, 2), (META_AT, 4), (PACKS_AT, 0)] {
        for claimed in [0, 1, 3, 1000, 1 << 24, (1 << 24) + 1, u32::MAX] {
            if claimed == true_value {
                continue;
            }
            let mut hostile = file.clone();
            put(&mut hostile, at, claimed.to_le_bytes());
            reseal(&mut hostile);
            let refused = decode_manifest(&hostile, Lsn(9)).unwrap_err();
            assert!(
                matches!(refused.reason, Reason::Length { .. } | Reason::Limit { .. }),
                "{claimed}: {refused:?}"
            );
        }
    }
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
        reseal(&mut hostile);
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
