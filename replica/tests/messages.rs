//! The bytes of messages: what is written equals the committed ones, which are read for ever; and bytes that nobody here wrote.
//!
//! `HOLDFAST_GOLDEN=write cargo test -p holdfast-replica --test messages` writes the committed ones anew. A new version of the format adds
//! a file and leaves the others.

#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::Bytes;
use holdfast_replica::{
    Beat, Body, Chain, Epoch, Genesis, HEADER_BYTES, Handover, Header, Identity, Link, MESSAGE_BYTES_MAX,
    MESSAGE_VERSION, Malformed, Place, Position, Taken, Verdict, decode, fingerprint, seal,
};
use holdfast_testkit::{hex, unhex};
use holdfast_wal::{Batch, Lsn};
use quickcheck::quickcheck;
use ring::digest::{SHA256, digest};

const IDENTITY: Identity = Identity { cluster: *b"\0golden cluster\xff", shard: 7 };

fn framed(records: &[&[u8]]) -> Bytes {
    let mut batch = Batch::new();
    for record in records {
        batch.push(|bytes| bytes.extend_from_slice(record));
    }
    Bytes::copy_from_slice(batch.framed())
}

/// A short log that has a message of each kind, with every field at another value.
fn log() -> Vec<(&'static str, Bytes)> {
    let place = Place {
        epoch: Epoch(1),
        position: Position(3),
        unix_ms: 1_800_000_000_123,
        level: 4,
        before: Link([9; 32]),
    };
    let records = framed(&[&place.encode(), b"record", b""]);
    let genesis = Genesis { directory: [0xd1; 16], secret: [0x5e; 16], slots: (5461, 10_922) };
    let nodes = ["node-a", "node-b", "\u{c11c}\u{c6b8}"].map(Into::into);
    let taken = Taken { owner: "node-b".into(), address: "10.0.0.2:7411".into(), candidates: nodes.to_vec() };
    let beat = Beat { durable: Lsn(1003), floor: Position(2), address: "10.0.0.2:7411".into() };
    let bodies: [(&str, u64, u64, u32, Body); 5] = [
        ("genesis", 0, 1001, 0, Body::Genesis(genesis)),
        ("epoch", 1, 1001, 0, Body::Epoch(taken)),
        ("group", 1, 1001, 3, Body::Group(records)),
        ("beat", 1, 1004, 0, Body::Beat(beat)),
        ("handover", 1, 1004, 0, Body::Handover(Handover { to: "node-a".into() })),
    ];
    let (mut before, mut found) = (Link([0xba; 32]), Vec::new());
    for (name, epoch, first, records, body) in bodies {
        let header = Header {
            identity: IDENTITY,
            level: 4,
            epoch: Epoch(epoch),
            first: Lsn(first),
            records,
            unix_ms: 1_800_000_000_000 + first,
            before,
        };
        let bytes = seal(&header, &body);
        if body.is_chained() {
            before = fingerprint(&bytes);
        }
        found.push((name, bytes));
    }
    found
}

fn golden(version: u16) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/v{version}.txt"))
}

#[test]
fn what_is_written_equals_the_committed_bytes() {
    let text: String = log().iter().map(|(name, bytes)| format!("{name} {}\n", hex(bytes))).collect();
    let path = golden(MESSAGE_VERSION);
    if std::env::var_os("HOLDFAST_GOLDEN").is_some_and(|how| how == "write") {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text, "the format has changed");
}

#[test]
fn the_committed_bytes_of_every_version_are_read_and_valid() {
    for version in 1..=MESSAGE_VERSION {
        let text = std::fs::read_to_string(golden(version)).unwrap();
        let lines = text.lines().map(|line| line.split_once(' ').unwrap());
        let messages: Vec<_> = lines.map(|(name, hex)| (name, Bytes::from(unhex(hex)))).collect();
        let (mut chain, genesis) = Chain::begin(IDENTITY, 4, Position(1), &messages[0].1).unwrap();
        assert_eq!((genesis.slots, chain.next()), ((5461, 10_922), Lsn(1001)));
        for (at, (name, bytes)) in (2..).zip(&messages[1..]) {
            let Verdict::Valid(message) = chain.pass(Position(at), bytes) else {
                panic!("{name} of {version}")
            };
            assert_eq!(seal(&message.header, &message.body), bytes, "{name} is read as it was written");
        }
        let kinds: BTreeSet<_> = messages.iter().map(|(name, _)| *name).collect();
        assert_eq!(kinds, BTreeSet::from(["genesis", "epoch", "group", "beat", "handover"]));
        assert_eq!((chain.next(), chain.epoch(), chain.is_closed()), (Lsn(1004), Epoch(1), true));
    }
}

