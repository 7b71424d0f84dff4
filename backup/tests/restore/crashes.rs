//! A backup that is broken off at any of its steps is none, and is in nobody's way.

use holdfast_backup::{Source, check, drill, list, take};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::Storage;

use super::world::{Asked, back_up, directory, sell, served, tell};
use super::{FIRST, NOW, SECOND, sold};

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

#[test]
fn a_drill_that_is_broken_off_shows_nothing_and_leaves_the_backups_as_they_are() {
    let (_, target) = sold(true);
    let target_of = |target: &MemoryStorage| directory(target);
    let drilled = |target: &MemoryStorage, scratch: &MemoryStorage| {
        drill(&target_of(target), (None, NOW), &directory(scratch), &mut |_, _| Ok(()))
    };
    let (of_target, of_scratch) = (target.operations(), MemoryStorage::new());
    let known = drilled(&target, &of_scratch).unwrap();
    let reads = target.operations() - of_target;
    let before = whole(&target, 0);
    // What of it is stopped: where it is restored, or where the backup is read.
    let scratch_steps = (0..of_scratch.operations()).map(|step| (step, None));
    let target_steps = (0..reads).map(|step| (of_scratch.operations(), Some(step)));
    let (mut broken, mut steps) = (0, 0);
    for (on_scratch, on_target) in scratch_steps.chain(target_steps) {
        let (attempt, scratch) = (target.fork(), MemoryStorage::new());
        scratch.stop_after(on_scratch);
        on_target.into_iter().for_each(|step| attempt.stop_after(step));
        steps += 1;
        match drilled(&attempt, &scratch) {
            Err(_) => broken += 1,
            Ok(shown) => {
                assert_ne!(shown.faults, known.faults, "{on_scratch}, {on_target:?}: it was broken off");
            }
        }
        // Nothing was written where the backups are, and the next one shows all.
        let left = attempt.crash_losing_all();
        assert_eq!(whole(&left, steps), before);
        if steps % 16 == 0 {
            let again = drilled(&left, &MemoryStorage::new()).unwrap();
            assert_eq!((again.events, again.records), (known.events, known.records));
            assert_eq!(again.faults, known.faults);
        }
    }
    assert!(broken > 60, "{broken} of {steps}");
}
