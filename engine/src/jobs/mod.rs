//! Jobs: work for operators that is asked for by name, is planned, runs beside the sales, can be stopped, and is written
//! down.
//!
//! What is known of executions is the system event's: [`crate::system`]. Here is what jobs are, and how they are asked for; the
//! thread that runs them is in `life`.

mod approvals;
mod job_run;
mod pace;
mod registry;
mod results;
mod shown;

use crate::fault::Fault;
use crate::numbers::At;
use crate::system::{Execution, Outcome, Task};

pub use approvals::{ApprovalPolicy, Looked, Looking};
pub(crate) use job_run::Stop;
pub use job_run::{Interrupted, JobRun};
pub(crate) use pace::{Pace, stands_back};
pub use pace::{TellTimes, ThreadTimes};
pub use registry::{ExecutionName, Find, JobAsk, Jobs};
pub use results::{DIRECTORY as RESULTS_DIR, ResultsPage};
pub(crate) use results::{Results, Writing};

/// A kind of work. It runs on the thread of jobs, one execution at a time, or on one of its own.
pub trait Job: Send + Sync {
    /// Its name: small letters and `-`.
    fn name(&self) -> &'static str;

    /// Its arguments, as its line in the documentation has them; empty if it takes none.
    fn usage(&self) -> &'static str;

    /// What it does, in half a line.
    fn summary(&self) -> &'static str;

    /// These arguments as they are always written. Executions of a job with the same are about the same thing: one of them is under way
    /// at a time, and the result of one counts.
    fn scope(&self, arguments: &[Box<str>]) -> Box<[Box<str>]> {
        arguments.into()
    }

    /// Whether the settings give it what it needs. Where they do not, it is refused.
    fn is_set_up(&self) -> bool {
        true
    }

    /// What it would do with these arguments. Changes nothing, and reads no disk: it is asked on a thread that sells.
    ///
    /// # Errors
    /// What is wrong with the arguments.
    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault>;

    /// A look at what it is about, where that takes longer than a moment; `None` where [`Job::plan`] says all. `checkpoint` is from
    /// where it would go on, empty if from the beginning.
    fn look(&self, _arguments: &[Box<str>], _checkpoint: &str) -> Option<Looking> {
        None
    }

    /// Whether it is done only as a plan says that somebody has seen.
    fn insists_on_a_plan(&self) -> bool {
        false
    }

    /// Whether it waits for others most of the time, so that it runs on a thread of its own, beside the one that works.
    fn runs_beside(&self) -> bool {
        false
    }

    /// The process ended while this execution of it was running, which has failed thereby. What the execution kept going is to rest until
    /// another one goes on.
    fn was_cut_off(&self, _execution: &Execution, _now: At) {}

    /// Does it. Whatever it does to the sale it does by ordinary commands, under keys made of the number of the execution, so
    /// that an execution that goes on after a crash does nothing twice.
    ///
    /// # Errors
    /// Why it ended before all was done.
    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished>;
}

/// What a job would do.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Plan {
    /// In sentences.
    pub steps: Vec<String>,
    /// How many things it is about, as far as that is known; 0 if it is not.
    pub items: u64,
}

/// Why an execution ended before all was done.
#[derive(Debug)]
pub enum Unfinished {
    /// It was told to.
    Interrupted,
    /// It could not go on; with what had come of it by then.
    Failed(Fault, Outcome),
}

impl From<Interrupted> for Unfinished {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<Fault> for Unfinished {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault, Outcome::default())
    }
}

impl Plan {
    /// A number that stands for the plan of a task: JOB RUN repeats it.
    #[must_use]
    pub fn hash(&self, task: &Task) -> u64 {
        let mut text = task.to_string();
        for step in &self.steps {
            text.push('\n');
            text.push_str(step);
        }
        crate::mix::mix_bytes(crate::mix::mix(text.len() as u64), text.as_bytes())
    }
}

/// Refuses arguments where a job takes none.
///
/// # Errors
/// If there are any.
pub fn no_arguments(job: &str, arguments: &[Box<str>]) -> Result<(), Fault> {
    match arguments.first() {
        None => Ok(()),
        Some(first) => {
            let message = format!("the job {job} takes no arguments, and {first} is one");
            Err(Fault::new(crate::catalogue::Code::NO_JOB, message))
        }
    }
}
