//! The files of the audit that belong to a backup, to an archive or to a moment. They grow while they are read.

use std::io;

use holdfast_audit::{DIR, Files, Head, files, since, upto};
use holdfast_wal::{Lsn, Storage};

use crate::copy::PIECE;
use crate::error::BackupError;

/// The files of the audit as they are now.
pub(crate) fn audit(storage: &dyn Storage) -> Result<Files, BackupError> {
    let paths = files(storage).map_err(BackupError::io("list", DIR))?;
    paths.into_iter().map(|path| Ok((path.clone(), read_all(storage, &path)?))).collect()
}

/// Cuts the files behind the newest line that a record up to `last` tells of, and returns that line: whoever starts on them gives the
/// numbers behind it again.
pub(crate) fn cut(audit: &mut Files, last: Lsn) -> Option<Head> {
    let ends: Vec<_> = audit.iter().map(|(_, bytes)| upto(bytes, last.0)).collect();
    let newest = ends.iter().rposition(Option::is_some);
    audit.truncate(newest.map_or(0, |newest| newest + 1));
    let (length, head) = ends[newest?]?;
    audit.last_mut()?.1.truncate(length);
    Some(head)
}

/// The lines behind that of number `after`, up to that of number `last`, as they stand in the files, and the newest of them. `None` if
/// there are none. Months that were over before are not read.
pub(crate) fn audit_since(
    storage: &dyn Storage,
    after: u64,
    last: u64,
) -> Result<Option<(Vec<u8>, Head)>, BackupError> {
    let (mut pieces, mut head) = (Vec::new(), None);
    for path in files(storage).map_err(BackupError::io("list", DIR))?.iter().rev() {
        let bytes = read_all(storage, path)?;
        match since(&bytes, after, last) {
            Some((lines, newest)) => {
                head.get_or_insert(newest);
                let is_whole_file = bytes.starts_with(lines);
                pieces.push(lines.to_vec());
                if !is_whole_file {
                    break;
                }
            }
            None if head.is_some() => break,
            None => {}
        }
    }
    pieces.reverse();
    Ok(head.map(|head| (pieces.concat(), head)))
}

/// The bytes that a file has now, which may grow.
pub(crate) fn read_all(storage: &dyn Storage, path: &str) -> Result<Vec<u8>, BackupError> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let more = storage.read_at(path, bytes.len() as u64, PIECE)?;
            let is_end = more.len() < PIECE;
            bytes.extend(more);
            if is_end {
                return Ok(bytes);
            }
        }
    };
    read().map_err(BackupError::io("read", path))
}
