//! All copies of a log in memory, read side by side: each kind of fault is found, where it is and in which copy, and nothing else.

#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

use bytes::Bytes;
use holdfast_replica::{
    Beat, Body, Epoch, Flaw, Genesis, Header, Identity, Link, Position, ReplicatedLog as _, Scrub, Taken,
    fingerprint, seal,
};
use holdfast_testkit::MemoryLog;
use holdfast_wal::{Batch, Lsn};

const IDENTITY: Identity = Identity { cluster: *b"copies of a log!", shard: 1 };
const LEVEL: u32 = 4;

/// What each of three copies has at each position.
type Rows = Vec<[Option<Bytes>; 3]>;

/// What an owner writes, one behind the other.
struct Writer {
    header: Header,
    log: MemoryLog,
    count: u64,
}

impl Writer {
    fn write(&mut self, epoch: u64, body: &Body) -> Bytes {
        let records = match body {
            Body::Group(_) => 2,
            _ => 0,
        };
        let header = Header { epoch: Epoch(epoch), records, ..self.header };
        let bytes = seal(&header, body);
        self.put(bytes.clone());
        if !matches!(body, Body::Beat(_)) {
            self.header.before = fingerprint(&bytes);
            self.header.first = self.header.first.plus(records.into());
        }
        bytes
    }

    fn put(&mut self, bytes: Bytes) {
        self.count += 1;
        self.log.port(0).append(self.count, Position(self.log.len() as u64), bytes);
        self.log.advance(self.count * 1_000);
    }
}

fn group(number: u8) -> Body {
    let mut batch = Batch::new();
    batch.push(|out| out.extend_from_slice(&[number; 24]));
    batch.push(|out| out.extend_from_slice(&[number; 40]));
    Body::Group(Bytes::copy_from_slice(batch.framed()))
}

/// The log as three copies have it, and the messages of its chain: genesis, an epoch, groups, a beat, a void message of a stranger.
fn log() -> (Rows, Vec<Bytes>) {
    let header = Header {
        identity: IDENTITY,
        level: LEVEL,
        epoch: Epoch(0),
        first: Lsn(1),
        records: 0,
        unix_ms: 0,
        before: Link::default(),
    };
    let genesis = Body::Genesis(Genesis { directory: [1; 16], secret: [2; 16], slots: (0, 16_383) });
    let first = seal(&header, &genesis);
    let log = MemoryLog::new(1, 1, first.clone());
    let mut writer = Writer { header: Header { before: fingerprint(&first), ..header }, log, count: 0 };
    let mut chained = vec![first];
    let taken = Taken { owner: "a".into(), address: "10.0.0.1:7411".into(), candidates: Vec::new() };
    chained.push(writer.write(1, &Body::Epoch(taken)));
    for number in 0..6 {
        chained.push(writer.write(1, &group(number)));
        if number == 2 {
            let beat = Beat { durable: Lsn(1), floor: Position(1), address: "10.0.0.1:7411".into() };
            writer.write(1, &Body::Beat(beat));
            writer.put(Bytes::from_static(b"somebody else's"));
        }
    }
    let all = (1..=writer.log.len() as u64).map(|at| {
        let bytes = writer.log.at(Position(at));
        [bytes.clone(), bytes.clone(), bytes]
    });
    (all.collect(), chained)
}

/// All that a scrub finds, with what the node has kept from the anchor on.
fn scrub(copies: &[[Option<Bytes>; 3]], kept: &[Bytes], anchor: u64) -> Vec<(u64, Flaw)> {
    let (mut scrub, first) = (Scrub::default(), kept[0].clone());
    let mut kept = kept.iter().map(fingerprint).peekable();
    let mut flaws = Vec::new();
    for (at, copies) in (1..).zip(copies) {
        let at = Position(at);
        if at.0 == anchor {
            scrub.anchor(IDENTITY, LEVEL, at, &first).unwrap();
        }
        let found = scrub.at(at, copies, kept.peek().copied());
        if found.link.is_some() {
            kept.next();
        }
        flaws.extend(found.flaws.into_iter().map(|flaw| (at.0, flaw)));
    }
    flaws
}

