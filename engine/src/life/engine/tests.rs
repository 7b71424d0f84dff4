//! The engine with its threads, over a log in memory: what survives a restart, and an event that breaks.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use actix_rt::System;
use holdfast_testkit::MemoryStorage;
use holdfast_wal::Lsn;
use tokio::sync::oneshot;

use super::*;
use crate::actor::BREAKS_NEXT;
use crate::catalogue::Code;
use crate::exchange::request::{Ask, Labels};
use crate::fault::Fault;
use crate::front::session::Session;
use crate::jobs::JobAsk;
use crate::journal::memory::MemoryUse;
use crate::life::condition::Condition;
use crate::numbers::EventId;
use crate::numbers::HoldId;
use crate::pulse::Beat;
use crate::state::{Answer, KeyRef, Name, NameRef, Places, Reply, Seats, StatusAction, Write};
use crate::system::Mode;

mod audit;
mod gathered;
mod jobs;
mod notices;

const HALL: &[u8] =
    br#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 2, "seats": 50}}],
    "limits": {"max_seats_per_holder": 1000}}"#;

fn name(text: &str) -> NameRef<'_> {
    NameRef::new(text.as_bytes()).unwrap()
}

fn key_of(text: &str) -> KeyRef<'_> {
    KeyRef::new(text.as_bytes()).unwrap()
}

/// What holds this seat.
fn a_hold(labels: Labels<'_>, holder: &str, seat: &str) -> Result<Write, Fault> {
    let seats = Seats::from_iter([labels.seat(seat.as_bytes())?]);
    let holder = Name::new(holder.as_bytes()).unwrap();
    Ok(Write::Hold { holder, ttl: Millis(0), seats, best: Box::default(), places: Places::default() })
}

fn config() -> Config {
    // A busy machine must not count as a slow disk.
    let log = Options {
        segment_bytes: 256 * 1024,
        nonce_seed: Some(1),
        slow_sync: Duration::MAX,
        ..Options::default()
    };
    let policy = Policy {
        retention: Millis(86_400_000),
        refusals_max: 1_000,
        recovery_grace: Millis(0),
        record_retention: Millis(u64::MAX),
    };
    Config {
        threads: 2,
        policy,
        checkpoint: CheckpointPolicy::default(),
        log,
        clock_ahead: Millis(u64::MAX),
        all_or_nothing: false,
        memory: None,
        payments: PaymentPolicy::default(),
        groups: GroupBounds::default(),
    }
}

fn open(storage: &MemoryStorage) -> Engine {
    let storage: Arc<dyn Storage> = Arc::new(storage.clone());
    Engine::open(&storage, &config(), [3; 32], Box::new(|poisoned| panic!("{poisoned}"))).unwrap()
}

/// Sends requests as one connection would, on a thread of the engine.
async fn ask(engine: &Engine, requests: Vec<Request>) -> Vec<Reply> {
    let (done, answer) = oneshot::channel();
    let router = engine.router().clone();
    engine.arbiters()[0].spawn_fn(move || {
        actix_rt::spawn(async move {
            let mut session = router.session();
            requests.iter().for_each(|request| request.ask(&mut session));
            assert_eq!(session.expected(), requests.len());
            let replies = session.replies().await;
            assert_eq!((replies.len(), session.expected()), (requests.len(), 0));
            let _ = done.send(replies);
        });
    });
    answer.await.unwrap()
}

