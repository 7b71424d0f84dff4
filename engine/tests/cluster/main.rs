//! An engine whose log a majority has, and who takes over from whom: nodes of one shard over a log in memory with its faults.
//!
//! Nothing here is decided by how fast the machine is: an owner that is deposed without need costs a takeover, and no promise.

#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod following;
mod scrubbing;
mod world;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_rt::System;
use holdfast_engine::{
    Answer, Ask, ClusterOver, ClusterStanding, Code, Engine, KeyRef, Millis, NameRef, Places, Reply, Seats,
    Write,
};
use holdfast_testkit::{Fault, Operation};
use tokio::sync::oneshot::{self, Receiver};

use world::World;

const HALL: &[u8] =
    br#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 40, "seats": 50}}],
    "limits": {"max_seats_per_holder": 100000}}"#;

/// What clients were told, by the number of what they asked for.
#[derive(Default)]
struct Book {
    told: BTreeMap<u32, Answer>,
    asked: u32,
}

fn name(text: &str) -> NameRef<'_> {
    NameRef::new(text.as_bytes()).unwrap()
}

/// Asks for so many holds, each of a seat of its own, under a key of its own; number 0 makes the event.
fn ask(engine: &Engine, numbers: Vec<u32>) -> Receiver<Vec<Reply>> {
    let (done, answer) = oneshot::channel();
    let router = engine.router().clone();
    engine.arbiters()[0].spawn_fn(move || {
        actix_rt::spawn(async move {
            let mut session = router.session();
            for number in numbers {
                let key = format!("key-{number}");
                let key = KeyRef::new(key.as_bytes()).unwrap();
                if number == 0 {
                    session.create(name("gala"), key, HALL);
                    continue;
                }
                session.ask(name("gala"), |labels| {
                    let seat = format!("A-{}-{}", 1 + number / 50, 1 + number % 50);
                    let seats = Seats::from_iter([labels.seat(seat.as_bytes())?]);
                    let (holder, places) = (name("ann").to_name(), Places::default());
                    let write = Write::Hold { holder, ttl: Millis(0), seats, best: [].into(), places };
                    Ok(Ask::Write { key, write })
                });
            }
            let _ = done.send(session.replies().await);
        });
    });
    answer
}

impl Book {
    /// Sells so many seats more, and asks again, with the same keys, what is not answered.
    async fn sell(&mut self, engine: &Engine, count: u32) {
        let mut open: Vec<u32> = (self.asked..self.asked + count).collect();
        self.asked += count;
        for _ in 0..400 {
            let answer = ask(engine, open.clone());
            let replies = actix_rt::time::timeout(Duration::from_secs(60), answer).await;
            let replies = replies.expect("an owner that can write answers").unwrap();
            let mut again = Vec::new();
            for (number, reply) in open.iter().zip(replies) {
                match reply {
                    Reply::Answer(answer, _) | Reply::Repeated(answer, _) => {
                        let before = self.told.insert(*number, answer);
                        assert!(before.is_none(), "it was asked for what was not answered");
                    }
                    Reply::Fault(fault) => {
                        let code = fault.code;
                        assert!([Code::QUORUM_AWAY, Code::TRY_LATER].contains(&code), "{fault:?}");
                        again.push(*number);
                    }
                    other => panic!("{other:?}"),
                }
            }
            open = again;
            if open.is_empty() {
                return;
            }
            actix_rt::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} are never taken", open.len());
    }

    /// Whoever asks this engine again is told the same, as once more.
    async fn is_kept(&self, engine: &Engine) {
        let numbers: Vec<u32> = self.told.keys().copied().collect();
        let replies = ask(engine, numbers.clone()).await.unwrap();
        for (number, reply) in numbers.iter().zip(replies) {
            let Reply::Repeated(answer, _) = reply else { panic!("{number}: {reply:?}") };
            assert_eq!(answer, self.told[number], "{number}");
        }
    }
}

fn engine(world: &World, node: usize) -> &Engine {
    world.spots[node].engine.as_ref().unwrap()
}

