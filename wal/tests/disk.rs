//! The log on a real disk and on its real threads.

#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use common::{batch, check_records};
use holdfast_testkit::{MemoryStorage, TempDir};
use holdfast_wal::{
    DiskStorage, Durability, LockError, Log, Lsn, Options, Poisoned, Recovered, Storage, Tail,
};

fn directory() -> TempDir {
    TempDir::below(env!("CARGO_TARGET_TMPDIR"))
}

fn storage(directory: &TempDir) -> Arc<dyn Storage> {
    Arc::new(DiskStorage::open(directory.path()).unwrap())
}

struct Running {
    log: Log,
    told: mpsc::Receiver<Durability>,
    thread: JoinHandle<Result<(), Poisoned>>,
}

fn run(storage: &Arc<dyn Storage>, options: Options) -> Running {
    let recovered = Recovered::scan(storage, Lsn(1), None).unwrap();
    check_records(&recovered);
    let (tell, told) = mpsc::channel();
    let on_durable = Box::new(move |durability| {
        // Whoever listened may have gone.
        let _ = tell.send(durability);
    });
    let (log, committer) = Log::start(Arc::clone(storage), recovered, options, on_durable).unwrap();
    Running { log, told, thread: committer.spawn().unwrap() }
}

impl Running {
    fn wait_for(&self, lsn: Lsn) {
        while self.log.durable() < lsn {
            match self
                .told
                .recv_timeout(Duration::from_secs(60))
                .expect("the committer tells what is durable")
            {
                Durability::Upto(upto) => assert!(upto <= self.log.durable()),
                Durability::Failed(cause) => panic!("{cause}"),
            }
        }
    }

    fn stop(self) {
        self.log.stop();
        self.thread.join().unwrap().unwrap();
    }
}

fn small() -> Options {
    Options { segment_bytes: 256 << 10, ..Options::default() }
}

#[test]
fn stopped_and_started_again_it_holds_everything() {
    let directory = directory();
    let mut next = 1;
    for _ in 0..3 {
        let running = run(&storage(&directory), small());
        for count in [1, 50, 7] {
            assert_eq!(running.log.append(&mut batch(next, count)).unwrap(), Lsn(next));
            next += count;
        }
        running.wait_for(Lsn(next - 1));
        running.stop();
        let recovered = Recovered::scan(&storage(&directory), Lsn(1), None).unwrap();
        assert_eq!(*recovered.tail(), Tail::Sealed);
        assert_eq!(recovered.last_lsn(), Lsn(next - 1));
    }
}

#[test]
fn a_lone_writer_goes_through_the_ends_of_segments() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    // No proof of the last group comes between, so each append finds the committer asleep: at the end of a segment too.
    let idle = Duration::from_secs(3_600);
    let running = run(&storage, Options { segment_bytes: 64 << 10, idle, ..Options::default() });
    for lsn in 1..=1_000 {
        running.log.append(&mut batch(lsn, 1)).unwrap();
        running.wait_for(Lsn(lsn));
    }
    let sealed = running.log.segments().len();
    assert!(sealed > 60, "{sealed} segments");
    running.stop();
}

#[test]
fn many_appenders_rotations_reads_and_releases_at_once() {
    let directory = directory();
    let storage = storage(&directory);
    let running = run(&storage, small());
    let appended = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut batch = holdfast_wal::Batch::new();
                for _ in 0..400 {
                    // What a record holds does not depend on its number here: appenders race for that.
                    batch.push(|bytes| bytes.resize(bytes.len() + 1500, 7));
                    running.log.append(&mut batch).unwrap();
                    appended.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            while appended.load(Ordering::Relaxed) < 1200 {
                let from = running.log.first_lsn();
                let sealed = running.log.read_sealed(from).unwrap();
                let upto = sealed.last_lsn();
                running.log.release(Lsn(from.0 + (upto.0.saturating_sub(from.0)) / 2)).unwrap();
                let mut next = from;
                for (lsn, record) in sealed.groups(from).flat_map(|group| group.unwrap().records()) {
                    assert_eq!(lsn, next);
                    assert!(record.iter().all(|byte| *byte == 7));
                    next = next.next();
                }
                assert_eq!(next, upto.next());
            }
        });
    });
    running.wait_for(Lsn(1200));
    let stats = running.log.stats();
    assert_eq!(stats.records, 1200);
    assert_eq!(stats.bytes, 1200 * 1504);
    assert_eq!(running.log.pressure().pending_bytes, 0);
    assert!(stats.segments > 1);
    running.stop();
    let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
    assert_eq!(recovered.last_lsn(), Lsn(1200));
}

