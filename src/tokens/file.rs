//! Reading and changing the file of tokens.
//!
//! A change is written to a second file, which is synced and then renamed over the first: readers see the old file or
//! the new one, also after a power cut. The second file is the lock: a process that finds it waits for another one,
//! or clears up after one that was killed.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use holdfast_engine::Code;
use holdfast_net::{Token, Tokens};

use super::format::{self, Entry};
use crate::exit::Failure;

/// A file that is larger than this is no file of tokens.
const BYTES_MAX: u64 = 1024 * 1024;

/// The tokens of the file.
pub(crate) fn read(path: &Path) -> Result<Vec<Entry>, Failure> {
    text(path).and_then(|text| format::parse(&text)).map_err(|why| unusable(path, &why))
}

/// The tokens of the file, as a server uses them, and what is doubtful about them.
pub(crate) fn load(path: &Path) -> Result<(Tokens, Vec<String>), Failure> {
    let text = text(path).map_err(|why| unusable(path, &why))?;
    let entries = format::parse(&text).map_err(|why| unusable(path, &why))?;
    let token = |entry: Entry| Token {
        rights: entry.rights.unwrap_or(entry.role.rights()),
        events: entry.events,
        expires: entry.expires,
        budget: entry.budget,
        ..Token::new(entry.name, entry.role, entry.hash)
    };
    Ok((Tokens::new(entries.into_iter().map(token).collect()), format::doubts(&text)))
}

/// Replaces the file with what `change` makes of it. `change` gets the text and the tokens in it, or says why there
/// is nothing to do. The text is empty if there is no file and `may_make` is set.
pub(crate) fn change(
    path: &Path,
    may_make: bool,
    change: impl FnOnce(&str, &[Entry]) -> Result<String, String>,
) -> Result<(), Failure> {
    // Where a link leads to: what is put in the place of the link would leave the file of the server as it was.
    let path = &real(path).map_err(|why| unusable(path, &why))?;
    let beside = beside(path);
    let lock = lock(&beside).map_err(|why| unusable(path, &why))?;
    let changed = (|| {
        let old = match fs::metadata(path) {
            Err(error) if may_make && error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.to_string()),
            Ok(metadata) => Some(metadata),
        };
        let text = old.as_ref().map_or(Ok(String::new()), |_| text(path))?;
        let entries = if old.is_some() { format::parse(&text)? } else { Vec::new() };
        let new = change(&text, &entries)?;
        format::parse(&new)?;
        replace(path, &beside, lock, old.as_ref(), &new).map_err(|error| error.to_string())
    })();
    changed.map_err(|why| {
        // The second file was made by this process, and is of no use now.
        let _ = fs::remove_file(&beside);
        unusable(path, &why)
    })
}

fn text(path: &Path) -> Result<String, String> {
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() > BYTES_MAX {
        return Err(format!("it is not a file of at most {BYTES_MAX} bytes"));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

/// The file itself, where `path` is a link to it.
fn real(path: &Path) -> Result<PathBuf, String> {
    match fs::canonicalize(path) {
        Ok(real) => Ok(real),
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => Ok(path.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

fn lock(beside: &Path) -> Result<File, String> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside);
    file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!(
            "{} is there: another `holdfast token` is changing the file, or one was killed while it did; in that case \
             remove it",
            beside.display()
        ),
        _ => format!("{}: {error}", beside.display()),
    })
}

fn replace(
    path: &Path,
    beside: &Path,
    mut file: File,
    old: Option<&fs::Metadata>,
    text: &str,
) -> std::io::Result<()> {
    if let Some(old) = old {
        file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))?;
        let new = file.metadata()?;
        // If the administrator runs this, the file still belongs to the user that the server runs as.
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            // Of the open file: the name may be another one by now.
            std::os::unix::fs::fchown(&file, Some(old.uid()), Some(old.gid()))?;
        }
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::usage(Code::BAD_TOKENS, format!("the file of tokens {}: {why}", path.display()))
}
