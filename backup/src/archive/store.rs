//! What an archive has: a directory for each branch of a server's history, in it a copy of each segment of the log, and beside each a
//! file of JSON that says what it is. That file comes last: a copy without it is none.
//!
//! Where the audit has grown since the segment before, its new lines stand beside the segment as well. The log has only noted how far
//! the audit was: a directory that is brought forward by the log alone would seem to have lost lines.

use std::io;

use holdfast_audit::Head;
use holdfast_engine::{At, Identity};
use holdfast_wal::{KeptSegment, Storage};
use serde::{Deserialize, Serialize};

use crate::copy::{Count, write};
use crate::error::BackupError;
use crate::manifest::FileOf;

/// The format of what stands beside a segment. It stands for all of an archive. Segments of format 1 have no audit, and are read.
const FORMAT: u32 = 2;
/// Bytes of it that are read.
const NOTE_BYTES_MAX: usize = 64 * 1024;

/// A segment that is in an archive.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archived {
    /// The format of the archive: 2; 1 without the audit.
    pub format: u32,
    /// The id of the data directory.
    pub directory: String,
    /// The number of its segment.
    pub segment: u64,
    /// Its first record.
    pub first_lsn: u64,
    /// Its last record; the one before the first if it has none.
    pub last_lsn: u64,
    /// When it was copied, Unix milliseconds: what it has happened before.
    pub archived_at: u64,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// The newest line of the audit that is beside it or an older segment, as `seq:hash`; none before the first one, and in format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_head: Option<String>,
    /// The lines of the audit beside it; `None` if there was no new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Lines>,
}

/// Lines of the audit in a file of their own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// Bytes.
    pub bytes: u64,
    /// The SHA-256 of them, in hexadecimal digits.
    pub sha256: String,
}

impl Archived {
    /// The path of the copy in the archive.
    pub(crate) fn path(&self, branch: u64) -> String {
        segment(branch, self.segment)
    }

    /// The lines of the audit beside it, if the newest of them is behind that of number `seq`: a file of the archive.
    pub(crate) fn lines_behind(&self, seq: u64, branch: u64) -> Option<FileOf> {
        let Lines { bytes, sha256 } = self.audit.clone().filter(|_| self.audit_seq() > seq)?;
        Some(FileOf { path: beside(branch, self.segment, "audit"), bytes, sha256 })
    }

    /// The number of the newest line of the audit up to this segment.
    pub(crate) fn audit_seq(&self) -> u64 {
        seq_of(self.audit_head.as_deref())
    }

    /// The name of the segment in a directory of the log.
    pub(crate) fn name(&self) -> String {
        format!("{:020}.wal", self.segment)
    }
}

fn dir(branch: u64) -> String {
    format!("branch-{branch}")
}

/// The number of a line that is written as `seq:hash`; 0 if there is none.
pub(crate) fn seq_of(head: Option<&str>) -> u64 {
    head.and_then(|head| head.parse::<Head>().ok()).map_or(0, |head| head.seq)
}

fn segment(branch: u64, number: u64) -> String {
    beside(branch, number, "wal")
}

fn note(branch: u64, number: u64) -> String {
    beside(branch, number, "json")
}

fn beside(branch: u64, number: u64, what: &str) -> String {
    format!("{}/{number:020}.{what}", dir(branch))
}

/// By what the audit has grown since a segment was archived, and where it stands with that.
#[derive(Clone, Default, Debug)]
pub(super) struct Grown {
    pub(super) lines: Vec<u8>,
    pub(super) head: Option<String>,
}

/// Makes the names of a directory's branch durable: what a process has left that was killed may have been in memory alone, and log is let
/// go of once it is archived.
///
/// # Errors
/// What the medium says.
pub(super) fn settle(archive: &dyn Storage, identity: &Identity) -> Result<(), BackupError> {
    let dir = dir(identity.branch.number);
    match archive.sync_dir(&dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::io("sync", &dir)(error)),
        _ => Ok(()),
    }
}

