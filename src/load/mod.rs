//! The load-test harness: sends commands as many clients would, measures their answers, and then looks whether the
//! server kept its promises.
//!
//! `options` -> `plan` -> `prepare` (events, connections) -> a `generator` a thread -> `check` -> `report`. It knows
//! the wire contract and nothing of the engine but its limits and its catalogue, so it measures any server of that
//! contract.

mod check;
mod command;
mod connection;
mod control;
mod cost;
mod faults;
mod generator;
mod history;
mod options;
mod plan;
mod plot;
mod prepare;
mod progress;
mod random;
mod reply;
mod report;
mod scenario;
mod schedule;
mod shown;
mod socket;
mod tally;
mod wait;

use std::thread;

pub(crate) use options::LoadArgs;
pub(crate) use plan::Plan;
pub(crate) use plot::write_svg;
pub(crate) use report::{Report, write_hgrm};

use command::Wire;
use cost::Cost;
use generator::{Done, Generator, Shared, Task};
use history::Record;
use scenario::{Expiry, Scenario};
use socket::Socket;
use tally::Tally;

/// What all threads saw.
pub(crate) struct Seen {
    pub(crate) tally: Tally,
    pub(crate) cost: Cost,
    /// Answers to what the run is about, without what went on beside it.
    pub(crate) answers: u64,
    /// From the first command to the last such answer, in nanoseconds.
    pub(crate) took_ns: u64,
    pub(crate) expiry: Option<Expiry>,
    pub(crate) exhausted: bool,
    /// Why it ended early.
    pub(crate) broken: Option<String>,
}

/// Runs a plan to its end.
///
/// # Errors
/// Why it could not even begin, in words for the one who started it. What goes wrong later is in the report.
pub(crate) fn run(plan: &Plan) -> Result<Report, String> {
    let wire = Wire::new(plan.seed);
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
        // The first thread is the one that watches.
        if let (None, Scenario::Expire(expire)) = (&seen.expiry, done.scenario) {
            seen.expiry = Some(expire.seen);
        }
        // The common run has one thread: its history is not copied.
        if history.is_empty() {
            history = done.history;
        } else {
            history.extend(done.history);
        }
    }
    (seen, history)
}
