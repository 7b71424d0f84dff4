//! The thread that runs jobs, one execution at a time, and the jobs that the engine has.

mod check_invariants;
mod replay;
mod replay_group;
mod scope;
mod snapshot;
mod told;
mod verify_log;

use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use holdfast_wal::Log;

use crate::actor::SharedSystem;
use crate::catalogue::Code;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::jobs::{Job, JobRun, Jobs, Pace, Stop, Unfinished, Writing, stands_back};
use crate::journal::rush::Rush;
use crate::life::background::Task;
use crate::limits;
use crate::pulse::{Pulse, Watched};
use crate::restore::rehearsal::Rehearsal;
use crate::restore::replay::reason;
use crate::system::{Asking, Ending, Execution, ExecutionId, Failure, Outcome, State, within};

use check_invariants::CheckInvariants;
use replay::Replay;
use replay_group::ReplayGroup;
use snapshot::Snapshot;
use verify_log::VerifyLog;

/// How long the thread sleeps when it has nothing to do.
const EVERY: Duration = Duration::from_secs(1);
/// How long it sleeps when it cannot record what it did. The end of the process waits for it.
const AGAIN: Duration = Duration::from_millis(100);
/// Between two looks whether a record is durable.
const SOON: Duration = Duration::from_millis(2);

/// What the jobs of the engine need.
pub(super) struct Own {
    pub(super) tasks: Sender<Task>,
    pub(super) rehearsal: Rehearsal,
    pub(super) router: Router,
}

/// Executions that run on threads of their own: they look a few times a second whether the process ends.
#[derive(Default)]
struct Beside(Vec<JoinHandle<()>>);

/// The thread before it runs: jobs are asked for from when there is a router.
pub(super) struct Waiting {
    wake: Sender<()>,
    woken: Receiver<()>,
}

/// The thread, and how to end it.
pub(super) struct Runner {
    wake: Sender<()>,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
    watched: Watched,
}

impl Waiting {
    pub(super) fn new() -> Self {
        let (wake, woken) = channel();
        Self { wake, woken }
    }

    /// Wakes the thread.
    pub(super) fn wake(&self) -> Sender<()> {
        self.wake.clone()
    }

    /// Starts the thread, with the jobs that the engine has.
    pub(super) fn start(
        self,
        own: Own,
        jobs: Arc<Jobs>,
        core: SharedSystem,
        (clock, log): (Arc<dyn Clock>, Log),
    ) -> io::Result<Runner> {
        let rush = Arc::clone(own.router.rush());
        jobs.add(Arc::new(Snapshot::new(own.tasks)));
        jobs.add(Arc::new(VerifyLog::new(log.clone())));
        jobs.add(Arc::new(Replay::new(own.rehearsal.clone(), own.router.clone())));
        jobs.add(Arc::new(ReplayGroup::new(own.router.clone())));
        jobs.add(Arc::new(CheckInvariants::new(own.rehearsal, own.router)));
        let (stop, pulse) = (Arc::new(AtomicBool::new(false)), Pulse::default());
        let watched = pulse.watched("jobs");
        let work = Arc::new(Work { jobs, core, clock, rush, log, stop: Arc::clone(&stop) });
        let woken = self.woken;
        let run = move || work.run(&woken, &pulse);
        let thread = thread::Builder::new().name("jobs".to_owned()).spawn(run)?;
        Ok(Runner { wake: self.wake, stop, thread: Some(thread), watched })
    }
}

impl Runner {
    pub(super) const fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Ends the execution that is running as stopped, and the thread.
    pub(super) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.wake.send(());
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }
}

struct Work {
    jobs: Arc<Jobs>,
    core: SharedSystem,
    clock: Arc<dyn Clock>,
    rush: Arc<Rush>,
    log: Log,
    stop: Stop,
}

impl Beside {
    fn has_room(&mut self) -> bool {
        self.0.retain(|thread| !thread.is_finished());
        self.0.len() < limits::JOBS_BESIDE_MAX
    }

