//! Where backups go, by the settings; and the jobs that make and try them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_admin::Backups;
use holdfast_backup::{
    ArchivePolicy, Archiver, Backup, BackupVerify, Directory, Drill, Place, Scratch, Shelf, Source,
};
use holdfast_engine::{Code, Engine, Fault, Millis, Task};
use holdfast_wal::DiskStorage;

use crate::exit::Failure;
use crate::settings::Settings;

/// The jobs about backups, and when they run by themselves.
pub(crate) fn add_jobs(engine: &Engine, storage: &Directory, settings: &Settings) {
    let to = settings.backup.to.clone();
    let place = Place {
        shown: to.as_ref().map(|to| to.display().to_string()),
        open: Arc::new(move || open(to.as_deref().unwrap_or_else(|| Path::new("")))),
        keep: usize::try_from(settings.backup.keep.0).unwrap_or(usize::MAX),
    };
    let source = Source { storage: Arc::clone(storage), router: engine.router().clone() };
    let jobs = engine.jobs();
    jobs.add(Arc::new(Backup { place: place.clone(), source }));
    jobs.add(Arc::new(BackupVerify { place: place.clone() }));
    jobs.add(Arc::new(Drill { place, scratch: scratch(settings.backup.to.clone()) }));
    if settings.backup.to.is_some() {
        for (job, every) in [("backup", settings.backup.every), ("drill", settings.backup.drill_every)] {
            let task = Task { job: job.into(), arguments: Box::default() };
            jobs.schedule(task, Millis(every.as_millis()));
        }
    }
}

/// The backups, for another node that copies one; `None` if they go nowhere.
pub(crate) fn shelf(settings: &Settings) -> Option<Arc<dyn Backups>> {
    let to = settings.backup.to.clone()?;
    Some(Arc::new(Copied(to)))
}

/// A directory of backups. It is looked into when somebody asks: what it is on may come and go.
struct Copied(PathBuf);

impl Copied {
    fn look<T>(&self, look: impl FnOnce(&dyn Shelf) -> io::Result<T>) -> io::Result<T> {
        let storage: Directory = Arc::new(DiskStorage::open(&self.0)?);
        look(&storage)
    }
}

impl Backups for Copied {
    fn names(&self) -> io::Result<Vec<String>> {
        self.look(|shelf| shelf.names())
    }

    fn piece(&self, path: &str, from: u64) -> io::Result<Vec<u8>> {
        self.look(|shelf| shelf.piece(path, from))
    }
}

/// The thread that copies the log to archive.to; `None` if it is to go nowhere.
///
/// # Errors
/// If there can be no more threads.
pub(crate) fn archive(
    engine: &Engine,
    storage: &Directory,
    settings: &Settings,
) -> Result<Option<Archiver>, Failure> {
    let Some(to) = settings.archive.to.clone() else { return Ok(None) };
    let policy = ArchivePolicy {
        open: Arc::new(move || open(&to)),
        every: settings.archive.every.0,
        keep: Millis(settings.archive.keep.as_millis()),
    };
    let source = Source { storage: Arc::clone(storage), router: engine.router().clone() };
    let started = Archiver::start(source, engine.identity().clone(), policy);
    started.map(Some).map_err(|error| {
        Failure::fault(
            Code::DIRECTORY_UNUSABLE,
            format!("the thread of the archive cannot be started: {error}"),
        )
    })
}

fn open(path: &Path) -> Result<Directory, Fault> {
    let failed = |error: io::Error| {
        Fault::new(Code::JOB_FAILED, format!("the directory of backups {}: {error}", path.display()))
    };
    Ok(Arc::new(DiskStorage::open(path).map_err(failed)?))
}

/// What directories of drills begin with; the number of an execution is behind it.
const DRILLED: &str = "drill-drill-";

/// Removes what drills have left that a crash has ended: there is one at a time, and each has a name of its own.
fn remove_left(to: &Path) -> Result<(), Fault> {
    let failed = |error: io::Error| {
        let message = format!("what drills have left in {} cannot be removed: {error}", to.display());
        Fault::new(Code::JOB_FAILED, message)
    };
    let entries = match std::fs::read_dir(to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    let is_left = |name: &str| name.strip_prefix(DRILLED).is_some_and(|number| number.parse::<u64>().is_ok());
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_str().is_some_and(is_left) {
            std::fs::remove_dir_all(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// A directory in that of the backups, where there is room for a backup.
fn scratch(to: Option<PathBuf>) -> Scratch {
    let of_interrupted = to.clone();
    let place = move |name: &str| to.clone().unwrap_or_default().join(format!("drill-{name}"));
    let of_removal = place.clone();
    let remove = move |name: &str| {
        let path = of_removal(name);
        if let Err(error) = std::fs::remove_dir_all(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %path.display(), %error, "what a drill has restored cannot be removed: remove it");
        }
    };
    let make = move |name: &str| {
        of_interrupted.as_deref().map_or(Ok(()), remove_left)?;
        open(&place(name))
    };
    Scratch { make: Arc::new(make), remove: Arc::new(remove) }
}
