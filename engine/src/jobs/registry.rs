//! The jobs that there are, and what is asked about them.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use holdfast_wal::{Lsn, Storage};
use parking_lot::RwLock;

use super::TellTimes;
use super::approvals::{ApprovalPolicy, Looked, Looking, waits};
use super::results::path;
use super::shown::{act, execution, line, planned, shortened};
use super::{Job, Results, ResultsPage};
use crate::actor::SharedSystem;
use crate::catalogue::Code;
use crate::document::Document;
use crate::fault::Fault;
use crate::numbers::{At, Millis};
use crate::system::{Asking, By, Execution, ExecutionId, Executions, Needs, RunType, State, System, Task};

/// What is asked about jobs.
#[derive(Clone, Debug)]
pub enum JobAsk {
    /// Which jobs there are.
    List,
    /// What a job would do.
    Plan(Task),
    /// A job is to be done, as this plan says if there is one.
    Run(Task, Option<u64>, By),
    /// An execution is to go on, as another one.
    Resume(ExecutionName, By),
    /// An execution is to end.
    Stop(ExecutionName, By),
    /// The result of an execution is to count.
    Activate(ExecutionName, By),
    /// Another token consents to an execution.
    Approve(ExecutionName, By),
    /// Another token refuses one.
    Reject(ExecutionName, By),
    /// The token that asked for one goes on alone.
    BreakGlass(ExecutionName, By),
    /// One execution.
    Get(ExecutionName),
    /// Executions, the newest first.
    Find(Find),
    /// Results of an execution, line by line.
    Results(ExecutionName, ResultsPage),
}

/// What is told when the record that it rests on is durable: also that something waits, which is an error on the wire.
pub(crate) type Said = Result<Document, Fault>;

/// An execution as people call it: a job, if it was named, and a number.
#[derive(Clone, Debug)]
pub struct ExecutionName(pub Option<Box<str>>, pub ExecutionId);

/// Which executions are to be found.
#[derive(Clone, Default, Debug)]
pub struct Find {
    /// Of this job.
    pub job: Option<Box<str>>,
    /// In this state, by its word.
    pub state: Option<&'static str>,
    /// Asked for at this time or later.
    pub from: Option<At>,
    /// Asked for before this time.
    pub to: Option<At>,
    /// Older than this number; 0 for all.
    pub cursor: u64,
    /// At most so many.
    pub count: u32,
}

/// Who asks for what is done by itself.
const SCHEDULE: &str = "$schedule";
/// What is due is seen within a second or two: more than this is told as late.
const SCHEDULE_LATE_MS: u64 = 60_000;
/// A key has at most so many.
const KEY_CHARS: usize = 128;

/// The jobs that there are, and the system event, which knows of their executions.
pub struct Jobs {
    core: SharedSystem,
    all: RwLock<Vec<Arc<dyn Job>>>,
    schedule: RwLock<Vec<Scheduled>>,
    /// What needs the consent of another token.
    policy: RwLock<ApprovalPolicy>,
    /// Tells of the thread that asks.
    times: RwLock<TellTimes>,
    results: Results,
    /// Wakes the thread that runs them.
    wake: Sender<()>,
}

/// What is done by itself.
struct Scheduled {
    task: Task,
    every: Millis<u64>,
    /// Why it could not be asked for when it was due, if that is so.
    refused: Option<Code>,
}

impl Scheduled {
    /// Whether something else is so than a moment ago. It is tried each second: a log that takes nothing is told once.
    fn is_news(&mut self, refused: Option<Code>) -> bool {
        std::mem::replace(&mut self.refused, refused) != refused
    }
}

impl JobAsk {
    /// Who asks, if it is an act.
    pub(crate) const fn by_mut(&mut self) -> Option<&mut By> {
        match self {
            Self::Run(_, _, by)
            | Self::Resume(_, by)
            | Self::Stop(_, by)
            | Self::Activate(_, by)
            | Self::Approve(_, by)
            | Self::Reject(_, by)
            | Self::BreakGlass(_, by) => Some(by),
            Self::List | Self::Plan(_) | Self::Get(_) | Self::Find(_) | Self::Results(..) => None,
        }
    }
}

