//! An archive brings a backup forward: to any record since, over segments that the log has let go of, and past no gap.

use std::sync::Arc;
use std::time::Duration;

use holdfast_backup::{ArchivePolicy, Archiver, BackupError, Done, Source, Upto, Wanted, restore};
use holdfast_engine::{Code, Engine, Millis};
use holdfast_testkit::{Fault as DiskFault, MemoryStorage};
use holdfast_wal::{Lsn, Storage};

use super::world::{back_up, directory, is_empty, records, sell, served_as, snapshot, tell};
use super::{FIRST, NOW, brought_back};

fn archiving(engine: &Engine, disk: &MemoryStorage, archive: &MemoryStorage) -> Archiver {
    let to = archive.clone();
    let policy = ArchivePolicy {
        open: Arc::new(move || Ok(directory(&to))),
        every: Duration::ZERO,
        keep: Millis(u64::MAX),
    };
    let source = Source { storage: directory(disk), router: engine.router().clone() };
    Archiver::start(source, engine.identity().clone(), policy).unwrap()
}

/// Waits until all sales that there are by now are archived. What the process tells of itself may stand behind them, and waits for the next.
async fn archived(engine: &Engine) {
    let router = engine.router();
    let is_archived = || {
        // Asked first: a segment may be sealed between two looks, and its sales count as archived only when it is.
        if router.has_unsealed_sales().unwrap() {
            return false;
        }
        let sealed = router.sealed().last().and_then(|segment| segment.last);
        let upto = engine.stats().archive.map(|stats| stats.upto);
        upto.is_some() && upto >= sealed
    };
    while !is_archived() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A backup, and an archive of what was sold since, while snapshots let the log go.
fn sold() -> (MemoryStorage, MemoryStorage, MemoryStorage, Vec<(Lsn, u64)>) {
    let (disk, target, archive) = (MemoryStorage::new(), MemoryStorage::new(), MemoryStorage::new());
    let (own, to, into) = (disk.clone(), target.clone(), archive.clone());
    let digests = served_as(&disk, true, async move |engine| {
        tell(engine, "gala", "create".to_owned(), super::world::Asked::Create).await;
        sell(engine, "gala", 0, 4).await;
        let archiver = archiving(engine, &own, &into);
        back_up(engine, &own, &to, FIRST);
        for round in 0..4 {
            sell(engine, "gala", 10 + 10 * round, 6).await;
            archived(engine).await;
            snapshot(engine, &own).await;
        }
        archived(engine).await;
        archiver.stop();
        // Before anything is let go of, all of it is there to be compared.
        records(&own.fork())
            .into_iter()
            .filter(|(_, event, _)| event.0 == 1)
            .map(|(lsn, _, digest)| (lsn, digest))
            .collect()
    });
    (disk, target, archive, digests)
}

fn restored(
    target: &MemoryStorage,
    archive: &MemoryStorage,
    upto: Upto,
    to: &MemoryStorage,
) -> Result<Done, BackupError> {
    let archive = directory(archive);
    let wanted = Wanted { name: None, upto, archive: Some(&archive), now: NOW };
    restore(&directory(target), &wanted, &directory(to), &mut |_, _| Ok(()))
}

#[test]
fn a_backup_is_brought_forward_to_each_record_since() {
    let (_, target, archive, digests) = sold();
    let end_of_backup = {
        let to = MemoryStorage::new();
        let wanted = Wanted { name: None, upto: Upto::End, archive: None, now: NOW };
        restore(&directory(&target), &wanted, &directory(&to), &mut |_, _| Ok(())).unwrap().branch.from_lsn
            - 1
    };
    let end = restored(&target, &archive, Upto::End, &MemoryStorage::new()).unwrap().branch.from_lsn - 1;
    let since: Vec<_> = digests.iter().filter(|(lsn, _)| lsn.0 > end_of_backup && lsn.0 <= end).collect();
    assert!(since.len() > 30, "{} records, up to {end}", since.len());
    for (lsn, digest) in since {
        let to = MemoryStorage::new();
        restored(&target, &archive, Upto::Lsn(lsn.0), &to).unwrap();
        let (last, recovery) = brought_back(&to.crash_losing_all());
        assert_eq!((last, recovery.events[0].event.digest()), (*lsn, *digest));
    }
}

#[test]
fn what_is_damaged_or_missing_in_the_archive_is_noticed() {
    let (_, target, archive, _) = sold();
    let whole = restored(&target, &archive, Upto::End, &MemoryStorage::new()).unwrap().branch.from_lsn;
    let names = archive.list("branch-1").unwrap();
    let copies: Vec<_> = names.iter().filter(|name| name.ends_with(".wal")).collect();
    assert!(copies.len() >= 4 && names.len() > 2 * copies.len(), "{names:?}");
    for name in &names {
        let (path, to) = (format!("branch-1/{name}"), MemoryStorage::new());
        let damaged = archive.fork();
        let middle = damaged.read(&path).unwrap().len() as u64 / 2;
        damaged.flip_bit(&path, 8 * middle).unwrap();
        match restored(&target, &damaged, Upto::End, &to) {
            Ok(done) => assert_eq!(done.branch.from_lsn, whole, "{name} is before the backup's end"),
            // What a file says may be what is damaged: then it is not what was written that does not fit.
            Err(BackupError::Damaged(what)) => {
                assert!(what.contains(path.split('.').next().unwrap()), "{what}");
            }
            Err(BackupError::Manifest { path: of, .. }) => assert_eq!(of, path),
            Err(error) => panic!("{name}: {error}"),
        }
        // Without the file that says what it is, a copy is none: what is behind it is not reached.
        let gap = archive.fork();
        gap.remove(&path).unwrap();
        let reached = match restored(&target, &gap, Upto::End, &MemoryStorage::new()) {
            Ok(done) => done.branch.from_lsn,
            Err(BackupError::Damaged(what)) => {
                assert!(what.contains("missing") && !name.ends_with(".json"), "{name}: {what}");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        assert!(reached <= whole, "{name}");
    }
    let foreign = MemoryStorage::new();
    foreign.create_dir("branch-1").unwrap();
    let note = names.iter().find(|name| name.ends_with(".json")).unwrap();
    let text = String::from_utf8(archive.read(&format!("branch-1/{note}")).unwrap().to_vec()).unwrap();
    foreign.put(&format!("branch-1/{note}"), text.replace("030303", "040404").as_bytes());
    let to = MemoryStorage::new();
    let refused = restored(&target, &foreign, Upto::End, &to);
    assert!(matches!(refused, Err(BackupError::Manifest { .. })), "{refused:?}");
    assert!(is_empty(&to));
}

/// So many lines of the audit that the log notes them before the server ends.
const ACTS: u64 = 80;

#[test]
fn the_audit_comes_along_so_that_nothing_seems_to_be_missing_in_it() {
    let (disk, target, archive) = (MemoryStorage::new(), MemoryStorage::new(), MemoryStorage::new());
    let (own, to, into) = (disk.clone(), target.clone(), archive.clone());
    let (noted, upto) = served_as(&disk, true, async move |engine| {
        tell(engine, "gala", "create".to_owned(), super::world::Asked::Create).await;
        let archiver = archiving(engine, &own, &into);
        back_up(engine, &own, &to, FIRST);
        for act in 0..ACTS {
            let ask = if act % 2 == 0 { super::pause() } else { super::resume() };
            tell(engine, "gala", format!("act-{act}"), ask).await;
        }
        while engine.stats().audit.noted < 64 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The record that notes it is archived with what is sold behind it.
        sell(engine, "gala", 0, 4).await;
        archived(engine).await;
        let noted = engine.stats().audit.noted;
        archiver.stop();
        (noted, engine.stats().archive.unwrap().upto)
    });
    for upto in [Upto::End, Upto::Lsn(upto.0), Upto::Lsn(upto.0 / 2), Upto::Lsn(upto.0 - 9)] {
        let to = MemoryStorage::new();
        restored(&target, &archive, upto.clone(), &to).unwrap();
        let verdict = holdfast_audit::verify(&to, None, &[], &mut |_| {}).unwrap();
        assert!(verdict.faults.is_empty(), "{upto:?}: {:?}", verdict.faults);
        assert!(upto != Upto::End || verdict.head().seq >= noted, "{} of {noted}", verdict.head());
        let there = verdict.head().seq;
        let (damage, gaps) = served_as(&to, false, async move |engine| {
            while engine.stats().audit.head.seq <= there {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            (engine.stats().audit.damage, engine.stats().audit.gaps)
        });
        assert_eq!((damage, gaps), (None, 0), "{upto:?}");
    }
}

#[test]
fn while_the_archive_is_away_log_is_kept_and_sales_go_on() {
    let (disk, archive) = (MemoryStorage::new(), MemoryStorage::new());
    let (own, into) = (disk.clone(), archive.clone());
    served_as(&disk, true, async move |engine| {
        tell(engine, "gala", "create".to_owned(), super::world::Asked::Create).await;
        into.inject(DiskFault::Always { operation: None, under: String::new(), nth: 1 });
        let archiver = archiving(engine, &own, &into);
        while engine.stats().archive.is_none_or(|stats| stats.failing.is_none()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for round in 0..4 {
            sell(engine, "gala", 10 * round, 6).await;
            snapshot(engine, &own).await;
        }
        let stats = engine.stats().archive.unwrap();
        assert_eq!(stats.failing.map(|(code, _)| code), Some(Code::JOB_FAILED));
        assert!(stats.waiting_since.is_some() && stats.failures > 0);
        assert_eq!(engine.router().sealed()[0].first, Lsn(1), "nothing is let go of");
        into.heal();
        archived(engine).await;
        archiver.stop();
        let stats = engine.stats().archive.unwrap();
        assert!(stats.failing.is_none() && stats.lost == 0 && stats.copied > 3, "{stats:?}");
    });
}
