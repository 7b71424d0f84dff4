//! An operator looks at a damaged log and accepts the loss: nothing before the damage is lost, nothing is destroyed,
//! it is written down, and a crash on the way leaves a log that is refused as before or repaired.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use common::{check_records, commit, open, scan, segment_path, shared};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{
    LOSSES_FILE, Log, Loss, Lsn, OpenError, Recovered, RepairError, Repaired, Seen, Step, Tail, Witness,
    accept_loss_from, inspect,
};

const BLOCK: u64 = 4096;

/// Three segments of two groups of five records each, all proven, and a fourth that just runs.
fn log_of_three() -> MemoryStorage {
    let storage = MemoryStorage::new();
    let (log, mut committer) = open(&shared(&storage));
    for _ in 0..3 {
        commit(&log, &mut committer, 5);
        commit(&log, &mut committer, 5);
        log.seal_segment();
        assert_eq!(committer.step(false).unwrap(), Step::Rotated);
    }
    drop(committer);
    storage
}

fn loss(segment: u64, offset: u64) -> Loss {
    Loss { segment, offset, note: "by Ada,\nas the disk is gone".to_owned() }
}

fn accept(storage: &MemoryStorage, segment: u64, offset: u64, known: u64) -> Result<Repaired, RepairError> {
    accept_loss_from(&shared(storage), &loss(segment, offset), Lsn(known))
}

/// The place that the refusal names.
fn refusal(storage: &MemoryStorage) -> (u64, u64) {
    match scan(storage) {
        Err(OpenError::Corruption { segment, offset, .. }) => (segment, offset),
        other => panic!("not refused: {other:?}"),
    }
}

fn goes_on(storage: &MemoryStorage) {
    let (log, mut committer) = open(&shared(storage));
    commit(&log, &mut committer, 3);
    log.stop();
    assert_eq!(committer.step(false).unwrap(), Step::Stopped);
}

#[test]
fn the_place_that_the_refusal_names_can_be_accepted() {
    // In the middle of a segment, at its first group, and in its header.
    for (byte, last, aside) in [(3 * BLOCK + 100, 15, 2), (BLOCK + 20, 10, 2), (10, 10, 3)] {
        let storage = log_of_three();
        storage.flip_bit(&segment_path(2), byte * 8).unwrap();
        let (segment, offset) = refusal(&storage);
        let repaired =
            accept(&storage, segment, offset, 0).unwrap_or_else(|error| panic!("byte {byte}: {error}"));
        assert_eq!(repaired.last, Lsn(last), "byte {byte}");
        assert!(repaired.set_aside.len() >= aside, "{:?}", repaired.set_aside);
        for aside in &repaired.set_aside {
            assert!(storage.durable(aside).is_some(), "{aside}");
        }
        let recovered = scan(&storage).unwrap_or_else(|error| panic!("byte {byte}: {error}"));
        assert_eq!(recovered.last_lsn(), Lsn(last));
        check_records(&recovered);
        goes_on(&storage);
        let recovered = scan(&storage.crash_losing_all()).unwrap();
        assert_eq!(*recovered.tail(), Tail::Sealed);
        assert_eq!(recovered.last_lsn(), Lsn(last + 3));
        check_records(&recovered);
        let written = String::from_utf8(storage.durable(LOSSES_FILE).unwrap()).unwrap();
        assert_eq!(written.lines().count(), 1, "{written}");
        assert!(written.contains(&format!("after record {last} ")), "{written}");
        assert!(written.contains(r"by Ada,\nas the disk is gone"), "{written}");
    }
}

