//! A backup comes back as it was at any record of it, and nothing of a damaged one does.

#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod archive;
mod crashes;
mod reseeded;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_backup::{BackupError, Done, MISSING_FILE, Upto, Wanted, restore};
use holdfast_engine::{
    At, Branch, EventId, EventStatus, Identity, IdentityError, MemoryGauge, Recovery, RestoredSystem, Secret,
    Snapshots, Sources, recover,
};
use holdfast_snapshots::Store;
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{Lsn, Recovered, Storage, Tail};
use world::{back_up, directory, is_empty, records, sell, served, snapshot, tell};

/// Long after any of it.
const NOW: At = At(2_000_000_000_000);
/// When backups were taken: after all of it.
const FIRST: u64 = 1_999_000_000_001;
const SECOND: u64 = 1_999_000_000_002;

/// Two events that sold a little, with a snapshot in between or without, in a backup.
fn sold(with_snapshot: bool) -> (MemoryStorage, MemoryStorage) {
    let (disk, target) = (MemoryStorage::new(), MemoryStorage::new());
    let (own, to) = (disk.clone(), target.clone());
    served(&disk, async move |engine| {
        for event in ["gala", "ball"] {
            tell(engine, event, "create".to_owned(), world::Asked::Create).await;
            sell(engine, event, 0, 6).await;
        }
        if with_snapshot {
            snapshot(engine, &own).await;
        }
        sell(engine, "gala", 6, 5).await;
        sell(engine, "ball", 6, 5).await;
        back_up(engine, &own, &to, FIRST);
    });
    (disk, target)
}

fn to_lsn(target: &MemoryStorage, upto: Upto, to: &MemoryStorage) -> Result<Done, BackupError> {
    let wanted = Wanted { name: None, upto, archive: None, now: NOW };
    restore(&directory(target), &wanted, &directory(to), &mut |_, _| Ok(()))
}

/// Brings all of a directory back whose log was closed, as a start would.
fn brought_back(disk: &MemoryStorage) -> (Lsn, Recovery) {
    let (log, recovery) = all_of(disk);
    assert_eq!(*log.tail(), Tail::Sealed);
    (log.last_lsn(), recovery)
}

fn all_of(disk: &MemoryStorage) -> (Recovered, Recovery) {
    let storage = directory(disk);
    let secret = Secret::new(&Identity::open(&storage, [0; 32]).unwrap().secret);
    let store = Store::open(Arc::clone(&storage)).unwrap();
    let snapshots = Snapshots::find(&store).unwrap().waking_all();
    let log = Recovered::scan(&storage, snapshots.replay_from(), snapshots.witness()).unwrap();
    let sources = Sources { storage: &storage, store: &store, snapshots: &snapshots, log: &log };
    let recovery = recover(sources, &MemoryGauge::default(), secret.tables(), 1).unwrap();
    assert!(recovery.report.alarms.is_empty() && recovery.report.lost.is_empty(), "{:?}", recovery.report);
    (log, recovery)
}

