//! `holdfast backup`: which backups there are, whether they are whole, and one back as a data directory.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use holdfast_backup::{
    BackupError, Directory, Done, MISSING_FILE, Manifest, Missing, MissingOfEvent, Upto, Wanted, check, list,
    restore,
};
use holdfast_engine::{At, Branch, Code, Fault, Interrupted};
use holdfast_wal::DiskStorage;

use super::data;
use crate::exit::Failure;
use crate::flags::{BackupCommand, UptoArgs};

pub(crate) fn run(command: &BackupCommand) -> Result<(), Failure> {
    match command {
        BackupCommand::List { from } => list_all(&target(from)?),
        BackupCommand::Verify { from, name } => verify(&target(from)?, name.as_deref()),
        BackupCommand::Restore { from, name, archive, upto, data } => {
            let archive = archive.as_deref().map(target).transpose()?;
            bring_back((target(from)?, archive), name.as_deref(), upto, data)
        }
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

fn bring_back(
    (target, archive): (DiskStorage, Option<DiskStorage>),
    name: Option<&str>,
    upto: &UptoArgs,
    path: &Path,
) -> Result<(), Failure> {
    let (to, _lock) = data::open(path)?;
    let (target, to): (Directory, Directory) = (Arc::new(target), Arc::new(to));
    let archive = archive.map(|archive| Arc::new(archive) as Directory);
    let wanted = Wanted { name, upto: upto.meant(), archive: archive.as_ref(), now: data::now() };
    let done = restore(&target, &wanted, &to, &mut go_on).map_err(|error| match error {
        BackupError::NotEmpty(_) => Failure::refused(Code::DIRECTORY_UNUSABLE, error.to_string()),
        error => refused(&error),
    })?;
    let Done { manifest, branch, missing } = &done;
    let Branch { number, from_lsn, at } = branch;
    let (upto, at, path) = (from_lsn - 1, data::utc(*at), path.display());
    let mut text = format!(
        "restored {} to {path}: all up to lsn {upto}, as it was at {at}\n\
         it is branch {number}: sales that were open are paused when it starts\n",
        manifest.name
    );
    tell_missing(&mut text, missing, &path.to_string());
    let _ = writeln!(text, "start it with: holdfast serve --data {path}");
    data::print(&text);
    Ok(())
}

/// What was acknowledged and is not there. All of it stands in the file; here is what there is to see at a glance.
fn tell_missing(text: &mut String, missing: &Missing, path: &str) {
    const SHOWN: usize = 100;
    if missing.changes == 0 {
        text.push_str("nothing of the backup is left out\n");
        return;
    }
    let _ = writeln!(
        text,
        "left out: {} changes of {} events, each a line of {path}/{MISSING_FILE}",
        missing.changes,
        missing.events.len()
    );
    for of in missing.events.iter().take(SHOWN) {
        let MissingOfEvent { event, versions: (first, last), orders, payments, holds, others } = of;
        let (sold, paid, held) = (orders.len(), payments.len(), holds.len());
        let _ = writeln!(
            text,
            "  {event}: versions {first} to {last}: {sold} orders, {paid} payments, {held} holds, {others} others"
        );
        for (what, names) in [("order", orders), ("payment", payments)] {
            for name in names.iter().take(SHOWN) {
                let _ = writeln!(text, "    {what} {name}");
            }
            let more = names.len().saturating_sub(SHOWN);
            if more > 0 {
                let _ = writeln!(text, "    and {more} more");
            }
        }
    }
    let more = missing.events.len().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "  and {more} events more");
    }
}

impl UptoArgs {
    fn meant(&self) -> Upto {
        match (self.upto_lsn, self.upto_time, &self.upto) {
            (Some(lsn), ..) => Upto::Lsn(lsn),
            (_, Some(time), _) => Upto::Time(data::unix(time.into())),
            (.., Some((event, version))) => Upto::Version(event.clone(), *version),
            (None, None, None) => Upto::End,
        }
    }
}

/// Nobody stops it but by Ctrl-C.
const fn go_on(_done: u64, _of: u64) -> Result<(), Interrupted> {
    Ok(())
}