impl Jobs {
    pub(crate) fn new(core: SharedSystem, wake: Sender<()>, storage: Arc<dyn Storage>) -> Self {
        let results = Results::new(storage);
        let (all, schedule, policy) = (RwLock::default(), RwLock::default(), RwLock::default());
        Self { core, all, schedule, policy, times: RwLock::new(|| None), results, wake }
    }

    /// One more job. Its name must not be taken.
    pub fn add(&self, job: Arc<dyn Job>) {
        let mut all = self.all.write();
        debug_assert!(all.iter().all(|other| other.name() != job.name()), "names of jobs differ");
        all.push(job);
    }

    /// Has a task done by itself, as often as this; not at all if that is zero. It is due so long after it was asked for last, whoever
    /// asked. What was missed, as no process was there, is done once.
    pub fn schedule(&self, task: Task, every: Millis<u64>) {
        if every > Millis(0) {
            self.schedule.write().push(Scheduled { task, every, refused: None });
        }
    }

    /// Has these need the consent of another token from now on, which supposes that there are tokens. What is done by itself must not be
    /// among them: nobody asks for it.
    pub fn require(&self, policy: ApprovalPolicy) {
        *self.policy.write() = policy;
    }

    /// Has jobs rest where this tells that they are in the way of sales. Without it they rest only while commands are refused as more comes
    /// than can be served.
    pub fn pace_by(&self, times: TellTimes) {
        *self.times.write() = times;
    }

    /// What tells of the thread that asks.
    pub(crate) fn times(&self) -> TellTimes {
        *self.times.read()
    }

    /// What needs the consent of another token.
    pub(crate) fn approvals(&self) -> ApprovalPolicy {
        self.policy.read().clone()
    }

    /// Whether this was asked before, under the same key.
    pub(crate) fn has_asked(&self, ask: &JobAsk) -> bool {
        let JobAsk::Run(task, plan, by) = ask else { return false };
        let (task, by) = (self.scoped(task.clone()), by.clone());
        let asking = Asking::Run { task, run_type: RunType::Manual, plan: *plan, by };
        self.look(|all| all.repeats(&asking)).0
    }

    /// Ends what nobody consented to in time.
    pub(crate) fn end_what_is_over(&self, now: At) {
        let over: Vec<_> = self
            .look(|all| {
                let over = all.awaited().filter(|(approval, _)| approval.expires_at <= now);
                over.map(|(approval, _)| approval.of).collect()
            })
            .0;
        for id in over {
            // What cannot be recorded now is tried again; nobody can consent to it meanwhile.
            if let Ok((id, _)) = self.core.lock().ask(Asking::Expire(id), now) {
                tracing::warn!(execution = id.0, "nobody has approved the execution in time");
            }
        }
    }

    /// What has to be looked at before this is asked.
    pub(crate) fn looking(&self, ask: &JobAsk) -> Option<Looking> {
        if let JobAsk::Results(named, page) = ask {
            return self.reading(named, page.clone());
        }
        let (task, checkpoint) = match ask {
            JobAsk::Plan(task) | JobAsk::Run(task, ..) => (task.clone(), Box::default()),
            JobAsk::Resume(named, _) | JobAsk::Approve(named, _) | JobAsk::BreakGlass(named, _) => {
                let id = self.known(named).ok()?;
                self.look(|all| all.get(id).map(|one| (one.task.clone(), one.progress.checkpoint.clone())))
                    .0?
            }
            _ => return None,
        };
        self.find(&task.job)?.look(&task.arguments, &checkpoint)
    }

