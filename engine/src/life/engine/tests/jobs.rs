//! Executions on their thread: what they do to the records, through ends and accidents of the process.

use std::sync::atomic::AtomicBool;
use std::thread;

use super::*;
use crate::document::Document;
use crate::jobs::{ExecutionName, Find, Job, JobRun, Plan, Unfinished};
use crate::limits;
use crate::system::{Asking, By, Ending, ExecutionId, Outcome, Progress, Task};

/// Steps until it may end, and then does as it was told.
struct Patient {
    may_end: Arc<AtomicBool>,
    breaks: bool,
}

impl Job for Patient {
    fn name(&self) -> &'static str {
        "patient"
    }

    fn usage(&self) -> &'static str {
        "[word]"
    }

    fn summary(&self) -> &'static str {
        "waits"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault> {
        Ok(Plan { steps: vec![format!("waits with {} words", arguments.len())], items: 0 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let begun_at = if run.checkpoint().is_empty() { 0 } else { 7 };
        while !self.may_end.load(Ordering::SeqCst) {
            run.step(begun_at + 1, 9, "one is done")?;
            thread::sleep(Duration::from_millis(1));
        }
        assert!(!self.breaks, "a test wants it so");
        let mut outcome = Outcome::default();
        outcome.figure("begun_at", begun_at);
        outcome.figure("niceness", niceness());
        Ok(outcome)
    }
}

/// How low the priority of this thread is.
fn niceness() -> u64 {
    rustix::process::getpriority_process(None).unwrap().max(0) as u64
}

fn by(key: &str) -> By {
    By { key: key.into(), operator: "olga".into(), token: None, reason: "why".into() }
}

fn run(job: &str, key: &str, arguments: &[&str]) -> Request {
    let arguments = arguments.iter().map(|argument| Box::from(*argument)).collect();
    Request::Job(JobAsk::Run(Task { job: job.into(), arguments }, None, by(key)))
}

fn named(id: u64) -> ExecutionName {
    ExecutionName(None, ExecutionId(id))
}

/// What a field of a reply is.
fn value<'a>(document: &'a Document, name: &str) -> Option<&'a Document> {
    let Document::Fields(fields) = document else { panic!("{document:?}") };
    fields.iter().find(|(field, _)| &**field == name).map(|(_, value)| value)
}

/// A field of a reply.
fn field(document: &Document, name: &str) -> String {
    match value(document, name) {
        Some(Document::Text(text)) => text.to_string(),
        Some(Document::Number(number)) => number.to_string(),
        Some(Document::Nothing) => String::new(),
        other => panic!("{name}: {other:?}"),
    }
}

async fn one(engine: &Engine, request: Request) -> Result<Document, Code> {
    match ask(engine, vec![request]).await.remove(0) {
        Reply::Document(document) => Ok(document),
        Reply::Fault(fault) => Err(fault.code),
        other => panic!("{other:?}"),
    }
}

/// The number of the execution that was asked for.
async fn asked(engine: &Engine, request: Request) -> u64 {
    let name = field(&one(engine, request).await.unwrap(), "execution");
    name.rsplit_once('-').unwrap().1.parse().unwrap()
}

async fn of(engine: &Engine, id: u64) -> Document {
    one(engine, Request::Job(JobAsk::Get(named(id)))).await.unwrap()
}

