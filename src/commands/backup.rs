//! `holdfast backup`: which backups there are, whether they are whole, and one back as a data directory.

use std::fmt::Write as _;
use std::path::Path;

use holdfast_backup::{BackupError, Manifest, check, list, restore};
use holdfast_engine::{At, Code, Fault, Interrupted};
use holdfast_wal::DiskStorage;

use super::data;
use crate::exit::Failure;
use crate::flags::BackupCommand;

pub(crate) fn run(command: &BackupCommand) -> Result<(), Failure> {
    match command {
        BackupCommand::List { from } => list_all(&target(from)?),
        BackupCommand::Verify { from, name } => verify(&target(from)?, name.as_deref()),
        BackupCommand::Restore { from, name, data } => bring_back(&target(from)?, name.as_deref(), data),
    }
}

fn target(path: &Path) -> Result<DiskStorage, Failure> {
    data::open_to_look(path)
}

fn refused(error: &BackupError) -> Failure {
    let Fault { code, message } = error.into();
    Failure::refused(code, message)
}

fn list_all(target: &DiskStorage) -> Result<(), Failure> {
    let all = list(target).map_err(|error| refused(&error))?;
    let (mut text, mut broken) = (String::new(), 0);
    for one in &all {
        // Writing to a String cannot fail.
        let _ = match one {
            Ok(Manifest { name, taken_at, last_lsn, files, .. }) => {
                let (bytes, taken) = (one.as_ref().map_or(0, Manifest::bytes), data::utc(At(*taken_at)));
                writeln!(
                    text,
                    "{name}  taken {taken}  up to lsn {last_lsn}  {} files  {bytes} bytes",
                    files.len()
                )
            }
            Err(error) => {
                broken += 1;
                writeln!(text, "NOT USABLE: {error}")
            }
        };
    }
    if all.is_empty() {
        text.push_str("there are no backups\n");
    }
    data::print(&text);
    if broken > 0 { Err(Failure::found_wrong(format!("{broken} manifests cannot be read"))) } else { Ok(()) }
}

fn verify(target: &DiskStorage, name: Option<&str>) -> Result<(), Failure> {
    let (manifest, faults) = check(target, name, &mut go_on).map_err(|error| refused(&error))?;
    let mut text = String::new();
    for fault in &faults {
        let _ = writeln!(text, "fault: {fault}");
    }
    let verdict = if faults.is_empty() { "whole" } else { "NOT USABLE" };
    let _ = writeln!(
        text,
        "{}: {} files, {} bytes: {verdict}",
        manifest.name,
        manifest.files.len(),
        manifest.bytes()
    );
    data::print(&text);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::found_wrong(format!("{} faults found in the backup {}", faults.len(), manifest.name)))
    }
}

fn bring_back(target: &DiskStorage, name: Option<&str>, path: &Path) -> Result<(), Failure> {
    let (to, _lock) = data::open(path)?;
    let manifest = restore(target, name, &to, &mut go_on).map_err(|error| match error {
        BackupError::NotEmpty(_) => Failure::refused(Code::DIRECTORY_UNUSABLE, error.to_string()),
        error => refused(&error),
    })?;
    let (taken, path) = (data::utc(At(manifest.taken_at)), path.display());
    data::print(&format!(
        "restored {} to {path}: all up to lsn {}, as it was at {taken}\nstart it with: holdfast serve --data {path}\n",
        manifest.name, manifest.last_lsn
    ));
    Ok(())
}

/// Nobody stops it but by Ctrl-C.
const fn go_on(_done: u64, _of: u64) -> Result<(), Interrupted> {
    Ok(())
}