#[test]
fn numbers_that_a_snapshot_knows_are_not_given_again() {
    let storage = log_of_three();
    storage.flip_bit(&segment_path(2), (3 * BLOCK + 100) * 8).unwrap();
    let (segment, offset) = refusal(&storage);
    assert_eq!(accept(&storage, segment, offset, 22).unwrap().last, Lsn(15));
    let witness = Some(Witness { durable: Lsn(22), source: "a snapshot".to_owned() });
    let recovered = Recovered::scan(&shared(&storage), Lsn(23), witness.clone()).unwrap();
    assert_eq!(recovered.last_lsn(), Lsn(22));
    let (log, mut committer) =
        Log::start(shared(&storage), recovered, common::options(), Box::new(|_| {})).unwrap();
    commit(&log, &mut committer, 2);
    assert_eq!(log.durable(), Lsn(24));
    drop(committer);
    let recovered = Recovered::scan(&shared(&storage), Lsn(23), witness).unwrap();
    assert_eq!(common::records(&recovered, Lsn(23)).len(), 2);
    // From further back the gap is there to be seen.
    let recovered = scan(&storage).unwrap();
    let numbers: Vec<u64> = common::records(&recovered, Lsn(14)).iter().map(|(lsn, _)| lsn.0).collect();
    assert_eq!(numbers, [14, 15, 23, 24]);
}

#[test]
fn only_the_place_of_the_damage_is_accepted() {
    let storage = log_of_three();
    storage.flip_bit(&segment_path(2), (3 * BLOCK + 100) * 8).unwrap();
    let before = storage.operations();
    assert!(matches!(accept(&storage, 9, 4096, 0), Err(RepairError::NoSegment(9))));
    assert!(matches!(accept(&storage, 2, 2 * BLOCK, 0), Err(RepairError::NotThere { .. })));
    assert!(matches!(accept(&storage, 3, BLOCK, 0), Err(RepairError::NotThere { .. })));
    assert!(storage.operations() > before);
    assert!(storage.durable(LOSSES_FILE).is_none());
    refusal(&storage);
}

#[test]
fn a_power_cut_at_every_operation_of_a_repair() {
    let damaged = log_of_three();
    damaged.flip_bit(&segment_path(2), (3 * BLOCK + 100) * 8).unwrap();
    let (segment, offset) = refusal(&damaged);
    for operations in 0.. {
        let storage = damaged.fork();
        storage.stop_after(operations);
        let done = accept(&storage, segment, offset, 0).is_ok();
        for seed in 0..8 {
            let crashed = storage.crash(seed);
            let what = format!("operation {operations}, seed {seed}");
            match scan(&crashed) {
                // Everything before the damage, and never anything after it.
                Ok(recovered) => {
                    assert_eq!(recovered.last_lsn(), Lsn(15), "{what}");
                    check_records(&recovered);
                    assert!(
                        crashed.durable(LOSSES_FILE).is_some(),
                        "{what}: a loss that is not written down"
                    );
                }
                Err(OpenError::Corruption { .. }) => {
                    assert!(!done, "{what}");
                    accept(&crashed, segment, offset, 0)
                        .unwrap_or_else(|error| panic!("{what}, again: {error}"));
                }
                Err(other) => panic!("{what}: {other}"),
            }
            goes_on(&crashed);
            assert_eq!(scan(&crashed).unwrap().last_lsn(), Lsn(18), "{what}");
        }
        if done {
            return;
        }
    }
}

#[test]
fn looking_stops_at_no_fault() {
    let storage = log_of_three();
    storage.flip_bit(&segment_path(1), (2 * BLOCK + 100) * 8).unwrap();
    storage.flip_bit(&segment_path(2), 80).unwrap();
    storage.flip_bit(&segment_path(3), (BLOCK + 20) * 8).unwrap();
    let (mut faults, mut groups, mut records) = (Vec::new(), 0, 0);
    inspect(&*shared(&storage), &mut |seen| match seen {
        Seen::Fault { path, offset, .. } => faults.push((path.to_owned(), offset)),
        Seen::Group(group) => {
            groups += 1;
            records += group.records().count();
        }
        _ => {}
    })
    .unwrap();
    assert_eq!(faults, [(segment_path(1), 2 * BLOCK), (segment_path(2), 0), (segment_path(3), BLOCK)]);
    // Of segment 1 the first group, of segment 3 all but the opening, and the opening of segment 4.
    assert_eq!((groups, records), (4, 15));
}
