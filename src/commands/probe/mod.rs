//! `holdfast probe`: sells a seat and gives it back, again and again, from outside: whether buyers can buy.
//!
//! A round is `HOLD`, `CONFIRM`, `CANCEL` of one place in an event of its own. `round` carries it out, `sums` counts,
//! `page` shows the counts to Prometheus. Nothing is retried within a round: a buyer would have seen the failure too.

mod page;
mod round;
mod sums;

use std::thread;
use std::time::{Duration, Instant};

use holdfast_engine::Code;

use super::data::print;
use crate::exit::Failure;
use crate::flags::ProbeArgs;
use round::Rounds;
use sums::Sums;

/// More often, and the probe is a load.
const OFTEN: Duration = Duration::from_millis(100);
/// A summary is printed after so long.
const TOLD_EVERY: Duration = Duration::from_secs(60);

pub(crate) fn run(args: &ProbeArgs) -> Result<(), Failure> {
    let every = Duration::from(args.every);
    if every < OFTEN {
        return Err(Failure::usage(Code::BAD_USAGE, "--every is at least 100ms"));
    }
    let sums = Sums::shared();
    if let Some(address) = args.listen {
        page::serve(address, &sums)?;
    }
    let mut rounds = Rounds::new(args)?;
    let begun = Instant::now();
    let (mut due, mut tell_at) = (begun, begun + TOLD_EVERY);
    for count in 1.. {
        let outcome = rounds.round();
        if let Err(failed) = &outcome {
            print(&format!("round {count}: {failed}\n"));
        }
        sums.lock().add(&outcome);
        if args.count.is_some_and(|most| count >= most) {
            break;
        }
        if Instant::now() >= tell_at {
            print(&sums.lock().told());
            tell_at += TOLD_EVERY;
        }
        // A round that took longer than its time has used up those of the next ones too: they count as failed with it.
        due += every;
        let now = Instant::now();
        while due < now {
            due += every;
            sums.lock().count(&outcome);
        }
        thread::sleep(due - now);
    }
    let sums = sums.lock();
    print(&sums.told());
    match sums.failures() {
        0 => Ok(()),
        failures => Err(Failure::found_wrong(format!("{failures} rounds failed"))),
    }
}
