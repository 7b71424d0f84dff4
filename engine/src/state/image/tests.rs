//! No chunk of a snapshot is longer than the store takes, whatever stands in the columns.

use holdfast_snapshots::CHUNK_BYTES_MAX;

use super::*;
use crate::codec::{read_event, write_event};
use crate::limits::{AREAS_MAX, ITEMS_PER_COMMAND_MAX, SEATS_MAX, SEATS_PER_HOLD_MAX};
use crate::state::PaymentStatus;
use crate::state::answer::Answer;
use crate::state::change::Created;
use crate::state::command::{Key, Read, Seats as Named};
use crate::state::holds::Extends;
use crate::state::orders::SoldPlaces;
use crate::state::payments::Claim;
use crate::state::seats::Chain;
use crate::state::tables::Beside;

/// The longest name of that number.
fn name(number: usize) -> Name {
    Name::new(format!("{number:064}").as_bytes()).expect("a name")
}

fn event() -> Event {
    let json =
        r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1000, "seats": 1000}}]}"#;
    let spec: EventSpec = serde_json::from_str(json).expect("a description");
    Event::create(&Created { name: name(0), spec }, At(1), TableSeed(1)).expect("an event")
}

fn places() -> Places {
    (0..AREAS_MAX as u16).map(|area| (area, 1)).collect()
}

fn seats(number: u32) -> Named {
    (0..number).collect()
}

fn claims(count: usize, places: &Places, seats: &Named) -> Vec<Claim> {
    vec![Claim { holder: name(1), seats: seats.clone(), places: places.clone() }; count]
}

fn payment(number: usize, claims: Vec<Claim>) -> Payment {
    let text: Box<str> = "r".repeat(256).into();
    Payment {
        name: name(number),
        number: number as u64,
        tried_at: At(1),
        version: 1,
        status: PaymentStatus::Failed,
        deadline_at: At(1),
        retries: 0,
        place: 0,
        holds: (0..ITEMS_PER_COMMAND_MAX as u64).map(HoldId).collect(),
        claims,
        reason: Some(text.clone()),
        reference: Some(text),
        money: Beside(Some(Box::new(Money::largest()))),
    }
}

#[test]
fn a_description_that_no_chunk_holds_comes_in_pieces() {
    let label = |number: u32| format!("{:09}{}", 7_919 * u64::from(number) % 999_999_937, "x".repeat(46));
    let row = |row: u32| {
        let labels: Vec<String> = (0..1_000).map(|seat| label(1_000 * row + seat)).collect();
        serde_json::json!({"name": row.to_string(), "seats": labels})
    };
    let rows: Vec<_> = (0..400).map(row).collect();
    let spec = serde_json::json!({"sections": [{"name": "A", "category": "C", "rows": rows}]});
    let spec: EventSpec = serde_json::from_value(spec).expect("a description");
    let event = Event::create(&Created { name: name(7), spec }, At(1), TableSeed(1)).expect("an event");
    let mut chunks: Vec<Vec<u8>> = Vec::new();
    let written: Result<(), std::convert::Infallible> = write_event(&event, |chunk| {
        chunks.push(chunk.to_vec());
        Ok(())
    });
    let Ok(()) = written;
    let read = |chunks: &[Vec<u8>]| read_event(chunks.iter().map(Vec::as_slice), TableSeed(1));
    assert!(chunks.iter().all(|chunk| chunk.len() <= CHUNK_BYTES_MAX) && chunks[0].starts_with(&[0, 3, 3]));
    assert_eq!(read(&chunks).expect("the same event").view(&Read::Plan), event.view(&Read::Plan));
    let without = |at: usize| [&chunks[..at], &chunks[at + 1..]].concat();
    assert!(read(&without(1)).is_err() && read(&without(2)).is_err() && read(&chunks[..2]).is_err());
}

