//! Nodes that follow: what they show, refuse and keep, and what they do when they take over.

use std::time::{Duration, Instant};

use actix_rt::System;
use holdfast_engine::{
    Account, Answer, Ask, ClusterOver, ClusterRole, ClusterStanding, Code, Doing, Engine, HoldId, Holds,
    KeyRef, Millis, Places, Read, Reply, Seats, View, Write,
};
use holdfast_replica::{Position, ReplicatedLog as _};
use holdfast_testkit::Random;
use tokio::sync::oneshot;

use super::world::World;
use super::{HALL, name};

const PATIENCE: Duration = Duration::from_secs(60);

/// What is done with the event, in order, each under a key of its own.
async fn does(engine: &Engine, keyed: Vec<(String, Write)>) -> Vec<Reply> {
    let (done, answer) = oneshot::channel();
    let router = engine.router().clone();
    engine.arbiters()[0].spawn_fn(move || {
        actix_rt::spawn(async move {
            let mut session = router.session();
            for (key, write) in keyed {
                let key = KeyRef::new(key.as_bytes()).unwrap();
                if matches!(write, Write::Create) {
                    session.create(name("gala"), key, HALL);
                } else {
                    session.ask(name("gala"), |_| Ok(Ask::Write { key, write }));
                }
            }
            let _ = done.send(session.replies().await);
        });
    });
    actix_rt::time::timeout(PATIENCE, answer).await.expect("the engine answers").unwrap()
}

async fn sees(engine: &Engine, read: Read) -> Reply {
    let (done, answer) = oneshot::channel();
    let router = engine.router().clone();
    engine.arbiters()[0].spawn_fn(move || {
        actix_rt::spawn(async move {
            let mut session = router.session();
            session.ask(name("gala"), |_| Ok(Ask::Read(read)));
            let _ = done.send(session.replies().await);
        });
    });
    answer.await.unwrap().pop().unwrap()
}

fn hold(seat: u32, ttl: u64) -> Write {
    let (holder, seats) = (name("ann").to_name(), Seats::from_iter([seat]));
    Write::Hold { holder, ttl: Millis(ttl), seats, best: [].into(), places: Places::default() }
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < until, "it never comes: {what}");
        actix_rt::time::sleep(Duration::from_millis(5)).await;
    }
}

fn engine(world: &World, node: usize) -> &Engine {
    world.spots[node].engine.as_ref().unwrap()
}

/// Waits until a node shows all that another one has made durable.
async fn catches_up(world: &World, node: usize, owner: usize) {
    let durable = engine(world, owner).router().durable();
    until("a node that follows catches up", async || {
        let view = engine(world, node).router().cluster().unwrap();
        let over = world.standing(node);
        assert!(!matches!(over, Some(ClusterStanding::Over(_))), "node {node}: {over:?}");
        view.applied() >= durable
    })
    .await;
}

/// Everything that can be seen of the sale, as text.
async fn all_of(engine: &Engine) -> String {
    let mut seen = String::new();
    for read in [Read::Info, Read::Picture, Read::Map(None), Read::Count(None), Read::Hold(HoldId(3))] {
        match sees(engine, read).await {
            // When it was looked at is told as well.
            Reply::View(View::Info(info)) => seen += &format!("{:?} {:?}", info.version, info.status),
            Reply::View(View::Hold(hold)) => {
                seen += &format!("{:?}", hold.map(|hold| (hold.holder, hold.expires_at, hold.seats)));
            }
            other => seen += &format!("{other:?}"),
        }
    }
    seen
}

async fn are_alike(world: &World, one: usize, other: usize) -> bool {
    all_of(engine(world, one)).await == all_of(engine(world, other)).await
}

/// Sells at random: holds, some of which are given back or become orders.
async fn sells(engine: &Engine, random: &mut Random, from: u32) {
    let mut writes = Vec::new();
    for number in from..from + 40 {
        writes.push((format!("hold-{number}"), hold(random.below(1_900) as u32, 600_000)));
    }
    let mut more = Vec::new();
    for (number, reply) in does(engine, writes).await.into_iter().enumerate() {
        if let Reply::Answer(Answer::Hold { hold, .. }, _) = reply {
            match random.below(3) {
                0 => more.push((format!("release-{from}-{number}"), Write::Release { hold, part: None })),
                1 => {
                    let order = format!("order-{from}-{number}");
                    let write =
                        Write::Confirm { order: name(&order).to_name(), holds: Holds::from_iter([hold]) };
                    more.push((order, write));
                }
                _ => {}
            }
        }
    }
    does(engine, more).await;
}

