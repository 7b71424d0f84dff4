//! The jobs whose items are ordinary commands: one that was approved, and a plan of many.
//!
//! Each item has a key made of the number of the execution and its own place, and an execution that goes on with another has the same
//! keys: it takes the answers that are there, so that nothing is done twice.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use holdfast_engine::{
    ActKind, Code, Document, ExecutionOutcome, Fault, Job, JobPlan, JobRun, Kind, Looking, Router, Unfinished,
};

use super::house::carry_out;
use super::line::{Given, Line, encoded};
use super::look::look_at;
use super::required::Required;
use crate::resp::value::Value;

/// The job of one command that needed an approval.
pub(super) const ONE: &str = "command";
/// The job of a plan of commands.
const MANY: &str = "compensate";
/// Between two looks whether the answer is there, or the event takes commands again.
const SOON: Duration = Duration::from_millis(100);
/// How often a command is sent again that was not judged, about once a second.
const TRIES: u32 = 60;

/// A job whose items are commands.
pub(super) struct Repair {
    name: &'static str,
    router: Router,
    required: Arc<Required>,
}

impl Repair {
    pub(super) const fn one(router: Router, required: Arc<Required>) -> Self {
        Self { name: ONE, router, required }
    }

    pub(super) const fn many(router: Router, required: Arc<Required>) -> Self {
        Self { name: MANY, router, required }
    }

    fn lines(&self, arguments: &[Box<str>]) -> Result<Vec<Line>, Fault> {
        if arguments.is_empty() {
            return Err(Fault::new(Code::BAD_ITEM, "there is no command"));
        }
        if self.name == ONE {
            return Line::of(arguments.to_vec()).map(|line| vec![line]);
        }
        let lines = arguments.iter().zip(1..).map(|(text, at)| {
            Line::read(text).map_err(|fault| Fault::new(fault.code, format!("line {at}: {}", fault.message)))
        });
        lines.collect()
    }

    /// Carries out a line, unless its key has an answer already.
    fn item(
        &self,
        run: &JobRun<'_>,
        (line, given): (&Line, &Given<'_>),
        token: Option<&str>,
        goes_on: bool,
    ) -> Result<(Value, bool), Unfinished> {
        let recorded = || self.ask(run, &encoded(["ASK", line.event.as_str(), given.key].into_iter()), token);
        // Who goes on, and why, is another one than before: the command would not be the same.
        let before = if goes_on { recorded()? } else { Value::Null };
        if before != Value::Null {
            return Ok((before, true));
        }
        match self.ask(run, &line.frame(given), token)? {
            // What was on its way when the execution before was stopped has arrived.
            Value::Refused(why) if why.starts_with(Kind::KeyReused.word().as_bytes()) => {
                Ok((recorded()?, true))
            }
            answer => Ok((answer, false)),
        }
    }

    /// Carries out a command, and sends it again with the same key while it is not judged.
    fn ask(&self, run: &JobRun<'_>, frame: &[u8], token: Option<&str>) -> Result<Value, Unfinished> {
        for _ in 0..TRIES {
            let (tell, told) = channel();
            let (router, frame, token) = (self.router.clone(), frame.to_vec(), token.map(str::to_owned));
            let work = move || {
                drop(actix_rt::spawn(async move {
                    // Whoever does not wait any longer asks again with the same key.
                    let _ = tell.send(carry_out(&router, &frame, token.as_deref()).await);
                }));
            };
            let ends = || Fault::new(Code::JOB_FAILED, "the process ends");
            if !self.router.on_a_thread_of_events(work) {
                return Err(ends().into());
            }
            let answer = loop {
                match told.recv_timeout(SOON) {
                    Ok(answer) => break answer,
                    Err(RecvTimeoutError::Timeout) => run.goes_on()?,
                    Err(RecvTimeoutError::Disconnected) => return Err(ends().into()),
                }
            };
            match answer {
                Ok(Value::Refused(line)) if is_unjudged(&line) => {}
                Ok(value) => return Ok(value),
                Err(fault) => return Err(fault.into()),
            }
            for _ in 0..10 {
                run.goes_on()?;
                thread::sleep(SOON);
            }
        }
        Err(Fault::new(Code::JOB_FAILED, format!("a command was not judged in {TRIES} tries")).into())
    }
}

/// What became of a line, as it is kept.
fn result(number: usize, line: &Line, key: &str, answer: &Value) -> Document {
    Document::fields([
        ("line", (number as u64).into()),
        ("command", line.text().into()),
        ("event", line.event.as_str().into()),
        ("key", key.into()),
        ("reply", answer.document()),
    ])
}

/// From where an execution goes on: the one whose number is in the keys, and how many items are done.
fn place(checkpoint: &str) -> Option<(u64, usize)> {
    let (root, done) = checkpoint.split_once(':')?;
    Some((root.parse().ok()?, done.parse().ok()?))
}

fn is_unjudged(line: &[u8]) -> bool {
    [Kind::Busy, Kind::Degraded].iter().any(|kind| line.starts_with(kind.word().as_bytes()))
}

/// What stands behind every reason: the execution, and who consented to it.
fn behind(run: &JobRun<'_>) -> String {
    match run.approved_by() {
        Some((by, ActKind::BreakGlass)) => format!(" ({}, glass broken by {})", run.name(), by.operator),
        Some((by, _)) => format!(" ({}, approved by {})", run.name(), by.operator),
        None => format!(" ({})", run.name()),
    }
}

impl Job for Repair {
    fn name(&self) -> &'static str {
        self.name
    }

