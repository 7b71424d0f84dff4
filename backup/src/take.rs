//! Makes a backup.

use std::io;

use holdfast_audit::Head;
use holdfast_engine::{AUDITED_FILE, GENESIS_FILE, IDENTITY_COPY, IDENTITY_FILE, Router};
use holdfast_snapshots::{Catalogued, Store};
use holdfast_wal::{Contents, Lsn, Storage};

use crate::audited::{audit, cut};
use crate::catalogue::remove_what_was_given_up;
use crate::copy::{Count, write};
use crate::error::BackupError;
use crate::manifest::{
    FORMAT, FileOf, Manifest, directories_of, has_secret, path_of, path_of_new, path_of_whole,
};
use crate::{Directory, Step};

/// How often it is tried to open all files, as some are removed when a snapshot is made.
const TRIES: usize = 5;

/// A data directory on which a server runs.
#[derive(Clone)]
pub struct Source {
    /// The directory.
    pub storage: Directory,
    /// The way to the server's log.
    pub router: Router,
}

/// Files that are open, and stay readable.
struct Opened {
    snapshot: Lsn,
    last: Lsn,
    audit_head: Option<Head>,
    files: Vec<(String, Contents)>,
}

impl Source {
    fn open(&self) -> Result<Opened, BackupError> {
        let mut gone = String::new();
        for _ in 0..TRIES {
            match self.try_open()? {
                Ok(opened) => return Ok(opened),
                Err(path) => gone = path,
            }
        }
        Err(BackupError::Gone { path: gone })
    }

    /// What only the directory of a node of a cluster has.
    fn of_node(&self) -> Result<Vec<(String, Contents)>, BackupError> {
        let mut files = Vec::new();
        for path in [GENESIS_FILE, AUDITED_FILE] {
            match self.storage.read(path) {
                Ok(contents) => files.push((path.to_owned(), contents)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(BackupError::Io { action: "open", path: path.to_owned(), source }),
            }
        }
        Ok(files)
    }

    /// All files of a moment; the path of one that was removed meanwhile.
    fn try_open(&self) -> Result<Result<Opened, String>, BackupError> {
        // Before the log is sealed: what is recorded of these files is in the log that is copied, and no line of the audit that a node has
        // noted tells of a later record.
        let results = self.router.results();
        let of_node = self.of_node()?;
        let segments = self.router.seal().map_err(|error| BackupError::Source(error.to_string()))?;
        let store = Store::attach(Directory::clone(&self.storage));
        let manifests = store.manifests().map_err(|error| BackupError::Source(error.to_string()))?;
        let newest = manifests.into_iter().find_map(|catalogued| match catalogued {
            Catalogued::Present(manifest) => Some(manifest),
            Catalogued::Unreadable { .. } => None,
        });
        let mut paths = vec![IDENTITY_FILE.to_owned(), IDENTITY_COPY.to_owned()];
        paths.extend(segments.iter().map(holdfast_wal::KeptSegment::path));
        paths.extend(newest.iter().flat_map(holdfast_snapshots::Manifest::paths));
        let mut files = of_node;
        for path in paths {
            match self.storage.read(&path) {
                Ok(contents) => files.push((path, contents)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Err(path)),
                Err(source) => return Err(BackupError::Io { action: "open", path, source }),
            }
        }
        let last = segments.iter().filter_map(|segment| segment.last).max().unwrap_or(Lsn::ZERO);
        let snapshot = newest.map_or(Lsn::ZERO, |newest| newest.lsn);
        let last = last.max(snapshot);
        // Behind the log: each line that the log has noted is there by now.
        let mut audit = audit(&*self.storage)?;
        let audit_head = cut(&mut audit, last);
        files.extend(audit.into_iter().map(|(path, bytes)| (path, Contents::new(bytes))));
        for path in results {
            match self.storage.read(&path) {
                Ok(contents) => files.push((path, contents)),
                // Its execution was forgotten meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(BackupError::Io { action: "open", path, source }),
            }
        }
        Ok(Ok(Opened { snapshot, last, audit_head, files }))
    }
}

/// Makes a backup of this name. Removes what is left of those that were given up.
///
/// # Errors
/// Why there is none. What was written of it is removed by the next one.
pub fn take(
    source: &Source,
    target: &dyn Storage,
    (name, taken_at, execution): (&str, u64, u64),
    step: &mut Step<'_>,
) -> Result<Manifest, BackupError> {
    remove_what_was_given_up(target)?;
    let opened = source.open()?;
    let of: u64 = opened.files.iter().map(|(_, contents)| contents.len() as u64).sum();
    let mut count = Count { done: 0, of: 2 * of, step };
    let mut manifest = Manifest {
        format: FORMAT,
        name: name.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        execution,
        snapshot_lsn: opened.snapshot.0,
        last_lsn: opened.last.0,
        audit_head: opened.audit_head.map(|head| head.to_string()),
        files: Vec::new(),
    };
    // From now on what belongs to it is known.
    let (new, done) = (path_of_new(name), path_of(name));
    note(target, &new, &manifest)?;
    for dir in directories_of(name) {
        target.create_dir(&dir).map_err(BackupError::io("create", &dir))?;
    }
    for (path, contents) in opened.files {
        let to = format!("{name}/{path}");
        let sha256 = write(&contents, target, &to, &mut count)?;
        if has_secret(&path) {
            target.keep_private(&to).map_err(BackupError::io("protect", &to))?;
        }
        manifest.files.push(FileOf { path, bytes: contents.len() as u64, sha256 });
    }
    for dir in directories_of(name) {
        target.sync_dir(&dir).map_err(BackupError::io("sync", &dir))?;
    }
    // There is a name for it at each moment: files without one would stay for ever if it were broken off here.
    let whole = path_of_whole(name);
    note(target, &whole, &manifest)?;
    target.rename(&whole, &new).map_err(BackupError::io("rename", &whole))?;
    target.sync_dir("").map_err(BackupError::io("sync", ""))?;
    target.rename(&new, &done).map_err(BackupError::io("rename", &new))?;
    target.sync_dir("").map_err(BackupError::io("sync", ""))?;
    Ok(manifest)
}

fn note(target: &dyn Storage, path: &str, manifest: &Manifest) -> Result<(), BackupError> {
    let mut file = target.create(path).map_err(BackupError::io("create", path))?;
    file.write_at(0, &manifest.to_bytes()).map_err(BackupError::io("write", path))?;
    file.sync().map_err(BackupError::io("sync", path))?;
    target.sync_dir("").map_err(BackupError::io("sync", ""))
}
