//! An archive on a medium that stops at any of its operations: a segment that it says it has is whole, and the next try goes on.

use std::sync::Arc;

use holdfast_engine::{At, Identity};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::{KeptAs, KeptSegment, Lsn, Storage};

use super::Archived;
use super::store::{Grown, add, drop_oldest, list, settle};
use crate::check::fault_at;
use crate::copy::Count;
use crate::error::BackupError;
use crate::manifest::FileOf;

fn identity() -> Identity {
    let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    Identity::open(&disk, [3; 32]).unwrap()
}

/// Copies a segment of ten records; its bytes tell which.
fn copy(archive: &MemoryStorage, of: &Identity, number: u64) -> Result<Archived, BackupError> {
    let (first, last) = (Lsn(10 * number), Some(Lsn(10 * number + 9)));
    let kept = KeptSegment { number, first, last, kept_as: KeptAs::Sealed, weight: 1, edition: 0 };
    let grown = Grown { lines: format!("line {number}\n").into_bytes(), head: None };
    let mut count = Count { done: 0, of: 0, step: &mut |_, _| Ok(()) };
    add(archive, of, (&kept, &[number as u8; 3_000]), &grown, At(number), &mut count)
}

/// The segments that an archive says it has. Each of them is whole, with its lines.
fn whole(archive: &MemoryStorage, of: &Identity, step: u64) -> Vec<u64> {
    let branch = of.branch.number;
    let all = list(archive, of).unwrap_or_else(|error| panic!("step {step}: {error}"));
    for one in &all {
        let Archived { bytes, sha256, .. } = one.clone();
        let lines = one.lines_behind(0, branch);
        for file in lines.into_iter().chain([FileOf { path: one.path(branch), bytes, sha256 }]) {
            let mut count = Count { done: 0, of: 0, step: &mut |_, _| Ok(()) };
            assert_eq!(fault_at(archive, &file.path, &file, &mut count).unwrap(), None, "step {step}");
        }
    }
    all.iter().map(|one| one.segment).collect()
}

/// What a medium may have after a crash.
fn left(of: &MemoryStorage, step: u64) -> impl Iterator<Item = MemoryStorage> {
    let some = (0..20).map(move |seed| of.crash(20 * step + seed));
    [of.crash_losing_all(), of.crash_keeping_all()].into_iter().chain(some)
}

#[test]
fn a_crash_at_any_step_of_a_copy_leaves_those_before_and_no_half_one() {
    let (of, base) = (identity(), MemoryStorage::new());
    copy(&base, &of, 1).unwrap();
    let (mut step, mut there) = (0, 0);
    loop {
        let archive = base.fork();
        archive.stop_after(step);
        let done = copy(&archive, &of, 2).is_ok();
        for left in left(&archive, step) {
            let found = whole(&left, &of, step);
            assert!(found == [1] || found == [1, 2], "step {step}: {found:?}");
            assert!(!done || found.len() == 2, "step {step}: what was told is there");
            there += u64::from(!done && found.len() == 2);
            // The power is cut soon after the next start.
            settle(&left, &of).unwrap();
            if found.len() == 1 {
                copy(&left, &of, 2).unwrap_or_else(|error| panic!("step {step}: {error}"));
            }
            assert_eq!(whole(&left.crash_losing_all(), &of, step), [1, 2], "step {step}");
        }
        if done {
            break;
        }
        step += 1;
    }
    assert!(step > 15 && there > 0, "{step} steps");
}

#[test]
fn a_crash_while_the_oldest_goes_leaves_no_half_one() {
    let (of, base) = (identity(), MemoryStorage::new());
    let oldest = copy(&base, &of, 1).unwrap();
    copy(&base, &of, 2).unwrap();
    let mut step = 0;
    loop {
        let archive = base.fork();
        archive.stop_after(step);
        let done = drop_oldest(&archive, of.branch.number, &oldest).is_ok();
        for left in left(&archive, step) {
            let found = whole(&left, &of, step);
            assert!(found == [1, 2] || found == [2], "step {step}: {found:?}");
            if found.len() == 2 {
                drop_oldest(&left, of.branch.number, &oldest).unwrap();
                assert_eq!(whole(&left, &of, step), [2], "step {step}");
            }
        }
        if done {
            break;
        }
        step += 1;
    }
    assert!(step > 2, "{step} steps");
}
