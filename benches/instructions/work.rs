//! The parts, each as so many commands on an event of a hall's size.

use std::hint::black_box;
use std::sync::Arc;

use holdfast_engine::{
    About, Answer, Change, EventId, HoldId, Millis, Places, Read, Record, Replay, Reply, Touched, Write,
    decide, decode_record, encode_record,
};
use holdfast_net::Codec;
use holdfast_wal::Lsn;

use crate::hall::{
    BEFORE, HALL, Holders, SEED, START, at, confirm, created, event, held, hold_record, judge, key, run,
    scattered,
};

pub(crate) struct Work {
    /// One word; the figure is recorded under it.
    pub(crate) name: &'static str,
    /// What is counted is this many and twice as many; at most half as many as a hall has seats.
    pub(crate) commands: u64,
    /// Does it so many times.
    pub(crate) run: fn(u64),
}

const MANY: u64 = 2_000;
/// Of what has thousands of seats each.
const FEW: u64 = 20;

pub(crate) const WORKS: &[Work] = &[
    Work { name: "resp_decode_hold", commands: MANY, run: |count| decode(count, HOLD) },
    Work { name: "resp_decode_label", commands: MANY, run: |count| decode(count, HOLD_BY_LABEL) },
    Work { name: "decide_hold", commands: MANY, run: decide_only },
    Work { name: "decide_apply_hold", commands: MANY, run: decide_and_apply },
    Work { name: "hold", commands: MANY, run: hold },
    Work { name: "hold_best", commands: MANY, run: hold_best },
    Work { name: "hold_refused", commands: MANY, run: |count| on_held(count, hold_again) },
    Work { name: "hold_repeated", commands: MANY, run: |count| on_held(count, repeat) },
    Work { name: "extend", commands: MANY, run: |count| on_held(count, extend) },
    Work { name: "release", commands: MANY, run: |count| on_held(count, release) },
    Work { name: "confirm", commands: MANY, run: |count| on_held(count, sell) },
    Work { name: "record_encode", commands: MANY, run: record_encode },
    Work { name: "record_decode", commands: MANY, run: record_decode },
    Work { name: "record_replay", commands: MANY, run: replay },
    Work { name: "resp_encode_hold", commands: MANY, run: encode },
    Work { name: "map", commands: FEW, run: map },
];

/// Judges, applies and encodes on an event whose seats are all held; `write` gives the key and the command.
fn on_held(count: u64, write: fn(u64, &Holders) -> (u64, Write)) {
    let holders = Holders::new();
    let (mut event, mut log) = (held(HALL, &holders), Vec::with_capacity(1 << 16));
    for number in 0..count {
        log.clear();
        let (key, write) = write(number, &holders);
        run(&mut event, key, write, at(number), &mut log);
    }
}

fn hold_again(number: u64, holders: &Holders) -> (u64, Write) {
    (number, holders.hold(number, scattered(number, HALL)))
}

fn repeat(number: u64, holders: &Holders) -> (u64, Write) {
    (BEFORE + number, holders.hold(number, scattered(number, HALL)))
}

fn extend(number: u64, _: &Holders) -> (u64, Write) {
    (number, Write::Extend { hold: HoldId(number + 2), ttl: Millis(0) })
}

fn release(number: u64, _: &Holders) -> (u64, Write) {
    (number, Write::Release { hold: HoldId(number + 2), part: None })
}

fn sell(number: u64, _: &Holders) -> (u64, Write) {
    (number, confirm(number))
}

/// Judges, applies and encodes.
fn hold(count: u64) {
    let (holders, mut event, mut log) = (Holders::new(), event(HALL), Vec::with_capacity(1 << 16));
    for number in 0..count {
        log.clear();
        let write = holders.hold(number, scattered(number, HALL));
        run(&mut event, number, write, at(number), &mut log);
    }
}

/// Judges, applies and encodes: two seats each time, side by side and as far in front as there are.
fn hold_best(count: u64) {
    let (holders, mut event, mut log) = (Holders::new(), event(HALL), Vec::with_capacity(1 << 16));
    for number in 0..count {
        log.clear();
        let write = holders.hold_best(number, 2);
        run(&mut event, number, write, at(number), &mut log);
    }
}

