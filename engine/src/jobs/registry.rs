//! The jobs that there are, and what is asked about them.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use holdfast_wal::Lsn;
use parking_lot::RwLock;

use super::shown::{act, execution, line};
use super::{Job, Plan};
use crate::actor::SharedSystem;
use crate::catalogue::Code;
use crate::document::Document;
use crate::fault::Fault;
use crate::numbers::At;
use crate::system::{Asking, By, Execution, ExecutionId, RunType, Task};

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
    /// One execution.
    Get(ExecutionName),
    /// Executions, the newest first.
    Find(Find),
}

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

/// The jobs that there are, and the system event, which knows of their executions.
pub struct Jobs {
    core: SharedSystem,
    all: RwLock<Vec<Arc<dyn Job>>>,
    /// Wakes the thread that runs them.
    wake: Sender<()>,
}

impl JobAsk {
    /// Who asks, if it is an act.
    pub(crate) const fn by_mut(&mut self) -> Option<&mut By> {
        match self {
            Self::Run(_, _, by) | Self::Resume(_, by) | Self::Stop(_, by) | Self::Activate(_, by) => Some(by),
            Self::List | Self::Plan(_) | Self::Get(_) | Self::Find(_) => None,
        }
    }
}

impl Jobs {
    pub(crate) fn new(core: SharedSystem, wake: Sender<()>) -> Self {
        Self { core, all: RwLock::default(), wake }
    }

    /// One more job. Its name must not be taken.
    pub fn add(&self, job: Arc<dyn Job>) {
        let mut all = self.all.write();
        debug_assert!(all.iter().all(|other| other.name() != job.name()), "names of jobs differ");
        all.push(job);
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<dyn Job>> {
        self.all.read().iter().find(|job| job.name() == name).map(Arc::clone)
    }

    /// What is answered to this, and the record that has to be durable before it is told.
    ///
    /// # Errors
    /// Why it is refused; nothing has changed then.
    pub(crate) fn ask(&self, ask: JobAsk, now: At) -> Result<(Document, Lsn), Fault> {
        match ask {
            JobAsk::List => Ok(self.look(|executions| {
                let newest = |name: &str| executions.iter().rev().find(|one| &*one.task.job == name).copied();
                Document::list(self.all.read().iter().map(|job| {
                    Document::fields([
                        ("job", job.name().into()),
                        ("arguments", job.usage().into()),
                        ("summary", job.summary().into()),
                        ("last", newest(job.name()).map_or(Document::Nothing, line)),
                    ])
                }))
            })),
            JobAsk::Plan(task) => self.plan(&task).map(|plan| {
                let steps = plan.steps.iter().map(|step| step.as_str().into());
                let fields = [
                    ("job", Document::from(&*task.job)),
                    ("arguments", Document::list(task.arguments.iter().map(|argument| (&**argument).into()))),
                    ("plan", format!("{:016x}", plan.hash(&task)).into()),
                    ("items", plan.items.into()),
                    ("steps", Document::list(steps)),
                ];
                (Document::fields(fields), Lsn::ZERO)
            }),
            JobAsk::Run(task, plan, by) => {
                let planned = self.plan(&task)?;
                let is_known = self.repeats(&task, plan, &by);
                if !is_known && plan.is_some_and(|plan| plan != planned.hash(&task)) {
                    let message = format!("{task} would now do something else: its plan is another one");
                    return Err(Fault::new(Code::PLAN_STALE, message));
                }
                self.act(Asking::Run { task, run_type: RunType::Manual, plan, by }, now)
            }
            JobAsk::Resume(named, by) => self.act(Asking::Resume(self.known(&named)?, by), now),
            JobAsk::Stop(named, by) => self.act(Asking::Stop(self.known(&named)?, by), now),
            JobAsk::Activate(named, by) => self.act(Asking::Activate(self.known(&named)?, by), now),
            JobAsk::Get(named) => {
                let id = self.known(&named)?;
                Ok(self.look(|all| {
                    all.iter().find(|one| one.id == id).map_or(Document::Nothing, |one| execution(one))
                }))
            }
            JobAsk::Find(find) => Ok(self.look(|all| found(all, &find))),
        }
    }

    /// What people did about executions, and their names, is what looks rest on: the newest record of the system event.
    fn look<T>(&self, look: impl FnOnce(&[&Execution]) -> T) -> (T, Lsn) {
        let core = self.core.lock();
        let all: Vec<_> =
            core.system().map(|system| system.executions().iter().collect()).unwrap_or_default();
        (look(&all), core.last_lsn())
    }

    fn plan(&self, task: &Task) -> Result<Plan, Fault> {
        let job = self.find(&task.job).ok_or_else(|| {
            Fault::new(
                Code::NO_JOB,
                format!("there is no job {}: JOB LIST lists those that there are", task.job),
            )
        })?;
        job.plan(&task.arguments)
    }

    /// Whether this was asked before: then it is answered, whatever the plan is by now.
    fn repeats(&self, task: &Task, plan: Option<u64>, by: &By) -> bool {
        let is_it = |execution: &&Execution| {
            let same = execution.task == *task && execution.plan == plan;
            same && execution.acts.first().is_some_and(|act| act.by == *by)
        };
        self.look(|all| all.iter().any(is_it)).0
    }

    fn known(&self, ExecutionName(job, id): &ExecutionName) -> Result<ExecutionId, Fault> {
        let is_it = |execution: &&&Execution| {
            execution.id == *id && job.as_ref().is_none_or(|job| *job == execution.task.job)
        };
        let is_known = self.look(|all| all.iter().any(|one| is_it(&one))).0;
        let name = job.as_ref().map_or_else(|| id.0.to_string(), |job| format!("{job}-{}", id.0));
        let none = || Fault::new(Code::NO_EXECUTION, format!("there is no execution {name}"));
        is_known.then_some(*id).ok_or_else(none)
    }

    fn act(&self, asking: Asking, now: At) -> Result<(Document, Lsn), Fault> {
        let mut core = self.core.lock();
        let (id, at) = core.ask(asking, now)?;
        let told = core.system().and_then(|system| {
            let execution = system.executions().get(id)?;
            Some(act(execution, execution.acts.get(at)?))
        });
        let upto = core.last_lsn();
        drop(core);
        // The thread looks for itself what there is to do, and waits until it is durable.
        let _ = self.wake.send(());
        told.map(|told| (told, upto)).ok_or_else(|| Fault::new(Code::DEFECT, "the act is not there"))
    }
}

fn found(all: &[&Execution], find: &Find) -> Document {
    let fits = |execution: &&&Execution| {
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
    Document::list([next.into(), Document::list(page.into_iter().map(|one| line(one)))])
}