#[test]
fn whole_copies_have_no_flaw_from_the_beginning_and_from_wherever_the_log_was_trimmed() {
    let (copies, kept) = log();
    assert_eq!((copies.len(), kept.len()), (10, 8));
    assert_eq!(scrub(&copies, &kept, 1), []);
    // Only what stands behind is known: below it, copies are held to each other.
    assert_eq!(scrub(&copies, &kept[2..], 3), []);
    let mut other = copies;
    other[0][1] = None;
    assert_eq!(scrub(&other, &kept[2..], 3), [(1, Flaw::Lacks(1))]);
}

#[test]
fn each_fault_is_found_where_it_is() {
    let (copies, kept) = log();
    let with = |change: &dyn Fn(&mut Rows)| {
        let mut copies = copies.clone();
        change(&mut copies);
        scrub(&copies, &kept, 1)
    };
    let flipped = |bytes: &Option<Bytes>, bit: usize| {
        let mut bytes = bytes.as_ref().unwrap().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        Some(Bytes::from(bytes))
    };
    // A block of one copy is gone, or the end of it.
    assert_eq!(
        with(&|copies| (3..6).for_each(|at| copies[at][2] = None)),
        [(4, Flaw::Lacks(2)), (5, Flaw::Lacks(2)), (6, Flaw::Lacks(2))]
    );
    assert_eq!(with(&|copies| copies[9][0] = None), [(10, Flaw::Lacks(0))]);
    // A single bit, wherever it is, of a group, of a beat and of what is no message at all: the other two say what was written.
    let length = copies[4][1].as_ref().unwrap().len() * 8;
    for bit in (0..length).step_by(7) {
        let found = with(&|copies| copies[4][1] = flipped(&copies[4][1], bit));
        assert_eq!(found, [(5, Flaw::Damaged(1))], "bit {bit}");
    }
    assert_eq!(with(&|copies| copies[5][0] = flipped(&copies[5][0], 900)), [(6, Flaw::Damaged(0))]);
    assert_eq!(with(&|copies| copies[6][1] = flipped(&copies[6][1], 3)), [(7, Flaw::Other(1))]);
    // Two of three copies have lost it: what counts is found by the rule, and not by a majority.
    let lost = with(&|copies| {
        copies[3][0] = flipped(&copies[3][0], 1_100);
        copies[3][1] = copies[3][0].clone();
    });
    assert_eq!(lost, [(4, Flaw::Damaged(0)), (4, Flaw::Damaged(1))]);
    // A whole message at a place where another one belongs.
    assert_eq!(with(&|copies| copies[3][1] = copies[2][1].clone()), [(4, Flaw::Other(1))]);
    // No copy has it: what is behind it counts for nobody, and the node has kept it.
    let hole = with(&|copies| copies[8] = [None, None, None]);
    assert_eq!(hole, [(9, Flaw::Hole)]);
}

#[test]
fn a_log_that_was_written_anew_is_not_what_the_node_has_kept() {
    let (copies, kept) = log();
    let mut other = kept.clone();
    let last = other.pop().unwrap();
    let header = Header { records: 2, unix_ms: 9, ..holdfast_replica::decode(&last).unwrap().header };
    other.push(seal(&header, &group(77)));
    assert_eq!(scrub(&copies, &other, 1), [(10, Flaw::NotKept)]);
    // Nor is a log that begins otherwise; and an anchor that is none is said to be.
    other[0] = kept[1].clone();
    assert_eq!(scrub(&copies, &other, 1)[0], (1, Flaw::NotKept));
    let none = Bytes::from_static(b"nothing");
    assert!(Scrub::default().anchor(IDENTITY, LEVEL, Position(1), &none).is_err());
}