fn decide_and_apply(count: u64) {
    let (holders, mut event) = (Holders::new(), event(HALL));
    for number in 0..count {
        let write = holders.hold(number, scattered(number, HALL));
        black_box(judge(&mut event, number, write, at(number)));
    }
}

fn decide_only(count: u64) {
    let (holders, event) = (Holders::new(), event(HALL));
    for number in 0..count {
        let write = holders.hold(number, scattered(number, HALL));
        let verdict = decide(&event, &key(number), write, START);
        assert!(black_box(verdict).is_ok());
    }
}

fn record_encode(count: u64) {
    let (record, mut log) = (hold_record(), Vec::with_capacity(1 << 16));
    for _ in 0..count {
        log.clear();
        encode_record(EventId(1), 2, black_box(&record), &Touched::NOTHING, &mut log);
        black_box(&log);
    }
}

fn record_decode(count: u64) {
    let mut bytes = Vec::new();
    encode_record(EventId(1), 2, &hold_record(), &Touched::NOTHING, &mut bytes);
    for _ in 0..count {
        black_box(decode_record(black_box(&bytes)).expect("a record"));
    }
}

/// From the bytes of a log back to an event, as a start does.
fn replay(count: u64) {
    let (holders, mut event) = (Holders::new(), event(HALL));
    let mut log = Vec::new();
    let mut add = |digest, record: &Record| {
        let mut bytes = Vec::new();
        encode_record(EventId(1), digest, record, &Touched::NOTHING, &mut bytes);
        log.push(bytes);
    };
    let creation = Record::new(START, 1, Some(key(BEFORE)), Change::Created(created(HALL).into()));
    event.apply_creation(&creation);
    add(event.digest(), &creation);
    // Whatever is counted, all of it is made: so that what is not replayed costs the same each time.
    for number in 0..2 * MANY {
        let write = holders.hold(number, scattered(number, HALL));
        let record = judge(&mut event, number, write, at(number)).expect("a free seat");
        add(event.digest(), &record);
    }
    let mut replay: Replay = Replay::from_nothing(EventId(1), SEED);
    for (lsn, bytes) in (1..).zip(&log).take(count as usize + 1) {
        replay.record(Lsn(lsn), black_box(bytes)).expect("what was just made");
    }
    black_box(&replay);
}

/// Looked up and written as a reply: a hall of 20,000 seats in 200 rows.
fn map(count: u64) {
    let event = held(HALL, &Holders::new());
    let about =
        About { name: event.name().clone(), layout: Arc::clone(event.layout()), plan_version: 1, branch: 0 };
    let (codec, mut out) = (Codec::default(), Vec::with_capacity(1 << 16));
    for _ in 0..count {
        out.clear();
        let reply = Reply::View(event.view_at(&Read::Map(None), START).expect("the whole map"));
        codec.write(black_box(&reply), &about, &mut out);
        black_box(&out);
    }
}

const HOLD: &[u8] =
    b"*7\r\n$4\r\nHOLD\r\n$5\r\nevent\r\n$12\r\nkey-00012345\r\n$15\r\nholder-00012345\r\n$1\r\n0\r\n\
    $5\r\nSEATS\r\n$7\r\n#012345\r\n";
/// The same seat by its label.
const HOLD_BY_LABEL: &[u8] =
    b"*7\r\n$4\r\nHOLD\r\n$5\r\nevent\r\n$12\r\nkey-00012345\r\n$15\r\nholder-00012345\r\n$1\r\n0\r\n\
    $5\r\nSEATS\r\n$8\r\nA-124-46\r\n";

fn decode(count: u64, frame: &[u8]) {
    let (event, mut codec) = (event(HALL), Codec::default());
    for _ in 0..count {
        black_box(codec.ask(black_box(frame), event.layout()).expect("a command"));
    }
}

fn encode(count: u64) {
    let event = event(HALL);
    let about =
        About { name: event.name().clone(), layout: Arc::clone(event.layout()), plan_version: 1, branch: 0 };
    let reply = Reply::Answer(
        Answer::Hold {
            hold: HoldId(12_345),
            expires_at: START,
            version: 12_345,
            seats: [12_345].into_iter().collect(),
            places: Places::default(),
        },
        Some(START),
    );
    let (codec, mut out) = (Codec::default(), Vec::with_capacity(1 << 16));
    for _ in 0..count {
        out.clear();
        codec.write(black_box(&reply), &about, &mut out);
        black_box(&out);
    }
}
