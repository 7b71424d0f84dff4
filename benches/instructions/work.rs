//! The parts, each as so many commands on an event of a hall's size.

use std::hint::black_box;
use std::sync::Arc;

use holdfast_engine::{About, Answer, Places, Reply, Verdict, Write, decide, decode_record, encode_record};
use holdfast_net::Codec;

use crate::hall::{
    BEFORE, HALL, Holders, START, at, confirm, event, held, hold_record, judge, key, run, scattered,
};

pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// Does it so many times; at most half as often as a hall has seats.
    pub(crate) run: fn(u64),
}

pub(crate) const WORKS: &[Work] = &[
    Work { name: "resp_decode_hold", run: decode },
    Work { name: "decide_hold", run: decide_only },
    Work { name: "decide_apply_hold", run: decide_and_apply },
    Work { name: "hold", run: hold },
    Work { name: "hold_refused", run: |count| on_held(count, hold_again) },
    Work { name: "hold_repeated", run: |count| on_held(count, repeat) },
    Work { name: "extend", run: |count| on_held(count, extend) },
    Work { name: "release", run: |count| on_held(count, release) },
    Work { name: "confirm", run: |count| on_held(count, sell) },
    Work { name: "record_encode", run: record_encode },
    Work { name: "record_decode", run: record_decode },
    Work { name: "resp_encode_hold", run: encode },
];

/// Judges, applies and encodes on an event whose seats are all held; `write` gives the key and the command.
fn on_held(count: u64, write: fn(u64, &Holders) -> (u64, Write)) {
    let holders = Holders::new();
    let (mut event, mut log) = (held(HALL, &holders), Vec::with_capacity(1 << 16));
    for number in 0..count {
        log.clear();
        let (key, write) = write(number, &holders);
        run(&mut event, key, &write, at(number), &mut log);
    }
}

fn hold_again(number: u64, holders: &Holders) -> (u64, Write) {
    (number, holders.hold(number, scattered(number, HALL)))
}

fn repeat(number: u64, holders: &Holders) -> (u64, Write) {
    (BEFORE + number, holders.hold(number, scattered(number, HALL)))
}

fn extend(number: u64, _: &Holders) -> (u64, Write) {
    (number, Write::Extend { hold: number + 2, ttl: 0 })
}

fn release(number: u64, _: &Holders) -> (u64, Write) {
    (number, Write::Release { hold: number + 2, seats: None })
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
        run(&mut event, number, &write, at(number), &mut log);
    }
}

fn decide_and_apply(count: u64) {
    let (holders, mut event) = (Holders::new(), event(HALL));
    for number in 0..count {
        let write = holders.hold(number, scattered(number, HALL));
        black_box(judge(&mut event, number, &write, at(number)));
    }
}

fn decide_only(count: u64) {
    let (holders, event) = (Holders::new(), event(HALL));
    for number in 0..count {
        let write = holders.hold(number, scattered(number, HALL));
        let verdict = decide(&event, &key(number), &write, START);
        assert!(matches!(black_box(verdict), Verdict::Happen(_)));
    }
}

fn record_encode(count: u64) {
    let (record, mut log) = (hold_record(), Vec::with_capacity(1 << 16));
    for _ in 0..count {
        log.clear();
        encode_record(1, 2, black_box(&record), &mut log);
        black_box(&log);
    }
}

fn record_decode(count: u64) {
    let mut bytes = Vec::new();
    encode_record(1, 2, &hold_record(), &mut bytes);
    for _ in 0..count {
        black_box(decode_record(black_box(&bytes)).expect("a record"));
    }
}

fn decode(count: u64) {
    let (event, mut codec) = (event(HALL), Codec::default());
    for _ in 0..count {
        let frame = black_box(
            b"*7\r\n$4\r\nHOLD\r\n$5\r\nevent\r\n$12\r\nkey-00012345\r\n$15\r\nholder-00012345\r\n$1\r\n0\r\n\
              $5\r\nSEATS\r\n$7\r\n#012345\r\n",
        );
        black_box(codec.ask(frame, event.layout()).expect("a command"));
    }
}

fn encode(count: u64) {
    let event = event(HALL);
    let about = About { name: event.name().clone(), layout: Arc::clone(event.layout()) };
    let reply = Reply::Answer(Answer::Hold {
        hold: 12_345,
        expires_at: START,
        version: 12_345,
        seats: [12_345].into_iter().collect(),
        places: Places::default(),
    });
    let (codec, mut out) = (Codec::default(), Vec::with_capacity(1 << 16));
    for _ in 0..count {
        out.clear();
        codec.write(black_box(&reply), &about, &mut out);
        black_box(&out);
    }
}
