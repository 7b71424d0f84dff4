//! The job `reconcile`: the same inside a running server. The payments are brought back from its directory, beside the running events.

use std::fs::File;
use std::path::{Component, Path, PathBuf};

use holdfast_engine::{
    AsOf, At, Code, Document, ExecutionOutcome as Outcome, Fault, Interrupted, Job, JobPlan, JobRun, Millis,
    Router, Unfinished,
};
use holdfast_reconcile::{Class, Finding, Refund, Report};

use super::asked::USAGE;
use super::standing::{FROM, JOB, TO, figure_of, money_of};
use super::{Asked, Payments, open, reconcile};

/// Reconciles with files of one directory.
pub(super) struct Reconcile {
    pub(super) router: Router,
    /// Where files are; `None` if nowhere.
    pub(super) files: Option<PathBuf>,
    pub(super) grace: Millis<u64>,
}

impl Reconcile {
    fn directory(&self) -> Result<&Path, Fault> {
        let none =
            || Fault::new(Code::NO_JOB, "reconcile.files is not set: there are no files to reconcile with");
        self.files.as_deref().ok_or_else(none)
    }

    /// A file of the directory, and of no other: whoever may ask for a job does not get to read the machine's files by it.
    fn find(&self, name: &str) -> Result<File, Fault> {
        must_be_inside(name)?;
        let directory = self.directory()?;
        let failed = |error: std::io::Error| Fault::new(Code::NO_JOB, format!("cannot read {name}: {error}"));
        // A link may lead anywhere.
        let path = directory.join(name).canonicalize().map_err(failed)?;
        if !path.starts_with(directory.canonicalize().map_err(failed)?) {
            return Err(Fault::new(Code::NO_JOB, format!("{name}: it is a link out of reconcile.files")));
        }
        open(&path)
    }
}

fn must_be_inside(name: &str) -> Result<(), Fault> {
    let mut parts = Path::new(name).components();
    if parts.all(|part| matches!(part, Component::Normal(_))) {
        return Ok(());
    }
    Err(Fault::new(Code::NO_JOB, format!("{name}: it is no name of a file in reconcile.files")))
}

impl Job for Reconcile {
    fn name(&self) -> &'static str {
        JOB
    }

    fn usage(&self) -> &'static str {
        USAGE
    }

    fn summary(&self) -> &'static str {
        "compares files of a payment provider in reconcile.files with the payments, and keeps what does not match"
    }

    fn is_set_up(&self) -> bool {
        self.files.is_some()
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<JobPlan, Fault> {
        let directory = self.directory()?.display();
        let asked = Asked::of_words(arguments)?;
        asked.files.iter().chain([&asked.profile]).try_for_each(|name| must_be_inside(name))?;
        let which = asked.event.map_or_else(|| "all events".to_owned(), |event| format!("the event {event}"));
        let steps = vec![
            format!("the payments of {which} are brought back as of one record, beside the running events"),
            format!("{} of {directory} are read as {} writes them", asked.files.join(", "), asked.profile),
            "each line and each payment gets its class; nothing is changed, and no money moves".to_owned(),
        ];
        Ok(JobPlan { steps, items: 0 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let asked = Asked::of_words(run.arguments())?;
        let mut interrupted = None;
        let mut step = |lines| {
            run.step(lines, 0, "").map_err(|stop| {
                interrupted = Some(stop);
                Fault::new(Code::INTERRUPTED, "it was told to stop")
            })
        };
        let done =
            reconcile(Payments::Here(&self.router), (&asked, self.grace), &|name| self.find(name), &mut step);
        let done = match (done, interrupted) {
            (Err(_), Some(Interrupted)) => return Err(Unfinished::Interrupted),
            (done, _) => done,
        };
        let (as_of, report) = done?;
        let results = report.findings.iter().map(|finding| found(finding, &report));
        for result in results.chain(report.refunds.iter().map(refund)) {
            outcome_of(run, &result)?;
        }
        Ok(outcome(run, as_of, &report))
    }
}

fn outcome_of(run: &mut JobRun<'_>, result: &Document) -> Result<(), Unfinished> {
    run.rests();
    run.goes_on()?;
    Ok(run.result(result)?)
}

fn outcome(run: &JobRun<'_>, AsOf { lsn, at, .. }: AsOf, report: &Report) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.mix(report.text().as_bytes());
    let figures = [("as_of_lsn", lsn.0), ("as_of", at.0), ("lines", report.lines)];
    figures.into_iter().for_each(|(name, value)| outcome.figure(name, value));
    outcome.figure("mismatches", report.mismatches());
    outcome.figure("refunds", report.refunds.len() as u64);
    let (from, to) = report.period;
    let period = [(FROM, from), (TO, to)].into_iter().filter_map(|(name, time)| Some((name, time?)));
    period.for_each(|(name, At(time))| outcome.figure(name, time));
    for class in Class::ALL {
        let count = report.count(class);
        if count > 0 {
            outcome.figure(&figure_of(class), count);
        }
    }
    for ((class, currency), minor) in report.money() {
        outcome.figure(&(money_of(class) + &currency.code().to_ascii_lowercase()), minor);
    }
    for finding in &report.findings {
        run.rests();
        outcome.mix(format!("{finding:?}").as_bytes());
        if let Some(code) = finding.class.code() {
            let of = match &finding.payment {
                Some((event, payment)) => format!("{payment} of {event}"),
                None => finding.id.to_string(),
            };
            outcome.finding(&format!("{code} {} {of}: {}", finding.class.word(), finding.what));
        }
    }
    outcome
}

/// A line of the results.
fn found(finding: &Finding, report: &Report) -> Document {
    let (event, payment) =
        finding.payment.as_ref().map(|(event, payment)| (event.as_str(), payment.as_str())).unzip();
    let file = finding.place.and_then(|place| report.files.get(usize::from(place.file)));
    Document::fields([
        ("class", finding.class.word().into()),
        ("code", Document::or_nothing(finding.class.code().map(Code::text))),
        ("event", Document::or_nothing(event)),
        ("payment", Document::or_nothing(payment)),
        ("file", Document::or_nothing(file.map(String::as_str))),
        ("line", Document::or_nothing(finding.place.map(|place| place.line))),
        ("id", (&*finding.id).into()),
        ("minor", finding.minor.to_string().into()),
        ("currency", Document::or_nothing(finding.currency.map(|currency| currency.code().to_owned()))),
        ("what", finding.what.as_str().into()),
        ("command", Document::or_nothing(finding.command.as_deref())),
    ])
}

/// A line of the results that says what is to be paid back.
fn refund(refund: &Refund) -> Document {
    let (event, payment) = &refund.payment;
    Document::fields([
        ("refund", refund.class.word().into()),
        ("event", event.as_str().into()),
        ("payment", payment.as_str().into()),
        ("minor", refund.amount.minor.into()),
        ("currency", refund.amount.currency.code().into()),
        ("provider_reference", Document::or_nothing(refund.reference.as_deref())),
        ("idempotency_key", refund.key.as_str().into()),
    ])
}