    /// Reads results where a disk may be waited for; `None` if there is no such execution.
    fn reading(&self, named: &ExecutionName, page: ResultsPage) -> Option<Looking> {
        let id = self.known(named).ok()?;
        let (execution, kept) = self.look(|all| Some((all.get(id)?.clone(), all.kept(id).cloned()))).0?;
        let results = self.results.clone();
        Some(Box::pin(async move {
            if execution.state == State::Success && !execution.is_active && !page.inactive {
                let message =
                    format!("the results of {} do not count any more: add INACTIVE", execution.name());
                return Err(Fault::new(Code::NO_RESULTS, message));
            }
            let read =
                actix_rt::task::spawn_blocking(move || results.page(&execution, kept.as_ref(), &page)).await;
            let page = read.map_err(|_| Fault::new(Code::DEFECT, "reading results was broken off"))??;
            Ok(Looked { page: Some(page), ..Looked::default() })
        }))
    }

    /// The files of results that are whole, whose executions are known.
    pub(crate) fn whole_results(&self) -> Vec<String> {
        self.look(|all| all.all_kept().map(|kept| path(kept.of)).collect()).0
    }

    /// The files of results.
    pub(crate) const fn results(&self) -> &Results {
        &self.results
    }

    /// Asks for what is due.
    pub(crate) fn ask_what_is_due(&self, now: At) {
        for due in &mut *self.schedule.write() {
            let (task, every) = (&due.task, due.every);
            let mut core = self.core.lock();
            let Some(system) = core.system() else { return };
            let last = system.executions().iter().rev().find(|execution| execution.task == *task);
            let due_at = last.map(|last| last.asked_at.0.saturating_add(every.0));
            if due_at.is_some_and(|due_at| due_at > now.0) || last.is_some_and(|last| !last.state.is_final())
            {
                continue;
            }
            let late = due_at.map_or(0, |due_at| now.0 - due_at);
            let reason = match late {
                0..=SCHEDULE_LATE_MS => format!("every {} s", every.0 / 1_000),
                late => {
                    format!("every {} s; late by {} s, as nobody was there", every.0 / 1_000, late / 1_000)
                }
            };
            let by = By {
                key: format!("schedule/{task}/{}", now.0).chars().take(KEY_CHARS).collect::<String>().into(),
                operator: SCHEDULE.into(),
                token: None,
                reason: reason.into(),
            };
            let asking = Asking::Run { task: task.clone(), run_type: RunType::Auto, plan: None, by };
            match core.ask(asking, now) {
                Ok(_) => drop(due.is_news(None)),
                Err(Fault { code, message }) if due.is_news(Some(code)) => {
                    tracing::warn!(task = %due.task, %code, message, "a scheduled job cannot be asked for: it is tried again");
                }
                Err(_) => {}
            }
        }
    }

