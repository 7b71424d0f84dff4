//! Whole histories of a server in one process and on one thread: clients, time, crashes and faults, all from a seed.
//!
//! The real events, log, snapshots and recovery run over a disk in memory. Checked against a naive model:
//!
//! - The same seed twice is the same history, byte for byte. Nothing else is worth looking at before.
//! - An answer that was shown is there after every crash, and the same key gets the same answer again.
//! - What nobody was told is there whole or not at all, and nothing twice; versions have no gaps.
//! - No seat has two owners, none is lost, and what is due expires.
//! - After a failed write or sync nothing more is acknowledged.
//! - Damage to what was acknowledged is mended from what is left, or refused; never passed over.
//! - An event that cannot be brought back is out of service by itself, and back when its files are.
//! - The system event comes back as it was, with all executions of jobs, and costs no sale anything if it does not.
//! - Entries of consumer groups are given out in order, acknowledged once or put aside, and nothing of that is forgotten.
//! - When nothing is wrong everything goes, and the disk holds what is needed and no more.
//!
//! `HOLDFAST_SIM_SEEDS` is how many seeds (300), `HOLDFAST_SIM_FIRST` the first (0), `HOLDFAST_SIM_THREADS` on how
//! many threads (2).

mod faults;
mod health;
mod history;
mod machine;
mod oracle;
mod stats;
mod system;
mod trace;
mod trouble;
mod workload;
mod world;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

use holdfast_engine::{Label, Name};

use crate::stats::Stats;
use crate::trace::Trace;
use crate::world::World;

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("the simulation chooses good names")
}

fn label(text: &str) -> Label {
    Label::new(text.as_bytes()).expect("the simulation chooses good labels")
}

/// A run that broke a promise.
struct Broken {
    seed: u64,
    why: String,
    tail: String,
}

/// What a run came to.
struct Ran {
    trace: Trace,
    stats: Stats,
}

fn run(seed: u64, whole: bool) -> Result<Ran, Broken> {
    let trace = Rc::new(RefCell::new(Trace::new(whole)));
    let own = Rc::clone(&trace);
    let done = catch_unwind(AssertUnwindSafe(move || {
        let mut world = World::new(seed, own);
        world.run();
        world.stats
    }));
    let trace = trace.replace(Trace::new(false));
    match done {
        Ok(stats) => Ok(Ran { trace, stats }),
        Err(panic) => Err(Broken { seed, why: reason(&*panic), tail: trace.tail() }),
    }
}

fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}

fn tell(broken: &Broken) -> String {
    let Broken { seed, why, tail } = broken;
    format!(
        "seed {seed}: {why}\n\nthe last steps:\n{tail}\nagain with:\n    \
         HOLDFAST_SIM_FIRST={seed} HOLDFAST_SIM_SEEDS=1 cargo test --test simulation promises"
    )
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let Ok(text) = std::env::var(variable) else { return otherwise };
    text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, and has to be a number"))
}

/// Before anything else, and once: a simulation that does not repeat itself proves nothing.
fn assert_repeatable() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let first = number("HOLDFAST_SIM_FIRST", 0);
        for seed in first..first + 12 {
            let (one, two) = match (run(seed, true), run(seed, true)) {
                (Ok(one), Ok(two)) => (one.trace, two.trace),
                (Err(broken), _) | (_, Err(broken)) => panic!("{}", tell(&broken)),
            };
            let differs = one.whole().lines().zip(two.whole().lines()).find(|(one, two)| one != two);
            assert_eq!(differs, None, "seed {seed} takes another way the second time");
            assert!(one.whole() == two.whole() && one.hash() == two.hash(), "seed {seed} ends differently");
        }
    });
}

#[test]
fn the_same_seed_twice_is_the_same_history() {
    assert_repeatable();
}

#[test]
fn promises_are_kept_through_crashes_and_faults() {
    assert_repeatable();
    let first = number("HOLDFAST_SIM_FIRST", 0);
    let seeds = number("HOLDFAST_SIM_SEEDS", 300);
    let threads = number("HOLDFAST_SIM_THREADS", 2).max(1);
    let (next, stop) = (AtomicU64::new(first), AtomicBool::new(false));
    let work = || {
        let mut sum = Stats::default();
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= first + seeds || stop.load(Relaxed) {
                return Ok(sum);
            }
            match run(seed, false) {
                Ok(ran) => sum.add(&ran.stats),
                Err(broken) => {
                    stop.store(true, Relaxed);
                    return Err(broken);
                }
            }
        }
    };
    let done: Vec<Result<Stats, Broken>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a run's panic is caught")).collect()
    });
    let mut sum = Stats::default();
    for done in done {
        match done {
            Ok(stats) => sum.add(&stats),
            Err(broken) => panic!("{}", tell(&broken)),
        }
    }
    println!("{seeds} seeds from {first}: {sum:?}");
    let rare = [
        sum.graced,
        sum.pushed_out,
        sum.records_forgotten,
        sum.sick,
        sum.well,
        sum.hangs,
        sum.mended,
        sum.put_back,
        sum.past,
        sum.thinned,
        sum.of_system,
        sum.spoiled,
        sum.held_back,
        sum.put_aside,
        sum.redriven,
        sum.groups_stopped,
        sum.groups_finished,
        sum.of_all_events,
        sum.kept_for_groups,
        sum.fell_behind,
        sum.given_back,
    ];
    assert!(seeds < 300 || rare.iter().all(|times| *times > 0), "something never happened: {sum:?}");
}
