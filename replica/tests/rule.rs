//! The rule of validity, case by case.

#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

use bytes::Bytes;
use holdfast_replica::{
    Beat, Body, Chain, Epoch, Genesis, Halt, Handover, Header, Identity, Link, Malformed, NoBeginning,
    Position, Taken, Verdict, Void, seal,
};
use holdfast_wal::{Batch, Lsn};
use quickcheck::quickcheck;

const IDENTITY: Identity = Identity { cluster: [7; 16], shard: 1 };
const LEVEL: u32 = 4;

fn genesis() -> Bytes {
    let header = Header {
        identity: IDENTITY,
        level: LEVEL,
        epoch: Epoch(0),
        first: Lsn(1),
        records: 0,
        unix_ms: 0,
        before: Link::default(),
    };
    seal(&header, &Body::Genesis(Genesis { directory: [1; 16], secret: [2; 16], slots: (0, 16_383) }))
}

fn begun() -> Chain {
    Chain::begin(IDENTITY, LEVEL, Position(1), &genesis()).unwrap().0
}

/// What would be the next message of this epoch.
fn header(chain: &Chain, epoch: u64) -> Header {
    Header {
        identity: IDENTITY,
        level: 0,
        epoch: Epoch(epoch),
        first: chain.next(),
        records: 0,
        unix_ms: 1,
        before: chain.link(),
    }
}

fn epoch(chain: &Chain, number: u64) -> Bytes {
    let taken = Taken { owner: "a".into(), address: "a:1".into(), candidates: Vec::new() };
    seal(&header(chain, number), &Body::Epoch(taken))
}

/// From each message that a node keeps, the chain goes on as it did from the beginning.
#[test]
fn a_chain_is_resumed_from_any_message_that_is_kept() {
    let mut chain = begun();
    let (mut at, mut kept) = (Position(1), vec![(Position(1), genesis(), chain)]);
    let makes: [fn(&Chain) -> Bytes; 6] = [
        |chain| epoch(chain, 1),
        |chain| beat(chain, 1),
        |chain| group(chain, 1, b"one"),
        |_| Bytes::from_static(b"void"),
        |chain| group(chain, 1, b"two"),
        |chain| seal(&header(chain, 1), &Body::Handover(Handover { to: "b".into() })),
    ];
    for make in makes {
        at = at.next();
        let bytes = make(&chain);
        if let Verdict::Valid(message) = chain.pass(at, &bytes)
            && message.body.is_chained()
        {
            kept.push((at, bytes, chain));
        }
    }
    assert_eq!(kept.len(), 5, "beats and what is void are not kept");
    for (at, bytes, chain) in &kept {
        assert_eq!(Chain::resume(IDENTITY, LEVEL, *at, bytes), Ok(*chain), "{at}");
        assert_eq!(Chain::resume(IDENTITY, 0, *at, bytes).is_err(), *at == Position(1), "the level");
        let other = Identity { shard: 2, ..IDENTITY };
        assert_eq!(Chain::resume(other, LEVEL, *at, bytes), Err(NoBeginning::Other));
    }
    assert!(Chain::resume(IDENTITY, LEVEL, Position(3), &beat(&chain, 1)).is_err(), "nobody keeps a beat");
}

fn group(chain: &Chain, epoch: u64, text: &[u8]) -> Bytes {
    let mut batch = Batch::new();
    batch.push(|bytes| bytes.extend_from_slice(text));
    let body = Body::Group(Bytes::copy_from_slice(batch.framed()));
    seal(&Header { records: 1, ..header(chain, epoch) }, &body)
}

fn beat(chain: &Chain, epoch: u64) -> Bytes {
    let beat = Beat { durable: Lsn(0), floor: Position(0), address: "a:1".into() };
    seal(&header(chain, epoch), &Body::Beat(beat))
}

fn handover(chain: &Chain, epoch: u64) -> Bytes {
    seal(&header(chain, epoch), &Body::Handover(Handover { to: "b".into() }))
}

fn pass(chain: &mut Chain, bytes: &Bytes) -> Verdict {
    chain.pass(chain.position().next(), bytes)
}

#[track_caller]
fn valid(chain: &mut Chain, bytes: &Bytes) {
    let verdict = pass(chain, bytes);
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?}");
}

