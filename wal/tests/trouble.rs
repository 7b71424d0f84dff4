//! Troubles that a log survives: a disk that is full, one that hangs, and a next segment that cannot be made.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{append, batch, check_records, commit, open, options, scan, segment_path, shared};
use holdfast_testkit::{Fault, MemoryStorage, Operation};
use holdfast_wal::{Committer, Log, Lsn, Options, Recovered, Step, Storage};

/// Waits for what has to come, however slow the machine is.
fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !there() {
        assert!(began.elapsed() < Duration::from_secs(120), "{what} never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A log whose running segment has just begun, so that the next step of the committer makes the next one.
fn just_rotated(storage: &MemoryStorage) -> (Log, Committer) {
    let (log, mut committer) = open(&shared(storage));
    commit(&log, &mut committer, 3);
    log.seal_segment();
    while committer.step(false).unwrap() != Step::Rotated {}
    (log, committer)
}

fn fail(storage: &MemoryStorage, operation: Option<Operation>, nth: u64) {
    storage.inject(Fault::Fail { operation, nth });
}

/// Everything that was appended is there, whatever a crash leaves.
fn survives(storage: &MemoryStorage, log: &Log) {
    assert_eq!(log.durable(), log.appended());
    let seeds = (0..4).map(|seed| storage.crash(seed));
    for crashed in seeds.chain([storage.crash_losing_all(), storage.crash_keeping_all()]) {
        let recovered = scan(&crashed).unwrap();
        assert_eq!(recovered.last_lsn(), log.durable());
        check_records(&recovered);
    }
}

/// So many operations make a segment.
fn operations_of_making() -> u64 {
    let storage = MemoryStorage::new();
    let (_log, mut committer) = just_rotated(&storage);
    let before = storage.operations();
    committer.step(false).unwrap();
    storage.operations() - before
}

#[test]
fn a_segment_that_cannot_be_made_ahead_is_made_again() {
    let operations = operations_of_making();
    assert!(operations > 5, "{operations}");
    for nth in 1..=operations {
        for remove_fails in [false, true] {
            let storage = MemoryStorage::new();
            let (log, mut committer) = just_rotated(&storage);
            let files = storage.list("wal").unwrap();
            fail(&storage, None, nth);
            if remove_fails {
                (1..=4).for_each(|nth| fail(&storage, Some(Operation::Remove), nth));
            }
            assert_eq!(committer.step(false).unwrap(), Step::Nothing);
            assert_eq!(log.stats().segments_failed, 1, "operation {nth}");
            assert!(log.poisoned().is_none());
            if !remove_fails {
                assert_eq!(storage.list("wal").unwrap(), files, "operation {nth} leaves nothing behind");
            }
            // More than one segment: the next one is needed.
            for _ in 0..8 {
                commit(&log, &mut committer, 60);
            }
            assert!(log.segments().len() > 2);
            assert!(!log.pressure().takes_nothing());
            survives(&storage, &log);
            let one_ahead = log.segments().len() + 1;
            committer.step(false).unwrap();
            assert_eq!(
                storage.list("wal").unwrap().len(),
                one_ahead,
                "operation {nth} leaves nothing behind"
            );
        }
    }
}

/// Appends as a server does: nothing while the log takes nothing. Gives how many records were taken.
fn fill(log: &Log, committer: &mut Committer) -> u64 {
    let before = log.appended();
    while !log.pressure().takes_nothing() {
        append(log, log.appended().0 + 1, 1);
        while log.durable() < log.appended() {
            // Every record has its place: none waits for a segment that does not come.
            assert!(matches!(committer.step(false).unwrap(), Step::Committed { .. } | Step::Rotated));
        }
        while committer.step(true).unwrap() != Step::Nothing {}
    }
    log.appended().0 - before.0
}

#[test]
fn a_log_without_a_next_segment_takes_what_fits_and_goes_on_when_there_is_one() {
    for operation in [Operation::Create, Operation::Sync, Operation::SyncDir] {
        let storage = MemoryStorage::new();
        let (log, mut committer) = just_rotated(&storage);
        if operation == Operation::Create {
            (1..=200).for_each(|nth| fail(&storage, Some(operation), nth));
        } else {
            // Only the first step makes a segment with nothing else to do.
            fail(&storage, Some(operation), 1);
            committer.step(false).unwrap();
            assert_eq!(log.stats().segments_failed, 1);
            (1..=200).for_each(|nth| fail(&storage, Some(Operation::Create), nth));
        }
        assert!(fill(&log, &mut committer) > 1);
        let pressure = log.pressure();
        assert!(pressure.no_segment && !pressure.out_of_space && !pressure.stalled && !pressure.failed);
        survives(&storage, &log);
        let healed = storage.crash_keeping_all();
        // Nothing is written any more, however often it is looked at.
        let written = log.stats().written_bytes;
        (0..20).for_each(|_| assert_eq!(committer.step(true).unwrap(), Step::Nothing));
        assert_eq!(log.stats().written_bytes, written);
        drop(committer);
        let (log, mut committer) = open(&shared(&healed));
        commit(&log, &mut committer, 100);
        survives(&healed, &log);
    }
}

#[test]
fn a_full_disk_keeps_the_end_of_the_log_and_is_over_when_there_is_room() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = just_rotated(&storage);
    storage.set_capacity(Some(1));
    assert!(fill(&log, &mut committer) > 1);
    let pressure = log.pressure();
    assert!(pressure.out_of_space && !pressure.no_segment && !pressure.stalled && !pressure.failed);
    survives(&storage, &log);
    let written = log.stats().written_bytes;
    (0..20).for_each(|_| assert_eq!(committer.step(true).unwrap(), Step::Nothing));
    assert_eq!(log.stats().written_bytes, written, "no proof takes what is kept");
    // What was under way when it became full finds its place all the same.
    commit(&log, &mut committer, 10);
    storage.set_capacity(None);
    committer.step(false).unwrap();
    assert!(!log.pressure().takes_nothing());
    commit(&log, &mut committer, 100);
    survives(&storage, &log);
    log.stop();
    while committer.step(false).unwrap() != Step::Stopped {}
}

#[test]
fn a_log_on_a_full_disk_is_stopped_and_started() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = just_rotated(&storage);
    storage.set_capacity(Some(1));
    fill(&log, &mut committer);
    // A snapshot that waits for its segment does not keep the log from its end.
    log.seal_segment();
    committer.step(false).unwrap();
    log.stop();
    assert_eq!(committer.step(false).unwrap(), Step::Stopped);
    survives(&storage, &log);
}

