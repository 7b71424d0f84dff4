//! The power or the process fails at every single operation of a log's life, and again while it recovers.
//!
//! Invariants after each: recovery succeeds; everything that was acknowledged is there as it was appended; nothing is
//! there that was not appended; a batch is there as a whole or not at all. The same holds if one operation fails and
//! the process is started again on the same machine, whose page cache may show bytes that its disk does not have.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use common::{append, check_records, options, scan, shared};
use holdfast_testkit::{Fault, MemoryStorage};
use holdfast_wal::{Committer, Log, Lsn, OpenError, Poisoned, ReadError, Recovered, Step, Tail};

/// What the outside knows about a log.
#[derive(Clone, Debug, Default)]
struct Ledger {
    acknowledged: Lsn,
    /// The last record of every batch.
    ends: Vec<Lsn>,
    released: Lsn,
}

#[derive(Debug)]
#[expect(dead_code, reason = "printed when a test fails")]
enum Halt {
    Open(OpenError),
    Poisoned(Poisoned),
    Io(std::io::Error),
    Read(ReadError),
}

impl From<OpenError> for Halt {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<Poisoned> for Halt {
    fn from(error: Poisoned) -> Self {
        Self::Poisoned(error)
    }
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ReadError> for Halt {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

struct Life<'a> {
    ledger: &'a mut Ledger,
    log: Log,
    committer: Committer,
}

impl<'a> Life<'a> {
    fn begin(storage: &MemoryStorage, ledger: &'a mut Ledger) -> Result<Self, Halt> {
        let recovered = scan(storage)?;
        // What is served after a restart is acknowledged by that, and batches that were lost never happened.
        let last = recovered.last_lsn();
        let (log, committer) = Log::start(shared(storage), recovered, options(), Box::new(|_| {}))?;
        assert_eq!(log.durable(), last);
        ledger.acknowledged = ledger.acknowledged.max(last);
        ledger.ends.retain(|end| *end <= last);
        Ok(Self { ledger, log, committer })
    }

    fn append(&mut self, count: u64) -> Result<(), Halt> {
        let first = self.log.appended().next();
        self.log.append(&mut common::batch(first.0, count))?;
        self.ledger.ends.push(self.log.appended());
        Ok(())
    }

