//! The load-test harness: sends commands as many clients would, measures the answers, and then checks whether the
//! server has kept its promises.
//!
//! `options` -> `plan` -> `prepare` (events, connections) -> a `generator` for each thread -> `check` -> `report`.
//! The harness knows the wire contract and nothing of the engine, so it measures any server of that contract.

mod check;
mod failure;
mod faults;
mod generator;
mod history;
mod patient;
mod plan;
mod prepare;
mod progress;
mod random;
mod report;
mod scenario;
mod tally;
mod wire;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::thread;

pub use failure::Failure;
pub use patient::{Checked, Crowd, CrowdPlan, Sample, What};
pub use plan::options::LoadArgs;
pub use wire::control::{Control, field};
pub use wire::{limits, resp};

pub use random::mix;

// The benches have a generator of their own, for servers of other protocols.
pub use generator::cost::{BUSY_MAX, Cost, Meter};
pub use generator::wait::{precise_naps, wait};
pub use plan::options::Arrivals;
pub use plan::schedule::{Rhythm, Schedule};

use generator::{Done, Generator, Shared, Task};
use history::Record;
use plan::Plan;
use report::{Report, write_hgrm, write_svg};
use scenario::{Expiry, Scenario};
use tally::Tally;
use wire::command::Wire;
use wire::socket::Socket;

/// What all threads saw.
struct Seen {
    pub(crate) tally: Tally,
    pub(crate) cost: Cost,
    /// The number of answers, without those of lanes beside.
    pub(crate) answers: u64,
    /// From the first command to the last of these answers, nanoseconds.
    pub(crate) took_ns: u64,
    pub(crate) expiry: Option<Expiry>,
    pub(crate) exhausted: bool,
    /// Why it ended early.
    pub(crate) broken: Option<String>,
}

/// Runs the load test of these options, prints the report on standard output, and writes the files that were asked for.
///
/// # Errors
/// What was wrong with the options, the server or its answers. What was measured until then is printed all the same.
pub fn run(args: &LoadArgs) -> Result<(), Failure> {
    let plan = Plan::new(args)?;
    prepare::is_spare(&plan).map_err(Failure::Failed)?;
    let report = measure(&plan).map_err(Failure::Failed)?;
    // A reader that has seen enough (`| head`) is no fault.
    let _ = std::io::stdout().lock().write_all(report.text().as_bytes());
    write_files(args, &report)?;
    report.failure().map_or(Ok(()), |failure| Err(Failure::Failed(failure)))
}

fn write_files(args: &LoadArgs, report: &Report) -> Result<(), Failure> {
    if let Some(path) = &args.json {
        let json = report.json().map_err(|error| Failure::Defect(error.to_string()))?;
        fs::write(path, json + "\n").map_err(|error| cannot_write(path, &error))?;
    }
    if let Some(path) = &args.hgrm {
        write_hgrm(path, report).map_err(|error| cannot_write(path, &error))?;
    }
    if let Some(path) = &args.svg {
        write_svg(path, report).map_err(|error| cannot_write(path, error.as_ref()))?;
    }
    Ok(())
}

fn cannot_write(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Failed(format!("cannot write {}: {error}", path.display()))
}

/// Runs a plan to its end. Faults after the beginning are in the report.
fn measure(plan: &Plan) -> Result<Report, String> {
    let wire = Wire::new(plan.seed, plan.labels);
    prepare::events(plan, &wire)?;
    let sockets = prepare::sockets(plan)?;
    let (seen, history) = drive(plan, &wire, sockets)?;
    let sound = seen.broken.is_none() && seen.tally.strange.count() == 0;
    let verdict = (plan.check && sound).then(|| {
        progress::say(plan, "checking: every answer once more, then the counts");
        check::check(plan, &wire, history)
    });
    Ok(Report::new(plan, seen, verdict))
}

fn drive(
    plan: &Plan,
    wire: &Wire,
    sockets: Vec<Vec<Vec<Socket<std::net::TcpStream>>>>,
) -> Result<(Seen, Vec<Record>), String> {
    let shared = Shared::new(plan.threads);
    let mut generators = Vec::new();
    for (thread, sockets) in sockets.into_iter().enumerate() {
        let task = Task {
            wire,
            seats: &plan.events,
            scenario: plan.scenario.clone(),
            seed: plan.seed,
            thread,
            threads: plan.threads,
            lanes: &plan.lanes,
            sockets,
            remember: plan.check,
        };
        let generator = Generator::new(task, &shared);
        generators.push(generator.map_err(|error| format!("a connection cannot be used: {error}"))?);
    }
    let done = thread::scope(|scope| {
        let main = thread::current();
        let threads: Vec<_> = generators
            .into_iter()
            .map(|generator| {
                let main = main.clone();
                scope.spawn(move || {
                    let done = generator.run();
                    main.unpark();
                    done
                })
            })
            .collect();
        progress::show(plan, &shared, || threads.iter().all(thread::ScopedJoinHandle::is_finished));
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Result<Vec<Done>, _>>()
    });
    Ok(gather(done.map_err(|_| "a thread of the generator failed".to_owned())?))
}

fn gather(done: Vec<Done>) -> (Seen, Vec<Record>) {
    let mut seen = Seen {
        tally: Tally::new(),
        cost: Cost::default(),
        answers: 0,
        took_ns: 0,
        expiry: None,
        exhausted: false,
        broken: None,
    };
    let mut history = Vec::new();
    for done in done {
        seen.tally.merge(done.tally);
        seen.cost.merge(&done.cost);
        seen.answers += done.answers;
        seen.took_ns = seen.took_ns.max(done.ended_ns);
        seen.exhausted |= done.exhausted;
        seen.broken = seen.broken.or(done.broken);
        // The first thread watches the expiry.
        if let (None, Scenario::Expire(expire)) = (&seen.expiry, done.scenario) {
            seen.expiry = Some(expire.seen);
        }
        // Most runs have one thread, whose history need not be copied.
        if history.is_empty() {
            history = done.history;
        } else {
            history.extend(done.history);
        }
    }
    (seen, history)
}
