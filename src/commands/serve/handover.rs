//! The job `handover`: the owner of a replicated log gives it to another node, by an operator's word, and the process follows.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use holdfast_engine::{
    ClusterView, Code, Engine, ExecutionOutcome as Outcome, Fault, Job, JobPlan, JobRun, Unfinished,
};

use crate::exit::Failure;

struct Handover(ClusterView);

/// The job, on a node of a cluster.
pub(super) fn add_job(engine: &Engine) {
    if let Some(view) = engine.router().cluster() {
        engine.jobs().add(Arc::new(Handover(view.clone())));
    }
}

fn asked(arguments: &[Box<str>]) -> Result<&str, Fault> {
    match arguments {
        [] => Ok(""),
        [name] => Ok(name),
        [_, second, ..] => {
            Err(Fault::new(Code::NO_JOB, format!("handover takes one node, and {second} is a second one")))
        }
    }
}

impl Job for Handover {
    fn name(&self) -> &'static str {
        "handover"
    }

    fn usage(&self) -> &'static str {
        "[node]"
    }

    fn summary(&self) -> &'static str {
        "hands the replicated log to another node, which sells at once, and follows it"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<JobPlan, Fault> {
        let to = asked(arguments)?;
        self.0.may_hand_over(to)?;
        let whom = if to.is_empty() { "whichever node is first" } else { to };
        let steps = vec![
            "this node takes no new connections, and finishes what is under way".to_owned(),
            format!("it writes into the log that it leaves, and {whom} takes the log over at once"),
            "this process brings its directory back, and follows".to_owned(),
        ];
        Ok(JobPlan { steps, items: 0 })
    }

    /// Says so to the thread that serves. That stops the engine, which waits for this thread: that the execution has succeeded is in the log before
    /// the log is handed over.
    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        run.goes_on()?;
        let mut outcome = Outcome::default();
        outcome.figure("epoch", self.0.figures().epoch);
        self.0.hand_over(asked(run.arguments())?)?;
        Ok(outcome)
    }
}

/// Completes when the log is to be handed over. Never, without a node.
pub(super) async fn is_asked(view: Option<&ClusterView>) {
    match view {
        Some(view) => view.is_handed_over().await,
        None => std::future::pending().await,
    }
}

/// Begins this process anew, with the same number and the same words: as a follower. What the process had is closed with it, so that nothing
/// of an owner is left in it.
pub(super) fn begin_anew() -> Failure {
    // The name of the program in the list of processes is that of the file. A file that was replaced meanwhile is still there as this link.
    let own = std::env::current_exe().ok().filter(|path| path.is_file());
    let program = own.unwrap_or_else(|| PathBuf::from("/proc/self/exe"));
    let mut words = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = words.next() {
        command.arg0(name);
    }
    let error = command.args(words).exec();
    Failure::fenced(
        Code::FENCED,
        format!("the log was handed over, and the process cannot begin anew: {error}"),
    )
}