#[test]
fn followers_show_what_the_owner_has_and_take_over_with_snapshots_of_their_own() {
    let mut world = World::new(21, 3);
    let mut random = Random::new(7);
    System::new().block_on(async {
        (0..3).for_each(|node| world.start(node));
        let (owner, epoch) = world.next_owner(0);
        does(engine(&world, owner), vec![("key".to_owned(), Write::Create)]).await;
        let follower = (owner + 1) % 3;
        for round in 0..6 {
            sells(engine(&world, owner), &mut random, round * 40).await;
            for node in (0..3).filter(|node| *node != owner) {
                catches_up(&world, node, owner).await;
                assert!(are_alike(&world, node, owner).await);
            }
            if round == 2 {
                engine(&world, follower).checkpoint();
            }
        }
        let view = engine(&world, follower).router().cluster().unwrap().clone();
        let known = view.figures();
        assert_eq!((known.role, known.epoch), (ClusterRole::Follower, epoch));
        assert_eq!(known.owner.unwrap().0, format!("node-{owner}").into());
        until("it knows the end of the log", async || view.reads().is_ok()).await;

        // It judges nothing, not even a repeat.
        let refused = does(
            engine(&world, follower),
            vec![
                ("hold-1".to_owned(), hold(1, 600_000)),
                ("new".to_owned(), hold(1_990, 600_000)),
                ("other".to_owned(), Write::Create),
            ],
        )
        .await;
        for reply in refused {
            let Reply::Fault(fault) = reply else { panic!("{reply:?}") };
            assert_eq!(fault.code, Code::FOLLOWS);
        }
        until("a snapshot of its own", async || engine(&world, follower).stats().checkpoint.is_some()).await;
        let stats = engine(&world, follower).stats();
        assert_eq!((stats.out_of_service, stats.checkpoint_failures), (0, 0));

        // Somebody waits for a version that is yet to come.
        let (router, done) = (engine(&world, follower).router().clone(), oneshot::channel());
        let Reply::View(View::Version(version)) = sees(engine(&world, owner), Read::Version).await else {
            panic!("a version")
        };
        let (tell, reached) = done;
        engine(&world, follower).arbiters()[0].spawn_fn(move || {
            actix_rt::spawn(async move {
                let waits =
                    |version, patience| router.wait_version(name("gala"), Account::NOBODY, version, patience);
                let late = waits(version + 1_000, Duration::from_millis(1)).await;
                let _ = tell.send((waits(version + 1, PATIENCE).await, late));
            });
        });
        // A hold that ends when the next node owns the log.
        let short = does(engine(&world, owner), vec![("short".to_owned(), hold(1_999, 1_000))]).await;
        assert!(matches!(short[..], [Reply::Answer(..)]), "{short:?}");
        let (reached, late) = reached.await.unwrap();
        assert!(reached.unwrap() > version);
        assert_eq!(late.unwrap_err().code, Code::NOT_REACHED);

        world.log.faults(|faults| faults.cut_off[owner] = true);
        let (next, after) = world.next_owner(epoch);
        assert!(next != owner && after > epoch);
        let ended = engine(&world, next).beats().into_iter().find(|beat| beat.doing == Doing::Ended);
        assert_eq!(ended, None, "a thread that has nothing left to do is not missed");
        until("what is due expires at the new owner", async || {
            !format!("{:?}", sees(engine(&world, next), Read::Seat(1_999)).await).contains("Held")
        })
        .await;
        sells(engine(&world, next), &mut random, 1_000).await;
        let last = (0..3).find(|node| ![owner, next].contains(node)).unwrap();
        catches_up(&world, last, next).await;
        assert!(are_alike(&world, last, next).await);
        // One that was cut off shows nothing that is old, and the former owner is one of those.
        let cut = engine(&world, owner).router().cluster().unwrap().clone();
        until("what it shows is old", async || cut.reads().is_err_and(|fault| fault.code == Code::STALE))
            .await;
        world.log.faults(|faults| faults.cut_off[owner] = false);
        world.wait(owner, |standing| matches!(standing, ClusterStanding::Over(_)));
        let _ = world.end(owner);

        // The audit of each node is whole, whoever owned the log.
        for node in [next, last] {
            until("the audit follows", async || {
                engine(&world, node).stats().audit.upto >= engine(&world, node).router().durable().0
            })
            .await;
            assert_eq!(engine(&world, node).stats().audit.trouble(), None);
        }
        assert_eq!(world.end(last), (ClusterOver::Stopped, true));
        world.start(last);
        catches_up(&world, last, next).await;
        assert_eq!(engine(&world, last).stats().audit.trouble(), None, "no line is missing after a restart");
        assert!(are_alike(&world, last, next).await);
        assert_eq!(world.end(last), (ClusterOver::Stopped, true));
        assert_eq!(world.end(next), (ClusterOver::HandedOver, true));
        world.is_consistent();
    });
}

/// The log forgets what is old and in snapshots. A node that needs it is refused, and goes on with the directory of another one.
#[test]
fn a_log_that_was_trimmed_refuses_a_node_that_it_does_not_reach_back_to() {
    let mut world = World::new(31, 2);
    world.keep = Millis(300);
    System::new().block_on(async {
        world.start(0);
        let (_, epoch) = world.next_owner(0);
        does(engine(&world, 0), vec![("key".to_owned(), Write::Create)]).await;
        let mut port = world.log.port(0);
        for round in 0.. {
            does(engine(&world, 0), vec![(format!("hold-{round}"), hold(round, 600_000))]).await;
            engine(&world, 0).checkpoint();
            actix_rt::time::sleep(Duration::from_millis(20)).await;
            if port.first() > Some(Position(1)) {
                break;
            }
            assert!(round < 1_500, "the log is never trimmed");
        }
        world.start(1);
        let standing = world.wait(1, |standing| matches!(standing, ClusterStanding::Over(_)));
        let ClusterStanding::Over(ClusterOver::Failed { code, why }) = standing else {
            panic!("{standing:?}")
        };
        assert_eq!(code, Code::LOG_TRIMMED, "{why}");
        let _ = world.end(1);

        assert_eq!(world.end(0), (ClusterOver::HandedOver, true));
        world.spots[1].storage = world.spots[0].storage.crash(1);
        (0..2).for_each(|node| world.start(node));
        let (owner, _) = world.next_owner(epoch);
        sells(engine(&world, owner), &mut Random::new(3), 2_000).await;
        catches_up(&world, 1 - owner, owner).await;
        assert!(are_alike(&world, 1 - owner, owner).await);
        for node in [1 - owner, owner] {
            assert!(world.end(node).1, "node {node}");
        }
    });
}
