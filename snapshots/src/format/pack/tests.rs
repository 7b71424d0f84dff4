use super::*;

const END: u64 = 100;

fn row(key: u64, at: u64, note: &[u8]) -> Row {
    let place = Place::Pack { number: 7, at, stored: 20, stored_crc: 3 };
    Row::new(Entry { key, lsn: Lsn(key), bytes: 40, crc: 5, place }, note)
}

/// Pack 7 with these rows, whatever they say; its entries are nothing but zeros, up to byte [`END`].
fn pack(rows: &[Row]) -> Vec<u8> {
    let mut file = pack_header(7).to_vec();
    file.resize(END as usize, 0);
    file.extend(encode_rows(7, END, rows.to_vec()).1);
    file
}

/// Another value in the trailer, or another index, with all CRCs as they belong to it.
fn reseal(file: &mut [u8]) {
    let trailer_at = file.len() - TRAILER_BYTES;
    let index_crc = crc32fast::hash(&file[END as usize..trailer_at]);
    put(&mut file[trailer_at..], TRAILER_INDEX_CRC_AT, index_crc.to_le_bytes());
    let crc = trailer_crc(&file[..HEADER_BYTES], &file[trailer_at..]);
    put(&mut file[trailer_at..], TRAILER_CRC_AT, crc.to_le_bytes());
}

#[test]
fn damage_is_told_where_it_is() {
    let rows = [row(1, 32, b"one"), row(2, 52, b"two")];
    let second_at = END + (ROW_BYTES + 3) as u64;
    let whole = pack(&rows);
    let trailer_at = whole.len() as u64 - TRAILER_BYTES as u64;
    let found = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut file = whole.clone();
        change(&mut file);
        reseal(&mut file);
        let Err(Damage { offset, reason }) = read_pack(&file, 7, None) else { panic!("it was not found") };
        (offset, reason)
    };
    let in_trailer = |at: usize, bytes: &'static [u8]| {
        move |file: &mut Vec<u8>| {
            let at = file.len() - TRAILER_BYTES + at;
            file[at..at + bytes.len()].copy_from_slice(bytes);
        }
    };
    let rows_at = trailer_at + TRAILER_ROWS_AT as u64;
    let field = "the number of entries";
    let more = Reason::Limit { field, limit: ENTRIES_MAX as u64, found: u32::MAX.into() };
    assert_eq!(found(&in_trailer(TRAILER_ROWS_AT, &[255; 4])), (rows_at, more));
    let other = Reason::Field { field, expected: 2, found: 3 };
    assert_eq!(found(&in_trailer(TRAILER_ROWS_AT, &[3])), (rows_at, other));
    let (offset, reason) = found(&in_trailer(TRAILER_INDEX_BYTES_AT, &[255; 2]));
    assert_eq!(offset, trailer_at + TRAILER_INDEX_BYTES_AT as u64);
    assert!(matches!(reason, Reason::Length { part: "the index", expected: 65_535, .. }), "{reason:?}");
    let (offset, _) = found(&in_trailer(TRAILER_MAGIC_AT, b"X"));
    assert_eq!(offset, trailer_at);

    // In the index: a note that is longer than what is there, an entry that ends among the rows, keys that do not ascend.
    let in_second = |at: usize, byte: u8| {
        let at = second_at as usize + at;
        move |file: &mut Vec<u8>| file[at] = byte
    };
    let (offset, reason) = found(&in_second(NOTE_LENGTH_AT, 200));
    assert_eq!((offset, matches!(reason, Reason::Length { part: "the row", .. })), (second_at, true));
    let (offset, reason) = found(&in_second(AT_AT, 90));
    let limit = Reason::Limit { field: "the end of the entry", limit: END, found: 110 };
    assert_eq!((offset, reason), (second_at, limit));
    assert_eq!(found(&in_second(KEY_AT, 1)), (second_at, Reason::Order { key: 1 }));
    // What is left behind the last row is the beginning of another one.
    let (offset, reason) = found(&in_second(NOTE_LENGTH_AT, 2));
    assert_eq!((offset, matches!(reason, Reason::Length { .. })), (trailer_at - 1, true));

    let Err(Damage { offset, .. }) = read_pack(&whole, 7, Some((whole.len() as u64, 1))) else { panic!() };
    assert_eq!(offset, trailer_at, "the manifest names another");
    assert_eq!(read_pack(&whole, 7, None).map(|pack| pack.rows), Ok(rows.to_vec()));
}
