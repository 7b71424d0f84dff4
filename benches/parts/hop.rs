//! From a session to an event's actor and back, on one of the engine's threads, one run at a time. Reads show the hop
//! by itself; holds have a log in memory below them, whose committer is another thread.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use actix_rt::{ArbiterHandle, System};
use criterion::{Criterion, Throughput};
use holdfast_engine::{
    Ask, CheckpointPolicy, Config, Engine, FeedRetention, GroupBounds, KeyRef, Millis, NameRef,
    PaymentPolicy, Places, Policy, Read, Reply, Router, Seats, Session, Write,
};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Options, Storage};

const SEATS: usize = 200_000;
const JSON: &[u8] =
    br#"{"sections": [{"name": "A", "category": "STD", "rows": {"from": 1, "to": 2000, "seats": 100}}],
    "limits": {"max_seats_per_holder": 1000000}}"#;

#[derive(Clone, Copy)]
enum What {
    Seat,
    Hold,
}

/// The words that differ from request to request, made before the clock runs.
struct Words {
    event: String,
    requests: Vec<(String, String)>,
}

impl Words {
    fn new(event: u64) -> Self {
        let requests = (0..SEATS).map(|number| (format!("key-{number:08}"), format!("#{number:06}")));
        Self { event: format!("event-{event}"), requests: requests.collect() }
    }

    fn ask(&self, session: &mut Session, what: What, number: usize) {
        let (key, seat) = &self.requests[number];
        session.ask(name(&self.event), |labels| {
            let seat = labels.seat(seat.as_bytes())?;
            Ok(match what {
                What::Seat => Ask::Read(Read::Seat(seat)),
                What::Hold => Ask::Write {
                    key: key_of(key),
                    write: Write::Hold {
                        holder: name("customer-000042").to_name(),
                        ttl: Millis(0),
                        seats: Seats::from_iter([seat]),
                        best: Box::default(),
                        places: Places::default(),
                    },
                },
            })
        });
    }
}

fn key_of(text: &str) -> KeyRef<'_> {
    KeyRef::new(text.as_bytes()).expect("a key")
}

fn name(text: &str) -> NameRef<'_> {
    NameRef::new(text.as_bytes()).expect("a name")
}

/// What so many runs of so many requests take, each on an event that was just made.
async fn measure(router: Router, words: Words, what: What, runs: usize, length: usize) -> Duration {
    let mut session = router.session();
    session.create(name(&words.event), key_of("create"), JSON);
    session.replies().await;
    let start = Instant::now();
    for run in 0..runs {
        for number in run * length..(run + 1) * length {
            words.ask(&mut session, what, number);
        }
        let replies = session.replies().await;
        assert!(replies.iter().all(|reply| matches!(reply, Reply::Answer(..) | Reply::View(_))));
    }
    start.elapsed()
}

fn on(
    arbiter: &ArbiterHandle,
    router: &Router,
    words: Words,
    what: What,
    runs: usize,
    length: usize,
) -> Duration {
    let (done, answer) = mpsc::channel();
    let router = router.clone();
    arbiter.spawn_fn(move || {
        actix_rt::spawn(async move {
            let _ = done.send(measure(router, words, what, runs, length).await);
        });
    });
    answer.recv().expect("the engine runs")
}

pub(crate) fn benches(c: &mut Criterion) {
    let system = System::new();
    let mut group = c.benchmark_group("hop");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for (word, what) in [("seat", What::Seat), ("hold", What::Hold)] {
        for length in [1, 32] {
            group.throughput(Throughput::Elements(length as u64));
            group.bench_function(format!("{word}_{length}"), |b| {
                let engine = system.block_on(async { open() });
                let (arbiters, mut events) = (engine.arbiters(), 0);
                b.iter_custom(|iterations| {
                    let (mut time, mut left) = (Duration::ZERO, iterations as usize);
                    while left > 0 {
                        let runs = left.min(SEATS / length);
                        events += 1;
                        time += on(&arbiters[0], engine.router(), Words::new(events), what, runs, length);
                        left -= runs;
                    }
                    time
                });
                engine.stop().expect("the log was sound");
            });
        }
    }
    group.finish();
}

fn open() -> Engine {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let policy = Policy {
        retention: Millis(86_400_000),
        refusals_max: 1_000_000,
        recovery_grace: Millis(0),
        record_retention: Millis(u64::MAX),
    };
    // No snapshots beside it.
    let checkpoint = CheckpointPolicy {
        archived: false,
        bytes: u64::MAX,
        every: Duration::from_secs(86_400),
        feed_retention: FeedRetention::default(),
        park_after: Duration::ZERO,
    };
    let config = Config {
        threads: 1,
        policy,
        checkpoint,
        log: Options::default(),
        clock_ahead: Millis(u64::MAX),
        all_or_nothing: false,
        memory: None,
        payments: PaymentPolicy::default(),
        groups: GroupBounds::default(),
    };
    Engine::open(&storage, &config, [3; 32], Box::new(|poisoned| panic!("{poisoned}"))).expect("an empty log")
}