/// Some of the largest rows that the limits allow in each column, and very many that are large.
fn full() -> Event {
    let mut event = event();
    let (none, few) = (Places::default(), seats(SEATS_PER_HOLD_MAX));
    for number in 0..3 {
        let most = claims(ITEMS_PER_COMMAND_MAX, &places(), &Named::default());
        event.payments.insert(payment(number, most));
    }
    for number in 3..6_000 {
        event.payments.insert(payment(number, claims(1, &none, &few)));
    }
    let order = |number, places| Order {
        name: name(number),
        version: number as u64,
        sold_at: At(1),
        seats: Chain::EMPTY,
        holder: Slot::new(0),
        places,
    };
    let sold = SoldPlaces { area: 1, count: 1, holder: Slot::new(0) };
    for number in 0..3 {
        event.orders.insert(order(number, vec![sold; ITEMS_PER_COMMAND_MAX * AREAS_MAX]));
    }
    for number in 3..4_000 {
        event.orders.insert(order(number, vec![sold; AREAS_MAX]));
    }
    for number in 0..40_000 {
        event.holders.add(&name(number), 1);
        let holder = name(number);
        event.cancelled.push(CancelledOrder {
            name: name(number),
            version: 1,
            sold_at: At(1),
            cancelled_at: At(1),
            holder,
        });
    }
    for number in 0..6_000 {
        let hold = Hold {
            id: HoldId(number),
            expires_at: At(1),
            holder: Slot::new(0),
            seats: Chain::EMPTY,
            extends: Extends::default(),
            place: 0,
            account: Account(number as u32),
            has_places: true,
            total: Beside(Millis(1)),
        };
        event.holds.insert(hold, &places());
    }
    for number in 0..4_000_u32 {
        let hash = u128::from(number).to_le_bytes();
        let seats = if number < 5 { seats(SEATS_MAX) } else { few.clone() };
        let answer = Answer::Order { order: name(1), version: 1, seats, places: places() };
        event.keys.remember(
            &Key { hash, fingerprint: [0; 8], account: Account(number) },
            Came { second: 1, tick: 0 },
            Told::from(&answer),
        );
    }
    event
}

#[test]
fn no_chunk_is_longer_than_the_store_takes() {
    let event = full();
    let mut longest = 0;
    let mut restoring = Restoring::new(event.head(), TableSeed(1));
    event
        .columns(|column| {
            let bytes = encoded_bytes(&column);
            longest = longest.max(bytes);
            restoring.add(column);
            Ok::<_, ()>(())
        })
        .expect("nobody refuses");
    assert!(longest > 10_000_000, "the largest order was there: {longest}");
    assert!(longest <= CHUNK_BYTES_MAX, "{longest}");
    write_event(&event, |chunk| if chunk.len() <= CHUNK_BYTES_MAX { Ok(()) } else { Err(chunk.len()) })
        .expect("every chunk fits");
    // And every row came through, in its place.
    assert_eq!(restoring.status.len(), 1_000_000);
    assert!(restoring.payments.iter().flatten().eq(event.payments.slab().iter().map(|(_, row)| row)));
    assert!(restoring.orders.iter().flatten().eq(event.orders.slab().iter().map(|(_, row)| row)));
    assert_eq!((restoring.holders.len(), restoring.cancelled.len()), (40_000, 40_000));
    assert_eq!((restoring.holds.len(), restoring.places.len()), (6_000, 6_000));
    assert_eq!(restoring.keys.digest_term(), event.keys.digest_term());
}

/// A megabyte of description, which is what a command takes, in the form that grows most.
#[test]
fn the_largest_description_fits_one_chunk() {
    let numbers: Vec<String> = (0..).map(|number| format!("\"{number}\"")).take(130_000).collect();
    let json = format!(
        r#"{{"sections": [{{"name": "A", "category": "C", "rows": [{{"name": "1", "seats": 130000, "accessible": [{}]}}]}}]}}"#,
        numbers.join(",")
    );
    assert!(json.len() > 1 << 20, "{}", json.len());
    let mut event = event();
    event.spec = Arc::new(serde_json::from_str(&json).expect("a description"));
    event.areas = vec![Counts::free(1); AREAS_MAX];
    let head = encoded_bytes(&event.head());
    assert!(head <= CHUNK_BYTES_MAX / 2, "{head}");
}