    fn usage(&self) -> &'static str {
        if self.name == ONE { "word ..." } else { "line ..." }
    }

    fn summary(&self) -> &'static str {
        if self.name == ONE {
            "carries out one command of an operator that needed an approval"
        } else {
            "carries out a plan of commands that gives back what a mistake took, one after the other"
        }
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<JobPlan, Fault> {
        let lines = self.lines(arguments)?;
        let steps = lines.iter().zip(1..).map(|(line, at)| format!("{at}: {}", line.text())).collect();
        Ok(JobPlan { steps, items: lines.len() as u64 })
    }

    fn look(&self, arguments: &[Box<str>], checkpoint: &str) -> Option<Looking> {
        let from = place(checkpoint).map_or(0, |(_, done)| done);
        let (lines, router, required) =
            (self.lines(arguments), self.router.clone(), Arc::clone(&self.required));
        Some(Box::pin(async move { look_at(&router, &lines?, from, &required).await }))
    }

    fn insists_on_a_plan(&self) -> bool {
        self.name == MANY
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<ExecutionOutcome, Unfinished> {
        let lines = self.lines(run.arguments())?;
        let before = place(run.checkpoint());
        let (root, from) = before.unwrap_or((run.id().0, 0));
        let of = lines.len() as u64;
        // The root is recorded before the first key that is made of it.
        while !run.records(from as u64, of, &format!("{root}:{from}"))? {
            run.goes_on()?;
            thread::sleep(SOON);
        }
        let asked = run.asked_by().cloned();
        let (operator, token, reason) = match &asked {
            Some(by) => (&*by.operator, by.token.as_deref(), &*by.reason),
            None => ("nobody", None, "none"),
        };
        let behind = behind(run);
        let (mut outcome, mut refused, mut repeated) = (ExecutionOutcome::default(), 0, 0);
        for (at, line) in lines.iter().enumerate().skip(from) {
            run.step(at as u64, of, &format!("{root}:{at}"))?;
            let key = format!("x:{root}:{}", at + 1);
            let given = Given { key: &key, operator, reason, behind: &behind };
            let (answer, is_repeat) = self.item(run, (line, &given), token, before.is_some())?;
            outcome.mix(format!("{answer:?}").as_bytes());
            run.result(&result(at + 1, line, &key, &answer))?;
            repeated += u64::from(is_repeat);
            if let Value::Refused(why) = &answer {
                refused += 1;
                outcome.finding(&format!("{}: {}: {}", at + 1, line.text(), String::from_utf8_lossy(why)));
            }
        }
        run.step(of, of, &format!("{root}:{of}"))?;
        outcome.figure("items", of - from as u64);
        outcome.figure("done", of - from as u64 - refused);
        outcome.figure("refused", refused);
        outcome.figure("repeated", repeated);
        outcome.unless_found(Code::ITEMS_REFUSED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_as_it_is_written() {
        assert_eq!(place("17:42"), Some((17, 42)));
        for none in ["", "17", "17:", ":1", "a:1", "1:2:3"] {
            assert_eq!(place(none), None, "{none}");
        }
    }
}