/// The sync of a name failed, and the disk had written it all the same: after a crash the segment that was given up is
/// there, between the one before and the one that was made instead.
#[test]
fn a_segment_that_was_given_up_may_come_back() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = just_rotated(&storage);
    fail(&storage, Some(Operation::SyncDir), 1);
    // It stays in sight for a moment, as its removal fails too.
    (1..=2).for_each(|nth| fail(&storage, Some(Operation::Remove), nth));
    committer.step(false).unwrap();
    let given_up = segment_path(3);
    let bytes = storage.read(&given_up).unwrap().to_vec();
    let comes_back = |crashed: &MemoryStorage| {
        crashed.put(&given_up, &bytes);
        let recovered = scan(crashed).unwrap();
        assert_eq!(recovered.last_lsn(), log.durable());
        check_records(&recovered);
        let (log, mut committer) = open(&shared(crashed));
        commit(&log, &mut committer, 5);
        survives(crashed, &log);
    };
    commit(&log, &mut committer, 100);
    comes_back(&storage.crash_losing_all());
    while log.segments().len() < 4 {
        commit(&log, &mut committer, 60);
        comes_back(&storage.crash_losing_all());
    }
    // One that was written to is no such segment: what it holds belongs to nothing.
    let crashed = storage.crash_losing_all();
    let mut damaged = bytes;
    damaged[5000] = 1;
    crashed.put(&given_up, &damaged);
    scan(&crashed).unwrap_err();
}

