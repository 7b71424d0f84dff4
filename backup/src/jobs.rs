//! The jobs: backup, backup-verify, drill.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use holdfast_engine::{
    At, Code, ExecutionOutcome as Outcome, Fault, Interrupted, Job, JobPlan, JobRun, Unfinished, no_arguments,
};

use crate::catalogue::{list, prune};
use crate::check::check;
use crate::drill::{Drilled, drill};
use crate::error::BackupError;
use crate::take::{Source, take};
use crate::{Directory, Manifest};

/// Where backups go; `None` if nowhere.
#[derive(Clone)]
pub struct Place {
    /// Opens the target, and makes it if it is not there. It is asked by a job, on its own thread: the medium may be slow.
    pub open: Open,
    /// What it is called, for people; `None` if there is none.
    pub shown: Option<String>,
    /// How many backups are kept.
    pub keep: usize,
}

/// Opens a directory, and makes it if it is not there.
pub type Open = Arc<dyn Fn() -> Result<Directory, Fault> + Send + Sync>;

/// Makes a directory of this name.
pub type Make = Arc<dyn Fn(&str) -> Result<Directory, Fault> + Send + Sync>;

/// Makes an empty directory for a drill, and takes it away.
#[derive(Clone)]
pub struct Scratch {
    /// Makes one of this name.
    pub make: Make,
    /// Takes it away, with what is in it.
    pub remove: Arc<dyn Fn(&str) + Send + Sync>,
}

/// Makes a backup.
pub struct Backup {
    /// Where to.
    pub place: Place,
    /// Of what.
    pub source: Source,
}

/// Reads backups, and looks whether they are what was written.
pub struct BackupVerify {
    /// Where they are.
    pub place: Place,
}

/// Restores the newest backup beside the server.
pub struct Drill {
    /// Where it is.
    pub place: Place,
    /// Where it is restored.
    pub scratch: Scratch,
}

impl Place {
    fn named(&self) -> Result<&str, Fault> {
        let none = || Fault::new(Code::NO_JOB, "backup.to is not set: there is nowhere to put a backup");
        self.shown.as_deref().ok_or_else(none)
    }
}

/// Bytes a second that a job reads and writes: far less than a disk has, so that sales on the same disk hardly notice.
const BYTES_PER_SECOND: u64 = 32 * 1024 * 1024;

/// Tells how far a job is, and holds it up so that it goes no faster than it may.
fn paced(run: &mut JobRun<'_>) -> impl FnMut(u64, u64) -> Result<(), Interrupted> {
    let begun = Instant::now();
    move |done, of| {
        run.step(done, of, "")?;
        let due = Duration::from_micros(done.saturating_mul(1_000_000) / BYTES_PER_SECOND);
        thread::sleep(due.saturating_sub(begun.elapsed()));
        Ok(())
    }
}

fn one_at_most<'a>(job: &str, arguments: &'a [Box<str>]) -> Result<Option<&'a str>, Fault> {
    match arguments {
        [] => Ok(None),
        [name] => Ok(Some(name)),
        [_, second, ..] => {
            Err(Fault::new(Code::NO_JOB, format!("{job} takes one backup, and {second} is a second one")))
        }
    }
}

fn unfinished(error: &BackupError, outcome: Outcome) -> Unfinished {
    match error {
        BackupError::Interrupted => Unfinished::Interrupted,
        error => Unfinished::Failed(error.into(), outcome),
    }
}

fn told(outcome: &mut Outcome, manifest: &Manifest) {
    outcome.figure("files", manifest.files.len() as u64);
    outcome.figure("bytes", manifest.bytes());
    outcome.figure("last_lsn", manifest.last_lsn);
    for file in &manifest.files {
        outcome.mix(file.sha256.as_bytes());
    }
}

/// As `20261129T122801Z-0000000017`: names sort as times do, and within a second as numbers do.
fn name_of(At(now): At, execution: u64) -> String {
    // The calendar of the library ends with the year 9999.
    let at = UNIX_EPOCH + Duration::from_millis(now.min(253_402_300_799_000));
    let at = humantime::format_rfc3339_seconds(at).to_string().replace([':', '-'], "");
    format!("{at}-{execution:010}")
}

/// What was found makes it fail.
fn unless_found(faults: &[String], mut outcome: Outcome) -> Result<Outcome, Unfinished> {
    faults.iter().for_each(|fault| outcome.finding(fault));
    outcome.unless_found(Code::BACKUP_DAMAGED)
}

