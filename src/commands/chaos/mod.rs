//! `holdfast chaos`: disturbs a server of its own, on purpose.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use holdfast_chaos::{
    Experiment, Failure as Fault, Journal, LIBRARY, Language as Of, Options, Verdict, markdown,
    run as run_it, schedule, source, summary,
};
use holdfast_engine::Code;

use super::data;
use crate::exit::Failure;
use crate::flags::{ChaosCommand, ChaosRun, Language};

pub(crate) fn run(command: &ChaosCommand) -> Result<(), Failure> {
    match command {
        ChaosCommand::Run(args) => disturb(args),
        ChaosCommand::List { lang } => list(*lang),
        ChaosCommand::Check { file, seed } => check(file, *seed),
    }
}

fn read(file: &str) -> Result<Experiment, Failure> {
    let text = source(file).map_err(refused)?;
    Experiment::read(&text).map_err(|why| Failure::usage(Code::BAD_USAGE, format!("{file}: {why}")))
}

fn refused(fault: Fault) -> Failure {
    match fault {
        Fault::Usage(message) => Failure::usage(Code::BAD_USAGE, message),
        Fault::Failed(message) => Failure::found_wrong(message),
    }
}

const fn of(language: Language) -> Of {
    match language {
        Language::En => Of::En,
        Language::Ko => Of::Ko,
    }
}

fn list(language: Language) -> Result<(), Failure> {
    let mut text = String::new();
    for (name, _) in LIBRARY {
        let experiment = read(name)?;
        let title = if language == Language::Ko { experiment.title_ko } else { experiment.title };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<24}{title}");
    }
    data::print(&text);
    Ok(())
}

fn check(file: &str, seed: u64) -> Result<(), Failure> {
    let experiment = read(file)?;
    let mut text = format!("{}\n", experiment.title);
    for step in schedule(&experiment, seed) {
        let (before, after) = (step.before_ms.as_millis(), step.after_ms.as_millis());
        let _ = writeln!(text, "  after {before} ms: {}: {}, then {after} ms", step.name, step.told());
    }
    data::print(&text);
    Ok(())
}

fn disturb(args: &ChaosRun) -> Result<(), Failure> {
    let experiment = read(&args.file)?;
    if let Some(report) = args.report.as_deref().filter(|report| report.join("journal.json").exists()) {
        let message =
            format!("{} has a journal already: what was found before is not overwritten", report.display());
        return Err(Failure::usage(Code::BAD_USAGE, message));
    }
    let seed = match args.seed {
        Some(seed) => seed,
        None => getrandom::u32().map(u64::from).map_err(|error| defect(&error))?,
    };
    let options = Options {
        program: std::env::current_exe().map_err(|error| defect(&error))?,
        seed,
        data: args.data.clone(),
        listen: args.listen,
        keep: args.keep,
        started: data::utc(data::now()),
    };
    let journal = run_it(&experiment, &options).map_err(refused)?;
    if let Some(report) = &args.report {
        write(report, &journal, args)?;
    }
    data::print(&format!("{}seed {seed}\n", summary(&journal, of(args.lang))));
    match journal.verdict() {
        Verdict::Held => Ok(()),
        Verdict::Deviated | Verdict::NotSteadyBefore => {
            Err(Failure::found_wrong("the hypothesis does not hold"))
        }
    }
}

fn defect(error: &dyn std::error::Error) -> Failure {
    Failure::fault(Code::DEFECT, error.to_string())
}

fn write(report: &Path, journal: &Journal, args: &ChaosRun) -> Result<(), Failure> {
    let json = journal.json().map_err(|error| defect(&error))?;
    let page = markdown(journal, &args.file, of(args.lang));
    let written = fs::create_dir_all(report)
        .and_then(|()| fs::write(report.join("journal.json"), json))
        .and_then(|()| fs::write(report.join("report.md"), page));
    written.map_err(|error| Failure::found_wrong(format!("cannot write {}: {error}", report.display())))
}
