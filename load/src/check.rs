//! After a run: was anything held or sold twice, is every answer still there, do the counts agree?

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::faults::Faults;
use crate::generator::{Generator, Shared, Task};
use crate::history::{Outcome, Record, Totals, judge};
use crate::plan::{LanePlan, Pace, Plan};
use crate::prepare;
use crate::scenario::{Repeat, Scenario};
use crate::wire::command::{Kind, LONG_TTL, Wire};
use crate::wire::control::Control;
use crate::wire::reply::Answer;
use crate::wire::shown::shown;

/// How long after the last deadline counts may still change.
const COUNT_PATIENCE: Duration = Duration::from_secs(15);
/// How often commands that a busy server did not judge are sent again.
const ROUNDS_MAX: usize = 50;
/// Refusals of an event that a server keeps, unless it is configured otherwise.
const REFUSALS_KEPT: usize = 1_000_000;

/// What the check found.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Writes of the run that were judged.
    pub(crate) judged: usize,
    pub(crate) accepted: usize,
    /// Those that the check has sent again.
    pub(crate) repeated: usize,
    pub(crate) lapsed: u64,
    pub(crate) faults: Faults,
}

/// Checks what a run left behind. The run must have ended with an answer to every command.
pub(crate) fn check(plan: &Plan, wire: &Wire, history: Vec<Record>) -> Result<Verdict, String> {
    let mut faults = Faults::default();
    let totals = judge(&history, plan.events.len(), wire, &mut faults);
    let accepted = history.iter().filter(|record| record.outcome == Outcome::Accepted).count();
    let longest = history
        .iter()
        .filter(|record| record.outcome == Outcome::Accepted && record.command.kind.is_hold())
        .map(|record| record.command.argument)
        .filter(|ttl| *ttl < LONG_TTL)
        .max();
    let ended = Instant::now();
    let judged: Vec<Record> =
        history.into_iter().filter(|record| record.outcome != Outcome::NotJudged).collect();
    let count = judged.len();
    let repeated = repeat(plan, wire, judged, &mut faults)?;
    // The counts come last, so that a repetition which had an effect shows in them.
    let lapse = Duration::from_millis(u64::from(longest.unwrap_or(0)));
    counts(plan, wire, &totals, ended + lapse + COUNT_PATIENCE, &mut faults)?;
    let lapsed = totals.iter().map(|totals| totals.lapsed).sum();
    Ok(Verdict { judged: count, accepted, repeated, lapsed, faults })
}

