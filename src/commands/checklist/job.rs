//! The job `checklist`: the same inside a running server, where all of its directory is at hand. A list with something red is an
//! execution that has failed, which people outside are told of like any other.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Instant;

use clap::ValueEnum as _;
use holdfast_engine::{
    At, Code, Engine, ExecutionOutcome as Outcome, Fault, Job, JobPlan, JobRun, Millis, Task, Unfinished,
};
use holdfast_net::Protection;
use holdfast_wal::Storage;

use super::facts::{Facts, JobFacts};
use super::items::{self, Item, Look, Verdict};
use super::judge::{self, JOB, Judged};
use super::outside::MEASURED;
use super::shown;
use crate::commands::{audit, data, kpi};
use crate::figures::{Place, RUNNING, Running};
use crate::flags::{Language, List};
use crate::settings::Settings;

/// Goes through a list. The engine is held weakly, and for as long as a look takes.
struct Checklist {
    engine: Weak<Engine>,
    storage: Arc<dyn Storage>,
    protection: Protection,
    settings: BTreeMap<String, String>,
    data: String,
}

/// The job, and when it runs by itself.
pub(crate) fn add_job(
    engine: &Arc<Engine>,
    storage: &Arc<dyn Storage>,
    settings: &Settings,
    protection: &Protection,
) {
    let job = Checklist {
        engine: Arc::downgrade(engine),
        storage: Arc::clone(storage),
        protection: protection.clone(),
        settings: settings.written().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        data: settings.data.display().to_string(),
    };
    let jobs = engine.jobs();
    jobs.add(Arc::new(job));
    let every = &settings.checklist;
    for (list, every) in [(List::Daily, every.every), (List::Monthly, every.monthly_every)] {
        let task = Task { job: JOB.into(), arguments: [list.word().into()].into() };
        jobs.schedule(task, Millis(every.as_millis()));
    }
}

impl Checklist {
    fn facts(&self, running: Running, (list, items): (List, &[Item]), run: &JobRun<'_>) -> Facts {
        let figures = self.figures(&running);
        // What follows takes its time, and the engine may be stopped meanwhile.
        let stats = running.into_stats();
        let (at, wall) = (stats.now, data::now());
        let of_jobs = stats.system.jobs.iter().map(|job| {
            let succeeded_at = Some(job.succeeded_at).filter(|at| *at > At(0));
            let failed = job.failed.as_deref().map(str::to_owned);
            (job.job.to_string(), JobFacts { succeeded_at, failed })
        });
        let mut jobs: BTreeMap<_, _> = of_jobs.collect();
        // The figures have those that were asked for once.
        for item in items {
            if let Look::Job { name, .. } = &item.look {
                jobs.entry(name.clone()).or_default();
            }
        }
        let (is_monthly, rests) = (list == List::Monthly, &mut || run.rests());
        Facts {
            at,
            figures,
            settings: Some(self.settings.clone()),
            jobs: Some(jobs),
            // The log goes by a clock of its own, which never runs backwards.
            clock_apart: Some(Millis(at.since(wall).0.max(wall.since(at).0))),
            version: None,
            measures: is_monthly.then(|| {
                kpi::measures(&self.storage, at, MEASURED, rests).map_err(|failure| failure.to_string())
            }),
            audit: is_monthly
                .then(|| audit::verified(&self.storage, rests).map_err(|failure| failure.to_string())),
            rules_missing: None,
        }
    }

    /// Fields of `INFO`, as far as the front end is not asked for them.
    fn figures(&self, running: &Running) -> BTreeMap<String, String> {
        let mut text = String::new();
        RUNNING.iter().for_each(|section| section.write_info(running, &mut text));
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        let mut figures: BTreeMap<_, _> =
            fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let Protection { access, tls } = &self.protection;
        let ending = access.ending(holdfast_net::limits::RENEW_BEFORE).len();
        let certificate = tls.as_ref().is_some_and(|tls| tls.ends_soon(data::wall()));
        figures.insert("tokens_ending".to_owned(), ending.to_string());
        figures.insert("tls_certificate_ends".to_owned(), u64::from(certificate).to_string());
        figures
    }
}

fn asked(arguments: &[Box<str>]) -> Result<List, Fault> {
    let list = match arguments {
        [list] => List::from_str(list, true).ok(),
        _ => None,
    };
    list.ok_or_else(|| {
        Fault::new(Code::NO_JOB, format!("{JOB} takes daily or monthly, and not {}", arguments.join(" ")))
    })
}

fn items_of(list: List) -> Result<Vec<Item>, Fault> {
    items::of(list).map_err(|error| Fault::new(Code::DEFECT, error))
}

impl Job for Checklist {
    fn name(&self) -> &'static str {
        JOB
    }

    fn usage(&self) -> &'static str {
        "daily | monthly"
    }

    fn summary(&self) -> &'static str {
        "goes through the checklist, and keeps a verdict for each item"
    }

    fn scope(&self, arguments: &[Box<str>]) -> Box<[Box<str>]> {
        asked(arguments).map_or_else(|_| arguments.into(), |list| [list.word().into()].into())
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<JobPlan, Fault> {
        let list = asked(arguments)?;
        let items = items_of(list)?.len() as u64;
        let mut steps =
            vec![format!("{items} items of the {} list get a verdict; nothing is changed", list.word())];
        if list == List::Monthly {
            steps.push("the log of 30 days is read for the measures, and the audit is verified".to_owned());
        }
        Ok(JobPlan { steps, items })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let list = asked(run.arguments())?;
        let items = items_of(list)?;
        let of = items.len() as u64;
        run.step(0, of, "")?;
        let place = Place { started: Instant::now(), port: 0, data: self.data.clone(), cluster: None };
        let running = self.engine.upgrade().map(|engine| Running::look(engine, Some(place)));
        let running = running.ok_or_else(|| Fault::new(Code::INTERRUPTED, "the server is stopping"))?;
        let facts = self.facts(running, (list, &items), run);
        let judged = judge::judge(&items, &facts);
        for one in &judged {
            run.result(&shown::result(one))?;
        }
        run.step(of, of, "")?;
        outcome(&judged).unless_found(Code::CHECKLIST_RED)
    }
}

/// What is red is found; what is amber stands in the results.
fn outcome(judged: &[Judged<'_>]) -> Outcome {
    let mut outcome = Outcome::default();
    for (verdict, count) in shown::counts(judged) {
        outcome.figure(verdict.word(), count);
    }
    for Judged { item, verdict, evidence } in judged {
        outcome.mix(format!("{} {}", item.id, verdict.word()).as_bytes());
        if *verdict == Verdict::Red {
            let (evidence, remedy) = (evidence.text(Language::En), &item.remedy.en);
            let page = format!("docs/runbooks/{}.md", item.runbook);
            outcome.finding(&format!("{}: {evidence}. {remedy} {page}", item.id));
        }
    }
    outcome
}