    /// Whether there is a job of this name that has what it needs.
    #[must_use]
    pub fn is_set_up(&self, name: &str) -> bool {
        self.find(name).is_some_and(|job| job.is_set_up())
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<dyn Job>> {
        self.all.read().iter().find(|job| job.name() == name).map(Arc::clone)
    }

    /// What is answered to this, and the record that has to be durable before it is told. `looked` is what came of
    /// [`Jobs::looking`], if there was something to look at.
    ///
    /// # Errors
    /// Why it is refused; nothing has changed then.
    pub(crate) fn ask(
        &self,
        ask: JobAsk,
        looked: Option<Result<Looked, Fault>>,
        now: At,
    ) -> Result<(Said, Lsn), Fault> {
        let needs = |task: &Task, seen: &Looked| self.policy.read().needs(task, seen);
        let shown = |(document, rests_on)| (Ok(document), rests_on);
        match ask {
            JobAsk::List => Ok(shown(self.look(|executions| self.listed(executions)))),
            JobAsk::Plan(task) => {
                let task = self.scoped(task);
                let seen = self.seen(&task, looked)?;
                Ok((Ok(planned(&task, &seen, needs(&task, &seen))), Lsn::ZERO))
            }
            JobAsk::Run(task, plan, by) => {
                let task = self.scoped(task);
                let asking = Asking::Run { task: task.clone(), run_type: RunType::Manual, plan, by };
                // What was asked before is answered, whatever the plan is by now.
                if self.look(|all| all.repeats(&asking)).0 {
                    return self.act(asking, now);
                }
                let seen = self.seen(&task, looked)?;
                self.fits(&task, plan, &seen)?;
                self.act(awaiting(asking, needs(&task, &seen)), now)
            }
            JobAsk::Resume(named, by) => {
                let (id, task) = self.task_of(&named)?;
                let asking = Asking::Resume(id, by);
                if self.look(|all| all.repeats(&asking)).0 {
                    return self.act(asking, now);
                }
                // One whose job is not there any more fails when its turn comes, as it did for those that wait.
                let is_there = self.find(&task.job).is_some();
                let seen = if is_there { self.seen(&task, looked)? } else { Looked::default() };
                self.act(awaiting(asking, needs(&task, &seen)), now)
            }
            JobAsk::Approve(named, by) => {
                let (id, task) = self.task_of(&named)?;
                let hash = self.seen(&task, looked)?.plan.hash(&task);
                self.act(Asking::Approve(id, by, hash), now)
            }
            JobAsk::Reject(named, by) => self.act(Asking::Reject(self.known(&named)?, by), now),
            JobAsk::BreakGlass(named, by) => {
                let (id, task) = self.task_of(&named)?;
                if !self.policy.read().break_glass {
                    let message = "approval.break_glass is false: another token has to approve it";
                    return Err(Fault::new(Code::GLASS_LOCKED, message));
                }
                let hash = self.seen(&task, looked)?.plan.hash(&task);
                self.act(Asking::BreakGlass(id, by, hash), now)
            }
            JobAsk::Stop(named, by) => self.act(Asking::Stop(self.known(&named)?, by), now),
            JobAsk::Activate(named, by) => self.act(Asking::Activate(self.known(&named)?, by), now),
            JobAsk::Get(named) => {
                let id = self.known(&named)?;
                let told =
                    |all: &Executions| all.get(id).map_or(Document::Nothing, |one| execution(one, all));
                Ok(shown(self.look(told)))
            }
            JobAsk::Results(named, _) => {
                self.known(&named)?;
                let page = looked.transpose()?.and_then(|looked| looked.page);
                let none = || Fault::new(Code::NO_RESULTS, "the execution is forgotten");
                Ok(shown(page.map(|page| (page, self.look(|_| ()).1)).ok_or_else(none)?))
            }
            JobAsk::Find(find) => Ok(shown(self.look(|all| found(all, &find)))),
        }
    }

    /// The jobs that there are, and what became of each last.
    fn listed(&self, executions: &Executions) -> Document {
        let newest = |name: &str| executions.iter().rev().find(|one| &*one.task.job == name);
        Document::list(self.all.read().iter().map(|job| {
            Document::fields([
                ("job", job.name().into()),
                ("arguments", job.usage().into()),
                ("summary", job.summary().into()),
                ("last", newest(job.name()).map_or(Document::Nothing, |one| line(one, executions))),
            ])
        }))
    }

    /// What people did about executions, and their names, is what looks rest on: the newest record of the system event.
    fn look<T>(&self, look: impl FnOnce(&Executions) -> T) -> (T, Lsn) {
        let core = self.core.lock();
        let none = Executions::default();
        (look(core.system().map_or(&none, System::executions)), core.last_lsn())
    }

    /// What is seen of a task.
    fn seen(&self, task: &Task, looked: Option<Result<Looked, Fault>>) -> Result<Looked, Fault> {
        if let Some(looked) = looked {
            return looked;
        }
        let plan = self.job(task)?.plan(&task.arguments)?;
        Ok(Looked { plan, ..Looked::default() })
    }

    /// Refuses a task that would do something else than the plan says that was given with it.
    fn fits(&self, task: &Task, plan: Option<u64>, seen: &Looked) -> Result<(), Fault> {
        match plan {
            None if self.job(task)?.insists_on_a_plan() => {
                let message = format!("{} is done only with a plan: JOB PLAN answers one", task.job);
                Err(Fault::new(Code::PLAN_MISSING, message))
            }
            Some(plan) if plan != seen.plan.hash(task) => {
                let message =
                    format!("{} would now do something else: its plan is another one", shortened(task));
                Err(Fault::new(Code::PLAN_STALE, message))
            }
            _ => Ok(()),
        }
    }

    /// The execution that is meant, and what it is to do.
    fn task_of(&self, named: &ExecutionName) -> Result<(ExecutionId, Task), Fault> {
        let id = self.known(named)?;
        let task = self.look(|all| all.get(id).map(|execution| execution.task.clone())).0;
        task.map(|task| (id, task)).ok_or_else(|| Fault::new(Code::DEFECT, "the execution is not there"))
    }

    /// The task as it is always written.
    fn scoped(&self, task: Task) -> Task {
        let arguments = self.find(&task.job).map(|job| job.scope(&task.arguments));
        Task { arguments: arguments.unwrap_or(task.arguments), job: task.job }
    }

    fn job(&self, task: &Task) -> Result<Arc<dyn Job>, Fault> {
        self.find(&task.job).ok_or_else(|| {
            Fault::new(
                Code::NO_JOB,
                format!("there is no job {}: JOB LIST lists those that there are", task.job),
            )
        })
    }

    fn known(&self, ExecutionName(job, id): &ExecutionName) -> Result<ExecutionId, Fault> {
        let is_meant = |execution: &Execution| job.as_ref().is_none_or(|job| *job == execution.task.job);
        let is_known = self.look(|all| all.get(*id).is_some_and(is_meant)).0;
        let name = job.as_ref().map_or_else(|| id.0.to_string(), |job| format!("{job}-{}", id.0));
        let none = || Fault::new(Code::NO_EXECUTION, format!("there is no execution {name}"));
        is_known.then_some(*id).ok_or_else(none)
    }

    fn act(&self, asking: Asking, now: At) -> Result<(Said, Lsn), Fault> {
        let mut core = self.core.lock();
        let (id, at) = core.ask(asking, now)?;
        let told = core.system().and_then(|system| {
            let execution = system.executions().get(id)?;
            let done = execution.acts.get(at)?;
            Some(match system.executions().approval(id) {
                Some(approval) if at == 0 => Err(waits(execution, approval)),
                _ => Ok(act(execution, done)),
            })
        });
        let upto = core.last_lsn();
        drop(core);
        // The thread looks for itself what there is to do, and waits until it is durable.
        let _ = self.wake.send(());
        told.map(|told| (told, upto)).ok_or_else(|| Fault::new(Code::DEFECT, "the act is not there"))
    }
}

/// What is asked for waits, if it needs consent.
fn awaiting(asking: Asking, needs: Option<Needs>) -> Asking {
    match needs {
        Some(needs) => Asking::Await(Box::new(asking), Box::new(needs)),
        None => asking,
    }
}

fn found(all: &Executions, find: &Find) -> Document {
    let fits = |execution: &&Execution| {
        let job = find.job.as_ref().is_none_or(|job| *job == execution.task.job);
        let state = find.state.is_none_or(|state| state == execution.state.word());
        let from = find.from.is_none_or(|from| execution.asked_at >= from);
        let to = find.to.is_none_or(|to| execution.asked_at < to);
        job && state && from && to && (find.cursor == 0 || execution.id.0 < find.cursor)
    };
    let mut page: Vec<_> = all.iter().rev().filter(fits).take(find.count as usize + 1).collect();
    let has_more = page.len() > find.count as usize;
    page.truncate(find.count as usize);
    let next = if has_more { page.last().map_or(0, |last| last.id.0) } else { 0 };
    Document::list([next.into(), Document::list(page.into_iter().map(|one| line(one, all)))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_takes_nothing_is_told_once_and_told_again_after_it_took_something() {
        let task = Task { job: "backup".into(), arguments: Box::default() };
        let mut due = Scheduled { task, every: Millis(1_000), refused: None };
        let told = [
            Some(Code::JOBS_OUT),
            Some(Code::JOBS_OUT),
            Some(Code::ALREADY_RUNNING),
            None,
            Some(Code::JOBS_OUT),
        ];
        assert_eq!(told.map(|refused| due.is_news(refused)), [true, false, true, true, true]);
        assert!(!due.is_news(Some(Code::JOBS_OUT)));
    }
}