/// Checks that every event shows the counts that follow from the answers. Waits for them until `deadline`, as holds
/// may still be expiring.
fn counts(
    plan: &Plan,
    wire: &Wire,
    totals: &[Totals],
    deadline: Instant,
    faults: &mut Faults,
) -> Result<(), String> {
    let mut control = Control::connect(&plan.target)?;
    for ((index, totals), seats) in (0..).zip(totals).zip(&plan.events) {
        let Totals { held, paying, sold, .. } = *totals;
        let expected = [u64::from(*seats) - held - paying - sold, held, paying, sold, 0];
        let name = wire.event(index);
        // Without expiries there is nothing to wait for.
        let deadline = if totals.lapsed > 0 { deadline } else { Instant::now() };
        loop {
            let answer = control.must(&["COUNT", &name])?;
            if Answer::read(&answer, Kind::Count) == Answer::Counted(expected) {
                break;
            }
            if Instant::now() >= deadline {
                let [free, ..] = expected;
                faults.add(|| {
                    format!(
                        "`COUNT {name}` was answered `{}`, but by the answers to the run {free} are free, {held} held, \
                         {paying} paying, {sold} sold",
                        shown(&answer)
                    )
                });
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    Ok(())
}

/// Sends commands again, with their keys, and compares the answers. Returns the number of commands.
fn repeat(plan: &Plan, wire: &Wire, judged: Vec<Record>, faults: &mut Faults) -> Result<usize, String> {
    let mut left = sample(kept(judged), plan.check_repeats);
    let count = left.len();
    for _ in 0..ROUNDS_MAX {
        if left.is_empty() {
            return Ok(count);
        }
        let repeat = Repeat {
            records: Arc::new(left),
            again: Vec::new(),
            wire: wire.clone(),
            faults: Faults::default(),
        };
        let repeat = send_again(plan, wire, repeat)?;
        faults.merge(repeat.faults);
        left = repeat.again;
        if !left.is_empty() {
            thread::sleep(Duration::from_millis(100));
        }
    }
    Err(format!("the server is too busy for the check: {} commands were never judged", left.len()))
}

fn send_again(plan: &Plan, wire: &Wire, repeat: Repeat) -> Result<Repeat, String> {
    let lane = LanePlan {
        connections: 8,
        pace: Pace::Closed { pipeline: 64 },
        arrivals_max: repeat.records.len() as u64,
        until_ns: u64::MAX,
        side: false,
    };
    let plan = Plan { lanes: vec![lane], threads: 1, ..plan.clone() };
    let shared = Shared::new(1);
    let sockets = prepare::sockets(&plan)?.into_iter().flatten().collect();
    let task = Task {
        wire,
        seats: &plan.events,
        scenario: Scenario::Repeat(Box::new(repeat)),
        seed: plan.seed,
        thread: 0,
        threads: 1,
        lanes: &plan.lanes,
        sockets,
        remember: false,
    };
    let generator = Generator::new(task, &shared).map_err(|error| format!("the check: {error}"))?;
    let done = generator.run();
    let Scenario::Repeat(repeat) = done.scenario else {
        return Err("the check lost its scenario".to_owned());
    };
    match done.broken {
        // If the generator gave up because of strange answers, these differ from the first ones and are faults already.
        Some(_) if repeat.faults.count() > 0 => Ok(Repeat { again: Vec::new(), ..*repeat }),
        Some(broken) => Err(format!("during the check {broken}")),
        None => Ok(*repeat),
    }
}

/// Leaves out the oldest refusals, which the server may have forgotten.
fn kept(mut judged: Vec<Record>) -> Vec<Record> {
    let is_refusal = |record: &Record| record.outcome == Outcome::Refused;
    let refusals = judged.iter().filter(|record| is_refusal(record)).count();
    let mut surplus = refusals.saturating_sub(REFUSALS_KEPT / 2);
    if refusals > REFUSALS_KEPT {
        judged.retain(|record| {
            let is_old = is_refusal(record) && surplus > 0;
            surplus -= usize::from(is_old);
            !is_old
        });
    }
    judged
}

/// At most `most` of the records, evenly drawn.
fn sample(records: Vec<Record>, most: usize) -> Vec<Record> {
    if records.len() <= most {
        return records;
    }
    (0..most).map(|number| records[number * records.len() / most]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::command::Command;
    use crate::wire::labels::Labels;

    fn record(name: u32, outcome: Outcome, bytes: &[u8]) -> Record {
        Record::new(Command::hold(0, name, name, LONG_TTL), outcome, &Answer::Strange, bytes)
    }

    #[test]
    fn a_lost_answer_and_a_changed_one_are_told() {
        let records = vec![record(0, Outcome::Accepted, b"one"), record(1, Outcome::Accepted, b"two")];
        let (again, faults) = (Vec::new(), Faults::default());
        let mut repeat =
            Repeat { records: Arc::new(records), again, wire: Wire::new(4, Labels::Plain), faults };
        repeat.observe(0, &Answer::Strange, b"one");
        repeat.observe(1, &Answer::Refused(b"BUSY HF-SYS-001 later"), b"-BUSY HF-SYS-001 later\r\n");
        assert_eq!((repeat.faults.count(), repeat.again.len()), (0, 1));
        repeat.observe(
            1,
            &Answer::Refused(b"TAKEN HF-BIZ-001 S-1-2 held"),
            b"-TAKEN HF-BIZ-001 S-1-2 held\r\n",
        );
        repeat.observe(0, &Answer::Strange, b"One");
        assert_eq!(
            repeat.faults.told(),
            [
                "`HOLD load-4-0000 h0000000001 b0000000001 86400000 SEATS #000001`, which was accepted with version 0, \
                 was answered `-TAKEN HF-BIZ-001 S-1-2 held` when it was repeated",
                "`HOLD load-4-0000 h0000000000 b0000000000 86400000 SEATS #000000`, which was accepted with version 0, \
                 was answered `One` when it was repeated"
            ]
        );
    }

    #[test]
    fn a_sample_is_evenly_drawn() {
        let records: Vec<Record> = (0..100).map(|name| record(name, Outcome::Accepted, b"")).collect();
        let names =
            |records: Vec<Record>| records.iter().map(|record| record.command.name).collect::<Vec<_>>();
        assert_eq!(names(sample(records.clone(), 4)), [0, 25, 50, 75]);
        assert_eq!(sample(records, 1_000).len(), 100);
    }
}