#[test]
fn it_is_restored_to_each_record_and_is_what_it_was_then() {
    for with_snapshot in [false, true] {
        let (disk, target) = sold(with_snapshot);
        let all = records(&disk);
        let last_of_backup = to_lsn(&target, Upto::End, &MemoryStorage::new()).unwrap().branch.from_lsn - 1;
        let snapshot = Snapshots::find(&Store::attach(directory(&disk))).unwrap().newest();
        assert_eq!(snapshot > Lsn::ZERO, with_snapshot);
        let mut then = BTreeMap::new();
        for (lsn, event, digest) in all.into_iter().filter(|(lsn, ..)| lsn.0 <= last_of_backup) {
            then.insert(event, digest);
            let restored = MemoryStorage::new();
            let done = to_lsn(&target, Upto::Lsn(lsn.0), &restored).unwrap();
            // All of it is durable.
            let restored = restored.crash_losing_all();
            let (last, recovery) = brought_back(&restored);
            assert_eq!(last, lsn);
            let RestoredSystem::There { system, .. } = &recovery.system else {
                panic!("{:?}", recovery.system)
            };
            assert_eq!(Some(&system.digest()), then.get(&EventId::SYSTEM), "record {lsn:?}");
            let events: BTreeMap<_, _> =
                recovery.events.iter().map(|restored| (restored.id, restored.event.digest())).collect();
            let sales: BTreeMap<_, _> = then
                .iter()
                .filter(|(id, _)| **id != EventId::SYSTEM)
                .map(|(id, digest)| (*id, *digest))
                .collect();
            assert_eq!(events, sales, "record {lsn:?}");
            recovery.events.iter().for_each(|restored| restored.event.check().unwrap());
            assert_eq!(done.branch.from_lsn, lsn.0 + 1);
            assert_eq!(done.branch.number, NOW.0 / 1_000);
            let identity = Identity::of_copy(&directory(&restored)).unwrap();
            assert_eq!(identity.branch, done.branch);
            // What is missing is written down, line by line.
            let lines = restored.durable(MISSING_FILE).unwrap_or_default();
            let lines = lines.iter().filter(|byte| **byte == b'\n').count() as u64;
            assert_eq!(lines, done.missing.changes);
            assert_eq!(done.missing.changes == 0, done.missing.events.is_empty());
            assert!(done.missing.events.iter().all(|of| ["gala", "ball"].contains(&&*of.event)));
        }
    }
}

#[test]
fn times_and_versions_lead_to_their_records() {
    let (disk, target) = sold(false);
    let log = Recovered::scan(&directory(&disk), Lsn(1), None).unwrap();
    let mut stamps = Vec::new();
    for group in log.groups(Lsn(1)) {
        for (lsn, bytes) in group.unwrap().records() {
            stamps.push((
                lsn,
                holdfast_engine::at_of(bytes).unwrap(),
                holdfast_engine::version_of(bytes).unwrap(),
            ));
        }
    }
    let end = to_lsn(&target, Upto::End, &MemoryStorage::new()).unwrap().branch.from_lsn - 1;
    stamps.retain(|(lsn, ..)| lsn.0 <= end);
    for (lsn, at, (event, version)) in &stamps {
        let newest = stamps.iter().filter(|(_, other, _)| other <= at).map(|(lsn, ..)| lsn.0).max();
        let done = to_lsn(&target, Upto::Time(*at), &MemoryStorage::new()).unwrap();
        assert_eq!(Some(done.branch.from_lsn - 1), newest, "of two at the same time the last");
        let (1 | 2, Some(version)) = (event.0, version) else { continue };
        let name = if event.0 == 1 { "gala" } else { "ball" };
        let done = to_lsn(&target, Upto::Version(name.to_owned(), *version), &MemoryStorage::new()).unwrap();
        assert_eq!(done.branch.from_lsn, lsn.0 + 1, "{name} {version}");
        assert_eq!(
            done.branch.at,
            stamps.iter().filter(|(other, ..)| other <= lsn).map(|(_, at, _)| *at).max().unwrap()
        );
    }
    for wrong in [
        Upto::Lsn(0),
        Upto::Lsn(end + 1),
        Upto::Version("gala".to_owned(), 999),
        Upto::Version("none".to_owned(), 1),
        Upto::Time(At(0)),
        Upto::Time(At(FIRST + 1)),
    ] {
        let to = MemoryStorage::new();
        let refused = to_lsn(&target, wrong.clone(), &to);
        assert!(matches!(refused, Err(BackupError::NotThere { .. })), "{wrong:?}: {refused:?}");
        assert!(is_empty(&to));
    }
}