enum Request {
    Job(JobAsk),
    Create(&'static str),
    Pause { event: &'static str, key: &'static str },
    Hold { event: &'static str, key: &'static str, seat: &'static str },
}

impl Request {
    fn ask(&self, session: &mut Session) {
        match *self {
            Self::Job(ref ask) => drop(session.job(ask.clone())),
            Self::Create(event) => {
                session.create(name(event), key_of("create"), HALL);
            }
            Self::Pause { event, key } => {
                session.ask(name(event), |_| {
                    let operator = Name::new(b"olga").unwrap();
                    let write =
                        Write::SetStatus { action: StatusAction::Pause, operator, reason: "why".into() };
                    Ok(Ask::Write { key: key_of(key), write })
                });
            }
            Self::Hold { event, key, seat } => {
                session.ask(name(event), |labels| {
                    let write = a_hold(labels, "bob", seat)?;
                    Ok(Ask::Write { key: key_of(key), write })
                });
            }
        }
    }
}

/// Makes events that no test uses, so that the next one has this number.
async fn fill(engine: &Engine, next: EventId) {
    let filler = |number| create(Box::leak(format!("filler-{number}").into_boxed_str()));
    ask(engine, (1..next.0).map(filler).collect()).await;
}

fn create(event: &'static str) -> Request {
    Request::Create(event)
}

fn hold(event: &'static str, key: &'static str, seat: &'static str) -> Request {
    Request::Hold { event, key, seat }
}

fn held(reply: &Reply) -> HoldId {
    match reply {
        Reply::Answer(Answer::Hold { hold, .. }, _) | Reply::Repeated(Answer::Hold { hold, .. }, _) => *hold,
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_that_do_not_fit_the_memory_refuse_the_start_and_change_nothing() {
    System::new().block_on(async {
        let storage = MemoryStorage::new();
        let engine = open(&storage);
        ask(&engine, vec![create("gala"), hold("gala", "k1", "A-1-1")]).await;
        engine.stop().unwrap();
        let within = |max| {
            let used = || Some(MemoryUse { counted: 1_000, resident: 1_000 });
            let memory = Some(MemoryLimit { max, used: Arc::new(used), give_back: Arc::new(|| {}) });
            let storage: Arc<dyn Storage> = Arc::new(storage.clone());
            let config = Config { memory, ..config() };
            Engine::open(&storage, &config, [3; 32], Box::new(|poisoned| panic!("{poisoned}")))
        };
        let refused = within(999);
        assert!(matches!(
            refused.err(),
            Some(OpenError::Recovery(RecoveryError::NoMemory { used: 1_000, max: 999 }))
        ));
        let engine = within(1_000).unwrap();
        let again = ask(&engine, vec![hold("gala", "k1", "A-1-1")]).await;
        assert_eq!(held(&again[0]), HoldId(2));
        engine.stop().unwrap();
    });
}

#[test]
fn a_pipeline_may_create_an_event_and_use_it_and_a_restart_changes_no_answer() {
    System::new().block_on(async {
        let storage = MemoryStorage::new();
        let engine = open(&storage);
        let script = || {
            vec![
                create("gala"),
                hold("gala", "k1", "A-1-1"),
                hold("ball", "k1", "A-1-1"),
                hold("gala", "k2", "A-1-1"),
            ]
        };
        let first = ask(&engine, script()).await;
        assert_eq!(held(&first[1]), HoldId(2));
        assert!(matches!(&first[2], Reply::Fault(fault) if fault.code == Code::NO_EVENT));
        assert!(matches!(&first[3], Reply::Answer(Answer::Refused(_), _)));
        // Told apart from the first answers, and the same.
        let again = |replies: &[Reply]| {
            assert!(matches!(replies[0], Reply::Repeated(..)) && matches!(replies[3], Reply::Repeated(..)));
            format!("{replies:?}").replace("Repeated(", "Answer(")
        };
        assert_eq!(format!("{first:?}"), again(&ask(&engine, script()).await));
        engine.stop().unwrap();

        let engine = open(&storage);
        // Three of the sale, the start and the end of the engine, and where the audit stood then.
        assert_eq!(engine.stats().recovery.records, 6);
        assert_eq!(format!("{first:?}"), again(&ask(&engine, script()).await));
        engine.stop().unwrap();
    });
}

#[test]
fn replies_about_several_events_come_in_the_order_of_the_requests() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        // More events than are gathered side by side, and one that is not there.
        let events: Vec<&'static str> =
            (0..20).map(|number| &*Box::leak(format!("event{number}").into_boxed_str())).collect();
        ask(&engine, events.iter().map(|event| create(event)).collect()).await;
        let turns = || (0..400).map(|turn| (turn, (turn * turn) % 21));
        let requests = turns().map(|(turn, event)| {
            let key: &'static str = Box::leak(format!("k{turn}").into_boxed_str());
            let seat = if turn < 200 { "A-1-1" } else { "nowhere" };
            hold(events.get(event).copied().unwrap_or("nowhere"), key, seat)
        });
        let replies = ask(&engine, requests.collect()).await;
        assert_eq!(replies.len(), 400);
        let mut seen = std::collections::BTreeSet::new();
        for ((turn, event), reply) in turns().zip(&replies) {
            let fault = |code: Code| matches!(reply, Reply::Fault(fault) if fault.code == code);
            let right = match reply {
                _ if event == 20 => fault(Code::NO_EVENT),
                _ if turn >= 200 => fault(Code::NO_SEAT),
                Reply::Answer(Answer::Hold { .. }, _) => seen.insert(event),
                Reply::Answer(Answer::Refused(_), _) => seen.contains(&event),
                _ => false,
            };
            assert!(right, "{turn}, event {event}: {reply:?}");
        }
        engine.stop().unwrap();
    });
}

#[test]
fn an_event_that_breaks_comes_back_by_itself_and_the_others_never_notice() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        const GALA: EventId = EventId(22);
        fill(&engine, GALA).await;
        assert_eq!(ask(&engine, vec![create("gala"), create("ball")]).await.len(), 2);
        assert_eq!(held(&ask(&engine, vec![hold("gala", "k1", "A-1-1")]).await[0]), HoldId(2));

