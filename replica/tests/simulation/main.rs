//! Three nodes over a log in memory, with everything that goes wrong with a log, a network, a disk and a process, from a seed.
//!
//! The product's machines run; the log, the disks and the clock are replaced. Checked, by a second reading of the rule that shares no code
//! with the first (`truth`):
//!
//! - The same seed twice is the same history. Nothing else is worth looking at before.
//! - Every operation that somebody was told of is in the valid log, at the position where its owner said it was, once.
//! - No two processes own the same epoch, and none answers in the epoch of another. None that follows names itself as the owner.
//! - What a node has on its disk is the beginning of the valid log, message by message.
//! - Each record was judged on exactly the records that stand before it, and their numbers have no gaps.
//! - When all is well again, somebody owns the log within ten seconds, answers, and all nodes have the same.
//! - A log that forgets what a majority had is noticed: what is missing is on the disk of a node that says that it differs. Where the log has also given the
//!   place to somebody else, its owner may not know yet (`tests/alike.rs`): then it has it on its disk, and another node says so. These runs are counted, and few.
//!
//! `breaks` has the deliberate breaks, each of which has to be noticed. `HOLDFAST_REPLICA_SEEDS` is how many seeds (2,000),
//! `HOLDFAST_REPLICA_FIRST` the first (0), `HOLDFAST_REPLICA_STEP` how far it is to the next (1; 8 from 5 on: those whose log forgets).

#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "helpers of tests")]

mod breaks;
mod disk;
mod ledger;
mod process;
mod truth;
mod weather;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use breaks::Break;
use world::{Ran, World};

/// So many seeds that break a promise are looked for before the run stops.
const SHOWN_MAX: usize = 64;

fn number(variable: &str, otherwise: u64) -> u64 {
    let Ok(text) = std::env::var(variable) else { return otherwise };
    text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, and has to be a number"))
}

/// Runs a seed. An error says what promise was broken.
fn run(seed: u64, broken: Option<Break>) -> Result<Ran, String> {
    let ran = catch_unwind(AssertUnwindSafe(|| World::new(seed, broken).run()));
    ran.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).into())).unwrap_or_default())
    })
}

#[test]
fn the_same_seed_twice_is_the_same_history() {
    for seed in 0..24 {
        let runs = [run(seed, None), run(seed, None)];
        let [Ok(one), Ok(two)] = runs else { panic!("seed {seed}: {runs:?}") };
        assert_eq!(one.history, two.history, "seed {seed} takes another way the second time");
    }
}

#[test]
fn promises_are_kept_whatever_goes_wrong() {
    let (first, seeds) = (number("HOLDFAST_REPLICA_FIRST", 0), number("HOLDFAST_REPLICA_SEEDS", 2_000));
    let step = number("HOLDFAST_REPLICA_STEP", 1);
    let (next, sum, failed) =
        (AtomicU64::new(first), Mutex::new(world::Stats::default()), Mutex::new(Vec::new()));
    let work = || {
        let mut own = world::Stats::default();
        loop {
            let seed = next.fetch_add(step, Relaxed);
            if seed >= first + seeds || failed.lock().unwrap().len() >= SHOWN_MAX {
                break;
            }
            match run(seed, None) {
                Ok(ran) => own.add(&ran.stats),
                Err(why) => failed.lock().unwrap().push((seed, why)),
            }
        }
        sum.lock().unwrap().add(&own);
    };
    thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap();
    for (seed, why) in &failed {
        println!("seed {seed}: {why}");
    }
    if let Some((seed, why)) = failed.first() {
        panic!(
            "seed {seed}: {why}\nagain with:\n    HOLDFAST_REPLICA_FIRST={seed} HOLDFAST_REPLICA_SEEDS=1 \
             cargo test -p holdfast-replica --test simulation promises"
        );
    }
    let sum = sum.into_inner().unwrap();
    println!("{seeds} seeds from {first}: {sum:?}");
    assert!(sum.unaware <= 1 + seeds / 10_000, "owners are unaware of what others notice too often: {sum:?}");
    assert!(seeds / step < 500 || sum.rarest() > 0, "something never happened: {sum:?}");
}

/// Each break has to be noticed by the check that it is the business of. How many seeds that takes is printed.
#[test]
fn every_break_is_noticed() {
    for broken in Break::ALL {
        let mut others = Vec::new();
        let noticed = (0..400).find_map(|seed| {
            let why = run(seed, Some(broken)).err()?;
            let is_it = broken.is_noticed_by(&why);
            if !is_it {
                others.push(why.clone());
            }
            is_it.then_some((seed, why))
        });
        let Some((seed, why)) = noticed else { panic!("{broken:?}: nobody notices; besides: {others:#?}") };
        println!("{broken:?}: noticed after {} seeds (and {} others): {why}", seed + 1, others.len());
    }
}