#[test]
fn every_bit_of_a_message_is_covered() {
    for (name, bytes) in log() {
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let why = decode(&flipped.into()).unwrap_err();
            let expected = if bit < 32 { Malformed::Magic } else { Malformed::Link };
            assert_eq!(why, expected, "bit {bit} of {name}");
        }
    }
}

#[test]
fn a_message_that_is_cut_off_or_longer_is_none() {
    for (name, bytes) in log() {
        for length in 0..bytes.len() {
            assert!(decode(&bytes.slice(..length)).is_err(), "{length} bytes of {name}");
        }
        let longer = [&bytes[..], b"x"].concat();
        assert_eq!(decode(&longer.into()), Err(Malformed::Link), "{name}");
    }
    let huge = vec![0; MESSAGE_BYTES_MAX + 1];
    assert_eq!(decode(&huge.into()), Err(Malformed::Size(MESSAGE_BYTES_MAX + 1)));
}

/// Gives bytes the link that is right for them: what somebody would send who means no good, or writes another version.
fn relinked(mut bytes: Vec<u8>) -> Bytes {
    let link = digest(&SHA256, &[&bytes[..96], &bytes[HEADER_BYTES..]].concat());
    bytes[96..HEADER_BYTES].copy_from_slice(link.as_ref());
    bytes.into()
}

#[test]
fn a_right_link_makes_no_message() {
    let messages = log();
    let group = messages[2].1.to_vec();
    let with = |at: usize, field: &[u8]| {
        let mut bytes = group.clone();
        bytes[at..at + field.len()].copy_from_slice(field);
        decode(&relinked(bytes))
    };
    assert_eq!(with(4, &2_u16.to_le_bytes()), Err(Malformed::Version(2)));
    assert_eq!(with(6, &[9]), Err(Malformed::Records), "only groups have records");
    assert_eq!(with(7, &[1]), Err(Malformed::Header), "a byte that is kept for later");
    assert_eq!(with(40, &u64::MAX.to_le_bytes()), Err(Malformed::Header), "numbers beyond all numbers");
    for records in [0, 2, 4, u32::MAX] {
        assert_eq!(with(48, &records.to_le_bytes()), Err(Malformed::Records), "{records}");
    }
    assert_eq!(with(52, &0_u32.to_le_bytes()), Err(Malformed::Header), "a length that is not its own");
    assert_eq!(
        with(HEADER_BYTES, &u32::MAX.to_le_bytes()),
        Err(Malformed::Records),
        "a record beyond the end"
    );
    let mut other = messages[3].1.to_vec();
    other[6] = 9;
    assert_eq!(decode(&relinked(other)), Err(Malformed::Kind(9)));
    let mut genesis = messages[0].1.to_vec();
    genesis[HEADER_BYTES + 32..HEADER_BYTES + 34].copy_from_slice(&[255, 255]);
    assert_eq!(decode(&relinked(genesis)), Err(Malformed::Payload), "slots that end before they begin");
}

#[test]
fn a_place_is_read_as_it_was_written_and_nothing_else_is_one() {
    let place = Place { epoch: Epoch(1), position: Position(2), unix_ms: 3, level: 4, before: Link([5; 32]) };
    let bytes = place.encode();
    assert_eq!(Place::decode(&bytes), Some(place));
    assert_eq!(Place::decode(&bytes[1..]), None);
    assert_eq!(Place::decode(&[&bytes[..], b"x"].concat()), None);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(Place::decode(&flipped), Some(place), "bit {bit}");
    }
}

quickcheck! {
    /// Whatever comes, reading it ends in a message or in a reason; and a message that is read is written as the same bytes.
    fn bytes_of_strangers(kind: u8, at: u8, noise: Vec<u8>) -> bool {
        let mut bytes = log()[usize::from(kind) % 5].1.to_vec();
        let at = usize::from(at) % bytes.len();
        for (place, byte) in bytes[at..].iter_mut().zip(&noise) {
            *place = *byte;
        }
        let bytes = relinked(bytes);
        decode(&bytes).is_ok_and(|message| seal(&message.header, &message.body) == bytes)
            || decode(&bytes).is_err()
    }

    /// No noise is a message by chance.
    fn noise_is_no_message(noise: Vec<u8>) -> bool {
        decode(&noise.into()).is_err()
    }
}