/// The same, while the group that opens the segment made instead was being written.
#[test]
fn a_torn_opening_behind_a_segment_that_was_given_up_is_cut() {
    let storage = MemoryStorage::new();
    let (log, mut committer) = just_rotated(&storage);
    fail(&storage, Some(Operation::SyncDir), 1);
    (1..=2).for_each(|nth| fail(&storage, Some(Operation::Remove), nth));
    committer.step(false).unwrap();
    let (given_up, instead) = (segment_path(3), segment_path(4));
    let bytes = storage.read(&given_up).unwrap().to_vec();
    commit(&log, &mut committer, 100);
    log.seal_segment();
    while committer.step(true).unwrap() != Step::Nothing {}
    assert_eq!(log.segments().len(), 3);
    let mut opened = storage.durable(&instead).unwrap();
    opened[4096 + 40] ^= 1;
    let crashed = storage.crash_losing_all();
    // As it was when the group was on its way: nothing behind it, and not all of it.
    opened[4096 + 512..].fill(0);
    crashed.put(&instead, &opened);
    crashed.put(&given_up, &bytes);
    crashed.remove(&segment_path(5)).unwrap();
    let recovered = scan(&crashed).unwrap();
    assert_eq!(recovered.last_lsn(), log.durable());
    check_records(&recovered);
}

struct Running {
    memory: MemoryStorage,
    log: Log,
    thread: std::thread::JoinHandle<Result<(), holdfast_wal::Poisoned>>,
}

impl Running {
    /// On its threads, with the segment ahead made.
    fn new() -> Self {
        let memory = MemoryStorage::new();
        let storage: Arc<dyn Storage> = Arc::new(memory.clone());
        let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
        let options = Options { idle: Duration::from_secs(3_600), ..options() };
        let (log, committer) = Log::start(storage, recovered, options, Box::new(|_| {})).unwrap();
        let running = Self { memory, log, thread: committer.spawn().unwrap() };
        wait_for("the segment ahead", || running.memory.durable(&segment_path(2)).is_some());
        running
    }

    fn append(&self, count: u64) {
        self.log.append(&mut batch(self.log.appended().0 + 1, count)).unwrap();
    }

    fn wait_until_all_is_durable(&self) {
        wait_for("the end of all that was appended", || self.log.durable() == self.log.appended());
    }

    fn stop(self) {
        self.log.stop();
        self.thread.join().unwrap().unwrap();
        survives(&self.memory, &self.log);
    }
}

#[test]
fn a_write_that_hangs_is_seen_as_well_as_a_sync() {
    for operation in [Operation::Write, Operation::Sync] {
        let running = Running::new();
        let syncs = running.log.stats().syncs;
        running.memory.hang(operation);
        running.append(1);
        running.memory.wait_until_it_hangs(operation);
        wait_for("slow", || running.log.pressure().slow);
        wait_for("stalled", || running.log.pressure().stalled);
        assert!(running.log.pressure().takes_nothing());
        assert_eq!(running.log.stats().syncs, syncs, "what hangs has not synced");
        running.memory.go_on(operation);
        running.wait_until_all_is_durable();
        wait_for("its end", || !running.log.pressure().stalled);
        running.append(1);
        running.wait_until_all_is_durable();
        running.stop();
    }
}

#[test]
fn a_making_that_hangs_is_no_hang_of_the_log_before_the_segment_is_needed() {
    let running = Running::new();
    running.memory.hang(Operation::Create);
    running.append(1);
    running.wait_until_all_is_durable();
    running.log.seal_segment();
    running.memory.wait_until_it_hangs(Operation::Create);
    for _ in 0..10 {
        running.append(1);
        running.wait_until_all_is_durable();
        assert!(!running.log.pressure().takes_nothing());
    }
    // More than a segment holds.
    running.append(250);
    running.append(250);
    wait_for("stalled", || running.log.pressure().stalled);
    assert!(running.log.durable() < running.log.appended());
    running.memory.go_on(Operation::Create);
    running.wait_until_all_is_durable();
    running.stop();
}

#[test]
fn the_maker_tries_again_by_itself() {
    let running = Running::new();
    (1..=3).for_each(|nth| fail(&running.memory, Some(Operation::Create), nth));
    // More than a segment holds: the one ahead is used, and the one after it fails three times.
    (0..3).for_each(|_| running.append(250));
    running.wait_until_all_is_durable();
    wait_for("the third failure", || running.log.stats().segments_failed == 3);
    (0..3).for_each(|_| running.append(250));
    running.wait_until_all_is_durable();
    assert!(!running.log.pressure().takes_nothing());
    running.stop();
}