/// Waits until an execution is in this state.
async fn becomes(engine: &Engine, id: u64, state: &str) -> Document {
    loop {
        let told = of(engine, id).await;
        if field(&told, "state") == state {
            return told;
        }
        assert!(!["SUCCESS", "FAILED", "STOPPED"].contains(&&*field(&told, "state")), "{told:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn patient(engine: &Engine, breaks: bool) -> Arc<AtomicBool> {
    let may_end = Arc::<AtomicBool>::default();
    engine.jobs().add(Arc::new(Patient { may_end: Arc::clone(&may_end), breaks }));
    may_end
}

#[test]
fn jobs_of_the_engine_are_done_and_their_results_survive() {
    let storage = MemoryStorage::new();
    System::new().block_on(async {
        let engine = open(&storage);
        ask(&engine, vec![create("gala")]).await;
        let holds = (1..=50).map(|seat| Request::Hold {
            event: "gala",
            key: Box::leak(format!("k{seat}").into_boxed_str()),
            seat: Box::leak(format!("A-1-{seat}").into_boxed_str()),
        });
        ask(&engine, holds.collect()).await;
        let all = asked(&engine, run("replay", "r1", &[])).await;
        let told = becomes(&engine, all, "SUCCESS").await;
        assert_eq!((field(&told, "is_active"), field(&told, "operator")), ("1".into(), "olga".into()));
        let snapshot = asked(&engine, run("snapshot", "s1", &[])).await;
        becomes(&engine, snapshot, "SUCCESS").await;
        let verify = asked(&engine, run("verify-log", "v1", &[])).await;
        becomes(&engine, verify, "SUCCESS").await;
        // From the snapshot on, and with another result that counts.
        let again = asked(&engine, run("replay", "r2", &[])).await;
        becomes(&engine, again, "SUCCESS").await;
        let one_event = asked(&engine, run("replay", "r3", &["EVENT", "gala"])).await;
        becomes(&engine, one_event, "SUCCESS").await;
        // An older snapshot that the newest one has left behind says nothing of what there is now.
        ask(&engine, vec![hold("gala", "k51", "A-2-1")]).await;
        let second = asked(&engine, run("snapshot", "s2", &[])).await;
        becomes(&engine, second, "SUCCESS").await;
        ask(&engine, vec![hold("gala", "k52", "A-2-2")]).await;
        for (key, job) in [("i1", "check-invariants"), ("r6", "replay")] {
            let checked = asked(&engine, run(job, key, &[])).await;
            becomes(&engine, checked, "SUCCESS").await;
        }
        let again = asked(&engine, run("replay", "r7", &[])).await;
        becomes(&engine, again, "SUCCESS").await;
        // Other letters, and a word that may be left out, are the same task: one result of it counts.
        for (key, arguments, before) in [("r4", &["all"][..], again), ("r5", &["event", "gala"], one_event)] {
            let same = asked(&engine, run("replay", key, arguments)).await;
            becomes(&engine, same, "SUCCESS").await;
            let active = [
                field(&of(&engine, same).await, "is_active"),
                field(&of(&engine, before).await, "is_active"),
            ];
            assert_eq!(active, ["1", "0"], "{arguments:?}");
        }
        for (job, arguments, code) in [
            ("replay", &["EVENT", "nope"][..], Code::NO_EVENT),
            ("replay", &["gala"], Code::NO_JOB),
            ("snapshot", &["now"], Code::NO_JOB),
            ("nope", &[], Code::NO_JOB),
        ] {
            assert_eq!(one(&engine, run(job, "k", arguments)).await, Err(code), "{job} {arguments:?}");
        }
        let before = [all, snapshot, verify, again, one_event].map(|id| of(&engine, id));
        let before = futures_join(before).await;
        engine.stop().unwrap();
        let engine = open(&storage);
        let after = futures_join([all, snapshot, verify, again, one_event].map(|id| of(&engine, id))).await;
        assert_eq!(before, after);
        assert_eq!(field(&after[0], "is_active"), "0", "a newer one of the same task counts");
        let first = one(&engine, run("replay", "r1", &[])).await.unwrap();
        assert_eq!(field(&first, "execution"), format!("replay-{all}"), "the key is known");
        engine.stop().unwrap();
    });
}

async fn futures_join<const N: usize>(all: [impl Future<Output = Document>; N]) -> Vec<Document> {
    let mut told = Vec::new();
    for one in all {
        told.push(one.await);
    }
    told
}

#[test]
fn one_that_is_stopped_goes_on_as_another_one_from_its_checkpoint() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        let may_end = patient(&engine, false);
        let id = asked(&engine, run("patient", "p1", &["x"])).await;
        becomes(&engine, id, "RUNNING").await;
        assert_eq!(one(&engine, run("patient", "p2", &["x"])).await, Err(Code::ALREADY_RUNNING));
        let waits = asked(&engine, run("patient", "p3", &["y"])).await;
        assert_eq!(field(&of(&engine, waits).await, "state"), "READY", "one at a time");
        let stop = |id, key| Request::Job(JobAsk::Stop(named(id), by(key)));
        one(&engine, stop(waits, "t2")).await.unwrap();
        let stopped = one(&engine, stop(id, "t1")).await.unwrap();
        assert_eq!(one(&engine, stop(id, "t1")).await.unwrap(), stopped);
        let told = becomes(&engine, id, "STOPPED").await;
        assert_eq!((field(&told, "done"), field(&told, "checkpoint")), ("1".into(), "one is done".into()));
        assert_eq!(field(&becomes(&engine, waits, "STOPPED").await, "started_at"), "", "it never began");
        let resume = Request::Job(JobAsk::Resume(named(id), by("p4")));
        let resumed = asked(&engine, resume).await;
        becomes(&engine, resumed, "RUNNING").await;
        may_end.store(true, Ordering::SeqCst);
        let told = becomes(&engine, resumed, "SUCCESS").await;
        assert_eq!(field(&told, "resumes"), format!("patient-{id}"));
        assert_eq!(field(value(&told, "figures").unwrap(), "begun_at"), "7");
        let find = Find { state: Some("STOPPED"), count: 1, ..Find::default() };
        let page = one(&engine, Request::Job(JobAsk::Find(find))).await.unwrap();
        let Document::List(page) = page else { panic!("{page:?}") };
        assert_eq!(page[0], Document::Number(waits), "there is more");
        engine.stop().unwrap();
    });
}

