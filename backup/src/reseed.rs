//! Makes the directory of a node of a backup of another node.
//!
//! What a restore makes is another branch of the sales, at its own end. This is the same directory again, as it was when the backup was made: the
//! replicated log goes on where it ends. The identity comes last: on a directory without it no node starts, so one that was copied in part is
//! never taken for a whole one.

use std::io;

use holdfast_engine::{GENESIS_FILE, IDENTITY_COPY, IDENTITY_FILE};
use holdfast_wal::Storage;
use ring::digest::{Context, SHA256};

use crate::copy::{Count, text};
use crate::error::BackupError;
use crate::manifest::{DIRECTORIES, FileOf, Manifest, has_secret, is_plain, path_of};
use crate::restore::must_be_empty;
use crate::{Directory, Step};

/// Bytes of a piece, at most.
pub const PIECE_BYTES: usize = 1 << 20;

/// Where backups are: a directory, or a server that has one.
pub trait Shelf {
    /// The names of its files, those of the manifests among them.
    ///
    /// # Errors
    /// Why they cannot be told.
    fn names(&self) -> io::Result<Vec<String>>;

    /// The bytes of a file from there on, at most [`PIECE_BYTES`]; none at its end. The path is a name, or leads into the directories of one backup.
    ///
    /// # Errors
    /// `NotFound` if there is no such file; otherwise what the medium says.
    fn piece(&self, path: &str, from: u64) -> io::Result<Vec<u8>>;
}

impl Shelf for Directory {
    fn names(&self) -> io::Result<Vec<String>> {
        self.list("")
    }

    fn piece(&self, path: &str, from: u64) -> io::Result<Vec<u8>> {
        let is_inside = match path.split_once('/') {
            Some((name, within)) => is_plain(name) && is_plain(within),
            None => is_plain(path),
        };
        if !is_inside {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.read_at(path, from, PIECE_BYTES)
    }
}

/// Copies the backup of this name, or the newest one, into an empty directory, and compares each file with the manifest. A node that is started on it
/// follows the log from there.
///
/// # Errors
/// If there is no such backup, it is damaged or of no node, the directory is not empty, or a medium says so. What was written is of no use then.
pub fn reseed(
    from: &dyn Shelf,
    name: Option<&str>,
    to: &Directory,
    step: &mut Step<'_>,
) -> Result<Manifest, BackupError> {
    must_be_empty(&**to)?;
    let manifest = find(from, name)?;
    if manifest.files.iter().all(|file| file.path != GENESIS_FILE) {
        return Err(BackupError::NoNode(manifest.name));
    }
    for dir in DIRECTORIES {
        to.create_dir(dir).map_err(BackupError::io("create", dir))?;
    }
    let mut count = Count { done: 0, of: manifest.bytes(), step };
    let (identity, others): (Vec<_>, Vec<_>) =
        manifest.files.iter().partition(|file| [IDENTITY_FILE, IDENTITY_COPY].contains(&&*file.path));
    for file in others {
        bring((from, &manifest.name), file, &**to, &mut count)?;
    }
    for dir in DIRECTORIES.into_iter().chain([""]) {
        to.sync_dir(dir).map_err(BackupError::io("sync", dir))?;
    }
    for file in identity {
        bring((from, &manifest.name), file, &**to, &mut count)?;
    }
    to.sync_dir("").map_err(BackupError::io("sync", ""))?;
    Ok(manifest)
}

fn find(from: &dyn Shelf, name: Option<&str>) -> Result<Manifest, BackupError> {
    let names = from.names().map_err(BackupError::io("list", "the backups"))?;
    let all: Vec<_> = names.iter().filter_map(|file| file.strip_suffix(".json")).collect();
    let found = match name {
        Some(name) => all.iter().find(|known| **known == name),
        // Names sort as times do.
        None => all.iter().max(),
    };
    let Some(found) = found else {
        return Err(BackupError::none(name, &all));
    };
    let (path, mut bytes) = (path_of(found), Vec::new());
    loop {
        let piece = from.piece(&path, bytes.len() as u64).map_err(BackupError::io("read", &path))?;
        if piece.is_empty() {
            return Manifest::parse(&path, &bytes);
        }
        bytes.extend(piece);
    }
}

/// Copies a file, and looks whether it is what the manifest says.
fn bring(
    (from, name): (&dyn Shelf, &str),
    file: &FileOf,
    to: &dyn Storage,
    count: &mut Count<'_, '_>,
) -> Result<(), BackupError> {
    let FileOf { path, bytes, sha256 } = file;
    let source = format!("{name}/{path}");
    let mut copy = to.create(path).map_err(BackupError::io("create", path))?;
    if has_secret(path) {
        to.keep_private(path).map_err(BackupError::io("protect", path))?;
    }
    let (mut context, mut at) = (Context::new(&SHA256), 0);
    loop {
        let piece = from.piece(&source, at).map_err(BackupError::io("read", &source))?;
        if piece.is_empty() {
            break;
        }
        context.update(&piece);
        // What is zeros takes no room.
        if piece.iter().any(|byte| *byte != 0) {
            copy.write_at(at, &piece).map_err(BackupError::io("write", path))?;
        }
        at += piece.len() as u64;
        count.add(piece.len())?;
    }
    if at != *bytes || text(context) != *sha256 {
        return Err(BackupError::Damaged(format!(
            "{source} is not what was written when the backup was made"
        )));
    }
    copy.truncate(at).map_err(BackupError::io("cut", path))?;
    copy.sync().map_err(BackupError::io("sync", path))
}
