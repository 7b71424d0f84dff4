//! An owner reads all copies of its log, and finds what one of them lacks or has otherwise, and what it has itself and the log has not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_rt::System;
use bytes::Bytes;
use holdfast_engine::{By, Document, Engine, ExecutionId, ExecutionName, JobAsk, OpenCopies, Reply, Task};
use holdfast_replica::{Across, Copies, Position};
use holdfast_testkit::MemoryLog;
use holdfast_wal::Storage;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::world::World;
use super::{Book, engine};

/// What a copy has instead of what stands at a position.
type Change = fn(u64, Bytes) -> Option<Bytes>;

/// Three copies of the log, of which one may be another one.
struct Changed {
    names: Vec<Box<str>>,
    log: MemoryLog,
    next: u64,
    last: u64,
    changes: [Change; 3],
}

impl Copies for Changed {
    fn names(&self) -> &[Box<str>] {
        &self.names
    }

    fn next(&mut self) -> Result<Option<Across>, String> {
        let at = Position(self.next);
        self.next += 1;
        let Some(bytes) = self.log.at(at).filter(|_| at.0 <= self.last) else { return Ok(None) };
        Ok(Some((at, self.changes.iter().map(|change| change(at.0, bytes.clone())).collect())))
    }
}

const SAME: Change = |_, bytes| Some(bytes);

/// What a job is asked.
async fn told(engine: &Engine, ask: JobAsk) -> Document {
    let (done, told) = oneshot::channel();
    let router = engine.router().clone();
    engine.arbiters()[0].spawn_fn(move || {
        actix_rt::spawn(async move {
            let mut session = router.session();
            session.job(ask);
            let _ = done.send(session.replies().await);
        });
    });
    match told.await.unwrap().remove(0) {
        Reply::Document(document) => document,
        other => panic!("{other:?}"),
    }
}

fn field<'a>(document: &'a Document, name: &str) -> &'a Document {
    let Document::Fields(fields) = document else { panic!("{document:?}") };
    let found = fields.iter().find(|(field, _)| &**field == name);
    found.map_or_else(|| panic!("no {name} in {document:?}"), |(_, value)| value)
}

fn text(document: &Document, name: &str) -> String {
    match field(document, name) {
        Document::Text(text) => text.to_string(),
        other => panic!("{name}: {other:?}"),
    }
}

/// Has the job done, and gives its state and all that is told of it.
async fn scrub(engine: &Engine, key: &str) -> (String, String) {
    let by = By { key: key.into(), operator: "olga".into(), token: None, reason: "a look".into() };
    let task = Task { job: "scrub-log".into(), arguments: Box::default() };
    let name = text(&told(engine, JobAsk::Run(task, None, by)).await, "execution");
    let id = ExecutionId(name.rsplit_once('-').unwrap().1.parse().unwrap());
    loop {
        let document = told(engine, JobAsk::Get(ExecutionName(None, id))).await;
        let state = text(&document, "state");
        if ["SUCCESS", "FAILED", "STOPPED"].contains(&&*state) {
            return (state, format!("{document:?}"));
        }
        actix_rt::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn an_owner_finds_what_a_copy_lacks_and_what_it_has_itself_and_the_log_has_not() {
    let mut world = World::new(21, 1);
    let mut book = Book::default();
    System::new().block_on(async {
        world.start(0);
        world.next_owner(0);
        book.sell(engine(&world, 0), 30).await;
        // A second life: what was kept of the first is in its log all the same, with an epoch and a handover between.
        assert!(world.end(0).1);
        world.start(0);
        world.next_owner(0);
        book.sell(engine(&world, 0), 30).await;

        let changes = Arc::new(Mutex::new([SAME; 3]));
        let first = Arc::new(AtomicU64::new(1));
        let (log, now, from) = (world.log.clone(), Arc::clone(&changes), Arc::clone(&first));
        let open: OpenCopies = Box::new(move |_| {
            let names = ["n0", "n1", "n2"].map(Box::from).to_vec();
            let (next, last) = (from.load(Ordering::SeqCst), log.len() as u64);
            let copies = Changed { names, log: log.clone(), next, last, changes: *now.lock() };
            Ok(Some(Box::new(copies) as Box<dyn Copies>))
        });
        let storage: Arc<dyn Storage> = Arc::new(world.spots[0].storage.clone());
        let job = world.spots[0].cluster.as_ref().unwrap().scrubbing(&storage, open);
        engine(&world, 0).jobs().add(job);

        for (from, key) in [(1, "whole"), (5, "trimmed")] {
            first.store(from, Ordering::SeqCst);
            let (state, all) = scrub(engine(&world, 0), key).await;
            assert_eq!(state, "SUCCESS", "{all}");
        }
        first.store(1, Ordering::SeqCst);
        let hole: Change = |at, bytes| (!(7..10).contains(&at)).then_some(bytes);
        let gone: Change = |at, bytes| (at == 1).then_some(bytes);
        let bit: Change = |at, bytes| {
            let mut bytes = bytes.to_vec();
            if at == 6 {
                bytes[70] ^= 4;
            }
            Some(bytes.into())
        };
        for (key, copies, code, says) in [
            ("hole", [SAME, hole, SAME], "HF-DQ-012", "the copy of n1 lacks 7 to 9, 3 messages"),
            ("bit", [SAME, SAME, bit], "HF-DQ-012", "the copy of n2 has damaged 6 to 6, 1 message"),
            ("gone", [gone; 3], "HF-DQ-010", "nothing that this node has kept from 2 on stands in the log"),
            ("nowhere", [hole, hole, hole], "HF-DQ-010", "no copy has 7 to 9, 3 messages"),
        ] {
            *changes.lock() = copies;
            let (state, all) = scrub(engine(&world, 0), key).await;
            assert_eq!(state, "FAILED", "{key}: {all}");
            assert!(all.contains(code) && all.contains(says), "{key}: {all}");
        }
        // Its own messages are nowhere any more, and it has kept them.
        let (_, all) = scrub(engine(&world, 0), "again").await;
        assert!(all.contains("does not stand in the log as what counts"), "{all}");
        assert!(world.end(0).1);
    });
}