#[test]
fn an_older_backup_has_what_the_newest_has_no_more() {
    let (disk, target) = (MemoryStorage::new(), MemoryStorage::new());
    let (own, to) = (disk.clone(), target.clone());
    served(&disk, async move |engine| {
        tell(engine, "gala", "create".to_owned(), world::Asked::Create).await;
        sell(engine, "gala", 0, 4).await;
        back_up(engine, &own, &to, FIRST);
        for round in 0..3 {
            sell(engine, "gala", 10 + 10 * round, 8).await;
            snapshot(engine, &own).await;
        }
        // Only what recovery needs is kept.
        let log = engine.router().seal().unwrap();
        assert!(!log.is_empty());
        back_up(engine, &own, &to, SECOND);
    });
    let early = to_lsn(&target, Upto::Version("gala".to_owned(), 3), &MemoryStorage::new()).unwrap();
    let late = to_lsn(&target, Upto::End, &MemoryStorage::new()).unwrap();
    assert_eq!(late.manifest.name, format!("backup-{SECOND}"));
    assert!(late.missing.events.is_empty());
    // The newest one has it as long as its log reaches back to the beginning.
    assert!(early.missing.events[0].versions.0 == 4 && !early.missing.events[0].orders.is_empty());
    let named = Wanted {
        name: Some(&*format!("backup-{FIRST}")),
        upto: Upto::Version("gala".to_owned(), 20),
        archive: None,
        now: NOW,
    };
    let refused = restore(&directory(&target), &named, &directory(&MemoryStorage::new()), &mut |_, _| Ok(()));
    assert!(matches!(refused, Err(BackupError::NotThere { .. })), "{refused:?}");
}

#[test]
fn every_damage_is_found_before_anything_is_written() {
    let (_, target) = sold(true);
    let (other_disk, other) = sold(true);
    drop(other_disk);
    let manifest = to_lsn(&target, Upto::End, &MemoryStorage::new()).unwrap().manifest;
    let refused = |target: &MemoryStorage, what: &str, path: &str| {
        for upto in [Upto::End, Upto::Lsn(9)] {
            let to = MemoryStorage::new();
            let refused = to_lsn(target, upto, &to);
            let Err(BackupError::Damaged(message)) = refused else { panic!("{what} {path}: {refused:?}") };
            assert!(message.contains(path), "{what} {path}: {message}");
            assert!(is_empty(&to), "{what} {path}");
        }
    };
    for file in &manifest.files {
        let path = format!("{}/{}", manifest.name, file.path);
        let good = target.read(&path).unwrap().to_vec();
        let swapped = other.read(&path).unwrap().to_vec();
        let damaged = |bytes: Option<&[u8]>| {
            let damaged = target.fork();
            damaged.remove(&path).unwrap();
            bytes.into_iter().for_each(|bytes| damaged.put(&path, bytes));
            damaged
        };
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut flipped = good.clone();
            flipped[at] ^= 1;
            refused(&damaged(Some(&flipped)), "a flipped bit in", &file.path);
        }
        refused(&damaged(Some(&good[..good.len() / 2])), "half of", &file.path);
        refused(&damaged(None), "without", &file.path);
        if swapped != good {
            refused(&damaged(Some(&swapped)), "another backup's", &file.path);
        }
    }
}

#[test]
fn a_directory_that_has_something_in_it_is_refused() {
    let (_, target) = sold(false);
    for path in ["something", "identity", "wal/00000000000000000009.wal", "snapshots/pack-1"] {
        let to = MemoryStorage::new();
        to.create_dir("wal").unwrap();
        to.create_dir("snapshots").unwrap();
        to.put(path, b"x");
        assert!(matches!(to_lsn(&target, Upto::Lsn(5), &to), Err(BackupError::NotEmpty(_))), "{path}");
        assert_eq!(to.read(path).unwrap().to_vec(), b"x");
    }
}

#[test]
fn a_crash_at_any_step_leaves_a_directory_that_no_server_starts_on_or_a_whole_one() {
    let (disk, target) = sold(true);
    let last = records(&disk).len() as u64;
    let lsn = last - 4;
    let make = |to: &MemoryStorage| to_lsn(&target, Upto::Lsn(lsn), to).map(|_| Lsn(lsn));
    let refused = |error: &IdentityError| matches!(error, IdentityError::Foreign(_));
    crashed_at_every_step(40, make, |left| brought_back(left).0, refused);
}

