//! `holdfast load`: puts a server under load, and tells what it stood.

use std::fs;
use std::path::Path;

use holdfast_engine::Code;

use super::data;
use crate::exit::Failure;
use crate::load::{self, LoadArgs, Plan, Report};

pub(crate) fn run(args: &LoadArgs) -> Result<(), Failure> {
    let plan = Plan::new(args)?;
    let report = load::run(&plan).map_err(Failure::found_wrong)?;
    data::print(&report.text());
    write_files(args, &report)?;
    report.failure().map_or(Ok(()), |failure| Err(Failure::found_wrong(failure)))
}

fn write_files(args: &LoadArgs, report: &Report) -> Result<(), Failure> {
    if let Some(path) = &args.json {
        let json = report.json().map_err(|error| Failure::fault(Code::DEFECT, error.to_string()))?;
        fs::write(path, json + "\n").map_err(|error| cannot_write(path, &error))?;
    }
    if let Some(path) = &args.hgrm {
        load::write_hgrm(path, report).map_err(|error| cannot_write(path, &error))?;
    }
    if let Some(path) = &args.svg {
        load::write_svg(path, report).map_err(|error| cannot_write(path, error.as_ref()))?;
    }
    Ok(())
}

fn cannot_write(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::found_wrong(format!("cannot write {}: {error}", path.display()))
}