#[track_caller]
fn void(chain: &mut Chain, bytes: &Bytes) -> Void {
    let before = *chain;
    let Verdict::Void(why) = pass(chain, bytes) else { panic!("it counts") };
    let same = (chain.link(), chain.epoch(), chain.next(), chain.is_closed());
    assert_eq!(same, (before.link(), before.epoch(), before.next(), before.is_closed()));
    assert_eq!(chain.position(), before.position().next(), "the position is used up all the same");
    why
}

#[test]
fn an_epoch_is_the_fence() {
    let mut chain = begun();
    let early = group(&chain, 1, b"early");
    assert_eq!(void(&mut chain, &early), Void::Epoch { epoch: Epoch(1), running: Epoch(0) });
    let first = epoch(&chain, 1);
    valid(&mut chain, &first);
    let (sent, second) = (group(&chain, 1, b"sent"), epoch(&chain, 2));
    valid(&mut chain, &second);
    assert_eq!(void(&mut chain, &sent), Void::Epoch { epoch: Epoch(1), running: Epoch(2) });
    let beat_of_old = beat(&chain, 1);
    assert_eq!(void(&mut chain, &beat_of_old), Void::Epoch { epoch: Epoch(1), running: Epoch(2) });
    for number in [0, 1, 2] {
        let again = epoch(&chain, number);
        assert_eq!(void(&mut chain, &again), Void::Epoch { epoch: Epoch(number), running: Epoch(2) });
    }
    let far = epoch(&chain, 9);
    valid(&mut chain, &far);
    assert_eq!(chain.epoch(), Epoch(9));
}

#[test]
fn a_message_counts_once_and_a_gap_is_no_other_order() {
    let mut chain = begun();
    let first = epoch(&chain, 1);
    valid(&mut chain, &first);
    let one = group(&chain, 1, b"one");
    let mut behind = chain;
    valid(&mut behind, &one);
    let two = group(&behind, 1, b"two");
    let behind_gap = void(&mut chain, &two);
    assert_eq!(behind_gap, Void::Behind { named: behind.link(), newest: chain.link() });
    valid(&mut chain, &one);
    let twice = void(&mut chain, &one);
    assert!(matches!(twice, Void::Behind { .. }), "{twice:?}");
    valid(&mut chain, &two);
    assert_eq!(chain.next(), Lsn(3));
}

#[test]
fn a_beat_may_count_twice_and_changes_nothing() {
    let mut chain = begun();
    let first = epoch(&chain, 1);
    valid(&mut chain, &first);
    let (link, beat, one) = (chain.link(), beat(&chain, 1), group(&chain, 1, b"one"));
    valid(&mut chain, &beat);
    valid(&mut chain, &beat);
    assert_eq!((chain.link(), chain.next()), (link, Lsn(1)));
    valid(&mut chain, &one);
    assert!(
        matches!(void(&mut chain, &beat), Void::Behind { .. }),
        "it names what is not the newest any more"
    );
}

#[test]
fn a_handover_closes_its_epoch() {
    let mut chain = begun();
    let first = epoch(&chain, 1);
    valid(&mut chain, &first);
    let leaves = handover(&chain, 1);
    valid(&mut chain, &leaves);
    let late = group(&chain, 1, b"late");
    assert_eq!(void(&mut chain, &late), Void::Closed);
    let beat = beat(&chain, 1);
    assert_eq!(void(&mut chain, &beat), Void::Closed);
    let again = handover(&chain, 1);
    assert_eq!(void(&mut chain, &again), Void::Closed);
    let second = epoch(&chain, 2);
    valid(&mut chain, &second);
    assert!(!chain.is_closed());
}

#[test]
fn what_is_no_message_of_this_log_is_void() {
    let mut chain = begun();
    assert_eq!(void(&mut chain, &Bytes::from_static(b"hello")), Void::Malformed(Malformed::Size(5)));
    assert_eq!(void(&mut chain, &genesis()), Void::Genesis);
    let other = Identity { shard: 2, ..IDENTITY };
    let stranger =
        seal(&Header { identity: other, ..header(&chain, 0) }, &Body::Handover(Handover { to: "".into() }));
    assert_eq!(void(&mut chain, &stranger), Void::Stranger);
    assert_eq!(Chain::begin(other, LEVEL, Position(1), &genesis()).unwrap_err(), NoBeginning::Other);
    assert_eq!(Chain::begin(IDENTITY, LEVEL - 1, Position(1), &genesis()).unwrap_err(), NoBeginning::Other);
    assert_eq!(Chain::begin(IDENTITY, LEVEL, Position(1), &stranger).unwrap_err(), NoBeginning::Other);
}