#[test]
fn when_nothing_happens_an_idle_group_is_written_and_no_more() {
    let directory = directory();
    let running = run(&storage(&directory), small());
    running.log.append(&mut batch(1, 1)).unwrap();
    running.wait_for(Lsn(1));
    while running.log.stats().groups < 2 {
        std::thread::sleep(Duration::from_millis(1));
    }
    // Long after the idle time: nothing more is written.
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(running.log.stats().groups, 2);
    let recovered = Recovered::scan(&storage(&directory), Lsn(1), None).unwrap();
    assert_eq!(*recovered.tail(), Tail::Clean);
    running.stop();
}

#[test]
fn a_directory_has_one_owner() {
    let directory = directory();
    let first = DiskStorage::open(directory.path()).unwrap();
    let lock = first.lock().unwrap();
    let second = DiskStorage::open(directory.path()).unwrap();
    let refused: LockError = second.lock().unwrap_err();
    assert!(refused.to_string().contains(&std::process::id().to_string()), "{refused}");
    drop(lock);
    let _lock = second.lock().unwrap();
}

#[test]
fn a_full_disk_stops_nothing_for_ever() {
    let memory = MemoryStorage::new();
    let storage: Arc<dyn Storage> = Arc::new(memory.clone());
    // The running segment and the next one, and hardly more.
    memory.set_capacity(Some((512 << 10) + 8192));
    let running = run(&storage, small());
    for _ in 0..20 {
        let next = running.log.appended().0 + 1;
        running.log.append(&mut batch(next, 250)).unwrap();
    }
    while !running.log.pressure().out_of_space {
        std::thread::sleep(Duration::from_millis(1));
    }
    let stuck = running.log.durable();
    assert!(Lsn::ZERO < stuck && stuck < running.log.appended());
    assert!(running.log.pressure().low_space);
    assert!(!running.log.pressure().failed);
    memory.set_capacity(None);
    running.wait_for(Lsn(5000));
    assert!(!running.log.pressure().out_of_space);
    running.stop();
    let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
    assert_eq!(recovered.last_lsn(), Lsn(5000));
    check_records(&recovered);
}

#[test]
fn a_stop_on_a_full_disk_ends() {
    let memory = MemoryStorage::new();
    let storage: Arc<dyn Storage> = Arc::new(memory.clone());
    memory.set_capacity(Some((256 << 10) + 8192));
    let running = run(&storage, small());
    for _ in 0..20 {
        let next = running.log.appended().0 + 1;
        running.log.append(&mut batch(next, 250)).unwrap();
    }
    running.log.stop();
    let cause = running.thread.join().unwrap().unwrap_err();
    assert!(cause.to_string().contains("find room"), "{cause}");
    memory.set_capacity(None);
    let recovered = Recovered::scan(&storage, Lsn(1), None).unwrap();
    assert_eq!(recovered.last_lsn(), running.log.durable());
}

#[test]
fn a_failed_sync_fails_everybody_once() {
    let memory = MemoryStorage::new();
    let storage: Arc<dyn Storage> = Arc::new(memory.clone());
    let running = run(&storage, Options { idle: Duration::from_secs(3600), ..small() });
    running.log.append(&mut batch(1, 1)).unwrap();
    running.wait_for(Lsn(1));
    // Until the next segment has its name, its syncs come in between.
    while storage.list("wal").unwrap().len() < 2
        || storage.list("wal").unwrap().iter().any(|name| name.ends_with(".new"))
    {
        std::thread::sleep(Duration::from_millis(1));
    }
    memory
        .inject(holdfast_testkit::Fault::Fail { operation: Some(holdfast_testkit::Operation::Sync), nth: 1 });
    running.log.append(&mut batch(2, 1)).unwrap();
    let cause = running.thread.join().unwrap().unwrap_err();
    assert!(cause.to_string().contains("sync wal/00000000000000000001.wal"), "{cause}");
    let told: Vec<Durability> = running.told.try_iter().collect();
    assert!(matches!(told.as_slice(), [Durability::Failed(_)]), "{told:?}");
    assert!(running.log.append(&mut batch(3, 1)).is_err());
    assert!(running.log.poisoned().is_some());
    assert_eq!(running.log.durable(), Lsn(1));
}