impl Job for Backup {
    fn name(&self) -> &'static str {
        "backup"
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn summary(&self) -> &'static str {
        "copies snapshots and log to backup.to, and reads the copy back"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<JobPlan, Fault> {
        let to = self.place.named()?;
        no_arguments(self.name(), arguments)?;
        let steps = vec![
            format!("the newest snapshots and all of the log are copied to {to}"),
            format!("each copy is read back; the newest {} backups are kept", self.place.keep),
        ];
        Ok(JobPlan { steps, items: 0 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        self.place.named()?;
        let target = (self.place.open)()?;
        let (now, execution) = (run.now(), run.id().0);
        let name = name_of(now, execution);
        let mut outcome = Outcome::default();
        let made = take(&self.source, &*target, (&name, now.0, execution), &mut paced(run));
        let manifest = made.map_err(|error| unfinished(&error, Outcome::default()))?;
        told(&mut outcome, &manifest);
        let removed = prune(&*target, self.place.keep);
        match removed {
            Ok(removed) => outcome.figure("removed", removed as u64),
            // There is one more, and that is what was asked for.
            Err(error) => outcome.finding(&format!("older backups were not removed: {error}")),
        }
        Ok(outcome)
    }
}

impl Job for BackupVerify {
    fn name(&self) -> &'static str {
        "backup-verify"
    }

    fn usage(&self) -> &'static str {
        "[backup | ALL]"
    }

    fn summary(&self) -> &'static str {
        "reads a backup, the newest one or all, and looks whether each file is what was written"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<JobPlan, Fault> {
        let at = self.place.named()?;
        let which = match one_at_most(self.name(), arguments)? {
            None => "the newest backup".to_owned(),
            Some(all) if all.eq_ignore_ascii_case("ALL") => "each backup".to_owned(),
            Some(name) => format!("the backup {name}"),
        };
        Ok(JobPlan { steps: vec![format!("{which} at {at} is read; nothing is changed")], items: 0 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        self.place.named()?;
        let target = (self.place.open)()?;
        let which = one_at_most(self.name(), run.arguments())?.map(str::to_owned);
        let names: Vec<Option<String>> = match which {
            Some(all) if all.eq_ignore_ascii_case("ALL") => {
                let all = list(&*target).map_err(|error| unfinished(&error, Outcome::default()))?;
                let name = |one: Result<Manifest, BackupError>| match one {
                    Ok(manifest) => Some(manifest.name),
                    Err(BackupError::Manifest { path, .. } | BackupError::Io { path, .. }) => {
                        path.strip_suffix(".json").map(str::to_owned)
                    }
                    Err(_) => None,
                };
                all.into_iter().map(name).collect()
            }
            which => vec![which],
        };
        let (mut outcome, mut faults) = (Outcome::default(), Vec::new());
        let count = names.len() as u64;
        for name in names {
            match check(&*target, name.as_deref(), &mut paced(run)) {
                Ok((manifest, found)) => {
                    told(&mut outcome, &manifest);
                    faults.extend(found);
                }
                Err(BackupError::Interrupted) => return Err(Unfinished::Interrupted),
                Err(error) => faults.push(error.to_string()),
            }
        }
        outcome.figure("backups", count);
        unless_found(&faults, outcome)
    }
}

impl Job for Drill {
    fn name(&self) -> &'static str {
        "drill"
    }

    fn usage(&self) -> &'static str {
        "[backup]"
    }

    fn summary(&self) -> &'static str {
        "restores the newest backup beside the server, brings all events back, and checks them"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<JobPlan, Fault> {
        let at = self.place.named()?;
        let which = one_at_most(self.name(), arguments)?.unwrap_or("newest");
        let steps = vec![
            format!("the {which} backup at {at} is restored into a directory beside it"),
            "all events are brought back as a start would, each record is compared, each rule is checked"
                .to_owned(),
            "the directory is removed; the running events are not touched".to_owned(),
        ];
        Ok(JobPlan { steps, items: 0 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        self.place.named()?;
        let target = (self.place.open)()?;
        let which = one_at_most(self.name(), run.arguments())?.map(str::to_owned);
        let (name, now) = (run.name(), run.now());
        let scratch = (self.scratch.make)(&name)?;
        let done = drill(&target, (which.as_deref(), now), &scratch, &mut paced(run));
        drop(scratch);
        (self.scratch.remove)(&name);
        let drilled = done.map_err(|error| unfinished(&error, Outcome::default()))?;
        let Drilled { manifest, events, records, took, faults } = drilled;
        let mut outcome = Outcome::default();
        told(&mut outcome, &manifest);
        outcome.figure("events", events);
        outcome.figure("records", records);
        outcome.figure("took_ms", took.as_millis() as u64);
        outcome.figure("age_ms", run.now().0.saturating_sub(manifest.taken_at));
        unless_found(&faults, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_they_were_made() {
        let at = At(1_795_955_935_261);
        let names = [(at, 9), (at, 10), (at, 100), (At(at.0 + 1_000), 101)].map(|(at, id)| name_of(at, id));
        assert!(names.is_sorted(), "{names:?}");
        assert_eq!(names[0], "20261129T123855Z-0000000009");
    }
}