#[test]
fn what_runs_when_the_process_dies_has_failed_and_what_runs_when_it_ends_is_stopped() {
    let storage = MemoryStorage::new();
    System::new().block_on(async {
        let engine = open(&storage);
        patient(&engine, false);
        let id = asked(&engine, run("patient", "p1", &[])).await;
        becomes(&engine, id, "RUNNING").await;
        // Another process finds what the disk had at this moment.
        let crashed = storage.fork();
        engine.stop().unwrap();
        for (storage, state, code) in [(crashed, "FAILED", "HF-BAT-001"), (storage.clone(), "STOPPED", "")] {
            let engine = open(&storage);
            let told = becomes(&engine, id, state).await;
            assert_eq!(field(&told, "error_code"), code);
            assert_eq!(field(&told, "is_active"), "0");
            engine.stop().unwrap();
        }
    });
}

#[test]
fn jobs_stand_back_and_end_in_a_rush_as_well() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        let may_end = patient(&engine, false);
        engine.router().refused_in_a_rush(1);
        let id = asked(&engine, run("patient", "p1", &[])).await;
        becomes(&engine, id, "RUNNING").await;
        may_end.store(true, Ordering::SeqCst);
        let told = becomes(&engine, id, "SUCCESS").await;
        let of_job: u64 = field(value(&told, "figures").unwrap(), "niceness").parse().unwrap();
        assert_eq!(
            of_job,
            (niceness() + limits::JOBS_NICENESS as u64).min(19),
            "sales have the processors first"
        );
        engine.stop().unwrap();
    });
}

#[test]
fn a_job_that_breaks_or_is_not_there_any_more_fails_and_others_are_done() {
    let storage = MemoryStorage::new();
    System::new().block_on(async {
        let engine = open(&storage);
        patient(&engine, true).store(true, Ordering::SeqCst);
        let id = asked(&engine, run("patient", "p1", &[])).await;
        let told = becomes(&engine, id, "FAILED").await;
        assert_eq!(field(&told, "error_code"), "HF-BAT-002");
        let next = asked(&engine, run("snapshot", "s1", &[])).await;
        becomes(&engine, next, "SUCCESS").await;
        engine.stop().unwrap();
        // This program has no such job.
        let engine = open(&storage);
        let resume = Request::Job(JobAsk::Resume(named(id), by("p2")));
        let resumed = asked(&engine, resume).await;
        let told = becomes(&engine, resumed, "FAILED").await;
        assert_eq!(field(&told, "error_code"), "HF-BAT-014");
        engine.stop().unwrap();
    });
}

#[test]
fn a_replay_that_was_stopped_goes_on_behind_the_events_that_are_done() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        let events = ["e1", "e2", "e3", "e4", "e5"];
        ask(&engine, events.map(create).into()).await;
        let all = asked(&engine, run("replay", "r1", &[])).await;
        let all = becomes(&engine, all, "SUCCESS").await;
        let checkpoint = field(&all, "checkpoint");
        assert!(checkpoint.starts_with("5 5 "), "the events are done, and how many: {checkpoint}");

        // Another one comes as far as the second batch of two, and is stopped.
        let may_end = patient(&engine, false);
        let first = asked(&engine, run("patient", "p1", &[])).await;
        becomes(&engine, first, "RUNNING").await;
        let stopped = ExecutionId(asked(&engine, run("replay", "r2", &[])).await);
        let progress = Progress { done: 4, of: 5, checkpoint: "4 4 0 77".into() };
        let told = [
            Asking::Begin(stopped),
            Asking::Progress(stopped, progress),
            Asking::End(stopped, Ending::Stopped, Outcome::default()),
        ];
        for told in told {
            let router = engine.router();
            router.audit().core().lock().ask(told, router.now()).unwrap();
        }
        let resumed = asked(&engine, Request::Job(JobAsk::Resume(named(stopped.0), by("r3")))).await;
        may_end.store(true, Ordering::SeqCst);
        let resumed = becomes(&engine, resumed, "SUCCESS").await;
        let events = |told: &Document| field(value(told, "figures").unwrap(), "events");
        // The books of the process are one more in each.
        assert_eq!((events(&all), events(&resumed)), ("6".into(), "6".into()), "those before are counted");
        assert_eq!(
            field(&resumed, "result_lines"),
            "2",
            "the fifth event and the books: the rest is not replayed"
        );
        assert_eq!(field(&all, "result_lines"), "6");
        assert_ne!(field(&resumed, "digest"), field(&all, "digest"));
        engine.stop().unwrap();
    });
}
