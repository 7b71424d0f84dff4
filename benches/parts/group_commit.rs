//! Group commit: so many threads, each appending a record and waiting until it is durable, again and again.

use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Batch, DiskStorage, Durability, Log, Lsn, Options, Poisoned, Recovered, Storage};

use crate::scratch;

/// About a record of a single-seat hold.
const RECORD: [u8; 80] = [0x5A; 80];
const APPENDERS: [u64; 4] = [1, 4, 16, 64];

/// The newest durable record, and whoever waits for one.
#[derive(Default)]
struct Durable {
    upto: Mutex<Lsn>,
    moved: Condvar,
}

impl Durable {
    fn advance(&self, lsn: Lsn) {
        *self.upto.lock().expect("nobody panics") = lsn;
        self.moved.notify_all();
    }

    fn wait(&self, lsn: Lsn) {
        let upto = self.upto.lock().expect("nobody panics");
        drop(self.moved.wait_while(upto, |upto| *upto < lsn).expect("nobody panics"));
    }
}

struct Running {
    log: Log,
    durable: Arc<Durable>,
    committer: JoinHandle<Result<(), Poisoned>>,
}

impl Running {
    fn start(storage: Arc<dyn Storage>) -> Self {
        let durable = Arc::new(Durable::default());
        let told = Arc::clone(&durable);
        let on_durable = Box::new(move |told_now| match told_now {
            Durability::Upto(lsn) => told.advance(lsn),
            Durability::Failed(poisoned) => panic!("{poisoned}"),
        });
        let recovered = Recovered::scan(&storage, Lsn::ZERO, None).expect("an empty log");
        let (log, committer) =
            Log::start(storage, recovered, Options::default(), on_durable).expect("a fresh log");
        Self { log, durable, committer: committer.spawn().expect("a thread") }
    }

    /// What so many appends take, shared by so many threads.
    fn measure(&self, appenders: u64, iterations: u64) -> Duration {
        let barrier = Barrier::new(appenders as usize + 1);
        let took = thread::scope(|scope| {
            let threads: Vec<_> = (0..appenders)
                .map(|number| {
                    let share = iterations / appenders + u64::from(number < iterations % appenders);
                    let barrier = &barrier;
                    scope.spawn(move || {
                        let mut batch = Batch::new();
                        barrier.wait();
                        for _ in 0..share {
                            batch.push(|bytes| bytes.extend_from_slice(&RECORD));
                            let lsn = self.log.append(&mut batch).expect("the log runs");
                            self.durable.wait(lsn);
                        }
                    })
                })
                .collect();
            barrier.wait();
            let start = Instant::now();
            threads.into_iter().for_each(|thread| thread.join().expect("an appender"));
            start.elapsed()
        });
        // The log is not to grow without end.
        self.log.release(self.log.sealed_upto()).expect("old segments can be removed");
        took
    }

    fn stop(self) {
        self.log.stop();
        let ended = self.committer.join().expect("the committer");
        ended.expect("the log was sound");
    }
}

pub(crate) fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("group_commit");
    group.throughput(Throughput::Elements(1)).sample_size(10).measurement_time(Duration::from_secs(2));
    for medium in ["memory", "disk"] {
        for appenders in APPENDERS {
            group.bench_function(format!("{medium}_{appenders}"), |b| {
                let scratch = scratch();
                let storage: Arc<dyn Storage> = if medium == "disk" {
                    Arc::new(DiskStorage::open(scratch.path()).expect("a directory"))
                } else {
                    Arc::new(MemoryStorage::new())
                };
                let running = Running::start(storage);
                b.iter_custom(|iterations| running.measure(appenders, iterations));
                running.stop();
            });
        }
    }
    group.finish();
}
