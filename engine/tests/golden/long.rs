//! A head that is too large for one chunk and comes in pieces. Its file has each chunk's length, its SipHash-1-3 under a
//! key of zeros, and its first bytes: all of it would be megabytes.

use std::hash::Hasher;

use holdfast_engine::{Change, Created, Event, EventSpec, Record, TableSeed, read_event};
use siphasher::sip::SipHasher13;

use crate::{AT, File, chunks, happen, hold, key, name, restored};

/// The length of a piece. It stands here by itself: another one would be another form.
const PIECE_BYTES: usize = 8 << 20;
/// A zero byte, the form, and how many pieces there are.
const FRONT: [u8; 3] = [0, 3, 2];
const ROWS: usize = 40;
const SEATS_PER_ROW: usize = 900;
const SHOWN_BYTES: usize = 96;

/// A hall whose seats have the longest ids that a ticket shop may give them.
fn event() -> Event {
    let seat =
        |row: usize, seat: usize| format!(r#"{{"seats":"{seat}","id":"{:x>256}"}}"#, row * 1_000 + seat);
    let row = |row: usize| {
        let seats: Vec<String> = (1..=SEATS_PER_ROW).map(|number| seat(row, number)).collect();
        format!(r#"{{"name":"{row}","seats":[{}]}}"#, seats.join(","))
    };
    let rows: Vec<String> = (1..=ROWS).map(row).collect();
    let json = format!(r#"{{"sections":[{{"name":"A","category":"STD","rows":[{}]}}]}}"#, rows.join(","));
    let spec: EventSpec = serde_json::from_str(&json).expect("a description");
    let created = Created { name: name("concert-2037"), spec };
    let mut event = Event::create(&created, AT, TableSeed(3)).expect("a good description");
    let birth = Change::Created(Box::new(created));
    event.apply_creation(&Record::new(AT, 1, Some(key(100)), birth));
    happen(&mut event, [hold("customer-1", 300_000, &[2, 35_999], &[])]);
    event
}

/// Length, hash and first bytes of a chunk.
fn outline(chunk: &[u8]) -> Vec<u8> {
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(chunk);
    let shown = &chunk[..chunk.len().min(SHOWN_BYTES)];
    [&(chunk.len() as u64).to_le_bytes(), &hasher.finish().to_le_bytes(), shown].concat()
}

#[test]
fn a_head_in_pieces_stays_as_it_is() {
    let event = event();
    let written = chunks(&event);
    let [first, second, columns @ ..] = &written[..] else { panic!("{} chunks", written.len()) };
    assert!(first.starts_with(&FRONT) && first.len() == FRONT.len() + PIECE_BYTES);
    let outlines = (0..).zip(&written).map(|(number, chunk)| (format!("chunk.{number}"), outline(chunk)));
    let outlines: Vec<_> = outlines.collect();
    assert_eq!(File::new("snapshot-long.txt").committed(&outlines), outlines, "written in another way");

    // Put together, the pieces are the head as it is in one chunk.
    let head = [&first[FRONT.len()..], second].concat();
    assert!(head.starts_with(&[0, 2]));
    let whole = [std::slice::from_ref(&head), columns].concat();
    let is_event = |read: &Event| {
        read.check().expect("a sound event");
        assert!(read.digest() == event.digest() && chunks(read) == written);
    };
    is_event(&restored(&written));
    is_event(&restored(&whole));
    // Readers take pieces as they come, as a later version may cut them elsewhere.
    let (one, rest) = head.split_at(7);
    let (two, three) = rest.split_at(3 << 20);
    let front: &[u8] = &[0, 3, 3];
    is_event(&restored(&[&[[front, one].concat(), two.into(), three.into()], columns].concat()));

    for cut in [[first, columns.first().expect("a column")], [first, first], [second, first]] {
        let cut = cut.into_iter().map(Vec::as_slice).chain(columns.iter().map(Vec::as_slice));
        assert!(read_event(cut, TableSeed(4)).is_err(), "a piece is missing or in another's place");
    }
}
