//! A backup that is broken off at any of its steps is none, and is in nobody's way.

use holdfast_backup::{Source, check, list, take};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::Storage;

use super::world::{Asked, back_up, directory, sell, served, tell};
use super::{FIRST, SECOND};

/// The names of the backups that there are, each of which is whole.
fn whole(target: &MemoryStorage, step: u64) -> Vec<String> {
    let name = |manifest: Result<holdfast_backup::Manifest, _>| {
        let name = manifest.unwrap_or_else(|error| panic!("step {step}: {error}")).name;
        let (_, faults) = check(target, Some(&name), &mut |_, _| Ok(())).unwrap();
        assert!(faults.is_empty(), "step {step}: {faults:?}");
        name
    };
    list(target).unwrap().into_iter().map(name).collect()
}

#[test]
fn a_crash_at_any_step_of_a_backup_leaves_those_before_and_no_half_one() {
    let (disk, target) = (MemoryStorage::new(), MemoryStorage::new());
    let (own, to) = (disk.clone(), target.clone());
    served(&disk, async move |engine| {
        tell(engine, "gala", "create".to_owned(), Asked::Create).await;
        sell(engine, "gala", 0, 4).await;
        let first = back_up(engine, &own, &to, FIRST).name;
        let source = Source { storage: directory(&own), router: engine.router().clone() };
        let name = format!("backup-{SECOND}");
        let second = |to: &MemoryStorage| take(&source, to, (&name, SECOND, 1), &mut |_, _| Ok(()));
        let (mut step, mut there) = (0, 0);
        loop {
            let attempt = to.fork();
            attempt.stop_after(step);
            let done = second(&attempt).is_ok();
            for left in [attempt.crash_losing_all(), attempt.crash_keeping_all(), attempt.crash(step)] {
                let found = whole(&left, step);
                there += u64::from(found.len() == 2);
                assert!(found == [first.clone()] || found == [first.clone(), name.clone()], "{found:?}");
                // Nobody was told that it is there, or it is.
                assert!(!done || found.len() == 2, "step {step}");
                // The next one puts away what is left, and is whole.
                left.heal();
                if found.len() == 1 {
                    second(&left).unwrap_or_else(|error| panic!("step {step}: {error}"));
                }
                assert_eq!(whole(&left, step), [first.clone(), name.clone()]);
                let expected = [&first, &name].map(|name| format!("{name}.json"));
                assert_eq!(left.list("").unwrap(), expected, "step {step}");
            }
            if done {
                break;
            }
            step += 1;
        }
        assert!(step > 40 && there > 0, "{step} steps");
    });
}