    fn drain(&mut self, idle: bool) -> Result<(), Halt> {
        loop {
            let step = self.committer.step(idle)?;
            self.ledger.acknowledged = self.log.durable();
            if step == Step::Nothing || step == Step::Stopped {
                return Ok(());
            }
        }
    }
}

/// A short life with everything in it: groups of one block and of many, rotations, idle groups, seals, a release.
fn live(storage: &MemoryStorage, ledger: &mut Ledger) -> Result<(), Halt> {
    let mut life = Life::begin(storage, ledger)?;
    for count in [1, 3] {
        life.append(count)?;
        life.append(1)?;
        life.drain(false)?;
    }
    life.drain(true)?;
    // Several groups of tens of kilobytes each: some end a segment.
    for _ in 0..4 {
        life.append(280)?;
        life.drain(false)?;
    }
    life.append(2)?;
    life.log.seal_segment();
    life.drain(true)?;
    let upto = Lsn(life.log.sealed_upto().0 / 2);
    let sealed = life.log.read_sealed(life.log.first_lsn())?;
    assert_eq!(sealed.last_lsn(), life.log.sealed_upto());
    // What was let go of may be gone from here on, even if the removal fails half way.
    life.ledger.released = life.ledger.released.max(upto);
    life.log.release(upto)?;
    life.append(5)?;
    life.drain(false)?;
    life.log.stop();
    life.drain(false)?;
    Ok(())
}

fn check(storage: &MemoryStorage, ledger: &Ledger, what: &str) -> Recovered {
    let recovered = scan(storage).unwrap_or_else(|error| panic!("{what}: {error}"));
    let last = recovered.last_lsn();
    assert!(last >= ledger.acknowledged, "{what}: {last} is there of {:?}", ledger.acknowledged);
    assert!(last == Lsn::ZERO || ledger.ends.contains(&last), "{what}: {last} is in the middle of a batch");
    assert!(recovered.first_lsn() <= ledger.released.next(), "{what}: {} is gone", ledger.released.next());
    check_records(&recovered);
    recovered
}

fn operations_of(life: impl Fn(&MemoryStorage)) -> u64 {
    let storage = MemoryStorage::new();
    life(&storage);
    storage.operations()
}

fn outcomes(storage: &MemoryStorage, seeds: u64) -> Vec<MemoryStorage> {
    let mut outcomes = vec![storage.crash_losing_all(), storage.crash_keeping_all()];
    outcomes.extend((0..seeds).map(|seed| storage.crash(seed)));
    outcomes
}

#[test]
fn a_power_cut_at_every_operation() {
    let total = operations_of(|storage| live(storage, &mut Ledger::default()).unwrap());
    assert!(total > 50, "{total} operations");
    for at in 0..total {
        let storage = MemoryStorage::new();
        storage.stop_after(at);
        let mut ledger = Ledger::default();
        assert!(live(&storage, &mut ledger).is_err(), "the machine stopped");
        for (outcome, crashed) in outcomes(&storage, 12).into_iter().enumerate() {
            check(&crashed, &ledger, &format!("operation {at}, outcome {outcome}"));
            let mut ledger = ledger.clone();
            live(&crashed, &mut ledger).unwrap();
            check(&crashed.crash(at), &ledger, &format!("operation {at}, outcome {outcome}, a life later"));
        }
    }
}

#[test]
fn a_second_power_cut_while_the_first_is_recovered() {
    let total = operations_of(|storage| live(storage, &mut Ledger::default()).unwrap());
    for at in 0..total {
        let storage = MemoryStorage::new();
        storage.stop_after(at);
        let mut ledger = Ledger::default();
        assert!(live(&storage, &mut ledger).is_err());
        for (outcome, crashed) in outcomes(&storage, 1).into_iter().enumerate() {
            for again in 0.. {
                let storage = crashed.fork();
                storage.stop_after(again);
                let mut ledger = ledger.clone();
                let done = restart(&storage, &mut ledger).is_ok();
                let what = format!("operation {at}, outcome {outcome}, and then {again}");
                for crashed in outcomes(&storage, 3) {
                    check(&crashed, &ledger, &what);
                }
                if done {
                    break;
                }
            }
        }
    }
}

fn restart(storage: &MemoryStorage, ledger: &mut Ledger) -> Result<(), Halt> {
    let mut life = Life::begin(storage, ledger)?;
    life.append(1)?;
    life.drain(false)
}

#[test]
fn every_operation_fails_once_and_the_process_starts_again() {
    let total = operations_of(|storage| live(storage, &mut Ledger::default()).unwrap());
    for nth in 1..=total {
        for short in [None, Some(0), Some(600), Some(5000)] {
            let storage = MemoryStorage::new();
            storage.inject(match short {
                None => Fault::Fail { operation: None, nth },
                Some(bytes) => Fault::ShortWrite { nth, bytes },
            });
            let mut ledger = Ledger::default();
            // Some are of no consequence: what was being removed is removed the next time.
            let _ = live(&storage, &mut ledger);
            let what = format!("operation {nth} failed, {short:?}");
            for seed in 0..3 {
                check(&storage.crash(seed), &ledger, &format!("{what}, power cut {seed}"));
            }
            let killed = storage.crash_keeping_all();
            check(&killed, &ledger, &what);
            live(&killed, &mut ledger).unwrap_or_else(|halt| panic!("{what}: {halt:?}"));
            check(&killed.crash_losing_all(), &ledger, &format!("{what}, a life later"));
        }
    }
}

/// The group of a failed sync: seen by whoever reads through the page cache, and not on the disk.
#[test]
fn the_group_of_a_failed_sync_is_not_taken_for_durable() {
    let storage = MemoryStorage::new();
    let mut ledger = Ledger::default();
    let mut life = Life::begin(&storage, &mut ledger).unwrap();
    life.append(3).unwrap();
    life.drain(true).unwrap();
    life.append(4).unwrap();
    storage.inject(Fault::Fail { operation: Some(holdfast_testkit::Operation::Sync), nth: 1 });
    life.drain(false).unwrap_err();
    assert_eq!(life.log.durable(), Lsn(3));
    assert!(life.log.pressure().failed);
    life.log.append(&mut common::batch(8, 1)).unwrap_err();
    drop(life);

    let killed = storage.crash_keeping_all();
    let recovered = scan(&killed).unwrap();
    assert_eq!(recovered.last_lsn(), Lsn(3));
    let Tail::Cut { reason, bytes, .. } = recovered.tail() else { panic!("{:?}", recovered.tail()) };
    assert!(reason.contains("sync failed"), "{reason}");
    assert!(*bytes > 0);
    check_records(&recovered);
    // The number that was given out for nothing is given out again, and now it is durable.
    let (log, mut committer) = Log::start(shared(&killed), recovered, options(), Box::new(|_| {})).unwrap();
    assert_eq!(append(&log, 4, 1), Lsn(4));
    committer.step(false).unwrap();
    assert_eq!(log.durable(), Lsn(4));
    drop(committer);
    killed.drop_caches();
    let recovered = scan(&killed.crash_losing_all()).unwrap();
    assert_eq!(recovered.last_lsn(), Lsn(4));
    check_records(&recovered);
}

/// A group that was written and not synced when the process was killed is whole: it is kept, and made durable
/// before anything is served from it.
#[test]
fn a_doubtful_group_is_durable_before_the_log_runs() {
    let storage = MemoryStorage::new();
    let mut ledger = Ledger::default();
    let mut life = Life::begin(&storage, &mut ledger).unwrap();
    life.append(3).unwrap();
    life.drain(true).unwrap();
    life.append(4).unwrap();
    // The write happens, the sync does not.
    storage.stop_after(1);
    life.drain(false).unwrap_err();
    drop(life);
    let killed = storage.crash_keeping_all();
    let recovered = scan(&killed).unwrap();
    assert!(matches!(recovered.tail(), Tail::Doubtful { group: 3, .. }), "{:?}", recovered.tail());
    assert_eq!(recovered.last_lsn(), Lsn(7));
    let (log, committer) = Log::start(shared(&killed), recovered, options(), Box::new(|_| {})).unwrap();
    assert_eq!(log.durable(), Lsn(7));
    assert_eq!(log.sealed_upto(), Lsn(3));
    drop(committer);
    for seed in 0..20 {
        let recovered = scan(&killed.crash(seed)).unwrap();
        assert_eq!(recovered.last_lsn(), Lsn(7));
        check_records(&recovered);
    }
}

#[test]
fn the_same_life_twice_leaves_the_same_bytes() {
    let lives: Vec<MemoryStorage> = (0..2)
        .map(|_| {
            let storage = MemoryStorage::new();
            live(&storage, &mut Ledger::default()).unwrap();
            live(&storage, &mut Ledger::default()).unwrap();
            storage
        })
        .collect();
    assert_eq!(lives[0].operations(), lives[1].operations());
    let names = shared(&lives[0]).list("wal").unwrap();
    assert_eq!(names, shared(&lives[1]).list("wal").unwrap());
    for name in names {
        let path = format!("wal/{name}");
        assert_eq!(lives[0].durable(&path), lives[1].durable(&path), "{path}");
    }
}