/// Whoever cannot judge a message, or must not apply it, stays in front of it: what is valid does not depend on the reader.
#[test]
fn a_reader_that_cannot_go_on_does_not() {
    let mut chain = begun();
    let first = epoch(&chain, 1);
    valid(&mut chain, &first);
    let before = chain;
    let newer =
        seal(&Header { level: LEVEL + 1, ..header(&chain, 1) }, &Body::Handover(Handover { to: "".into() }));
    assert_eq!(pass(&mut chain, &newer), Verdict::Halt(Halt::Level(LEVEL + 1)));
    let skips =
        seal(&Header { first: Lsn(5), ..header(&chain, 1) }, &Body::Handover(Handover { to: "".into() }));
    assert_eq!(pass(&mut chain, &skips), Verdict::Halt(Halt::Records { first: Lsn(5), next: Lsn(1) }));
    let mut other = first.to_vec();
    other[4] = 2;
    let link = ring::digest::digest(&ring::digest::SHA256, &[&other[..96], &other[128..]].concat());
    other[96..128].copy_from_slice(link.as_ref());
    assert_eq!(pass(&mut chain, &other.into()), Verdict::Halt(Halt::Version(2)));
    assert_eq!(chain, before);
    // What is void anyway stops nobody.
    let void_and_newer =
        seal(&Header { level: LEVEL + 1, ..header(&chain, 0) }, &Body::Handover(Handover { to: "".into() }));
    assert!(matches!(void(&mut chain, &void_and_newer), Void::Epoch { .. }));
}

#[test]
fn recovery_goes_over_what_was_not_kept_and_stops_at_damage() {
    let mut chain = begun();
    let first = epoch(&chain, 1);
    let mut read = chain;
    valid(&mut read, &first);
    let beat = beat(&read, 1);
    valid(&mut read, &beat);
    let one = group(&read, 1, b"one");
    valid(&mut read, &one);
    assert!(matches!(chain.recover(Position(2), &first), Verdict::Valid(_)));
    let before = chain;
    let mut damaged = one.to_vec();
    damaged[130] ^= 1;
    assert_eq!(chain.recover(Position(4), &damaged.into()), Verdict::Void(Void::Malformed(Malformed::Link)));
    assert_eq!(chain, before);
    assert!(matches!(chain.recover(Position(4), &one), Verdict::Valid(_)));
    assert_eq!(chain, read, "what is recovered is what was read");
}

quickcheck! {
    /// Whatever copies and orders of the messages of two owners a log has: what is valid is a beginning of what one of them wrote, then of
    /// what the other wrote behind it, each once.
    fn what_is_valid_is_a_chain(order: Vec<u8>) -> bool {
        let mut chain = begun();
        let first = epoch(&chain, 1);
        valid(&mut chain, &first);
        let mut messages = vec![first];
        for (number, text) in [b"a", b"b", b"c"].into_iter().enumerate() {
            if number == 2 {
                let second = epoch(&chain, 2);
                valid(&mut chain, &second);
                messages.push(second);
            }
            let next = group(&chain, if number < 2 { 1 } else { 2 }, text);
            // The first owner goes on as if nobody had taken over.
            messages.push(group(&chain, 1, b"late"));
            valid(&mut chain, &next);
            messages.push(next);
        }
        let mut reader = begun();
        let mut counted = Vec::new();
        for pick in order {
            let bytes = &messages[usize::from(pick) % messages.len()];
            let before = reader;
            if let Verdict::Valid(message) = pass(&mut reader, bytes) {
                assert_eq!((message.header.before, message.header.first), (before.link(), before.next()));
                counted.push(message.link);
            }
        }
        let count = counted.len();
        counted.sort_unstable();
        counted.dedup();
        counted.len() == count
    }
}