/// One node, and a log that loses, doubles and delays, and for a time does not compare positions; then a log that has forgotten its end.
#[test]
fn what_is_acknowledged_stands_in_both_logs() {
    let mut world = World::new(11, 1);
    let mut book = Book::default();
    System::new().block_on(async {
        world.start(0);
        let (_, epoch) = world.next_owner(0);
        book.sell(engine(&world, 0), 10).await;
        world.log.faults(|faults| {
            (faults.lost, faults.doubled, faults.unseen) = (5, 10, 30);
            (faults.late, faults.late_ms) = (10, 60);
        });
        for round in 0..8 {
            world.log.faults(|faults| faults.compares = round % 2 == 0);
            book.sell(engine(&world, 0), 20).await;
        }
        world.log.faults(|faults| {
            (faults.lost, faults.doubled, faults.unseen, faults.late) = (0, 0, 0, 0);
            faults.compares = true;
        });
        assert_eq!(world.end(0), (ClusterOver::HandedOver, true));
        let (records, epochs) = world.is_consistent();
        assert!(records > book.told.len(), "{records}");
        assert_eq!(epochs.len(), 1, "{epochs:?}");
        // The log loses what it had agreed upon: the node has it, and writes it there again.
        world.log.forget(4);
        assert!(world.valid().0.len() < records, "the log lacks records");
        world.start(0);
        let (_, second) = world.next_owner(0);
        assert!(second >= epoch);
        book.is_kept(engine(&world, 0)).await;
        book.sell(engine(&world, 0), 10).await;
        assert_eq!(world.end(0), (ClusterOver::HandedOver, true));
        assert!(world.is_consistent().0 > records);
    });
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Bad {
    /// It cannot reach the log.
    CutOff,
    /// Its process stands still.
    Frozen,
    /// Its power is cut.
    Killed,
    /// Its own disk fails.
    Disk,
}

/// Three nodes. The owner is cut off, the next one stands still, the third one loses its power, the fourth one its disk; each comes back and follows.
#[test]
fn the_next_owner_has_all_that_was_acknowledged_and_the_last_one_acknowledges_nothing() {
    let mut world = World::new(12, 3);
    let mut book = Book::default();
    System::new().block_on(async {
        (0..3).for_each(|node| world.start(node));
        let (mut owner, mut epoch) = world.next_owner(0);
        book.sell(engine(&world, owner), 20).await;
        for bad in [Bad::CutOff, Bad::Frozen, Bad::Killed, Bad::Disk] {
            let port = world.spots[owner].port.clone();
            match bad {
                Bad::CutOff => world.log.faults(|faults| faults.cut_off[owner] = true),
                Bad::Frozen => port.is_frozen.store(true, Ordering::Relaxed),
                Bad::Killed => port.is_dead.store(true, Ordering::Relaxed),
                Bad::Disk => {
                    let (operation, under) = (Some(Operation::Sync), String::new());
                    world.spots[owner].storage.inject(Fault::Always { operation, under, nth: 1 });
                }
            }
            // Asked of the one that does not know yet.
            let unheard: Vec<u32> = (1_000 + 50 * epoch as u32..).take(5).collect();
            let mut unheard = ask(engine(&world, owner), unheard);
            let (next, after) = world.next_owner(epoch);
            assert_ne!(next, owner, "{bad:?}");
            book.is_kept(engine(&world, next)).await;
            book.sell(engine(&world, next), 10).await;
            world.log.faults(|faults| faults.cut_off[owner] = false);
            port.is_frozen.store(false, Ordering::Relaxed);
            let over = world.wait(owner, |standing| matches!(standing, ClusterStanding::Over(_)));
            let ClusterStanding::Over(ClusterOver::Failed { code, why }) = over else { panic!("{over:?}") };
            let expected = match bad {
                Bad::CutOff | Bad::Frozen => Code::FENCED,
                Bad::Killed => Code::DEFECT,
                Bad::Disk => Code::DISK_FAILED,
            };
            assert_eq!(code, expected, "{bad:?}: {why}");
            let is_good = world.end(owner).1;
            assert!(!is_good, "{bad:?}: an engine that may have lost something says so");
            let failed = world.spots[owner].failed.lock().clone();
            let is_own_fault = bad == Bad::Disk;
            assert!(failed.is_some_and(|(is_forbidden, _)| is_forbidden != is_own_fault), "{bad:?}");
            let heard = unheard.try_recv().unwrap_or_default();
            let told = heard.iter().filter(|reply| matches!(reply, Reply::Answer(..) | Reply::Repeated(..)));
            assert_eq!(told.count(), 0, "{bad:?}: it was not the owner any more");
            if matches!(bad, Bad::Killed | Bad::Disk) {
                world.spots[owner].storage = world.spots[owner].storage.crash(epoch);
            }
            world.start(owner);
            (owner, epoch) = (next, after);
        }
        let others: Vec<usize> = (0..3).filter(|node| *node != owner).collect();
        for node in &others {
            let owned = format!("node-{owner}");
            world.wait(*node, |standing| match standing {
                ClusterStanding::Follower { owner: Some((name, _)), is_proven, .. } => {
                    *is_proven && **name == *owned
                }
                _ => false,
            });
        }
        // A planned end: somebody else goes on at once.
        assert_eq!(world.end(owner), (ClusterOver::HandedOver, true));
        let (last, _) = world.next_owner(epoch);
        book.is_kept(engine(&world, last)).await;
        book.sell(engine(&world, last), 5).await;
        for node in others {
            let (over, is_good) = world.end(node);
            let expected = if node == last { ClusterOver::HandedOver } else { ClusterOver::Stopped };
            assert_eq!((over, is_good), (expected, true));
        }
        let (records, epochs) = world.is_consistent();
        assert!(records > book.told.len() && epochs.len() >= 5, "{records} records, {epochs:?}");
    });
}