        BREAKS_NEXT.fetch_or(1 << GALA.0, Ordering::Relaxed);
        let broken = ask(&engine, vec![hold("gala", "k2", "A-1-2")]).await;
        assert!(
            matches!(&broken[0], Reply::Fault(fault) if fault.code == Code::OUT_OF_SERVICE),
            "{broken:?}"
        );
        assert_eq!(held(&ask(&engine, vec![hold("ball", "k1", "A-1-1")]).await[0]), HoldId(2));

        // The client sends the same command with the same key until it is judged, as the error says.
        loop {
            let again = ask(&engine, vec![hold("gala", "k2", "A-1-2"), hold("gala", "k1", "A-1-1")]).await;
            if let Reply::Answer(..) = &again[0] {
                assert_eq!((held(&again[0]), held(&again[1])), (HoldId(3), HoldId(2)));
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        engine.stop().unwrap();
    });
}

#[test]
fn a_thread_that_does_not_answer_is_seen_and_the_others_go_on() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        engine.ready();
        let beats = || engine.beats();
        let of =
            |beats: &[Beat], thread: &str| beats.iter().find(|beat| &*beat.thread == thread).unwrap().clone();
        let names: Vec<_> = beats().into_iter().map(|beat| beat.thread.to_string()).collect();
        let expected = [
            "arbiter-0",
            "arbiter-1",
            "wal-committer",
            "feed-follower",
            "feed-reader",
            "waker",
            "background",
            "payments",
            "system",
            "jobs",
            "audit",
        ];
        assert_eq!(names, expected, "and none for the memory, which has no limit here");
        // It stands still until the test lets it go on.
        let (standing, stands) = std::sync::mpsc::channel();
        let (go_on, waits) = std::sync::mpsc::channel::<()>();
        engine.arbiters()[0].spawn_fn(move || {
            standing.send(()).unwrap();
            let _ = waits.recv();
        });
        stands.recv().unwrap();
        let before = beats();
        let first = of(&before, "arbiter-0");
        let mut other = of(&before, "arbiter-1").turn;
        for _ in 0..3 {
            while of(&beats(), "arbiter-1").turn == other {
                thread::sleep(Duration::from_millis(1));
            }
            other = of(&beats(), "arbiter-1").turn;
            let stuck = of(&beats(), "arbiter-0");
            assert!(stuck.should_go_on() && stuck.turn <= first.turn + 1, "{stuck:?}");
        }
        let stuck = of(&beats(), "arbiter-0");
        go_on.send(()).unwrap();
        while of(&beats(), "arbiter-0").turn == stuck.turn {
            thread::sleep(Duration::from_millis(1));
        }
        engine.stop().unwrap();
    });
}

#[test]
fn the_condition_is_that_of_a_process_that_starts_runs_and_stops() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        assert_eq!(engine.condition(), Condition::Recovering);
        engine.ready();
        assert_eq!(engine.condition(), Condition::Running(Mode::Normal));
        engine.router().refused_in_a_rush(1);
        assert_eq!(engine.condition(), Condition::Running(Mode::Overload));
        assert_eq!(engine.stats().system.condition, engine.condition());
        engine.stopping();
        engine.router().refused_in_a_rush(1);
        assert_eq!(engine.condition(), Condition::Stopping);
        engine.stop().unwrap();
    });
}
