//! Brings a backup back as a data directory: all of it, or as it was at a moment before.
//!
//! What is restored is another [branch](Branch) of the same sales: it has the secret, so keys are known, and what has a number after its
//! end means something else in it than where it came from. The identity comes last: without it no server starts on the directory, so one
//! that was restored in part is never taken for a whole one.

mod copies;
mod missing;
mod point;

use std::collections::BTreeMap;
use std::sync::Arc;

use holdfast_audit::{DIR, Files, join};
use holdfast_engine::{
    AUDITED_FILE, At, Branch, EventId, GENESIS_FILE, IDENTITY_COPY, IDENTITY_FILE, Identity, Snapshots,
};
use holdfast_snapshots::Store;
use holdfast_wal::{Contents, Lsn, Recovered, ShortenError, Storage, shorten};

use crate::archive::{list as archived, seq_of};
use crate::audited::{audit, cut, read_all};
use crate::catalogue::{find, list};
use crate::check::{fault_at, fault_of};
use crate::copy::{Count, write};
use crate::error::BackupError;
use crate::manifest::{DIRECTORIES, FileOf, Manifest};
use crate::{Directory, Step};
use copies::Copies;
use point::Point;

pub use missing::{MISSING_FILE, Missing, MissingOfEvent};
pub use point::Upto;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The backup; `None`: the newest one that has what is wanted.
    pub name: Option<&'a str>,
    /// What is to be in the directory.
    pub upto: Upto,
    /// The archive that the backup is brought forward with.
    pub archive: Option<&'a Directory>,
    /// The time of the restore: it makes the number of the branch.
    pub now: At,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Done {
    /// The backup.
    pub manifest: Manifest,
    /// What the directory is.
    pub branch: Branch,
    /// What was acknowledged, and is not in it.
    pub missing: Missing,
}

/// A backup that has what is wanted, found whole.
struct Chosen {
    manifest: Manifest,
    /// Its files, and those of the archive that go on where it ends.
    files: Vec<FileOf>,
    copies: Directory,
    /// Files of the archive with lines of the audit that the backup has not.
    lines: Vec<String>,
    log: Recovered,
    names: BTreeMap<EventId, String>,
    point: Point,
    /// Whether the snapshots are no newer than the point.
    with_snapshots: bool,
}

/// Makes a data directory of a backup in an empty directory. All of the backup is looked at before anything is written.
///
/// # Errors
/// If no backup has what is wanted, it is damaged, the directory is not empty, or the medium says so. What was written is of no use
/// then.
pub fn restore(
    target: &Directory,
    wanted: &Wanted<'_>,
    to: &Directory,
    step: &mut Step<'_>,
) -> Result<Done, BackupError> {
    must_be_empty(&**to)?;
    let chosen = choose(target, wanted, step)?;
    let Chosen { files, copies, log, names, point, with_snapshots, .. } = &chosen;
    let identity = Identity::of_copy(copies).map_err(|error| BackupError::Damaged(error.to_string()))?;
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let mut count = Count { done: 0, of: 2 * bytes, step };
    for dir in DIRECTORIES {
        to.create_dir(dir).map_err(BackupError::io("create", dir))?;
    }
    let last_segment = last_segment(log, point.lsn)?;
    let belongs = |file: &&FileOf| match file.path.split_once('/') {
        Some(("snapshots", _)) => *with_snapshots,
        // Past segments are all before the log.
        Some(("wal", name)) => !name.ends_with(".wal") || *name <= *last_segment,
        Some((DIR, _)) => false,
        // Another branch is no copy of a replicated log.
        _ => ![IDENTITY_FILE, IDENTITY_COPY, GENESIS_FILE, AUDITED_FILE].contains(&&*file.path),
    };
    for file in files.iter().filter(belongs) {
        copy(copies, file, &**to, &mut count)?;
    }
    for (path, bytes) in audit_of(&chosen, wanted.archive)? {
        write(&Contents::new(bytes), &**to, &path, &mut count)?;
    }
    for dir in DIRECTORIES.into_iter().chain([""]) {
        to.sync_dir(dir).map_err(BackupError::io("sync", dir))?;
    }
    shorten(to, point.lsn, None).map_err(|error| match error {
        ShortenError::Log(holdfast_wal::OpenError::Io { path, action, source }) => {
            BackupError::Io { action, path, source }
        }
        error => BackupError::Damaged(error.to_string()),
    })?;
    let missing = missing::write_down(log, point.lsn, names, &**to)?;
    let number = (wanted.now.0 / 1_000).max(identity.branch.number + 1);
    let branch = Branch { number, from_lsn: point.lsn.0 + 1, at: point.at };
    Identity { branch, ..identity }.put(to).map_err(|error| BackupError::Source(error.to_string()))?;
    to.sync_dir("").map_err(BackupError::io("sync", ""))?;
    let Chosen { manifest, .. } = chosen;
    Ok(Done { manifest, branch, missing })
}

/// The audit as it was at the point: lines about what is not there any more would give the start away.
fn audit_of(chosen: &Chosen, archive: Option<&Directory>) -> Result<Files, BackupError> {
    let mut audit = audit(&*chosen.copies)?;
    if let Some(archive) = archive {
        for path in &chosen.lines {
            join(&mut audit, &read_all(&**archive, path)?);
        }
    }
    cut(&mut audit, chosen.point.lsn);
    Ok(audit)
}

