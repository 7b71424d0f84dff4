//! What a running job knows of its execution, and how it tells how far it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::pace::Pace;
use super::{Results, Unfinished, Writing};
use crate::actor::SharedSystem;
use crate::catalogue::Code;
use crate::clock::Clock;
use crate::document::Document;
use crate::fault::{Fault, and_more};
use crate::limits;
use crate::numbers::At;
use crate::system::{ActKind, Asking, By, Execution, ExecutionId, Outcome, Progress, within};

/// The execution was told to stop, or the process ends.
#[derive(Clone, Copy, Debug)]
pub struct Interrupted;

/// Set when the process ends.
pub(crate) type Stop = Arc<AtomicBool>;

/// The execution of a job while it runs. A job calls [`JobRun::step`] at least once a second, and after a few milliseconds of work if it can:
/// that is where it rests while sales need the machine.
pub struct JobRun<'a> {
    execution: Execution,
    core: &'a SharedSystem,
    clock: &'a dyn Clock,
    stop: &'a Stop,
    told_at: At,
    results: &'a Results,
    writing: Option<Writing>,
    pace: Pace<'a>,
}

impl<'a> JobRun<'a> {
    pub(crate) fn new(
        execution: Execution,
        core: &'a SharedSystem,
        (clock, pace): (&'a dyn Clock, Pace<'a>),
        (stop, results): (&'a Stop, &'a Results),
    ) -> Self {
        Self { execution, core, clock, stop, told_at: At(0), results, writing: None, pace }
    }

    /// Keeps a result on a line of its own, as JSON. Others can read it soon.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn result(&mut self, result: &Document) -> Result<(), Fault> {
        let line =
            serde_json::to_string(result).map_err(|error| Fault::new(Code::DEFECT, error.to_string()))?;
        let failed =
            |error: std::io::Error| Fault::new(Code::JOB_FAILED, format!("a result cannot be kept: {error}"));
        if self.writing.is_none() {
            self.writing = Some(self.results.begin(self.execution.id).map_err(failed)?);
        }
        self.writing.as_mut().map_or(Ok(()), |writing| writing.line(&line)).map_err(failed)
    }

    /// The file of the results, if there is one.
    pub(crate) const fn take_results(&mut self) -> Option<Writing> {
        self.writing.take()
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> ExecutionId {
        self.execution.id
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        self.execution.name()
    }

    /// The arguments of the job.
    #[must_use]
    pub fn arguments(&self) -> &[Box<str>] {
        &self.execution.task.arguments
    }

    /// From where the execution that it resumes can go on; empty if from the beginning.
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        &self.execution.progress.checkpoint
    }

    /// Who asked for it.
    #[must_use]
    pub fn asked_by(&self) -> Option<&By> {
        self.execution.acts.first().map(|act| &act.by)
    }

    /// Who consented to it, or broke the glass.
    #[must_use]
    pub fn approved_by(&self) -> Option<(&By, ActKind)> {
        let mut acts = self.execution.acts.iter();
        let act = acts.find(|act| matches!(act.kind, ActKind::Approve | ActKind::BreakGlass))?;
        Some((&act.by, act.kind))
    }

    /// Whether it is to stop.
    ///
    /// # Errors
    /// If it is.
    pub fn goes_on(&self) -> Result<(), Interrupted> {
        let core = self.core.lock();
        let told = core.system().and_then(|system| system.executions().get(self.execution.id));
        let is_to_stop = self.stop.load(Ordering::Relaxed) || told.is_none_or(Execution::is_to_stop);
        if is_to_stop { Err(Interrupted) } else { Ok(()) }
    }

    /// Leaves the machine to the sales while they need it. [`JobRun::step`] does it: this is for work of which nothing is to be told.
    pub fn rests(&self) {
        self.pace.rest(|| self.clock.now(), || self.goes_on().is_ok());
    }

    /// As [`JobRun::step`], recorded before anything that is done after it: returns whether it is.
    ///
    /// # Errors
    /// If it is to stop.
    pub fn records(&mut self, done: u64, of: u64, checkpoint: &str) -> Result<bool, Interrupted> {
        self.told_at = At(0);
        self.step(done, of, checkpoint)?;
        Ok(&*self.execution.progress.checkpoint == checkpoint)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> At {
        self.clock.now()
    }

    /// Tells that so much is done, of so much, and from where another execution can go on. It is recorded once a
    /// second, and when all is done.
    ///
    /// # Errors
    /// If it is to stop: what was told is recorded then.
    pub fn step(&mut self, done: u64, of: u64, checkpoint: &str) -> Result<(), Interrupted> {
        let is_done = of > 0 && done >= of;
        if !is_done {
            self.rests();
        }
        let (now, id) = (self.clock.now(), self.execution.id);
        let is_to_stop = self.goes_on().is_err();
        let mut core = self.core.lock();
        let progress = Progress { done, of, checkpoint: within(checkpoint, limits::CHECKPOINT_BYTES_MAX) };
        let is_due = is_to_stop || is_done || now.since(self.told_at) >= limits::PROGRESS_APART;
        if is_due && progress != self.execution.progress {
            // What cannot be recorded now is told with the next step.
            if core.ask(Asking::Progress(id, progress.clone()), now).is_ok() {
                (self.told_at, self.execution.progress) = (now, progress);
            }
            drop(core);
            // What cannot be written now is written, or refused, at the end.
            let _ = self.writing.as_mut().map(Writing::flush);
        }
        if is_to_stop { Err(Interrupted) } else { Ok(()) }
    }
}

impl Outcome {
    /// Notes a sum.
    pub fn figure(&mut self, name: &str, value: u64) {
        self.figures.push((name.into(), value));
    }

    /// Notes what was found, in a sentence.
    pub fn finding(&mut self, sentence: &str) {
        if self.findings.len() < limits::FINDINGS_KEPT {
            self.findings.push(within(sentence, limits::FINDING_BYTES_MAX));
        } else {
            self.findings_left_out += 1;
        }
    }

    /// Takes more bytes of the result into its digest, in their order.
    pub fn mix(&mut self, bytes: &[u8]) {
        self.digest = crate::mix::mix_bytes(self.digest ^ crate::mix::mix(bytes.len() as u64), bytes);
    }

    /// The end of a job that looks whether all is well.
    ///
    /// # Errors
    /// That it has failed with this code, if anything was found.
    pub fn unless_found(self, code: Code) -> Result<Self, Unfinished> {
        let Some(first) = self.findings.first() else { return Ok(self) };
        let more = self.findings.len() as u64 - 1 + self.findings_left_out;
        Err(Unfinished::Failed(Fault::new(code, and_more(first, more)), self))
    }
}