/// What makes a directory ends at each of its steps, of which there are more than `least`. What is left is empty, is refused by a start in one of these
/// ways, or is up to the record that was promised.
fn crashed_at_every_step(
    least: u64,
    make: impl Fn(&MemoryStorage) -> Result<Lsn, BackupError>,
    last_of: impl Fn(&MemoryStorage) -> Lsn,
    is_refused: impl Fn(&IdentityError) -> bool,
) {
    let whole = MemoryStorage::new();
    let last = make(&whole).unwrap();
    let (mut steps, mut refused, mut starts) = (whole.operations(), 0, 0);
    assert!(steps > least, "{steps} steps");
    while steps > 0 {
        steps -= 1;
        let to = MemoryStorage::new();
        to.stop_after(steps);
        assert!(make(&to).is_err(), "step {steps}");
        for left in [to.crash_losing_all(), to.crash_keeping_all(), to.crash(steps)] {
            match Identity::open(&directory(&left.fork()), [9; 32]) {
                // Nothing was durable yet: it is empty, and a start makes a new directory.
                Ok(identity) if identity.id == [9; 16] => assert!(is_empty(&left), "step {steps}"),
                Ok(_) => {
                    starts += 1;
                    assert_eq!(last_of(&left), last, "step {steps}");
                }
                Err(error) if is_refused(&error) => refused += 1,
                Err(error) => panic!("step {steps}: {error}"),
            }
        }
    }
    assert!(refused > least && starts > 0, "{refused} are refused, {starts} are whole");
}

#[test]
fn the_first_start_pauses_what_was_open_once_and_knows_its_branch() {
    let (_, target) = sold(true);
    let restored = MemoryStorage::new();
    let done = to_lsn(&target, Upto::End, &restored).unwrap();
    let branch_of = |engine: &holdfast_engine::Engine| engine.stats().system.system.unwrap().branch();
    let told = served(&restored, async move |engine| {
        // Before anybody was let in.
        let paused = statuses(engine).await;
        assert_eq!(paused, [EventStatus::Paused, EventStatus::Paused]);
        assert_eq!(branch_of(engine), done.branch);
        tell(engine, "gala", "resume".to_owned(), resume()).await;
        // Sold seats stay sold, keys are known, and what comes is new.
        sell(engine, "gala", 40, 4).await;
        engine.router().durable()
    });
    assert!(told > Lsn(done.branch.from_lsn));
    served(&restored, async move |engine| {
        assert_eq!(
            statuses(engine).await,
            [EventStatus::Open, EventStatus::Paused],
            "only the first start pauses"
        );
        assert_eq!(branch_of(engine), done.branch);
    });
    // Restored once more, it is another branch.
    let again = MemoryStorage::new();
    let (own, backups) = (restored.clone(), MemoryStorage::new());
    let to = backups.clone();
    served(&restored, async move |engine| drop(back_up(engine, &own, &to, FIRST)));
    let second = to_lsn(&backups, Upto::End, &again).unwrap();
    assert_eq!(second.branch.number, done.branch.number + 1, "within the same second too");
    assert_ne!(second.branch, Branch::FIRST);
}

fn resume() -> world::Asked {
    status(holdfast_engine::StatusAction::Resume)
}

fn pause() -> world::Asked {
    status(holdfast_engine::StatusAction::Pause)
}

fn status(action: holdfast_engine::StatusAction) -> world::Asked {
    let operator = world::name("olga").to_name();
    world::Asked::Write(holdfast_engine::Write::SetStatus { action, operator, reason: "seen to".into() })
}

async fn statuses(engine: &holdfast_engine::Engine) -> Vec<EventStatus> {
    let router = engine.router().clone();
    let (done, answer) = tokio::sync::oneshot::channel();
    engine.arbiters()[0].spawn_fn(move || {
        actix_rt::spawn(async move {
            let mut session = router.session();
            session.list(0, 10, |_, _| true);
            let _ = done.send(session.replies().await.pop());
        });
    });
    match answer.await.unwrap() {
        Some(holdfast_engine::Reply::Events { events, .. }) => {
            events.into_iter().map(|(_, status)| status).collect()
        }
        other => panic!("{other:?}"),
    }
}
