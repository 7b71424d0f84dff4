//! The event that the parts are measured on, and the commands that it gets.

#![allow(dead_code, clippy::allow_attributes, reason = "every bench uses its part")]

use std::hint::black_box;

use holdfast_engine::{
    Account, AreaSpec, At, Best, Change, Created, Event, EventId, EventSpec, HoldId, Holds, Key, Millis,
    Name, Places, Record, RowRange, RowsSpec, SaleLimits, Scope, Seats, SectionSpec, TableSeed, Write,
    decide, encode_record,
};

pub(crate) const MILLION: u32 = 1_000_000;
pub(crate) const HALL: u32 = 20_000;
pub(crate) const START: At = At(1_700_000_000_000);
pub(crate) const SEED: TableSeed = TableSeed(42);
/// Keys of what is done before the clock runs.
pub(crate) const BEFORE: u64 = 1 << 40;

/// What an event with so many seats in rows of a hundred is made of. It refuses nothing for the sake of a limit.
pub(crate) fn created(seats: u32) -> Created {
    let rows = RowsSpec::Range(RowRange::new(1, seats / 100, 100));
    let limits =
        SaleLimits { max_seats_per_hold: 1_000, max_seats_per_holder: u32::MAX, ..SaleLimits::default() };
    let spec = EventSpec {
        sections: vec![SectionSpec::new("A", "STD", rows)],
        areas: vec![AreaSpec { name: "FLOOR".into(), category: "GA".into(), capacity: MILLION }],
        limits,
        ..EventSpec::default()
    };
    Created { name: name("event"), spec }
}

/// The event itself.
pub(crate) fn event(seats: u32) -> Event {
    Event::create(&created(seats), START, SEED).expect("a good description")
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a name")
}

/// As uniform as the keyed hash that stands here in earnest.
pub(crate) fn key(number: u64) -> Key {
    let mix = |value: u64| {
        let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    };
    let (low, high) = (mix(number.wrapping_add(0x9E37_79B9_7F4A_7C15)), mix(!number));
    let mut hash = [0; 16];
    hash[..8].copy_from_slice(&low.to_le_bytes());
    hash[8..].copy_from_slice(&high.to_le_bytes());
    Key { hash, fingerprint: (low ^ high).to_le_bytes(), account: Account::NOBODY }
}

/// The seats in an order in which buyers come: all over the place, each once.
pub(crate) fn scattered(number: u64, seats: u32) -> u32 {
    (number * 7_919 % u64::from(seats)) as u32
}

/// Holders' names, made beforehand.
pub(crate) struct Holders(Vec<Name>);

impl Holders {
    pub(crate) fn new() -> Self {
        Self((0..4_096).map(|number| name(&format!("customer-{number:06}"))).collect())
    }

    pub(crate) fn hold(&self, number: u64, seat: u32) -> Write {
        self.hold_of(number, [seat].into_iter().collect(), Box::default())
    }

    pub(crate) fn hold_best(&self, number: u64, count: u32) -> Write {
        let best = Best { count, scope: Scope::Everywhere, scattered: false, accessible: 0 };
        self.hold_of(number, Seats::default(), [best].into())
    }

    fn hold_of(&self, number: u64, seats: Seats, best: Box<[Best]>) -> Write {
        let holder = self.0[number as usize % self.0.len()].clone();
        Write::Hold { holder, ttl: Millis(0), seats, best, places: Places::default() }
    }
}

/// Sells the hold of that number.
pub(crate) fn confirm(number: u64) -> Write {
    let mut text = *b"order-00000000";
    for (at, place) in text[6..].iter_mut().enumerate() {
        *place += (number >> (4 * at) & 7) as u8;
        *place += (number >> (4 * at) & 8) as u8;
    }
    let holds: Holds = [HoldId(number + 2)].into_iter().collect();
    Write::Confirm { order: Name::new(&text).expect("a name"), holds }
}

/// Decides and applies. Returns what happened, if anything did.
pub(crate) fn judge(event: &mut Event, number: u64, write: Write, now: At) -> Option<Record> {
    let key = key(number);
    match decide(event, &key, write, now) {
        Ok(change) => {
            let version = event.version() + u64::from(change.makes_version());
            let record = Record::new(now, version, Some(key), change);
            black_box(event.apply(&record));
            Some(record)
        }
        Err(reply) => {
            _ = black_box(reply);
            None
        }
    }
}

/// Decides, applies and encodes, as the actor does. Returns the version.
pub(crate) fn run(event: &mut Event, number: u64, write: Write, now: At, log: &mut Vec<u8>) -> u64 {
    if let Some(record) = judge(event, number, write, now) {
        encode_record(EventId(1), event.digest(), &record, event.touched(), log);
    }
    event.version()
}

/// A millisecond passes every thousand commands: a busy sale.
pub(crate) const fn at(number: u64) -> At {
    At(START.0 + number / 1_000)
}

/// An event whose seats are all held, one by one; the hold of seat `scattered(n)` is `n + 2`.
pub(crate) fn held(seats: u32, holders: &Holders) -> Event {
    let mut event = event(seats);
    let mut log = Vec::new();
    for number in 0..u64::from(seats) {
        let write = holders.hold(number, scattered(number, seats));
        log.clear();
        run(&mut event, BEFORE + number, write, at(0), &mut log);
    }
    event
}

pub(crate) fn hold_record() -> Record {
    let change = Change::Held {
        holder: name("customer-000042"),
        ttl: Millis(300_000),
        seats: [123_456].into_iter().collect(),
        places: Places::default(),
    };
    Record::new(START, 77_777, Some(key(1)), change)
}

/// A million seats of which half are held, and a million keys.
pub(crate) fn large() -> Event {
    let holders = Holders::new();
    let mut event = event(MILLION);
    let mut log = Vec::new();
    for number in 0..u64::from(MILLION) {
        let seat = scattered(number / 2, MILLION);
        log.clear();
        // Every second one finds its seat taken: a key, but no hold.
        run(&mut event, number, holders.hold(number, seat), at(number), &mut log);
    }
    event
}