/// The segments that an archive has of a directory's branch, the oldest first.
///
/// # Errors
/// If the archive cannot be read, what stands beside a segment is damaged, or the archive is that of another directory.
pub(crate) fn list(archive: &dyn Storage, identity: &Identity) -> Result<Vec<Archived>, BackupError> {
    let branch = identity.branch.number;
    let names = archive.list(&dir(branch)).map_err(BackupError::io("list", &dir(branch)))?;
    let mut all = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(".json")) {
        let path = format!("{}/{name}", dir(branch));
        let wrong = |what: String| BackupError::Manifest { path: path.clone(), what };
        let bytes = archive.read_at(&path, 0, NOTE_BYTES_MAX).map_err(BackupError::io("read", &path))?;
        let found: Archived = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if !(1..=FORMAT).contains(&found.format) || note(branch, found.segment) != path {
            return Err(wrong(format!("it is of segment {}, format {}", found.segment, found.format)));
        }
        if found.directory != identity.id_text() {
            return Err(wrong(format!("it is of the data directory {}", found.directory)));
        }
        all.push(found);
    }
    all.sort_by_key(|found| found.segment);
    Ok(all)
}

/// Copies a segment, whose bytes these are, with the lines by which the audit has grown since. What a try before left is written anew.
///
/// # Errors
/// What the medium says, or that it is to end.
pub(crate) fn add(
    archive: &dyn Storage,
    identity: &Identity,
    (kept, bytes): (&KeptSegment, &[u8]),
    grown: &Grown,
    At(now): At,
    count: &mut Count<'_, '_>,
) -> Result<Archived, BackupError> {
    let branch = identity.branch.number;
    let (to, note) = (segment(branch, kept.number), note(branch, kept.number));
    let new = format!("{note}.new");
    let lines = beside(branch, kept.number, "audit");
    archive.create_dir(&dir(branch)).map_err(BackupError::io("create", &dir(branch)))?;
    for left in [&new, &to, &lines] {
        remove(archive, left)?;
    }
    let sha256 = write(bytes, archive, &to, count)?;
    let audit = match &*grown.lines {
        [] => None,
        grown => Some(Lines { bytes: grown.len() as u64, sha256: write(grown, archive, &lines, count)? }),
    };
    let archived = Archived {
        format: FORMAT,
        directory: identity.id_text(),
        segment: kept.number,
        first_lsn: kept.first.0,
        last_lsn: kept.last.map_or(kept.first.0.saturating_sub(1), |last| last.0),
        archived_at: now,
        bytes: bytes.len() as u64,
        sha256,
        audit_head: grown.head.clone(),
        audit,
    };
    let text =
        serde_json::to_vec_pretty(&archived).map_err(|error| BackupError::io("write", &new)(error.into()))?;
    let mut file = archive.create(&new).map_err(BackupError::io("create", &new))?;
    file.write_at(0, &text).map_err(BackupError::io("write", &new))?;
    file.sync().map_err(BackupError::io("sync", &new))?;
    drop(file);
    // The note must not be durable before what it is about: names become so in any order.
    archive.sync_dir(&dir(branch)).map_err(BackupError::io("sync", &dir(branch)))?;
    archive.rename(&new, &note).map_err(BackupError::io("rename", &new))?;
    archive.sync_dir(&dir(branch)).map_err(BackupError::io("sync", &dir(branch)))?;
    Ok(archived)
}

/// Removes a segment: first what stands beside it, so that no copy is taken for whole that is not.
///
/// # Errors
/// What the medium says.
pub(crate) fn drop_oldest(archive: &dyn Storage, branch: u64, oldest: &Archived) -> Result<(), BackupError> {
    remove(archive, &note(branch, oldest.segment))?;
    archive.sync_dir(&dir(branch)).map_err(BackupError::io("sync", &dir(branch)))?;
    remove(archive, &beside(branch, oldest.segment, "audit"))?;
    remove(archive, &oldest.path(branch))
}

fn remove(archive: &dyn Storage, path: &str) -> Result<(), BackupError> {
    match archive.remove(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::Io { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}
