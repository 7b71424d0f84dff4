//! A server over a disk in memory that sells a little, and backups of it.

use std::sync::Arc;
use std::time::Duration;

use actix_rt::System;
use holdfast_backup::{Directory, Manifest, Source, take};
use holdfast_engine::{
    Answer, Ask, Charge, CheckpointPolicy, Config, Engine, EventId, GroupBounds, HoldId, Holds, KeyRef,
    Millis, Name, NameRef, PaymentAction, PaymentPolicy, Places, Policy, Receipt, Reply, Seats, Snapshots,
    Write, event_of,
};
use holdfast_snapshots::Store;
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Lsn, Options, Recovered, Storage};
use tokio::sync::oneshot;

const HALL: &[u8] =
    br#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 2, "seats": 50}}],
    "limits": {"max_seats_per_holder": 1000}}"#;

pub(crate) fn name(text: &str) -> NameRef<'_> {
    NameRef::new(text.as_bytes()).unwrap()
}

fn config(archived: bool) -> Config {
    // A busy machine must not count as a slow disk.
    let log = Options {
        segment_bytes: 64 << 10,
        nonce_seed: Some(1),
        slow_sync: Duration::MAX,
        ..Options::default()
    };
    let policy = Policy {
        retention: Millis(86_400_000),
        refusals_max: 1_000,
        recovery_grace: Millis(60_000),
        record_retention: Millis(u64::MAX),
    };
    Config {
        threads: 1,
        policy,
        checkpoint: CheckpointPolicy { archived, ..CheckpointPolicy::default() },
        log,
        clock_ahead: Millis(u64::MAX),
        all_or_nothing: false,
        memory: None,
        payments: PaymentPolicy::default(),
        groups: GroupBounds::default(),
    }
}

pub(crate) fn directory(disk: &MemoryStorage) -> Directory {
    Arc::new(disk.clone())
}

/// A server on this disk, for as long as `work` takes.
pub(crate) fn served<T: 'static>(disk: &MemoryStorage, work: impl AsyncFnOnce(&Engine) -> T) -> T {
    served_as(disk, false, work)
}

/// As [`served`]; log is kept until it is archived, or is not.
pub(crate) fn served_as<T: 'static>(
    disk: &MemoryStorage,
    archived: bool,
    work: impl AsyncFnOnce(&Engine) -> T,
) -> T {
    System::new().block_on(async {
        let failed = Box::new(|poisoned: &holdfast_wal::Poisoned| panic!("{poisoned}"));
        let engine = Engine::open(&directory(disk), &config(archived), [3; 32], failed).unwrap();
        engine.ready();
        let done = work(&engine).await;
        engine.stop().unwrap();
        done
    })
}

/// Gives a command to an event, as one connection would.
pub(crate) async fn tell(engine: &Engine, event: &'static str, key: String, ask: Asked) -> Answer {
    let (done, answer) = oneshot::channel();
    let router = engine.router().clone();
    engine.arbiters()[0].spawn_fn(move || {
        actix_rt::spawn(async move {
            let mut session = router.session();
            let key = KeyRef::new(key.as_bytes()).unwrap();
            match ask {
                Asked::Create => session.create(name(event), key, HALL),
                Asked::Hold(seat) => drop(session.ask(name(event), |labels| {
                    let seats = Seats::from_iter([labels.seat(seat.as_bytes())?]);
                    let (ttl, best, places) = (Millis(0), Box::default(), Places::default());
                    Ok(Ask::Write {
                        key,
                        write: Write::Hold { holder: name("bob").to_name(), ttl, seats, best, places },
                    })
                })),
                Asked::Write(write) => drop(session.ask(name(event), |_| Ok(Ask::Write { key, write }))),
            }
            let _ = done.send(session.replies().await.pop());
        });
    });
    match answer.await.unwrap() {
        Some(Reply::Answer(answer, _)) => answer,
        other => panic!("{other:?}"),
    }
}

pub(crate) enum Asked {
    Create,
    Hold(String),
    Write(Write),
}

async fn hold(engine: &Engine, event: &'static str, number: u64) -> HoldId {
    let seat = format!("A-{}-{}", 1 + number / 50, 1 + number % 50);
    match tell(engine, event, format!("hold-{number}"), Asked::Hold(seat)).await {
        Answer::Hold { hold, .. } => hold,
        other => panic!("{other:?}"),
    }
}

/// Sells to a few buyers, numbered from `from` on: some confirm, some pay, some give back, some only hold.
pub(crate) async fn sell(engine: &Engine, event: &'static str, from: u64, count: u64) {
    for number in from..from + count {
        let hold = hold(engine, event, number).await;
        let named = |what: &str| Name::new(format!("{what}-{number}").as_bytes()).unwrap();
        let holds = Holds::from_iter([hold]);
        let write = match number % 4 {
            0 => Write::Confirm { order: named("order"), holds },
            1 => {
                let charge = Box::new(Charge::default());
                let action = PaymentAction::Try { deadline_in: Millis(0), holds, charge };
                let begun = Write::Payment { payment: named("payment"), action };
                tell(engine, event, format!("try-{number}"), Asked::Write(begun)).await;
                let action = PaymentAction::Succeed(Receipt::default());
                Write::Payment { payment: named("payment"), action }
            }
            2 => Write::Release { hold, part: None },
            _ => continue,
        };
        tell(engine, event, format!("end-{number}"), Asked::Write(write)).await;
    }
}

/// Makes a snapshot, and waits for it.
pub(crate) async fn snapshot(engine: &Engine, disk: &MemoryStorage) {
    let store = Store::attach(directory(disk));
    let newest = || Snapshots::find(&store).unwrap().newest();
    let before = newest();
    engine.checkpoint();
    while newest() == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Makes a backup, by execution 1, which is none: that is asked of drills alone.
pub(crate) fn back_up(engine: &Engine, disk: &MemoryStorage, target: &MemoryStorage, at: u64) -> Manifest {
    let source = Source { storage: directory(disk), router: engine.router().clone() };
    take(&source, target, (&format!("backup-{at}"), at, 1), &mut |_, _| Ok(())).unwrap()
}

/// Every record of the disk's log, with its event and the digest that the running server had after it.
pub(crate) fn records(disk: &MemoryStorage) -> Vec<(Lsn, EventId, u64)> {
    let log = Recovered::scan(&directory(disk), Lsn(1), None).unwrap();
    let mut all = Vec::new();
    for group in log.groups(Lsn(1)) {
        for (lsn, bytes) in group.unwrap().records() {
            let digest = u64::from_le_bytes(bytes[24..32].try_into().unwrap());
            all.push((lsn, event_of(bytes).unwrap(), digest));
        }
    }
    all
}

/// Whether a directory holds nothing at all.
pub(crate) fn is_empty(disk: &MemoryStorage) -> bool {
    ["", "wal", "snapshots"].iter().all(|dir| disk.list(dir).unwrap().is_empty())
}