pub(crate) fn must_be_empty(to: &dyn Storage) -> Result<(), BackupError> {
    for dir in [""].into_iter().chain(DIRECTORIES) {
        let there = to.list(dir).map_err(BackupError::io("list", dir))?;
        if let Some(file) = there.into_iter().find(|file| !(dir.is_empty() && file == "OWNER")) {
            return Err(BackupError::NotEmpty(file));
        }
    }
    Ok(())
}

/// The newest backup that has what is wanted. One that is damaged is not passed over: a person decides to go without it.
fn choose(target: &Directory, wanted: &Wanted<'_>, step: &mut Step<'_>) -> Result<Chosen, BackupError> {
    if wanted.name.is_some() {
        return look(target, find(&**target, wanted.name)?, wanted, step);
    }
    let mut refused = None;
    for manifest in list(&**target)?.into_iter().rev() {
        match look(target, manifest?, wanted, step) {
            Err(error @ BackupError::NotThere { .. }) => drop(refused.get_or_insert(error)),
            looked => return looked,
        }
    }
    match refused {
        Some(refused) => Err(refused),
        None => look(target, find(&**target, None)?, wanted, step),
    }
}

/// Looks at all of a backup, and whether it has what is wanted.
fn look(
    target: &Directory,
    manifest: Manifest,
    wanted: &Wanted<'_>,
    step: &mut Step<'_>,
) -> Result<Chosen, BackupError> {
    let damaged = |what: &dyn std::fmt::Display| BackupError::Damaged(format!("{}: {what}", manifest.name));
    let mut count = Count { done: 0, of: manifest.bytes(), step };
    for file in &manifest.files {
        if let Some(fault) = fault_of(&**target, &manifest.name, file, &mut count)? {
            return Err(BackupError::Damaged(fault));
        }
    }
    let mut copies = Copies::of(target, &manifest);
    let mut files = manifest.files.clone();
    let (mut known_upto, mut lines) = (manifest.taken_at, Vec::new());
    if let Some(archive) = wanted.archive {
        let of_backup: Directory = Arc::new(copies);
        let identity = Identity::of_copy(&of_backup).map_err(|error| damaged(&error))?;
        copies = Copies::of(target, &manifest);
        for (archived, file) in copies.and_archived(archive, &identity, manifest.last_lsn)? {
            let path = archived.path(identity.branch.number);
            if let Some(fault) = fault_at(&**archive, &path, &file, &mut count)? {
                return Err(BackupError::Damaged(fault));
            }
            known_upto = archived.archived_at;
            files.push(file);
        }
        // Lines may come later than the records that they tell of, so those beside older segments count as well.
        let seq = seq_of(manifest.audit_head.as_deref());
        let branch = identity.branch.number;
        for file in archived(&**archive, &identity)?.iter().filter_map(|one| one.lines_behind(seq, branch)) {
            if let Some(fault) = fault_at(&**archive, &file.path, &file, &mut count)? {
                return Err(BackupError::Damaged(fault));
            }
            lines.push(file.path);
        }
    }
    let copies: Directory = Arc::new(copies);
    let snapshots =
        Snapshots::find(&Store::attach(Directory::clone(&copies))).map_err(|error| damaged(&error))?;
    let log = Recovered::scan_copies(&copies, Lsn(1)).map_err(|error| damaged(&error))?;
    let mut names = point::names(&snapshots);
    if let Upto::Time(time) = wanted.upto
        && time.0 > known_upto
    {
        return Err(not_there(wanted, format!("what happened up to {known_upto} ms")));
    }
    let point = point::find(&log, &mut names, &wanted.upto)?;
    let with_snapshots = snapshots.newest() <= point.lsn;
    if !with_snapshots && log.first_lsn() > Lsn(1) {
        let first = snapshots.newest().0;
        return Err(not_there(wanted, format!("states from record {first} on, in its snapshots")));
    }
    Ok(Chosen { manifest, files, copies, lines, log, names, point, with_snapshots })
}

fn not_there(wanted: &Wanted<'_>, has: String) -> BackupError {
    BackupError::NotThere { what: wanted.upto.to_string(), has }
}

/// The name of the segment that has this record.
fn last_segment(log: &Recovered, lsn: Lsn) -> Result<String, BackupError> {
    let group = log.groups(lsn).next().and_then(Result::ok);
    let group = group.ok_or_else(|| BackupError::Damaged(format!("the log has no record {lsn} any more")))?;
    Ok(format!("{:020}.wal", group.segment))
}

fn copy(
    copies: &Directory,
    file: &FileOf,
    to: &dyn Storage,
    count: &mut Count<'_, '_>,
) -> Result<(), BackupError> {
    let path = &file.path;
    let contents = copies.read(path).map_err(BackupError::io("read", path))?;
    let sha256 = write(&contents, to, path, count)?;
    if sha256 == file.sha256 {
        return Ok(());
    }
    Err(BackupError::Damaged(format!("{path} is another one since it was looked at")))
}