    fn run(&mut self, work: &Arc<Work>, execution: Execution, job: Arc<dyn Job>) {
        let (on_it, named) = (Arc::clone(work), execution.clone());
        let go = move || on_it.go(&execution, &*job);
        match thread::Builder::new().name("job-beside".to_owned()).spawn(go) {
            Ok(thread) => self.0.push(thread),
            Err(error) => {
                let fault = Fault::new(Code::JOB_FAILED, format!("there is no thread for it: {error}"));
                work.end(&named, Ending::Failed(failure(&fault)), Outcome::default());
            }
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // A panic there was reported there.
        self.0.drain(..).for_each(|thread| drop(thread.join()));
    }
}

impl Work {
    fn run(self: Arc<Self>, woken: &Receiver<()>, pulse: &Pulse) {
        stands_back();
        while self.core.lock().follows().is_some() {
            pulse.waits();
            let woken = woken.recv_timeout(EVERY);
            if self.stops() || woken == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
        pulse.files();
        self.end_what_was_interrupted();
        self.tidy();
        let mut beside = Beside::default();
        loop {
            pulse.waits();
            let woken = woken.recv_timeout(EVERY);
            pulse.files();
            if self.stops() || woken == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            self.jobs.end_what_is_over(self.clock.now());
            self.jobs.ask_what_is_due(self.clock.now());
            while let Some(next) = self.next(beside.has_room()) {
                if let Some((next, job)) = self.begin(next) {
                    match job.runs_beside() {
                        true => beside.run(&self, next, job),
                        false => self.go(&next, &*job),
                    }
                }
                self.tidy();
                if self.stops() {
                    return;
                }
            }
        }
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What ran when the process ended has failed: a person decides whether it goes on.
    fn end_what_was_interrupted(&self) {
        let code = Code::INTERRUPTED;
        for execution in self.under_way(|state| *state == State::Running) {
            let message = format!("the process ended when {} was running", execution.name());
            let fault = Fault::new(code, message);
            self.end(&execution, Ending::Failed(failure(&fault)), Outcome::default());
            if let Some(job) = self.jobs.find(&execution.task.job) {
                job.was_cut_off(&execution, self.clock.now());
            }
        }
    }

    fn under_way(&self, is: impl Fn(&State) -> bool) -> Vec<Execution> {
        let core = self.core.lock();
        let all = core.system().into_iter().flat_map(|system| system.executions().under_way());
        all.filter(|execution| is(&execution.state)).cloned().collect()
    }

    /// The next execution whose turn it is; one that runs beside, only if there is room for it.
    fn next(&self, has_room: bool) -> Option<Execution> {
        let is_beside = |one: &Execution| self.jobs.find(&one.task.job).is_some_and(|job| job.runs_beside());
        let core = self.core.lock();
        let all = core.system()?.executions();
        // What waits for consent and is not wanted any more ends as well.
        let is_due =
            |one: &&Execution| one.state == State::Ready && (!all.awaits(one.id) || one.is_to_stop());
        all.under_way().filter(is_due).find(|one| has_room || !is_beside(one)).cloned()
    }

    /// Begins an execution, if there is something to do. That it begins is durable before anything is done.
    fn begin(&self, execution: Execution) -> Option<(Execution, Arc<dyn Job>)> {
        let Some(job) = self.jobs.find(&execution.task.job) else {
            let fault = Fault::new(Code::NO_JOB, format!("there is no job {} any more", execution.task.job));
            self.end(&execution, Ending::Failed(failure(&fault)), Outcome::default());
            return None;
        };
        if execution.is_to_stop() {
            self.end(&execution, Ending::Stopped, Outcome::default());
            return None;
        }
        self.tell(execution.id, &Asking::Begin(execution.id)).then_some((execution, job))
    }

    /// Does all of an execution that has begun.
    fn go(&self, execution: &Execution, job: &dyn Job) {
        let name = execution.name();
        tracing::info!(execution = name, task = %execution.task, "an execution begins");
        let pace = Pace::new(&self.rush, &self.log, self.jobs.times());
        let (now, ends) = ((&*self.clock, pace), (&self.stop, self.jobs.results()));
        let mut run = JobRun::new(execution.clone(), &self.core, now, ends);
        let done = catch_unwind(AssertUnwindSafe(|| job.run(&mut run))).unwrap_or_else(|panic| {
            let message = format!("the job panicked: {}", reason(&*panic));
            Err(Fault::new(Code::JOB_FAILED, message).into())
        });
        let done = match run.take_results() {
            Some(writing) => self.keep(execution, writing, done),
            None => done,
        };
        match done {
            Ok(outcome) => self.end(execution, Ending::Success, outcome),
            Err(Unfinished::Interrupted) => self.end(execution, Ending::Stopped, Outcome::default()),
            Err(Unfinished::Failed(fault, outcome)) => {
                self.end(execution, Ending::Failed(failure(&fault)), outcome);
            }
        }
    }

    /// Makes the results durable and records what they are, before the execution ends: with another one it has failed.
    fn keep(
        &self,
        execution: &Execution,
        writing: Writing,
        done: Result<Outcome, Unfinished>,
    ) -> Result<Outcome, Unfinished> {
        match writing.finish() {
            Ok(kept) => {
                self.tell(execution.id, &Asking::Keep(kept));
                done
            }
            Err(error) => {
                let fault = Fault::new(Code::JOB_FAILED, format!("the results cannot be kept: {error}"));
                done.and_then(|outcome| Err(Unfinished::Failed(fault, outcome)))
            }
        }
    }

    /// Files of executions that were forgotten go.
    fn tidy(&self) {
        let known: BTreeSet<ExecutionId> = {
            let core = self.core.lock();
            core.system()
                .into_iter()
                .flat_map(|system| system.executions().iter())
                .map(|one| one.id)
                .collect()
        };
        // Without books, nothing is known of any.
        if known.is_empty() {
            return;
        }
        if let Err(error) = self.jobs.results().tidy(|id| known.contains(&id)) {
            tracing::warn!(%error, "results of executions that were forgotten cannot be removed");
        }
    }

    /// Notes how an execution ended, as soon as that can be noted.
    fn end(&self, execution: &Execution, ending: Ending, outcome: Outcome) {
        let name = execution.name();
        match &ending {
            Ending::Success => tracing::info!(execution = name, "the execution has succeeded"),
            Ending::Stopped => tracing::warn!(execution = name, "the execution was stopped"),
            Ending::Failed(Failure { code, message }) => {
                tracing::error!(execution = name, %code, message, "the execution has failed");
            }
        }
        self.tell(execution.id, &Asking::End(execution.id, ending, outcome));
    }

    /// Records what is told of an execution, and waits until it is durable; tries again while the log takes nothing. Returns whether it
    /// is recorded: it is not if the system event is out of service, or if the process ends before.
    fn tell(&self, id: ExecutionId, asking: &Asking) -> bool {
        let lsn = loop {
            let mut core = self.core.lock();
            let told = core.ask(asking.clone(), self.clock.now());
            let lsn = core.last_lsn();
            let is_out = core.is_out_of_service();
            drop(core);
            match told {
                Ok(_) => break lsn,
                Err(fault) if is_out || fault.code != Code::JOBS_OUT => {
                    tracing::error!(execution = id.0, code = %fault.code, fault.message, "nothing is recorded");
                    return false;
                }
                Err(_) if self.stops() => return false,
                Err(_) => thread::sleep(AGAIN),
            }
        };
        while self.log.durable() < lsn {
            if self.log.pressure().failed {
                return false;
            }
            thread::sleep(SOON);
        }
        true
    }
}

fn failure(fault: &Fault) -> Failure {
    Failure { code: fault.code.text().into(), message: within(&fault.message, limits::FINDING_BYTES_MAX) }
}
