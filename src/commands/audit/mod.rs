//! `holdfast audit`: who did what, from the files of a data directory or of a backup, and whether they are what was written. Reads only,
//! also while a server runs.

mod log;
mod verify;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use holdfast_audit::{Line, Verdict};
use holdfast_engine::{At, Code, Identity};
use holdfast_wal::Storage;

use super::data;
use crate::exit::Failure;
use crate::flags::{AuditCommand, AuditFilter};

pub(crate) fn run(command: &AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::Show { data, filter } => each(&data.data, filter, shown),
        AuditCommand::Export { data, filter } => each(&data.data, filter, exported),
        AuditCommand::Verify { data, against } => verify::run(&data.data, against),
    }
}

/// Verifies the files of the audit, as `holdfast audit verify` does.
///
/// # Errors
/// The first fault, or why they cannot be read.
pub(crate) fn verified(storage: &Arc<dyn Storage>, rests: &mut dyn FnMut()) -> Result<(), Failure> {
    let (verdict, _) = verify::verified(storage, Vec::new(), rests)?;
    if verdict.is_damaged() { Err(damaged(&verdict)) } else { Ok(()) }
}

fn storage(path: &Path) -> Result<Arc<dyn Storage>, Failure> {
    data::open_to_look(path).map(|disk| Arc::new(disk) as _)
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::refused(Code::DIRECTORY_UNUSABLE, format!("the files of the audit cannot be read: {error}"))
}

/// The id of the data directory, by which its files name it; `None` if the identity is not there or cannot be read.
fn directory_id(storage: &Arc<dyn Storage>) -> Option<String> {
    Identity::of_copy(storage).ok().map(|identity| identity.id_text())
}

/// Prints each line that was asked for. What is damaged is told behind them.
fn each(path: &Path, filter: &AuditFilter, told: impl Fn(&Line) -> String) -> Result<(), Failure> {
    let storage = storage(path)?;
    let verdict = holdfast_audit::verify(&*storage, directory_id(&storage).as_deref(), &[], &mut |line| {
        if fits(filter, line) {
            data::print(&told(line));
        }
    })
    .map_err(|error| unreadable(&error))?;
    if verdict.is_damaged() { Err(damaged(&verdict)) } else { Ok(()) }
}

fn damaged(verdict: &Verdict) -> Failure {
    let first = verdict.faults.first().map(ToString::to_string).unwrap_or_default();
    let more = verdict.faults.len() as u64 + verdict.faults_left_out;
    let more = if more > 1 { format!(" (and {} more)", more - 1) } else { String::new() };
    Failure::fault(Code::AUDIT_DAMAGED, format!("{first}{more}"))
}

fn fits(filter: &AuditFilter, line: &Line) -> bool {
    let AuditFilter { from, to, operator, event, act } = filter;
    let entry = &line.entry;
    from.is_none_or(|from| At(entry.at) >= data::unix(from.into()))
        && to.is_none_or(|to| At(entry.at) < data::unix(to.into()))
        && operator.as_deref().is_none_or(|operator| entry.operator.as_deref() == Some(operator))
        && event.as_deref().is_none_or(|event| entry.event.as_deref() == Some(event))
        && act.as_deref().is_none_or(|act| entry.act.starts_with(act))
}

/// A line as people read it. What is not there is not told.
fn shown(line: &Line) -> String {
    let entry = &line.entry;
    let mut text = format!("{:>6}  {}  {:<16}", line.seq, data::utc(At(entry.at)), entry.act);
    let after = entry.after.as_ref().map(ToString::to_string);
    let parts = [
        ("", entry.event.as_deref()),
        ("by ", entry.operator.as_deref()),
        ("token ", entry.token.as_deref()),
        ("", entry.target.as_deref()),
        ("execution ", entry.execution.as_deref()),
        ("now ", after.as_deref()),
        ("because ", entry.reason.as_deref()),
    ];
    for (before, part) in parts.into_iter().filter_map(|(before, part)| Some((before, part?))) {
        // Writing to a String cannot fail.
        let _ = write!(text, "  {before}{part}");
    }
    text.push('\n');
    text
}

/// A line as it stands in the file, but for the hash of the line before.
fn exported(line: &Line) -> String {
    serde_json::to_string(line).unwrap_or_default() + "\n"
}
